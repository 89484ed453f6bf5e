"""Measures how many cycles the instructions of each kernel take, for src/arenite/estimation/programs.json: those that
calibrate_programs.py has not, for no network of its own calls them.

Of some layers of those that calibrate_latency.py counts, the median, with the cycles of ``arenite profile``.

    python benchmarks/calibrate_cycles.py --write src/arenite/estimation/programs.json
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from calibrate_latency import samples_of

from arenite.codegen.costs.block_counts import PLUGIN, read_sections
from arenite.codegen.costs.cycles import MODELS
from arenite.codegen.costs.disassembly import disassemble
from arenite.codegen.costs.elf import read_functions, read_symbols
from arenite.codegen.costs.instruction_counter import compiled_plugin
from arenite.codegen.costs.operator_costs import BlockCosts
from arenite.codegen.kernels import kernels
from arenite.codegen.run import find_qemu, plugin_option

from bodies.trials import Trial  # isort: skip - tests are on the path by now
from kernel_programs import KernelProgram, build_program, functions_of, run_trials  # isort: skip

CPUS = ("cortex-m0plus", "cortex-m4")
TRIALS = 5
"""Of each kernel, all sizes among them."""


def trials_of(cpu: str, known: set[str]) -> dict[str, list[Trial]]:
    """By kernel or body."""
    found: dict[str, list[Trial]] = {}
    for kernel in sorted(kernels()):
        if "_row" not in kernel:
            for name, (_, _, trial) in samples_of(kernel, cpu):
                if name not in known:
                    found.setdefault(name, []).append(trial)
    return {name: trials[:: -(-len(trials) // TRIALS)] for name, trials in found.items()}


def ratio(program: KernelProgram, trials: Sequence[Trial], costs: BlockCosts, directory: Path) -> float:
    """Cycles of an instruction, the median of the trials, which call one function each."""
    symbols = dict(read_symbols(program.path))
    plugin = compiled_plugin(find_qemu(), PLUGIN)
    places, out = directory / "places.txt", directory / "blocks.txt"
    functions = read_functions(program.path)
    found = []
    for trial in trials:
        (call,) = trial.calls
        lines = [f"entry {f.address:x}" for f in functions if f.name == call.function]
        lines += [f"outside {f.address:x} {f.address + f.bytes:x}" for f in functions if f.name.startswith("stub_")]
        places.write_text("\n".join(lines), encoding="ascii")
        option = plugin_option(plugin, symbols["arenite_count_begin"], symbols["arenite_count_end"], out.absolute())
        run_trials(program, [trial], directory / "run", "-plugin", f"{option},places={places}")
        cost = costs.of(next(counts for entry, counts in read_sections(out.read_text(encoding="ascii")) if entry))
        assert cost.cycles is not None, program.cpu
        found.append(cost.cycles / cost.instructions)
    return round(median(found), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, required=True, help="the table to bring up to date")
    arguments = parser.parse_args()
    table = json.loads(arguments.write.read_text(encoding="utf-8"))
    ratios = table["cycles_per_instruction"]
    for cpu in CPUS:
        trials = trials_of(cpu, {kernel for kernel, of_cpus in ratios.items() if cpu in of_cpus})
        with tempfile.TemporaryDirectory() as scratch:
            every = [trial for some in trials.values() for trial in some]
            program = build_program(Path(scratch) / "program", functions_of(every), cpu, measured=True)
            costs = BlockCosts(disassemble(program.path), MODELS[cpu])
            for name, some in trials.items():
                ratios.setdefault(name, {})[cpu] = found = ratio(program, some, costs, Path(scratch))
                print(f"{name},{cpu},{len(some)},{found}", flush=True)
    arguments.write.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
