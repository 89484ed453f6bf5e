"""Counting in QEMU, call by call, against a function whose instructions and branches are known."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from sample_project import ELEMENTS, write_project

from arenite.codegen.costs.block_counts import BlockCounts, Counts, count_blocks
from arenite.codegen.costs.cycles import MODELS
from arenite.codegen.costs.disassembly import disassemble
from arenite.codegen.costs.operator_costs import Cost, attribute
from arenite.codegen.program import FunctionCall, ProgramStep
from arenite.codegen.run import Build, build
from arenite.errors import ToolError

QEMU = all(shutil.which(tool) for tool in ("cc", "cmake", "arm-none-eabi-gcc", "qemu-system-arm"))
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cc, cmake, arm-none-eabi-gcc and qemu-system-arm")

PROBE = """
__attribute__((naked, noinline, used)) static void inner(void) {
  __asm__("nop\\n bx lr");
}
__attribute__((naked, noinline, used)) static void probe(void) {
  __asm__(".syntax unified\\n push {r4, lr}\\n movs r4, #10\\n"
          "1: subs r4, r4, #1\\n bne 1b\\n bl inner\\n pop {r4, pc}");
}
"""
INSTRUCTIONS = 2 + 2 * 10 + 1 + 2 + 1
TAKEN = 9 + 1 + 1 + 1
CYCLES = {
    # push, movs, subs, bne, bl, nop, bx, pop; then what taken branches take besides: bne, bl, bx, pop
    "cortex-m4": 3 + 1 + 10 + 10 + 1 + 1 + 1 + 3 + 2 * TAKEN,
    "cortex-m0plus": 3 + 1 + 10 + 10 + 1 + 1 + 1 + 3 + 9 * 1 + 2 + 1 + 2,
}
CALLS = 3


def probed(directory: Path, cpu: str) -> Build:
    project = write_project(directory, cpu, flaw=f'for (i = 0; i < {CALLS}; ++i) {{ __asm__ volatile(""); probe(); }}')
    source = project / "codegen/host/src/clip.c"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("int32_t tvmgen_clip_run", f"{PROBE}\nint32_t tvmgen_clip_run"), encoding="utf-8")
    return build(project, on="qemu")


def counted(program: Build, functions: set[str]) -> BlockCounts:
    return count_blocks(program, [np.zeros((1, ELEMENTS), np.int8)], functions)


def executed(counts: Counts) -> int:
    return sum(block.instructions * count.times for block, count in counts.items())


@needs_qemu
@pytest.mark.parametrize("cpu", CYCLES)
def test_calls_and_what_is_between(tmp_path: Path, cpu: str) -> None:
    program = probed(tmp_path, cpu)
    # `inner` is an operator's function, too, but only `probe` is called from outside of operators.
    found = counted(program, {"probe", "inner"})
    assert [call.names for call in found.calls] == [{"probe"}] * CALLS
    assert [executed(call.counts) for call in found.calls] == [INSTRUCTIONS] * CALLS
    assert [sum(count.taken for count in call.counts.values()) for call in found.calls] == [TAKEN] * CALLS
    assert found.execution.instructions == CALLS * INSTRUCTIONS + executed(found.outside)

    step = ProgramStep("probe", "PROBE #0", (FunctionCall("probe", ()),), (), in_place=False)
    profile = attribute([step] * CALLS, found, disassemble(program.program), MODELS[cpu], {"PROBE #0": 7})
    (operator,) = profile.operators
    assert operator.cost == Cost(CALLS * INSTRUCTIONS, CALLS * CYCLES[cpu])
    assert (operator.operator, operator.functions, operator.calls, operator.macs) == ("PROBE #0", ("probe",), CALLS, 7)
    assert profile.total.instructions == found.execution.instructions

    with pytest.raises(ToolError, match="3 calls of operators were seen instead of 2"):
        attribute([step] * 2, found, {}, None, {})
    other = ProgramStep("other", "", (FunctionCall("other", ()),), (), in_place=False)
    with pytest.raises(ToolError, match="a call of probe was seen instead of other"):
        attribute([step, step, other], found, {}, None, {})


@needs_qemu
def test_without_operators_everything_is_outside(tmp_path: Path) -> None:
    program = probed(tmp_path, "cortex-m4")
    found = counted(program, set())
    assert found.calls == ()
    assert executed(found.outside) == found.execution.instructions
