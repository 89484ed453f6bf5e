"""RequantShift against its definition in exact integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from arenite.errors import UnsupportedError
from arenite.frontends.requant_shift import decompose_requant_shift

SHAPE = (1, 3, 4, 5)


def model(mul: Any, add: Any, *, opset: int = 10, **attributes: float) -> onnx.ModelProto:
    node = helper.make_node("RequantShift", ["x", "mul", "add"], ["y"])
    node.attribute.extend(
        helper.make_attribute(name, numpy_helper.from_array(np.array([value], np.float32)))
        for name, value in attributes.items()
    )
    constants = [numpy_helper.from_array(np.asarray(v, np.float32), n) for n, v in (("mul", mul), ("add", add))]
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPE) for name in "xy"]
    graph = helper.make_graph([node], "requant", [ports[0]], [ports[1]], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    shift=st.integers(0, 20),
    signed=st.booleans(),
    opset=st.sampled_from([10, 13]),
    per_channel=st.booleans(),
)
def test_same_integers_as_the_definition(seed: int, shift: int, signed: bool, opset: int, per_channel: bool) -> None:
    random = np.random.default_rng(seed)
    shape = (3, 1, 1) if per_channel else ()
    mul, add = random.integers(1, 600, shape), random.integers(-(1 << 18), 1 << 18, shape)
    x = random.integers(-(1 << 16), 1 << 16, SHAPE)
    decomposed = decompose_requant_shift(
        model(mul, add, opset=opset, div=1 << shift, n_levels_out=256, signed=signed), "m.onnx"
    )
    onnx.checker.check_model(decomposed)
    (found,) = ReferenceEvaluator(decomposed).run(None, {"x": x.astype(np.float32)})
    low = -128 if signed else 0
    # Doubled throughout, for the half.
    exact = (2 * (x.astype(object) * mul + add) + (1 << shift)) // (2 << shift)
    np.testing.assert_array_equal(found, np.clip(exact, low, low + 255).astype(np.float32))


def test_other_models_are_left_alone() -> None:
    plain = helper.make_model(helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [], []))
    assert decompose_requant_shift(plain, "m.onnx") is plain


@pytest.mark.parametrize(
    "attributes", [{"div": 3.0, "n_levels_out": 256.0, "signed": 1.0}, {"div": 4.0, "signed": 1.0}]
)
def test_what_does_not_define_one_is_refused(attributes: dict[str, float]) -> None:
    with pytest.raises(UnsupportedError, match=r"m.onnx: RequantShift #0: lacks"):
        decompose_requant_shift(model(1, 0, **attributes), "m.onnx")
