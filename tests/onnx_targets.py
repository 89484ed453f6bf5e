"""Small ONNX models with a lot in them, to be damaged by tests: each kind of thing that the reader looks at."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx_files import FLOAT, model, node

F32 = "float32"


def quantised_pairs() -> onnx.ModelProto:
    """Convolution, addition, pooling and a dense layer between DequantizeLinear and QuantizeLinear."""
    random = np.random.default_rng(1)
    nodes = [
        node("QuantizeLinear", "x s z", "xq"),
        node("DequantizeLinear", "xq s z", "xd"),
        node("DequantizeLinear", "w ws wz", "wd", axis=0),
        node("DequantizeLinear", "b bs", "bd", axis=0),
        node("Conv", "xd wd bd", "c", pads=[1, 1, 1, 1], strides=[2, 2], kernel_shape=[3, 3]),
        node("Relu", "c", "r"),
        node("QuantizeLinear", "r s z", "rq"),
        node("DequantizeLinear", "rq s z", "rd"),
        node("MaxPool", "rd", "p", kernel_shape=[2, 2], strides=[1, 1], auto_pad="SAME_UPPER"),
        node("Add", "rd p", "a"),
        node("GlobalAveragePool", "a", "g"),
        node("Flatten", "g", "f", axis=1),
        node("QuantizeLinear", "v ws wz", "vq", axis=1),
        node("DequantizeLinear", "vq ws wz", "vd", axis=1),
        node("Gemm", "f vd", "y", transB=1, alpha=0.5),
    ]
    constants = {
        "s": np.float32(0.05),
        "z": np.int8(-3),
        "w": random.integers(-128, 128, (4, 3, 3, 3)).astype(np.int8),
        "ws": np.linspace(0.01, 0.02, 4).astype(np.float32),
        "wz": np.zeros(4, np.int8),
        "b": random.integers(-999, 999, 4).astype(np.int32),
        "bs": np.full(4, 0.001, np.float32),
        "v": random.normal(0, 1, (5, 4)).astype(np.float32),
    }
    return model(nodes, [("x", F32, ["N", 3, 8, 8])], [("y", F32, ["N", 5])], constants, opset=13)


def quantised_operators() -> onnx.ModelProto:
    """QLinearConv and its kin, batch normalisation, RequantShift, and stated shapes of an unknown operator."""
    random = np.random.default_rng(2)
    nodes = [
        node("QLinearConv", "x s z w ws wz s z b", "c", group=1),
        node("QLinearAdd", "c s z c s z s z", "a", domain="com.microsoft"),
        node("QLinearConcat", "s z a s z c s z", "k", domain="com.microsoft", axis=1),
        node("QLinearAveragePool", "k s z s z", "p", domain="com.microsoft", kernel_shape=[2, 2]),
        node("DequantizeLinear", "p s z", "d"),
        node("BatchNormalization", "d n n n n", "e", epsilon=0.01),
        node("RequantShift", "e n1 n1", "q", div=np.float32(64), n_levels_out=np.float32(256), signed=np.float32(1)),
        node("Odd", "q", "o", domain="my.own", text="hello"),
        node("Sum", "o q d", "u"),
        node("Clip", "u low high", "t"),
        node("Dropout", "t", "h mask"),
        node("Transpose", "h", "y", perm=[0, 2, 3, 1]),
    ]
    constants = {
        "s": np.float32(0.05),
        "z": np.uint8(128),
        "w": random.integers(-128, 128, (2, 2, 3, 3)).astype(np.int8),
        "ws": np.linspace(0.01, 0.02, 2).astype(np.float32),
        "wz": np.zeros(2, np.int8),
        "b": random.integers(-999, 999, 2).astype(np.int32),
        "n": np.ones(4, np.float32),
        "n1": np.ones((4, 1, 1), np.float32),
        "low": np.float32(0),
        "high": np.float32(6),
    }
    infos = [("o", F32, ["N", 4, 5, 5])]
    ports = [("x", "uint8", ["N", 2, 8, 8])]
    domains = {"com.microsoft": 1, "my.own": 1}
    return model(nodes, ports, [("y", F32, None)], constants, infos=infos, domains=domains)


def shapes_and_bodies() -> onnx.ModelProto:
    """Shape arithmetic, a known and an unknown branch, a loop, a function, sparse constants, many types."""
    result = helper.make_tensor_value_info("r", FLOAT, None)
    local = numpy_helper.from_array(np.ones(4, np.float32), "k")
    then = helper.make_graph([node("Relu", "v", "t"), node("Add", "t k", "r")], "then", [], [result], [local])
    other = helper.make_graph([node("Neg", "v", "r")], "else", [], [result])
    body = helper.make_graph(
        [node("Add", "a i", "b"), node("Identity", "going", "on")],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("a", FLOAT, [3, 4]),
        ],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("b", FLOAT, [3, 4])],
    )
    twice = helper.make_function(
        "own", "Twice", ["f"], ["h"], [node("Add", "f f", "g"), node("Neg", "g", "h")], [helper.make_opsetid("", 17)]
    )
    nodes = [
        node("Shape", "x", "s"),
        node("Constant", "", "first", value_ints=[0]),
        node("Constant", "", "grid", value=numpy_helper.from_array(np.arange(4, dtype=np.float16))),
        node("Gather", "s first", "n", axis=0),
        node("Range", "zero three one", "range"),
        node("Concat", "n minus", "target", axis=0),
        node("Expand", "filler three4", "wide"),
        node("ConstantOfShape", "three4", "zeros", value=helper.make_tensor("f", FLOAT, [1], [0.5])),
        node("Reshape", "x target", "u"),
        node("Cast", "grid", "grid32", to=1),
        node("Add", "u grid32", "u2"),
        node("Add", "u2 sparse", "v"),
        node("If", "yes", "i", then_branch=then, else_branch=other),
        node("If", "c", "j", then_branch=then, else_branch=other),
        node("Loop", "trips - zeros", "l", body=body),
        node("Twice", "l", "m", domain="own"),
        node("Slice", "m first three axis", "cut"),
        node("Split", "cut", "p q", axis=1),
        node("Max", "i j wide", "mx"),
        node("MatMul", "mx turned", "mm"),
        node("Where", "mask mm cut", "w"),
        node("ReduceSum", "w axis", "y", keepdims=0),
    ]
    constants = {
        "zero": 0,
        "one": 1,
        "three": [3],
        "minus": [-1],
        "axis": [0],
        "trips": 2,
        "three4": [3, 4],
        "filler": [[1.0]],
        "yes": np.array(True),
        "mask": np.array([True, False, True, False]),
        "turned": np.eye(4, dtype=np.float32),
    }
    proto = model(
        nodes,
        [("x", F32, [3, 2, 2]), ("c", "bool", [])],
        [("y", F32, [4])],
        constants,
        functions=[twice],
        domains={"own": 1},
    )
    values = numpy_helper.from_array(np.array([5.0], np.float32), "sparse")
    places = numpy_helper.from_array(np.array([2], np.int64), "places")
    proto.graph.sparse_initializer.append(helper.make_sparse_tensor(values, places, [4]))
    proto.graph.initializer.append(helper.make_tensor("typed", FLOAT, [2], [1.0, 2.0]))
    del proto.graph.initializer[0]
    proto.graph.node.insert(0, node("Constant", "", "zero", value_int=0))
    return proto


TARGETS = {one.__name__: one for one in (quantised_pairs, quantised_operators, shapes_and_bodies)}
