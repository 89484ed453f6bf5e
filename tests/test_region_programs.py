"""Programs of projects for several memory regions, and for inputs and outputs in the caller's memory: under the
sanitisers, on a Cortex-M, and linked by a script that puts each region where it belongs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from models.odd import ODD
from region_libraries import FORMS, TWO

from arenite.codegen.description import read_description
from arenite.codegen.driver import compile_model, compile_program, load_model, run_project, verify_model
from arenite.codegen.project import project_files
from arenite.codegen.verification.verify import verify_project
from arenite.errors import AreniteError
from arenite.regions.model import Region
from arenite.regions.request import RegionRequest

MODELS = Path(__file__).parent / "models"
BRANCHY = MODELS / "branchy_cell.tflite"
HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
QEMU = HOST and shutil.which("arm-none-eabi-gcc") is not None and shutil.which("qemu-system-arm") is not None
needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")
needs_qemu = pytest.mark.skipif(not QEMU, reason="needs cmake, arm-none-eabi-gcc and qemu-system-arm")
needs_arm = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")


@needs_host
@pytest.mark.parametrize("name", ODD)
def test_odd_models_under_the_sanitisers(tmp_path: Path, name: str) -> None:
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    file = tmp_path / f"{name}.tflite"
    file.write_bytes(ODD[name]())
    request = RegionRequest((Region("fast", 16), Region("slow", 4096)))
    compile_model(file, tmp_path / "project", cpu="host", regions=request, io_memory="caller")
    result = verify_project(tmp_path / "project", file, 2, 0, "host", sanitise=True)
    assert (result.mismatches, result.values > 0) == (0, True)


@needs_host
@pytest.mark.parametrize(
    ("name", "form"), [("digits", "both"), ("ops_zoo", "regions"), ("ops_zoo", "caller"), ("ops_zoo", "both")]
)
def test_every_layer_under_the_sanitisers(tmp_path: Path, name: str, form: str) -> None:
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    model = MODELS / f"{name}.tflite"
    request = {**FORMS[form]}
    if "regions" in request:
        request["regions"] = RegionRequest(TWO.regions)
    compile_model(model, tmp_path / "project", cpu="host", **request)
    result = verify_project(tmp_path / "project", model, 2, 0, "host", True, sanitise=True)
    assert (result.mismatches, result.layer_mismatches) == (0, 0)
    assert result.layer_values > result.values


@needs_qemu
@pytest.mark.parametrize("form", FORMS)
def test_on_a_cortex_m(form: str) -> None:
    pytest.importorskip("ai_edge_litert", reason="the oracle needs ai-edge-litert")
    result = verify_model(BRANCHY, cpu="cortex-m0plus", on="qemu", samples=2, **FORMS[form])
    assert result["mismatches"] == 0
    assert result["ram_bytes"] == result["arena_bytes"] + result["stack_bytes"]
    assert ("regions" in result) == (form != "caller")
    if form != "caller":
        assert sum(region["used_bytes"] for region in result["regions"]) == result["arena_bytes"]


@needs_host
def test_the_harness_sees_a_write_between_the_pools(tmp_path: Path) -> None:
    compile_model(BRANCHY, tmp_path / "project", cpu="host", **FORMS["both"])
    source = tmp_path / "project/codegen/host/src/tvmgen_branchy_cell.c"
    text = source.read_text()
    ends = {"pool": "dtcm_arena + TVMGEN_BRANCHY_CELL_DTCM_WORKSPACE_SIZE", "input": "(uint8_t *)(uintptr_t)input_0"}
    for what, message in (("pool", "outside the arena"), ("input", "an input was written to")):
        flaw = f"  {{ uint8_t *volatile p = {ends[what]}; *p = (uint8_t)(*p + 1); }}\n"
        at = text.rindex("\n  return TVMGEN_BRANCHY_CELL_OK;")
        source.write_text(text[:at] + "\n" + flaw + text[at:])
        with pytest.raises(AreniteError, match=message):
            run_project(tmp_path / "project")


COMPILERS = {
    "gcc": ["gcc"],
    "clang": ["clang"],
    "cortex-m0plus": ["arm-none-eabi-gcc", "-mcpu=cortex-m0plus"],
    "c++": ["g++", "-x", "c++"],
}


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_warning(tmp_path: Path, compiler: str) -> None:
    command = COMPILERS[compiler]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    warnings = ["-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-fsyntax-only"]
    for form in FORMS:
        program, _ = compile_program(load_model(BRANCHY), name="net", **FORMS[form])
        for name, text in project_files(program, cpu="host", granularity="op").items():
            file = tmp_path / form / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        include = f"-I{tmp_path / form / 'codegen/host/include'}"
        if compiler == "c++":
            (tmp_path / "use.cc").write_text('#include "tvmgen_net.h"\n')
            subprocess.run([*command, *warnings, include, tmp_path / "use.cc"], check=True)
            continue
        sources = [*(tmp_path / form / "codegen/host/src").glob("*.c"), tmp_path / form / "harness/harness.c"]
        trace = ["-DARENITE_TRACE", f"-I{tmp_path / form / 'harness'}"]
        for extra in ("-DPLAIN", "-DTVMGEN_NET_NO_STATIC_WORKSPACE", '-DTVMGEN_NET_DTCM_SECTION=".bss.fast"'):
            subprocess.run([*command, "-std=c99", *warnings, *trace, extra, include, *sources], check=True)


LINKER_SCRIPT = """
MEMORY {
  FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1M
  DTCM (rwx) : ORIGIN = 0x20000000, LENGTH = 64K
  SRAM (rwx) : ORIGIN = 0x24000000, LENGTH = 512K
}
SECTIONS {
  .text : { *(.text*) *(.rodata*) } > FLASH
  .dtcm (NOLOAD) : { *(.bss.dtcm) } > DTCM
  .bss (NOLOAD) : { *(.bss*) *(COMMON) } > SRAM
  /DISCARD/ : { *(.ARM*) *(.comment) }
}
"""


@needs_arm
def test_static_arrays_lie_where_the_firmware_wants_them(tmp_path: Path) -> None:
    elffile = pytest.importorskip("elftools.elf.elffile", reason="needs pyelftools")
    compile_model(BRANCHY, tmp_path / "project", cpu="cortex-m7", name="net", regions=TWO)
    source = tmp_path / "project/codegen/host/src"
    (tmp_path / "main.c").write_text('#include "tvmgen_net.h"\nint main(void) { return (int)tvmgen_net_run(0); }\n')
    (tmp_path / "board.ld").write_text(LINKER_SCRIPT)

    def link(*flags: str) -> Any:
        program = tmp_path / "program.elf"
        subprocess.run(
            ["arm-none-eabi-gcc", "-mcpu=cortex-m7", "-O2", "-nostartfiles", "-Wl,-e,main", "-T", tmp_path / "board.ld",
             "--specs=nosys.specs", *flags, f"-I{tmp_path / 'project/codegen/host/include'}", tmp_path / "main.c",
             *source.glob("*.c"), "-lm", "-o", program],
            check=True, capture_output=True,
        )  # fmt: skip
        with program.open("rb") as file:
            elf = elffile.ELFFile(file)
            sections = {s.name: (s["sh_type"], s["sh_addr"], s["sh_size"]) for s in elf.iter_sections()}
            table = elf.get_section_by_name(".symtab")
            symbols = {
                symbol.name: (symbol["st_value"], symbol["st_size"], elf.get_section(symbol["st_shndx"]).name)
                for symbol in table.iter_symbols()
                if "_workspace" in symbol.name and symbol["st_info"]["type"] == "STT_OBJECT"
            }
        return sections, symbols

    sizes = [region["used_bytes"] for region in read_description(tmp_path / "project").regions]
    _, symbols = link()
    assert {name: (size, section) for name, (_, size, section) in symbols.items()} == {
        "static_dtcm_workspace": (sizes[0], ".bss"), "static_sram_workspace": (sizes[1], ".bss"),
    }  # fmt: skip
    sections, symbols = link('-DTVMGEN_NET_DTCM_SECTION=".bss.dtcm"')
    assert symbols["static_dtcm_workspace"] == (0x20000000, sizes[0], ".dtcm")
    assert symbols["static_sram_workspace"][1:] == (sizes[1], ".bss")
    assert 0x24000000 <= symbols["static_sram_workspace"][0] < 0x24080000
    assert symbols["static_sram_workspace"][0] % 16 == 0
    assert sections[".dtcm"] == ("SHT_NOBITS", 0x20000000, sizes[0])
    _, symbols = link("-DTVMGEN_NET_NO_STATIC_WORKSPACE")
    assert symbols == {}
