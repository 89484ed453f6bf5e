"""Estimated cycles against sums done by hand, from the timing tables of Arm's manuals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from arenite.codegen.costs.cycles import CORTEX_M0PLUS, CORTEX_M3, CORTEX_M4, MODELS, CycleModel, block_cycles, kind_of
from arenite.codegen.costs.disassembly import Instruction, disassemble, parse_listing
from arenite.codegen.tools import run_program
from arenite.errors import ToolError

ASSEMBLER = "arm-none-eabi-as"
needs_assembler = pytest.mark.skipif(
    shutil.which(ASSEMBLER) is None or shutil.which("arm-none-eabi-objdump") is None,
    reason=f"needs {ASSEMBLER} and arm-none-eabi-objdump",
)

LISTING = """
Disassembly of section .text:

00000400 <start>:
     400:\tb510      \tpush\t{r4, lr}
     402:\tf8df 3008 \tldr.w\tr3, [pc, #8]\t@ 40c <start+0xc>
     406:\tbf08      \tit\teq
     408:\t2000      \tmoveq\tr0, #0
     40a:\tbd10      \tpop\t{r4, pc}
     40c:\t0000219c \t.word\t0x0000219c
     410:\tbf00      \tnop
"""


def test_listing() -> None:
    assert parse_listing(LISTING) == {
        0x400: Instruction("push", "{r4, lr}", 2),
        0x402: Instruction("ldr.w", "r3, [pc, #8]", 4),
        0x406: Instruction("it", "eq", 2),
        0x408: Instruction("moveq", "r0, #0", 2),
        0x40A: Instruction("pop", "{r4, pc}", 2),
        0x410: Instruction("nop", "", 2),
    }


@pytest.mark.parametrize(
    ("mnemonic", "kind"),
    [
        ("ldr", "load"), ("ldrne.w", "load"), ("ldrhi", "load"), ("ldrshls.w", "load"), ("ldrd", "double"),
        ("strhi.w", "store"), ("strdeq", "double"), ("ldmia.w", "multiple"), ("pople", "multiple"),
        ("b.n", "branch"), ("bls.n", "branch"), ("ble.w", "branch"), ("blt.n", "branch"), ("bleq", "call"),
        ("bl", "call"), ("blx", "branch"), ("bic.w", ""), ("bics", ""), ("teq", ""), ("mls", "multiply add"),
        ("muls", ""), ("smlad", ""), ("smlal", "multiply long add"), ("smlals", ""), ("smull", "multiply long"),
        ("vldr", "float access"), ("vmla.f32", "float multiply add"), ("vmul.f32", ""), ("vdiv.f32", "float divide"),
        ("vpush", "float multiple"), ("svc", ""), ("it", ""), ("nop", ""),
    ],
)  # fmt: skip
def test_mnemonics(mnemonic: str, kind: str) -> None:
    assert kind_of(Instruction(mnemonic, "", 2)) == kind


# Snippets with their cycles, straight and taken, on Cortex-M4.
SNIPPETS = {
    "arithmetic": ("adds r0, r0, #1\n lsls r1, r1, #2\n muls r0, r1\n mla r0, r1, r2, r3\n smlad r0, r1, r2, r3", 5),
    "long products": ("smull r0, r1, r2, r3\n smlal r0, r1, r2, r3\n umaal r0, r1, r2, r3", 3),
    "a load alone": ("ldr r0, [r1]\n adds r0, #1", 2 + 1),
    "loads in a row": ("ldr r0, [r1]\n ldrsb r2, [r1, #1]\n ldrh.w r3, [r4, #6]!", 2 + 1 + 1),
    "a load behind a store": ("str r0, [r1]\n ldr r2, [r1, #4]", 1 + 1),
    "a load behind a pair": ("ldrd r0, r1, [r2]\n ldr r3, [r2, #8]", 3 + 2),
    "stores": ("strb r0, [r1]\n strh r0, [r1]\n strd r0, r2, [r1]", 1 + 1 + 3),
    "many registers": ("push {r4-r7, lr}\n ldmia r0!, {r1, r2, r3}\n stmia r0!, {r1}", 6 + 4 + 2),
    "return": ("pop {r4, r5, pc}", 4),
    "high registers": ("push {r4, r8, r9, sl, fp, lr}", 7),
    "division": ("udiv r0, r1, r2", 7),
    "condition": ("cmp r0, #0\n it ne\n ldrne r1, [r0]\n b .", 1 + 1 + 2 + 1),
    "floats": ("vldr s0, [r0]\n vldr d1, [r0]\n vadd.f32 s1, s1, s0\n vfma.f32 s1, s2, s3\n vdiv.f32 s4, s5, s6\n"
               " vpush {d8-d9}\n vpop {s16}", 2 + 3 + 1 + 3 + 14 + 5 + 2),
}  # fmt: skip


def assemble(directory: Path, text: str, cpu: str) -> list[Instruction]:
    source, binary = directory / "snippet.s", directory / "snippet.o"
    source.write_text(f".syntax unified\n.thumb\n {text}\n", encoding="ascii")
    unit = ["-mfpu=fpv4-sp-d16"] if cpu == "cortex-m4" else []
    run_program([ASSEMBLER, f"-mcpu={cpu}", *unit, str(source), "-o", str(binary)])
    return list(disassemble(binary).values())


@needs_assembler
@pytest.mark.parametrize("name", SNIPPETS)
def test_cortex_m4(tmp_path: Path, name: str) -> None:
    text, cycles = SNIPPETS[name]
    found = block_cycles(CORTEX_M4, assemble(tmp_path, text, "cortex-m4"))
    assert (found.straight, found.taken) == (cycles, 2)


@needs_assembler
def test_cortex_m3_multiplies_in_steps(tmp_path: Path) -> None:
    text = "mul r0, r1, r2\n mls r0, r1, r2, r3\n umull r0, r1, r2, r3\n smlal r0, r1, r2, r3\n ldr r0, [r1]"
    assert block_cycles(CORTEX_M3, assemble(tmp_path, text, "cortex-m3")).straight == 1 + 2 + 4 + 5.5 + 2


@needs_assembler
@pytest.mark.parametrize(
    ("text", "straight", "taken"),
    [
        ("ldr r0, [r1]\n ldrb r2, [r1]\n str r0, [r1]\n muls r0, r2", 2 + 2 + 2 + 1, 1),
        ("push {r4, lr}\n ldmia r0!, {r1, r2, r3}\n bne .", 3 + 4 + 1, 1),
        ("pop {r4, pc}", 3, 2),
        ("bl .", 1, 2),
        ("bx lr", 1, 1),
        ("mrs r0, primask\n dmb", 3 + 3, 1),
    ],
)
def test_cortex_m0plus(tmp_path: Path, text: str, straight: float, taken: int) -> None:
    found = block_cycles(CORTEX_M0PLUS, assemble(tmp_path, text, "cortex-m0plus"))
    assert (found.straight, found.taken) == (straight, taken)


@pytest.mark.parametrize("model", [CORTEX_M0PLUS, CORTEX_M3, CORTEX_M4])
def test_nothing_takes_no_time(model: CycleModel) -> None:
    assert block_cycles(model, []).straight == 0


def test_cores_that_issue_two_instructions_have_no_model() -> None:
    assert sorted(MODELS) == ["cortex-m0plus", "cortex-m3", "cortex-m33", "cortex-m4"]
    assert MODELS["cortex-m33"] is CORTEX_M4


@needs_assembler
def test_a_program_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "text.o"
    file.write_text("not an object", encoding="ascii")
    with pytest.raises(ToolError, match="objdump"):
        disassemble(file)
