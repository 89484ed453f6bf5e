"""Measures the code of every function of the kernels, for src/arenite/estimation/code.json.

Each kernel file is compiled as in generated projects, for every core and for speed and size; of each section of its
object file the table has the bytes, a multiple of 4, and the sections that it refers to. What libgcc and libm bring is
not the library's.

    python benchmarks/calibrate_code.py --write src/arenite/estimation/code.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from elftools.elf.elffile import ELFFile  # noqa: E402
from kernel_programs import OPTIONS, flags_of  # noqa: E402

from arenite.codegen.boards import MACHINES  # noqa: E402
from arenite.codegen.host import INCLUDES, KERNEL_FOLDERS  # noqa: E402
from arenite.codegen.project import FLAGS  # noqa: E402
from arenite.codegen.tools import run_program  # noqa: E402

KEPT = (".text.", ".rodata.", ".data.")

Sections = dict[str, tuple[int, frozenset[str]]]
"""Name of a section -> bytes, and names of those that it refers to."""


def compile_kernel(source: Path, cpu: str, flag: str, target: Path, options: Sequence[str] = ()) -> Sections:
    compiler = ["arm-none-eabi-gcc", *flags_of(cpu), flag, *OPTIONS, *INCLUDES, *options]
    run_program([*compiler, "-c", str(source), "-o", str(target)])
    with target.open("rb") as file:
        return dict(sections_of(ELFFile(file), source.stem))


def sections_of(elf: Any, family: str) -> Iterator[tuple[str, tuple[int, frozenset[str]]]]:
    """Functions that all know are called by their names, what a file keeps to itself by the file's and its own."""
    symbols = elf.get_section_by_name(".symtab")
    known = {
        symbol["st_shndx"]: symbol.name
        for symbol in symbols.iter_symbols()
        if symbol["st_info"]["bind"] == "STB_GLOBAL"
    }

    def name_of(place: int) -> str:
        return known.get(place) or f"{family}{elf.get_section(place).name}"

    refers: dict[int, set[str]] = {}
    for section in elf.iter_sections():
        if section["sh_type"] == "SHT_REL":
            for relocation in section.iter_relocations():
                symbol = symbols.get_symbol(relocation["r_info_sym"])
                place = symbol["st_shndx"]
                to = symbol.name if place == "SHN_UNDEF" else name_of(place) if isinstance(place, int) else ""
                refers.setdefault(section["sh_info"], set()).add(to)
    for place, section in enumerate(elf.iter_sections()):
        if section.name.startswith(KEPT) and section["sh_size"]:
            name = name_of(place)
            yield name, (-(-section["sh_size"] // 4) * 4, frozenset(refers.get(place, set()) - {name, ""}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, required=True, help="the table to make, or to bring up to date")
    parser.add_argument("--family", action="append", help="only kernels of this file; may be repeated")
    arguments = parser.parse_args()
    columns = [(cpu, optimise) for cpu in MACHINES for optimise in FLAGS]
    sources = sorted((file for folder in KERNEL_FOLDERS for file in folder.glob("*.c")), key=lambda file: file.name)
    sizes: dict[str, list[int]] = {}
    refers: dict[str, set[str]] = {}
    if arguments.family:
        sources = [file for file in sources if file.stem in arguments.family]
        for name, (known, to) in json.loads(arguments.write.read_text(encoding="utf-8"))["sections"].items():
            if name.partition(".")[0] not in arguments.family:
                sizes[name], refers[name] = known, set(to)
    with tempfile.TemporaryDirectory() as directory, ThreadPoolExecutor(2) as pool:
        for column, (cpu, optimise) in enumerate(columns):

            def measure(source: Path, cpu: str = cpu, flag: str = FLAGS[optimise]) -> Sections:
                return compile_kernel(source, cpu, flag, Path(directory) / f"{source.stem}.o")

            for found in pool.map(measure, sources):
                for name, (size, to) in found.items():
                    sizes.setdefault(name, [0] * len(columns))[column] = size
                    refers.setdefault(name, set()).update(to)
            print(
                f"{cpu} {optimise}: {sum(of[column] for of in sizes.values()):,} bytes of code and tables", flush=True
            )
    table = {name: [sizes[name], sorted(refers[name] & sizes.keys())] for name in sorted(sizes)}
    head = json.dumps([list(column) for column in columns])
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in table.items())
    arguments.write.write_text(f'{{\n "columns": {head},\n "sections": {{\n{lines}\n }}\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
