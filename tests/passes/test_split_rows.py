"""SplitRows on modules: the same graph as the planner splits, the same results in TVM's virtual machine, the same C
from a module that was saved."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tvm_ffi
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from image_nets import ImageNet, random_image_net
from kernel_harness import run_model
from row_cases import pyramid
from row_projects import RowLibrary

from arenite import passes
from arenite.codegen.description import Array
from arenite.codegen.driver import compile_program
from arenite.codegen.emit import emit
from arenite.codegen.host import load_host_library
from arenite.codegen.read_module import read_program
from arenite.errors import AreniteError
from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Model
from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_row_forms
from arenite.frontends.to_relax import to_relax
from arenite.passes.bindings import PUSHED, RESIDENT, ROWS_ATTRIBUTE, rows_of
from arenite.passes.dataflow import Dataflow
from arenite.passes.hoist_temporaries import HoistTemporaries
from arenite.passes.memory_request import same_graph
from arenite.passes.pipeline import c_pipeline
from arenite.rows.plan_rows import RowRequest
from arenite.rows.row_graph import row_counts
from arenite.rows.split import split
from arenite.tvm_compat import relax, tvm

needs_compiler = pytest.mark.skipif(shutil.which("cc") is None, reason="needs cc")
SplitRows: Any = passes.get("SplitRows")


def imported(model: Model) -> Any:
    """As it comes to SplitRows."""
    legal = relax.transform.LegalizeOps(skip_ops=["relax.reshape"])
    return tvm.transform.Sequential([legal, HoistTemporaries()])(to_relax(model))


def run(module: Any, pipeline: str, values: list[Array]) -> list[Array]:
    load_host_library()
    machine = relax.VirtualMachine(tvm.compile(module, "llvm", relax_pipeline=pipeline), tvm.cpu(), memory_cfg="naive")
    result = machine["main"](*(tvm.runtime.tensor(value) for value in values))
    return [result.numpy()] if hasattr(result, "numpy") else [one.numpy() for one in result]


def lowered(dtype: str, seed: int, inputs: int = 0) -> tuple[ImageNet, Model, list[Array], list[Array]]:
    """With inputs and outputs."""
    net, model = random_image_net(dtype, seed, inputs=inputs)
    values = net.values()
    try:
        found = run_model(model, values)
    except NotLowered:
        assume(False)
    return net, model, values, [found[index] for index in model.outputs]


def check_same_graph(model: Model, *, pushed: bool, eager: bool, height: int) -> None:
    graph, forms, tensors = to_row_forms(model)
    counts = row_counts(graph, forms)
    outside = frozenset(graph.inputs[:1]) if pushed else frozenset[int]()
    if not counts or not outside <= counts.keys() or not outside.isdisjoint(graph.outputs):
        return
    bands = {buffer: 1 if buffer in outside else min(height, count) for buffer, count in counts.items()}
    named = {f"t{tensors[buffer]}": rows for buffer, rows in bands.items()}
    written = [f"t{tensors[buffer]}" for step in graph.steps for buffer in step.writes]
    module = SplitRows(named, pushed, written if eager else ())(imported(model))
    main = module["main"]
    assert rows_of(main) == (PUSHED if pushed else RESIDENT)
    dataflow = Dataflow.of(main.body.blocks[0], main, module)
    assert dataflow is not None
    steps = frozenset(range(len(graph.steps))) if eager else frozenset[int]()
    assert same_graph(dataflow.graph, split(graph, forms, bands, pushed=outside, eager=steps).graph)


@settings(max_examples=25, deadline=None)
@given(
    dtype=st.sampled_from(["int8", "float32"]), seed=st.integers(0, 1 << 20), pushed=st.booleans(), eager=st.booleans(),
    height=st.sampled_from([1, 1, 2, 3]),
)  # fmt: skip
def test_the_module_is_the_graph_of_the_planner(dtype: str, seed: int, pushed: bool, eager: bool, height: int) -> None:
    """Without TVM, `arenite plan` finds the order and the layout that the module then gets."""
    _, model, _, _ = lowered(dtype, seed, inputs=1 if pushed else 0)
    check_same_graph(model, pushed=pushed, eager=eager, height=height)


@pytest.mark.parametrize("pushed", [False, True])
def test_bundled_models_are_the_graph_of_the_planner(bundled_model: Path, pushed: bool) -> None:
    check_same_graph(read_model(bundled_model), pushed=pushed, eager=False, height=1)


def test_a_row_that_is_broadcast_is_written_over_by_nobody() -> None:
    """One row has as many elements as a row of the result, which other rows need as well."""
    net = ImageNet()
    large, small = net.input((1, 4, 3, 2)), net.input((1, 1, 3, 2))
    model = net.model(net.two("MUL", net.one(large), net.one(small)))
    for height in (1, 2):
        check_same_graph(model, pushed=False, eager=False, height=height)


def test_rows_in_bands_are_written_over_their_operands() -> None:
    net = ImageNet()
    model = net.model(net.one(net.one(net.input((1, 6, 3, 2)))))
    module = SplitRows(dict.fromkeys(("t0", "t1", "t2"), 2))(imported(model))
    main = module["main"]
    dataflow = Dataflow.of(main.body.blocks[0], main, module)
    assert dataflow is not None
    assert len(dataflow.graph.steps) == 6
    assert all(len(step.in_place) == 1 for step in dataflow.graph.steps)


@needs_compiler
@pytest.mark.parametrize(("dtype", "seed"), [("int8", 4), ("int8", 11), ("float32", 23)])
def test_the_virtual_machine_computes_the_same(dtype: str, seed: int) -> None:
    """The split module alone, the split module with arenite's pipeline, and the planned module."""
    _, model, values, expected = lowered(dtype, seed)
    programs = [(SplitRows()(imported(model)), pipeline) for pipeline in ("default_build", "arenite")]
    programs.append((SplitRows(dict.fromkeys((f"t{i}" for i in range(99)), 1))(imported(model)), "default_build"))
    programs.append((compile_program(model, rows=RowRequest("row"), timeout=2.0)[1], "arenite"))
    for module, pipeline in programs:
        for one, other in zip(run(module, pipeline, values), expected, strict=True):
            np.testing.assert_array_equal(one, other)


@needs_compiler
@pytest.mark.parametrize("pushed", [False, True])
def test_bands_and_pushed_rows_in_the_virtual_machine(pushed: bool) -> None:
    """With TVM's own pipeline, too: rows in the border of a PAD come from constants alone."""
    net, model = pyramid()
    values = net.values()
    found = run_model(model, values)
    graph, forms, tensors = to_row_forms(model)
    counts = row_counts(graph, forms)
    for height, pipeline in ((2, "default_build"), (3, "arenite")):
        bands = {f"t{tensors[buffer]}": min(height, count) for buffer, count in counts.items()}
        module = SplitRows({**bands, "t0": 1} if pushed else bands, pushed)(imported(model))
        for one, index in zip(run(module, pipeline, values), model.outputs, strict=True):
            np.testing.assert_array_equal(one, found[index])


@pytest.mark.parametrize("request_", [RowRequest("row"), RowRequest("auto", True), RowRequest("auto", True, True)])
def test_a_saved_module_gives_the_same_c(request_: RowRequest) -> None:
    _, model = pyramid()
    program, planned = compile_program(model, rows=request_)
    again, _ = compile_program(model, rows=request_)
    reloaded = read_program(tvm.ir.load_json(tvm.ir.save_json(planned)))
    assert program.rows
    assert emit(program) == emit(reloaded) == emit(again)


def test_the_pass_on_its_own() -> None:
    """From the registry, in a Sequential, without a request: what follows orders and places the rows."""
    _, model = pyramid()
    transform = relax.transform
    module = tvm.transform.Sequential(
        [
            passes.get("SplitRows")(),
            passes.get("ReorderSchedule")(),
            transform.ToNonDataflow(),
            transform.RemovePurityChecking(),
            transform.CallTIRRewrite(),
            passes.get("PlanMemory")(),
        ]
    )(imported(model))
    program = read_program(module)
    whole = read_program(c_pipeline()(to_relax(model)))
    assert program.rows
    assert not whole.rows
    assert program.arena_bytes < whole.arena_bytes
    assert program.lower_bound_bytes <= program.arena_bytes


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        ({"t0": 12}, "t0, which is pushed, has bands of 12 for its 12 rows"),
        ({"t0": 99}, "bands of 99 for its 12 rows"),
        ({"t0": 5}, "give it a band that divides 12 into two or more, such as 1"),
        ({}, "no band for its 12 rows"),
        ({"t0": 1, "t2": 0}, "bands of 0 rows of t2; take 1 to 12 rows"),
        ({"t0": -1}, "bands of -1 rows of t0"),
    ],
)
def test_what_cannot_be_pushed_in_bands_is_refused(bands: dict[str, int], said: str) -> None:
    _, model = pyramid()
    with pytest.raises(AreniteError, match=re.escape(said)):
        SplitRows(bands, pushed=True)(imported(model))


def test_an_input_that_cannot_be_pushed_is_refused() -> None:
    net = ImageNet()
    x = net.input((1, 6, 3, 2))
    with pytest.raises(AreniteError, match="t0 cannot be pushed, for it is a result, too"):
        SplitRows(pushed=True)(imported(net.model(x, net.one(x))))
    net = ImageNet()
    model = net.model(net.one(net.input((1, 1, 3, 2))))
    with pytest.raises(AreniteError, match="t0 cannot be pushed, for it does not fall into rows"):
        SplitRows(pushed=True)(imported(model))


def test_bands_of_the_input_are_pushed_one_by_one(tmp_path: Path) -> None:
    """In C, too: a row of the generated library is then a band."""
    net, model = pyramid()
    values = net.values()
    found = run_model(model, values)
    bands = {f"t{number}": 1 for number in range(1, len(model.tensors))}
    program = read_program(c_pipeline(split=SplitRows({"t0": 3, **bands}, pushed=True))(to_relax(model)))
    assert program.rows_pushed == 4
    for one, index in zip(RowLibrary.of(program, tmp_path).compute(values), model.outputs, strict=True):
        np.testing.assert_array_equal(one, found[index])


def unchanged(module: Any, split_rows: Any = None) -> bool:
    return bool(tvm_ffi.structural_equal((split_rows or SplitRows())(module), module, map_free_vars=True))


def test_what_has_no_rows_is_left_alone() -> None:
    net = ImageNet()
    flat = net.input((1, 12))
    options = {"keep_num_dims": False, "weights_format": "DEFAULT", "fused_activation_function": "NONE"}
    model = net.model(net.operator("FULLY_CONNECTED", [flat, net.weights((3, 12), 0)], (1, 3), **options))
    assert unchanged(imported(model))
    _, model = pyramid()
    assert unchanged(imported(model), SplitRows({}))


def test_modules_of_others_are_left_alone() -> None:
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((4, 4), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            y = builder.emit_output(builder.emit(relax.op.nn.relu(x)))
        builder.emit_func_output(y)
    module = builder.get()
    assert unchanged(module)
    assert unchanged(relax.transform.LegalizeOps()(module))
    builder = relax.BlockBuilder()
    with builder.function("other", [x]):
        builder.emit_func_output(builder.emit(relax.op.nn.relu(x)))
    assert unchanged(builder.get())


def test_a_split_module_is_not_split_again() -> None:
    _, model = pyramid()
    once = SplitRows()(imported(model))
    assert once["main"].attrs[ROWS_ATTRIBUTE] == RESIDENT
    assert unchanged(once)
