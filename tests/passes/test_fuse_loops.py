"""Fused loops against the loops that TVM made: the same results, less memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from relax_modules import call_main

from arenite.passes.fuse_loops import fuse_loops
from arenite.tvm_compat import IRModule, relax, temporaries, tirx, tvm
from arenite.tvm_loops import loop_cost


def module_of(build: Any, *shapes: tuple[int, ...]) -> IRModule:
    """``main`` applies ``build`` to float tensors, legalised, with what TVM fuses in one function each."""
    builder = relax.BlockBuilder()
    variables = [relax.Var(f"x{i}", relax.TensorType(shape, "float32")) for i, shape in enumerate(shapes)]
    with builder.function("main", variables):
        with builder.dataflow():
            result = builder.emit_output(build(builder, *variables))
        builder.emit_func_output(result)
    transform = relax.transform
    passes = [transform.LegalizeOps(), transform.AnnotateTIROpPattern(), transform.FuseOps(), transform.FuseTIR()]
    return tvm.transform.Sequential(passes)(builder.finalize())


def fused(module: IRModule) -> IRModule:
    return IRModule(
        {
            variable: fuse_loops(function) if isinstance(function, tirx.PrimFunc) else function
            for variable, function in module.functions_items()
        }
    )


def functions(module: IRModule) -> list[Any]:
    return [function for function in module.functions.values() if isinstance(function, tirx.PrimFunc)]


def temporary_elements(module: IRModule) -> int:
    shapes = [buffer.ty.shape for function in functions(module) for buffer in temporaries(function)]
    return sum(int(np.prod([int(extent) for extent in shape])) for shape in shapes)


def dense(builder: Any, x: Any, w: Any, b: Any) -> Any:
    product = builder.emit(relax.op.matmul(x, w))
    return relax.op.nn.relu(builder.emit(relax.op.add(product, b)))


def padded_convolution(_builder: Any, x: Any, w: Any) -> Any:
    return relax.op.nn.conv2d(x, w, padding=(1, 1))


CASES: dict[str, tuple[Any, list[tuple[int, ...]], int]] = {
    "elements": (lambda b, x: relax.op.exp(b.emit(relax.op.multiply(x, x))), [(3, 7)], 0),
    "epilogue": (dense, [(4, 6), (6, 5), (5,)], 0),
    "padding": (padded_convolution, [(1, 3, 6, 5), (4, 3, 3, 3)], 0),
    "softmax over rows": (lambda _, x: relax.op.nn.softmax(x), [(5, 8)], 8),
    "layer norm": (
        lambda _, x, g, h: relax.op.nn.layer_norm(x, g, h, axes=[-1]),
        [(5, 8), (8,), (8,)],
        0,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_results_stay_and_temporaries_shrink(name: str) -> None:
    build, shapes, elements = CASES[name]
    module = module_of(build, *shapes)
    assert temporary_elements(module) > elements
    generator = np.random.default_rng(0)
    inputs = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
    expected = call_main(module, "default_build", *inputs)
    after = fused(module)
    assert temporary_elements(after) <= elements
    np.testing.assert_allclose(call_main(after, "default_build", *inputs), expected, rtol=1e-5, atol=1e-6)


def test_work_is_not_repeated_without_end() -> None:
    """A result that every element of the next needs is computed once, and kept."""

    def build(builder: Any, x: Any, w: Any) -> Any:
        hot = builder.emit(relax.op.tanh(builder.emit(relax.op.exp(x))))
        return relax.op.matmul(hot, w)

    shapes = [(4, 32), (32, 16)]
    module = module_of(build, *shapes)
    before = sum(loop_cost(function) for function in functions(module))
    after = sum(loop_cost(function) for function in functions(fused(module)))
    assert after <= 1.3 * before


def test_cost_counts_iterations() -> None:
    def cost(rows: int) -> float:
        (function,) = functions(module_of(lambda _, x: relax.op.exp(x), (rows, 4)))
        return loop_cost(function)

    assert cost(6) == 3 * cost(2) > 0
