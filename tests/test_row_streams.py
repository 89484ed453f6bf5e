"""Rows as they come: pushed into generated C in and out of turn, again, and into two streams at once."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from kernel_harness import run_model
from row_cases import REQUESTS, bordered, expected_of, pyramid
from row_projects import RowLibrary, Stream, write_library

from arenite.codegen.description import Array
from arenite.codegen.driver import compile_program
from arenite.codegen.emit import emit

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")


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


OK, NO_WORKSPACE, ALIGNMENT, NO_INPUT, ROW, NO_STREAM = 0, -1, -2, -3, -5, -6


def test_the_header_names_the_errors(streamed: RowLibrary) -> None:
    (header,) = (text for name, text in emit(streamed.program).items() if name.endswith("tvmgen_m.h"))
    for name, value in {"NO_WORKSPACE": -1, "ALIGNMENT": -2, "NO_INPUT": -3, "ROW": -5, "NO_STREAM": -6}.items():
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


def test_no_stream(streamed: RowLibrary) -> None:
    memory = streamed.memory()
    before = memory.whole.copy()
    assert streamed.function("reset")(None, (ctypes.c_void_p * 1)(memory.address)) == NO_STREAM
    assert streamed.function("reset")(None, None) == NO_STREAM
    data = ctypes.create_string_buffer(15)
    assert streamed.function("push_row")(None, 0, data) == NO_STREAM
    assert streamed.function("push_row")(None, 0, None) == NO_STREAM
    np.testing.assert_array_equal(memory.whole, before)


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
