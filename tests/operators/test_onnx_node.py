"""ONNX operators that compile through TVM, against ONNX Runtime."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_cases import CASES, REFUSED
from onnx_cases.samples import f32, floats, i64, integers
from onnx_nodes import FLAGS, Array, NodeCase, assert_close, model_of, run_c, run_case

from arenite.codegen.driver import compile_program
from arenite.codegen.project import project_files, write_project
from arenite.codegen.run import build, execute
from arenite.errors import UnsupportedError
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.onnx.by_tvm import import_node
from arenite.frontends.onnx.expand import EXPANSIONS
from arenite.frontends.operators import lower
from arenite.frontends.operators.onnx_node import CONSTANT_INPUTS, FORMS, SEVERAL_RESULTS, SUPPORTED

BATCH = 40
BATCHES = [list(CASES)[start : start + BATCH] for start in range(0, len(CASES), BATCH)]


@pytest.mark.parametrize("names", BATCHES, ids=lambda names: f"{names[0]}-{names[-1]}")
def test_results_are_those_of_onnx_runtime(names: list[str], tmp_path: Path) -> None:
    cases = [CASES[name] for name in names]
    references = [case.reference() for case in cases]
    model, values = model_of(cases, references)
    program, _ = compile_program(model, order="source", timeout=1.0)
    results = iter(run_c(program, values, tmp_path))
    for name, reference in zip(names, references, strict=True):
        for expected in reference:
            assert_close(next(results), expected, name)


def test_every_supported_kind_has_a_case() -> None:
    assert {case.kind for case in CASES.values()} == SUPPORTED
    assert {*EXPANSIONS, *CONSTANT_INPUTS, *FORMS, *SEVERAL_RESULTS} <= SUPPORTED


def test_what_tvm_does_not_import_expands() -> None:
    from tvm.relax.frontend.onnx.onnx_frontend import _get_convert_map

    known = {kind.rpartition(":")[2] for kind in SUPPORTED - EXPANSIONS.keys()}
    assert known <= _get_convert_map().keys()


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_compile_is_refused(name: str) -> None:
    case, reason = REFUSED[name]
    model, _ = model_of([case], [case.reference()])
    with pytest.raises(NotLowered, match=reason):
        lower(model, model.operators[0])


def test_refusals_do_not_need_tvm() -> None:
    script = """
import sys
sys.path.insert(0, "tests")
from onnx_cases import CASES, REFUSED
from onnx_nodes import model_of
from arenite.frontends.lowering import NotLowered
from arenite.frontends.operators import lower
for case in [*CASES.values(), *(case for case, _ in REFUSED.values())][::9]:
    model, _ = model_of([case], [case.reference()])
    try:
        lower(model, model.operators[0])
    except NotLowered:
        pass
print("tvm" in sys.modules)
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.split() == ["False"]


def test_what_tvm_cannot_import_is_an_error_with_its_reason(capfd: pytest.CaptureFixture[str]) -> None:
    case = NodeCase("MatMul", [floats(3, 4), floats(4, 5)])
    model, _ = model_of([case], [case.reference()])
    tensors = list(model.tensors)
    tensors[1] = dataclasses.replace(tensors[1], shape=(5, 5))
    with pytest.raises(UnsupportedError, match=r"nodes\.onnx: ONNX:MatMul #0: TVM cannot import it: .") as error:
        import_node(dataclasses.replace(model, tensors=tuple(tensors)), model.operators[0])
    assert "\n" not in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_result_that_is_not_as_declared_is_an_error() -> None:
    case = NodeCase("Relu", [floats(3, 4)])
    model, _ = model_of([case], [case.reference()])
    for change in ({"shape": (4, 3)}, {"dtype": "int32"}):
        tensors = [model.tensors[0], dataclasses.replace(model.tensors[1], **change)]
        with pytest.raises(UnsupportedError, match=r"TVM makes the result c0_y0 float32\[3, 4\], the file says"):
            import_node(dataclasses.replace(model, tensors=tuple(tensors)), model.operators[0])


def test_clean_under_the_sanitisers(tmp_path: Path) -> None:
    names = list(CASES)[::7]
    cases = [CASES[name] for name in names]
    references = [case.reference() for case in cases]
    model, values = model_of(cases, references)
    program, _ = compile_program(model, order="source", timeout=1.0)
    write_project(project_files(program, cpu="host", granularity="op"), tmp_path / "project")
    execution = execute(build(tmp_path / "project", on="host", sanitise=True), [values])
    results = iter(execution.outputs[0])
    for name, reference in zip(names, references, strict=True):
        for expected in reference:
            assert_close(next(results), expected, name)


def between_row_kernels(kind: str, *constants: Array, channels: int = 8, **attributes: Any) -> Model:
    """A 1x1 float convolution, one node on its result of shape [1, 6, 6, channels], and an activation."""
    case = NodeCase(
        kind, [floats(1, 6, 6, channels), *constants], attributes, tuple(range(1, 1 + len(constants))), opset=20
    )
    (expected,) = case.reference()
    shapes = [(1, 6, 6, 2), (1, 6, 6, channels), expected.shape, expected.shape]
    tensors = [Tensor(index, f"v{index}", shape, "float32") for index, shape in enumerate(shapes)]

    def constant(data: Array) -> int:
        tensors.append(Tensor(len(tensors), "c", data.shape, str(data.dtype), data=data, constant=True))
        return len(tensors) - 1

    weights, bias = constant(floats(channels, 1, 1, 2)), constant(floats(channels))
    window = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "padding": "VALID"}
    operators = (
        Operator(0, "CONV_2D", (0, weights, bias), (1,), {**window, "fused_activation_function": "NONE"}),
        Operator(1, f"ONNX:{kind}", (1, *map(constant, constants)), (2,), {"node": case.node(), "opset": case.opset}),
        Operator(2, "UNARY", (2,), (3,), {"function": "relu"}),
    )
    return Model("between.onnx", "between", tuple(tensors), operators, (0,), (3,))


def test_memory_of_a_node_between_row_kernels_is_planned() -> None:
    """Nothing but the tensors of the model where loops fuse, and temporaries in the arena where they do not."""
    for kind, constants, attributes in (
        ("LayerNormalization", (floats(8), floats(8)), {}),
        ("Gelu", (), {"approximate": "tanh"}),
        ("Softmax", (), {"axis": 3}),
        ("Resize", (f32(), f32(1, 2, 2, 1)), {"mode": "linear"}),
    ):
        model = between_row_kernels(kind, *constants, **attributes)
        program, _ = compile_program(model, timeout=1.0)
        sizes = [tensor.bytes for tensor in model.tensors[:3]]  # the activation writes over its operand
        needed = max(sizes[0] + sizes[1], sizes[1] + sizes[2])
        assert needed <= program.arena_bytes <= needed + 16, kind
    model = between_row_kernels("Softmax", axis=1)
    program, _ = compile_program(model, timeout=1.0)
    scratch = [output for step in program.steps for output in step.outputs if output.source_tensor is None]
    assert 0 < sum(output.place.bytes for output in scratch) <= 2 * 6 * 8 * 4
    assert all(output.place.offset + output.place.bytes <= program.arena_bytes for output in scratch)


def test_the_same_model_gives_the_same_files() -> None:
    model = between_row_kernels("Resize", f32(), f32(1, 1.7, 2, 1), mode="linear")
    files = [project_files(compile_program(model, timeout=1.0)[0], cpu="host", granularity="op") for _ in range(2)]
    assert files[0] == files[1]


def test_steps_are_named_after_the_operator() -> None:
    model = between_row_kernels("Softmax", axis=1)
    program, _ = compile_program(model, timeout=1.0)
    assert [step.name for step in program.steps] == ["conv_2d_0", "onnx_softmax_1", "unary_2"]
    assert program.steps[1].source == "ONNX:Softmax #1"


def test_an_input_that_is_read_twice(tmp_path: Path) -> None:
    case = NodeCase("Mul", [floats(3, 4)])
    x = case.inputs[0]
    assert x is not None
    node = dataclasses.replace(case.node(), inputs=("x0", "x0"))
    tensors = tuple(Tensor(index, name, (3, 4), "float32") for index, name in enumerate("xy"))
    operator = Operator(0, "ONNX:Mul", (0, 0), (1,), {"node": node, "opset": 17})
    model = Model("square.onnx", "square", tensors, (operator,), (0,), (1,))
    program, _ = compile_program(model)
    assert_close(run_c(program, [x], tmp_path)[0], x * x, "square")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_without_warnings(compiler: str, tmp_path: Path) -> None:
    for number, name in enumerate(("layer_normalization", "resize_cubic", "where_mask", "cast_float32_int8")):
        directory = tmp_path / str(number)
        directory.mkdir()
        results, expected, _ = run_case(CASES[name], directory, [*FLAGS, "-O2"], compiler)
        for result, value in zip(results, expected, strict=True):
            assert_close(result, value, name)


def test_numbers_are_printed_exactly(tmp_path: Path) -> None:
    """TVM prints seven digits; this one needs nine."""
    case = NodeCase("LeakyRelu", [f32(-1.0)], {"alpha": float(np.float32(0.100000024))})
    results, expected, program = run_case(case, tmp_path)
    assert results[0].tobytes() == expected[0].tobytes()
    assert "1.000000238e-01f" in program.functions[0]


def test_unknown_operators_name_the_operator() -> None:
    case = NodeCase("Relu", [floats(3)])
    model, _ = model_of([case], [case.reference()])
    operator = dataclasses.replace(model.operators[0], kind="ONNX:my.domain:Thing")
    with pytest.raises(UnsupportedError, match=r"ONNX:my\.domain:Thing #0"):
        compile_program(dataclasses.replace(model, operators=(operator,)))


def test_indices_far_from_the_start_of_a_large_tensor(tmp_path: Path) -> None:
    x = integers(300, 70, 9)
    case = NodeCase("Gather", [x, i64(299, -1, 0)], {"axis": 0}, (1,))
    results, expected, _ = run_case(case, tmp_path)
    np.testing.assert_array_equal(results[0], expected[0])
