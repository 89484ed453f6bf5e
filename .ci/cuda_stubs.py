"""Libraries with CUDA's names whose functions all abort, so that a TVM that was built for GPUs loads without CUDA.

python cuda_stubs.py LIBRARY DIRECTORY: for every library of CUDA that LIBRARY needs, one stub in DIRECTORY. The symbols
and their versions are read from LIBRARY itself. A .pth file beside DIRECTORY loads the stubs when Python starts.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

CUDA = ("libcuda.so", "libcudart.so", "libnvrtc.so")
PREFIXES = ("cu", "nvrtc")


def needed_symbols(library: Path) -> dict[str, list[str]]:
    """Name of each needed library of CUDA -> its functions, or all of one prefix where it has no symbol versions."""
    with library.open("rb") as file:
        elf = ELFFile(file)
        dynamic = next(section for section in elf.iter_sections() if isinstance(section, DynamicSection))
        needed = [tag.needed for tag in dynamic.iter_tags() if tag.entry.d_tag == "DT_NEEDED"]
        versions = {
            version["vna_other"]: need.name
            for section in elf.iter_sections()
            if isinstance(section, GNUVerNeedSection)
            for need, auxiliaries in section.iter_versions()
            for version in auxiliaries
        }
        version_of = next(section for section in elf.iter_sections() if isinstance(section, GNUVerSymSection))
        symbols = elf.get_section_by_name(".dynsym")
        assert isinstance(symbols, SymbolTableSection)
        found: dict[str, list[str]] = {name: [] for name in needed if name.startswith(CUDA)}
        unversioned = next(name for name in found if name.startswith("libcuda.so"))
        for index, symbol in enumerate(symbols.iter_symbols()):
            if symbol["st_shndx"] == "SHN_UNDEF" and symbol.name.startswith(PREFIXES):
                owner = versions.get(version_of.get_symbol(index)["ndx"], unversioned)
                if owner in found:
                    found[owner].append(symbol.name)
    return found


def write_stub(name: str, functions: list[str], directory: Path) -> None:
    """A shared library that has ``functions``, under a version node of the library's own name."""
    with tempfile.TemporaryDirectory() as scratch:
        source, script = Path(scratch) / "stub.c", Path(scratch) / "versions"
        bodies = "".join(f"void {function}(void) {{ abort(); }}\n" for function in functions)
        source.write_text(f"#include <stdlib.h>\n{bodies}")
        script.write_text(f"{name} {{ global: *; }};\n")
        command = ["cc", "-shared", "-fPIC", "-Wno-builtin-declaration-mismatch", f"-Wl,-soname,{name}"]
        command += [f"-Wl,--version-script={script}", "-o", str(directory / name), str(source)]
        subprocess.run(command, check=True)


def main() -> None:
    library, directory = Path(sys.argv[1]), Path(sys.argv[2])
    found = needed_symbols(library)
    for name, functions in found.items():
        write_stub(name, functions, directory)
    # Once loaded by its path, a library serves everyone who asks for its name. TVM's table of tuned schedules would be
    # fetched from the network.
    loads = "; ".join(f"ctypes.CDLL({str(directory / name)!r}, ctypes.RTLD_GLOBAL)" for name in found)
    offline = "os.environ.setdefault('TOPHUB_LOCATION', 'NONE')"
    (directory.parent / "arenite_cuda_stubs.pth").write_text(f"import ctypes, os; {offline}; {loads}\n")


if __name__ == "__main__":
    main()
