"""Generated C at every granularity computes what whole operators compute, bit for bit; and rows as they come."""

from __future__ import annotations

import contextlib
import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from image_nets import ImageNet, random_image_net
from kernel_harness import run_model
from onnx_networks import integer_boundary, quantised_network, save
from row_projects import WARNINGS, RowLibrary, Stream, write_library

from arenite.codegen import driver
from arenite.codegen.description import Array, read_description
from arenite.codegen.driver import compile_model, compile_program, run_project
from arenite.codegen.emit import emit
from arenite.codegen.host import KERNELS
from arenite.codegen.program import Program
from arenite.codegen.project import project_files
from arenite.codegen.verify import verify_project
from arenite.errors import UnsupportedError
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.rows import plan_rows
from arenite.rows.plan_rows import Choice, RowRequest, choose_rows

MODELS = Path(__file__).parent / "models"
REQUESTS = {
    "row": RowRequest("row"),
    "auto": RowRequest("auto"),
    "streamed": RowRequest("auto", pushed=True),
    "eager": RowRequest("auto", pushed=True, eager=True),
}
pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")


def expected_of(net: ImageNet, model: Model) -> tuple[list[Array], list[Array]]:
    """Inputs and outputs."""
    values = net.values()
    try:
        found = run_model(model, values)
    except NotLowered:
        assume(False)
    return values, [found[index] for index in model.outputs]


def check(model: Model, request: RowRequest, values: list[Array], expected: list[Array], directory: Path) -> Program:
    made: list[Choice] = []

    def spied(*arguments: Any, **options: Any) -> Choice:
        made.append(choose_rows(*arguments, **options))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "choose_rows", spied)
        program, _ = compile_program(model, rows=request, timeout=1.0)
    (choice,) = made
    assert program.rows == (choice.rows is not None)
    assert program.arena_bytes == choice.plan.arena_bytes, "the module is another graph than the model"
    assert program.stream == request.pushed
    found = RowLibrary.of(program, directory).compute(values)
    for index, one, other in zip(model.outputs, found, expected, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=f"tensor {index}")
    return program


@settings(max_examples=20, deadline=None)
@given(
    dtype=st.sampled_from(["int8", "int8", "float32"]),
    seed=st.integers(0, 1 << 20),
    kind=st.sampled_from(["row", "auto"]),
)
def test_random_networks(dtype: str, seed: int, kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    net, model = random_image_net(dtype, seed)
    values, expected = expected_of(net, model)
    with contextlib.suppress(UnsupportedError):
        check(model, REQUESTS[kind], values, expected, tmp_path_factory.mktemp("project"))


@settings(max_examples=20, deadline=None)
@given(
    dtype=st.sampled_from(["int8", "int8", "float32"]),
    seed=st.integers(0, 1 << 20),
    kind=st.sampled_from(["streamed", "eager"]),
)
def test_random_networks_whose_rows_come(
    dtype: str, seed: int, kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    net, model = random_image_net(dtype, seed, inputs=1)
    values, expected = expected_of(net, model)
    with contextlib.suppress(UnsupportedError):
        check(model, REQUESTS[kind], values, expected, tmp_path_factory.mktemp("project"))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 1 << 20), steps=st.integers(4, 30), kind=st.sampled_from(["row", "streamed"]))
def test_random_networks_in_bands(seed: int, steps: int, kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    net, model = random_image_net("int8", seed, inputs=1)
    values, expected = expected_of(net, model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan_rows, "MAX_STEPS", steps)
        with contextlib.suppress(UnsupportedError):
            check(model, REQUESTS[kind], values, expected, tmp_path_factory.mktemp("project"))


def pyramid(dtype: str = "int8", seed: int = 1) -> tuple[ImageNet, Model]:
    """Windows with padding, a residual, a mean and scores: everything that a stream of rows has to do with."""
    net = ImageNet(dtype, seed)
    x = net.input((1, 12, 5, 3))
    bias = [net.constant(np.zeros(3, np.float32))] if dtype == "float32" else []
    stem = net.operator(
        "CONV_2D", [x, net.weights((3, 3, 3, 3), 0), *bias], (1, 12, 5, 3), explicit_padding=((1, 1), (1, 1)),
        stride_h=1, stride_w=1, dilation_h_factor=1, dilation_w_factor=1, fused_activation_function="RELU",
    )  # fmt: skip
    padded = net.operator(
        "PAD", [stem, net.constant(np.array([(0, 0), (2, 0), (0, 0), (0, 0)], np.int32))], (1, 14, 5, 3)
    )
    pooled = net.operator(
        "MAX_POOL_2D", [padded], (1, 7, 5, 3), explicit_padding=((0, 0), (0, 0)), stride_h=2, stride_w=1,
        filter_height=2, filter_width=1, dilation_h_factor=1, dilation_w_factor=1, fused_activation_function="NONE",
    )  # fmt: skip
    y = net.two("ADD", pooled, net.one(pooled))
    axes = net.constant(np.array([1, 2], np.int32))
    mean = net.operator("MEAN", [y, axes], (1, 1, 1, 3), keep_dims=True)
    flat = net.reshape(mean, (1, 3))
    options = {"keep_num_dims": False, "weights_format": "DEFAULT", "fused_activation_function": "NONE"}
    scores = net.operator("FULLY_CONNECTED", [flat, net.weights((4, 3), 0)], (1, 4), **options)
    return net, net.model(scores, y)


@pytest.fixture(scope="module")
def streamed(tmp_path_factory: pytest.TempPathFactory) -> RowLibrary:
    _, model = pyramid()
    program, _ = compile_program(model, rows=REQUESTS["streamed"])
    return RowLibrary.of(program, tmp_path_factory.mktemp("streamed"))


def image_and_result(seed: int) -> tuple[Array, list[Array]]:
    _, model = pyramid()
    image = np.random.default_rng(seed).integers(-128, 128, (1, 12, 5, 3)).astype(np.int8)
    found = run_model(model, [image])
    return image, [found[index] for index in model.outputs]


OK, NO_WORKSPACE, ALIGNMENT, NO_INPUT, ROW = 0, -1, -2, -3, -5


def test_the_header_names_the_errors(streamed: RowLibrary) -> None:
    (header,) = (text for name, text in emit(streamed.program).items() if name.endswith("tvmgen_m.h"))
    for name, value in {"NO_WORKSPACE": -1, "ALIGNMENT": -2, "NO_INPUT": -3, "ROW": -5}.items():
        assert f"#define TVMGEN_M_ERROR_{name} ({value})" in header
    assert "#define TVMGEN_M_ROWS 12" in header
    assert "#define TVMGEN_M_ROW_SIZE 15" in header
    assert "tvmgen_m_run" not in header
    assert not hasattr(streamed.library, "tvmgen_m_run")
    assert not hasattr(streamed.library, "tvmgen_m_map_inputs")


def test_rows_out_of_turn_change_nothing(streamed: RowLibrary) -> None:
    image, expected = image_and_result(1)
    memory = streamed.memory()
    pools = (ctypes.c_void_p * 1)(memory.address)
    stream = Stream()
    reset = streamed.function("reset")
    assert reset(ctypes.byref(stream), pools) == OK
    rows = streamed.rows(image)
    for row, data in enumerate(rows):
        before = memory.whole.copy()
        for wrong in (row - 1, row + 1, len(rows), -1, 1 << 30, -(1 << 31)):
            assert streamed.push(stream, wrong, data) == ROW
        assert streamed.push(stream, row, None) == NO_INPUT
        np.testing.assert_array_equal(memory.whole, before)
        assert streamed.push(stream, row, data) == OK
    for row in (len(rows) - 1, len(rows), 0):
        assert streamed.push(stream, row, rows[0]) == ROW
    assert memory.intact
    for one, other in zip(streamed.outputs(pools), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_stream_without_memory(streamed: RowLibrary) -> None:
    image, _ = image_and_result(1)
    data = streamed.rows(image)[0]
    assert streamed.push(Stream(), 0, data) == NO_WORKSPACE
    memory = streamed.memory()
    stream = Stream()
    crooked = (ctypes.c_void_p * 1)(memory.address + 1)
    assert streamed.function("reset")(ctypes.byref(stream), crooked) == ALIGNMENT
    assert streamed.push(stream, 0, data) == NO_WORKSPACE


def test_a_library_without_memory_of_its_own(streamed: RowLibrary, tmp_path: Path) -> None:
    library = RowLibrary.of(streamed.program, tmp_path, "-DTVMGEN_M_NO_STATIC_WORKSPACE")
    assert library.function("reset")(ctypes.byref(Stream()), None) == NO_WORKSPACE
    assert library.function("reset")(ctypes.byref(Stream()), (ctypes.c_void_p * 1)(None)) == NO_WORKSPACE
    image, expected = image_and_result(2)
    np.testing.assert_array_equal(library.compute([image])[0], expected[0])


def test_resets_in_the_middle_and_again(streamed: RowLibrary) -> None:
    """In the library's own memory, one inference after another."""
    stream = Stream()
    for seed, stop in ((1, 5), (2, 12), (3, 1), (4, 11), (5, 12)):
        image, expected = image_and_result(seed)
        assert streamed.function("reset")(ctypes.byref(stream), None) == OK
        for row, data in enumerate(streamed.rows(image)[:stop]):
            assert streamed.push(stream, row, data) == OK
        if stop == 12:
            for one, other in zip(streamed.outputs(None), expected, strict=True):
                np.testing.assert_array_equal(one, other)


def test_two_streams_at_once(streamed: RowLibrary) -> None:
    images = [image_and_result(seed) for seed in (7, 8)]
    memories = [streamed.memory() for _ in images]
    pools = [(ctypes.c_void_p * 1)(memory.address) for memory in memories]
    streams = [Stream() for _ in images]
    for stream, pool in zip(streams, pools, strict=True):
        assert streamed.function("reset")(ctypes.byref(stream), pool) == OK
    for row in range(12):
        for stream, (image, _) in zip(streams, images, strict=True):
            assert streamed.push(stream, row, streamed.rows(image)[row]) == OK
    for pool, memory, (_, expected) in zip(pools, memories, images, strict=True):
        assert memory.intact
        for one, other in zip(streamed.outputs(pool), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def bordered() -> tuple[ImageNet, Model]:
    """Rows of border above the first row of the input."""
    net = ImageNet(seed=3)
    x = net.input((1, 6, 3, 2))
    amounts = net.constant(np.array([(0, 0), (2, 1), (0, 0), (0, 0)], np.int32))
    return net, net.model(net.one(net.operator("PAD", [x, amounts], (1, 9, 3, 2))))


def read_as_a_whole() -> tuple[ImageNet, Model]:
    """By one operator by rows, by another as a whole, under another shape."""
    net = ImageNet(seed=3)
    x = net.input((1, 6, 3, 2))
    options = {"keep_num_dims": False, "weights_format": "DEFAULT", "fused_activation_function": "NONE"}
    scores = net.operator("FULLY_CONNECTED", [net.reshape(x, (1, 36)), net.weights((4, 36), 0)], (1, 4), **options)
    return net, net.model(net.one(x), scores)


def uneven_windows() -> tuple[ImageNet, Model]:
    """The first window has one row inside, the others are summed up."""
    net = ImageNet(seed=3)
    x = net.input((1, 6, 3, 2))
    attributes = {
        "explicit_padding": ((4, 0), (0, 0)), "stride_h": 5, "stride_w": 1, "filter_height": 5, "filter_width": 1,
        "fused_activation_function": "NONE", "count_include_pad": False,
    }  # fmt: skip
    return net, net.model(net.operator("AVERAGE_POOL_2D", [net.one(x)], (1, 2, 3, 2), **attributes))


def pixels() -> tuple[ImageNet, Model]:
    """Softmax has a row for each pixel, which is not how its operand was split."""
    net = ImageNet("float32", seed=3)
    x = net.one(net.input((1, 6, 3, 2)))
    return net, net.model(net.operator("SOFTMAX", [x], (1, 6, 3, 2), beta=1.0))


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("make", [bordered, read_as_a_whole, uneven_windows, pixels])
def test_odd_networks(make: Callable[[], tuple[ImageNet, Model]], kind: str, tmp_path: Path) -> None:
    net, model = make()
    values, expected = expected_of(net, model)
    check(model, REQUESTS[kind], values, expected, tmp_path)


def test_steps_that_need_no_row_run_with_the_first(tmp_path: Path) -> None:
    """Also in a second inference, and after a reset in the middle."""
    net, model = bordered()
    values, expected = expected_of(net, model)
    program, _ = compile_program(model, rows=REQUESTS["streamed"])
    library = RowLibrary.of(program, tmp_path)
    stream = Stream()
    for stop in (6, 1, 4, 6):
        assert library.function("reset")(ctypes.byref(stream), None) == OK
        for row, data in enumerate(library.rows(values[0])[:stop]):
            assert library.push(stream, row, data) == OK
        if stop == 6:
            np.testing.assert_array_equal(library.outputs(None)[0], expected[0])


needs_cmake = pytest.mark.skipif(shutil.which("cmake") is None, reason="needs cmake")
ROWS_OF_MODELS = {"ds_cnn": REQUESTS["streamed"], "mobilenet_block": REQUESTS["eager"]}


def built_example(project: Path, *options: str) -> Path:
    subprocess.run(
        ["cmake", "-S", str(project), "-B", str(project / "own"), "-DARENITE_EXAMPLE=ON", *options], check=True
    )
    done = subprocess.run(
        ["cmake", "--build", str(project / "own")],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert "warning" not in done.stdout
    return project / "own" / "arenite_push_rows"


def printed(text: str) -> list[list[float]]:
    return [[float(value) for value in line.split(":")[1].split()] for line in text.splitlines() if ":" in line]


@needs_cmake
@pytest.mark.parametrize("name", ROWS_OF_MODELS)
def test_the_example_prints_what_run_prints(name: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    compile_model(MODELS / f"{name}.tflite", project, cpu="host", rows=ROWS_OF_MODELS[name])
    program = built_example(project, "-DARENITE_SANITISE=ON")
    shape = run_project(project, output_dir=tmp_path)["outputs"]
    image = image_of(project)
    np.save(tmp_path / "image.npy", image)
    for given_, inputs in ((None, []), (image, [tmp_path / "image.npy"])):
        if given_ is not None:
            (tmp_path / "input.bin").write_bytes(given_.tobytes())
        done = subprocess.run(
            [str(program)], cwd=tmp_path, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        run = run_project(project, inputs=inputs, output_dir=tmp_path / "out")
        wanted = [np.load(file).reshape(-1) for file in run["files"]]
        assert len(wanted) == len(shape)
        for one, other in zip(printed(done.stdout), wanted, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def image_of(project: Path) -> Array:
    (port,) = read_description(project).inputs
    generator = np.random.default_rng(11)
    if port.dtype == "float32":
        return generator.uniform(-2, 2, port.shape).astype(np.float32)
    return generator.integers(-128, 128, port.shape).astype(port.dtype)


@needs_cmake
@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None or shutil.which("qemu-system-arm") is None,
    reason="needs arm-none-eabi-gcc and qemu-system-arm",
)
def test_the_example_runs_on_a_board(tmp_path: Path) -> None:
    project = tmp_path / "project"
    compile_model(MODELS / "ds_cnn.tflite", project, cpu="cortex-m4", rows=REQUESTS["streamed"])
    program = built_example(project, f"-DCMAKE_TOOLCHAIN_FILE={project / 'harness/arm-none-eabi.cmake'}")
    image = image_of(project)
    (tmp_path / "input.bin").write_bytes(image.tobytes())
    np.save(tmp_path / "image.npy", image)
    done = subprocess.run(
        ["qemu-system-arm", "-machine", "mps2-an386", "-nographic", "-monitor", "none",
         "-semihosting-config", "enable=on,target=native", "-kernel", str(program)],
        cwd=tmp_path, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
    )  # fmt: skip
    run = run_project(project, inputs=[tmp_path / "image.npy"], output_dir=tmp_path / "out")
    for one, file in zip(printed(done.stdout), run["files"], strict=True):
        np.testing.assert_allclose(one, np.load(file).reshape(-1), rtol=0, atol=1e-6)


@needs_cmake
def test_only_streamed_projects_have_the_example(tmp_path: Path) -> None:
    for kind, there in (("row", False), ("streamed", True)):
        program, _ = compile_program(pyramid()[1], rows=REQUESTS[kind])
        files = project_files(program, cpu="host", granularity="row")
        assert ("example/push_rows.c" in files) == there
        assert ("ARENITE_EXAMPLE" in files["CMakeLists.txt"]) == there


@needs_cmake
@pytest.mark.parametrize(
    ("name", "kind"), [("ops_zoo", "row"), ("resnet_block", "streamed"), ("branchy_cell", "row"), ("digits", "eager")]
)
def test_bundled_models_are_what_the_reference_computes(name: str, kind: str, tmp_path: Path) -> None:
    """Every layer, too, with the sanitisers on."""
    file = MODELS / f"{name}.tflite"
    try:
        compile_model(file, tmp_path / "project", cpu="host", rows=REQUESTS[kind])
    except UnsupportedError as error:
        pytest.fail(f"{name}: {error}")
    result = verify_project(tmp_path / "project", file, 3, 0, "host", layers=True, sanitise=True)
    assert (result.mismatches, result.layer_mismatches) == (0, 0), result.first_mismatch
    assert result.layer_values > 0


@needs_cmake
@pytest.mark.parametrize("kind", ["row", "streamed"])
@pytest.mark.parametrize("network", ["qdq", "uint8"])
def test_onnx_networks(network: str, kind: str, tmp_path: Path) -> None:
    model = save(quantised_network() if network == "qdq" else integer_boundary("uint8"), tmp_path)
    compile_model(model, tmp_path / "project", cpu="host", rows=REQUESTS[kind])
    result = verify_project(tmp_path / "project", model, 3, 0, "host", layers=True, sanitise=True)
    assert result.mismatches == 0
    assert result.layer_mismatches == 0, result.first_mismatch


COMPILERS = {
    "gcc": ["gcc"],
    "clang": ["clang"],
    "arm": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb"],
}


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("kind", ["row", "streamed"])
def test_no_compiler_warns(compiler: str, dtype: str, kind: str, tmp_path: Path) -> None:
    if shutil.which(COMPILERS[compiler][0]) is None:
        pytest.skip(f"needs {COMPILERS[compiler][0]}")
    program, _ = compile_program(pyramid(dtype)[1], rows=REQUESTS[kind])
    sources = [*write_library(program, tmp_path), *(KERNELS / f"{family}.c" for family in program.families)]
    for trace in ([], ["-DARENITE_TRACE"]):
        subprocess.run(
            [*COMPILERS[compiler], "-std=c99", "-O2", *WARNINGS, *trace, "-fsyntax-only", f"-I{KERNELS}",
             f"-I{tmp_path / 'codegen/host/include'}", *map(str, sources)],
            check=True,
        )  # fmt: skip


@pytest.mark.skipif(shutil.which("c++") is None, reason="needs c++")
def test_cpp_includes_the_header(streamed: RowLibrary, tmp_path: Path) -> None:
    write_library(streamed.program, tmp_path)
    program = tmp_path / "main.cpp"
    output = streamed.program.outputs[0].c_name
    program.write_text(
        '#include "tvmgen_m.h"\nint main() {\n  tvmgen_m_stream stream;\n'
        "  const int8_t row[TVMGEN_M_ROW_SIZE] = {};\n  tvmgen_m_reset(&stream, 0);\n"
        "  return tvmgen_m_push_row(&stream, 0, row) + "
        f"tvmgen_m_map_outputs(0).{output}[0];\n}}\n"
    )
    subprocess.run(
        ["c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{tmp_path / 'codegen/host/include'}",
         str(program)],
        check=True,
    )  # fmt: skip
