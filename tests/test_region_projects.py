"""C projects for several memory regions, and for inputs and outputs in the caller's memory: what plan says is what is
compiled, and what is compiled computes what one arena computes, in the memory it was given and nowhere else."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from region_libraries import FORMS, Library, Memory
from test_cli_plan import arenite, refused

from arenite.codegen.description import Array
from arenite.codegen.driver import compile_model, compile_program, load_model
from arenite.codegen.host import load_host_library
from arenite.codegen.project import project_files
from arenite.codegen.read_module import read_program
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.regions.caller_memory import without_io
from arenite.regions.model import Region
from arenite.regions.plan_request import plan_request
from arenite.regions.request import RegionRequest
from arenite.tvm_compat import relax, tvm

MODELS = Path(__file__).parent / "models"
BRANCHY = MODELS / "branchy_cell.tflite"
HOST = shutil.which("cc") is not None and shutil.which("cmake") is not None
needs_host = pytest.mark.skipif(not HOST, reason="needs cc and cmake")


def used(result: dict[str, Any]) -> list[int]:
    return [region["used_bytes"] for region in result["regions"]]


def random_inputs(library: Library, seed: int = 5) -> list[Array]:
    random = np.random.default_rng(seed)
    return [random.integers(-128, 128, port.shape).astype(port.dtype) for port in library.description.inputs]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Library]:
    """branchy_cell in one arena and in all other forms."""
    if not HOST:
        pytest.skip("needs cc")
    folder = tmp_path_factory.mktemp("libraries")
    for name, form in {"one": {}, **FORMS}.items():
        compile_model(BRANCHY, folder / name, cpu="host", **form)
    return {name: Library.of(folder / name) for name in ("one", *FORMS)}


@pytest.fixture(scope="module")
def expected(libraries: dict[str, Library]) -> list[Array]:
    status, outputs = libraries["one"].run_mapped(random_inputs(libraries["one"]), None)
    assert status == 0
    return outputs


@pytest.mark.parametrize("pins", [(), (("0", "slow"),)], ids=["free", "pinned"])
@pytest.mark.parametrize("io_memory", ["arena", "caller"])
def test_plan_and_compile_agree(bundled_model: Path, io_memory: Any, pins: Any) -> None:
    model = load_model(bundled_model)
    graph = to_graph(model)
    if io_memory == "caller":
        graph, pins = without_io(graph), ()
    arena = plan_graph(graph).arena_bytes
    for fast in (arena // 2, 2 * arena):
        request = RegionRequest((Region("fast", fast), Region("slow", 4 * arena)), pins)
        plan = plan_request(graph, request)
        program, _ = compile_program(model, regions=request, io_memory=io_memory)
        assert program.arena_bytes == plan.arena_bytes
        assert program.lower_bound_bytes == plan.lower_bound_bytes
        assert program.optimal == plan.optimal
        assert [(r.name, r.start, r.used_bytes, r.lower_bound_bytes) for r in program.regions] == [
            (r.name, r.start, r.used_bytes, r.lower_bound_bytes) for r in plan.regions
        ]
        places = {
            output.source_tensor: output.place.offset
            for step in program.steps
            for output in step.outputs
            if output.source_tensor is not None and output.place.port is None
        }
        planned = {
            buffer.source_tensor: offset
            for buffer, offset in zip(graph.buffers, plan.offsets, strict=True)
            if buffer.source_tensor is not None
        }
        assert places == {tensor: planned[tensor] for tensor in places}
        assert {port.place.port is None for port in program.inputs} == {io_memory == "arena"}


def test_the_caller_form_needs_what_plan_says(bundled_model: Path) -> None:
    model = load_model(bundled_model)
    program, _ = compile_program(model, io_memory="caller")
    assert program.arena_bytes == plan_graph(without_io(to_graph(model))).arena_bytes
    assert program.arena_bytes <= compile_program(model)[0].arena_bytes


@pytest.mark.parametrize("form", FORMS)
def test_same_request_same_bytes_also_from_a_reloaded_module(form: str) -> None:
    def files(program: Any) -> dict[str, str]:
        return project_files(program, cpu="cortex-m4", granularity="op")

    first, planned = compile_program(load_model(BRANCHY), **FORMS[form])
    second, _ = compile_program(load_model(BRANCHY), **FORMS[form])
    reloaded = read_program(tvm.ir.load_json(tvm.ir.save_json(planned)))
    assert files(first) == files(second) == files(reloaded)


@needs_host
@pytest.mark.parametrize("form", FORMS)
def test_the_planned_module_runs_in_the_virtual_machine(
    form: str, libraries: dict[str, Library], expected: list[Array]
) -> None:
    _, planned = compile_program(load_model(BRANCHY), **FORMS[form])
    load_host_library()
    machine = relax.VirtualMachine(
        tvm.compile(planned, "llvm", relax_pipeline="arenite"), tvm.cpu(), memory_cfg="naive"
    )
    result = machine["main"](*(tvm.runtime.tensor(array) for array in random_inputs(libraries["one"])))
    np.testing.assert_array_equal(result.numpy(), expected[0])


def test_a_pool_for_each_region(libraries: dict[str, Library], expected: list[Array]) -> None:
    library = libraries["regions"]
    sizes = {name: library.macro(f"{name.upper()}_WORKSPACE_SIZE") for name in ("dtcm", "sram")}
    assert list(sizes.values()) == [region["used_bytes"] for region in library.description.regions]
    assert sum(sizes.values()) == library.macro("WORKSPACE_SIZE") == library.description.arena_bytes
    pools = {name: Memory(size, library.macro(f"{name.upper()}_WORKSPACE_ALIGNMENT")) for name, size in sizes.items()}
    inputs = random_inputs(library)
    own = {name: pool.address for name, pool in pools.items()}
    for handed in (own, {**own, "dtcm": 0}, {**own, "sram": 0}, {"dtcm": 0, "sram": 0}, None):
        status, outputs = library.run_mapped(inputs, handed)
        assert status == 0
        np.testing.assert_array_equal(outputs[0], expected[0])
        assert all(pool.intact for pool in pools.values())
    assert all((pool.inside != 0xC5).any() for pool in pools.values())
    for name, pool in pools.items():
        crooked = Memory(pool.bytes, pool.alignment, offset=1)
        assert library.run(list({**own, name: crooked.address}.values())) == library.macro("ERROR_ALIGNMENT")


@pytest.mark.parametrize("form", ["caller", "both"])
def test_inputs_and_outputs_of_the_caller(form: str, libraries: dict[str, Library], expected: list[Array]) -> None:
    library = libraries[form]
    values = random_inputs(library)
    inputs = [Memory(value.nbytes, 1) for value in values]
    outputs = [Memory(port.bytes, 1) for port in library.description.outputs]
    for memory, value in zip(inputs, values, strict=True):
        memory.inside[:] = np.frombuffer(value.tobytes(), np.uint8)
    addresses = [memory.address for memory in inputs], [memory.address for memory in outputs]
    for _ in range(2):
        assert library.run(*addresses, None) == 0
        for memory, wanted in zip(outputs, expected, strict=True):
            assert memory.inside.tobytes() == wanted.tobytes()
            memory.inside[:] = 0
        for memory, value in zip(inputs, values, strict=True):
            assert memory.inside.tobytes() == value.tobytes()
        assert all(memory.intact for memory in (*inputs, *outputs))
    no_input, no_output = library.macro("ERROR_NO_INPUT"), library.macro("ERROR_NO_OUTPUT")
    assert library.run(None, addresses[1], None) == no_input
    assert library.run([0], addresses[1], None) == no_input
    assert library.run(addresses[0], None, None) == no_output
    assert library.run(addresses[0], [0], None) == no_output
    assert not any(memory.inside.any() for memory in outputs)
    assert "map_inputs" not in library.header


@needs_host
def test_alignment_of_the_callers_memory_is_checked(tmp_path: Path) -> None:
    from models.writer import ModelWriter

    writer = ModelWriter("wide")
    x, y = (writer.tensor(name, (1, 8), "float32") for name in "xy")
    writer.operator("ADD", [x, x], [y])
    (tmp_path / "wide.tflite").write_bytes(writer.finish([x], [y]))
    compile_model(tmp_path / "wide.tflite", tmp_path / "wide", cpu="host", io_memory="caller")
    library = Library.of(tmp_path / "wide", "-DTVMGEN_WIDE_NO_STATIC_WORKSPACE")
    assert (library.macro("INPUT_X_ALIGNMENT"), library.macro("OUTPUT_Y_ALIGNMENT")) == (4, 4)
    x_memory, y_memory = Memory(32, 4), Memory(32, 4)
    x_memory.inside[:] = np.frombuffer(np.arange(8, dtype="<f4").tobytes(), np.uint8)
    assert library.description.arena_bytes == 0
    assert library.run([x_memory.address], [y_memory.address], None) == 0, "no workspace is needed"
    assert y_memory.inside.tobytes() == (2 * np.arange(8, dtype="<f4")).tobytes()
    crooked = Memory(32, 4, 2).address
    assert library.run([crooked], [y_memory.address], None) == library.macro("ERROR_ALIGNMENT")
    assert library.run([x_memory.address], [crooked], None) == library.macro("ERROR_ALIGNMENT")


@needs_host
def test_names_of_regions_become_c(tmp_path: Path) -> None:
    names = ("int", "SRAM", "sram", "Very_Fast", "unused")
    request = RegionRequest(tuple(Region(name, 12288, None, 64) for name in names))
    compile_model(BRANCHY, tmp_path / "project", cpu="host", name="net", regions=request)
    library = Library.of(tmp_path / "project")
    struct = re.search(r"struct tvmgen_net_workspace_pools \{([^}]*)\}", library.header)
    assert struct is not None
    members = re.findall(r"void \*(\w+);", struct[1])
    assert members == ["t_int", "sram", "sram_2", "very_fast", "unused"]
    assert {library.macro(f"{name.upper()}_WORKSPACE_ALIGNMENT") for name in members} == {64}
    assert library.macro("UNUSED_WORKSPACE_SIZE") == 0
    assert library.run_mapped(random_inputs(library), None)[0] == 0
    memory = json.loads((tmp_path / "project/metadata.json").read_text())["modules"]["net"]["memory"]
    pools = memory["functions"]["main"][0]["workspace_pools"]
    assert list(pools) == members
    assert sum(pool["size_bytes"] for pool in pools.values()) == library.description.arena_bytes


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--pin", "t99=SRAM"], ["no tensor in memory is called t99"]),
        (["--pin", "t14=DTCM"], ["t14 needs 1,536 bytes and is pinned to DTCM, which has 1,024"]),
        (["--io-memory", "caller", "--pin", "0=SRAM"], ["lies in the caller's memory"]),
        (["--region", "TINY=1K"], ["does not fit into"]),
        (["--ir", "relay"], ["--region", "USMP"]),
    ],
)
def test_refusals_are_those_of_plan_and_leave_nothing(tmp_path: Path, options: list[str], parts: list[str]) -> None:
    regions = ["--region", "DTCM=1K"] if "TINY=1K" in options else ["--region", "DTCM=1K", "--region", "SRAM=64K"]
    told = arenite("compile", BRANCHY, "-o", tmp_path / "project", *regions, *options)
    refused(told, *parts)
    assert list(tmp_path.iterdir()) == []
    if "relay" not in options:
        assert arenite("plan", BRANCHY, *regions, *options).stderr == told.stderr
    refused(arenite("verify", BRANCHY, *regions, *options), *parts)


def test_the_command_line_and_the_file_of_regions(tmp_path: Path) -> None:
    file = tmp_path / "regions.toml"
    slow, fast = ('name = "SRAM"\nsize = "64K"\nslow = true', 'name = "DTCM"\nsize = "6K"')
    file.write_text(f'[[region]]\n{slow}\n[[region]]\n{fast}\n[pin]\nt14 = "SRAM"\n')
    by_file = ["--regions", file]
    by_options = ["--region", "DTCM=6K", "--region", "SRAM=64K", "--pin", "t14=SRAM"]
    for number, options in enumerate((by_file, by_options)):
        planned = json.loads(arenite("plan", BRANCHY, *options, "--json", "-").stdout)
        project = tmp_path / f"project_{number}"
        compiled = json.loads(arenite("compile", BRANCHY, "-o", project, *options, "--json", "-").stdout)
        assert compiled["regions"] == planned["regions"]
        assert compiled["arena_bytes"] == sum(used(compiled)) == planned["arena_bytes"]
        assert compiled["optimal"] == planned["optimal"]
    projects = [tmp_path / "project_0", tmp_path / "project_1"]
    files = [{file.relative_to(one): file.read_bytes() for file in one.rglob("*.[chj]*")} for one in projects]
    assert files[0] == files[1]
    assert len(files[0]) > 10
