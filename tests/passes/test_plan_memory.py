import numpy as np
import pytest
from relax_modules import branchy, call_main, operators, softmax_chain

from arenite.passes.pipeline import c_pipeline
from arenite.passes.plan_memory import ALIGNMENT_ATTRIBUTE, INPUT_OFFSETS_ATTRIBUTE, PlanMemory
from arenite.tvm_compat import relax, tvm


def lowered(module):
    transform = relax.transform
    passes = [transform.LegalizeOps(), transform.ToNonDataflow(), transform.RemovePurityChecking()]
    return tvm.transform.Sequential([*passes, transform.CallTIRRewrite()])(module)


def arena_bytes(module):
    (size,) = [
        int(binding.value.args[0].values[0])
        for block in module["main"].body.blocks
        for binding in block.bindings
        if getattr(getattr(binding.value, "op", None), "name", "") == "relax.memory.alloc_storage"
    ]
    return size


def test_one_storage_and_no_other_allocation():
    before = operators(lowered(branchy()))
    planned = operators(PlanMemory()(lowered(branchy())))
    assert planned.count("relax.memory.alloc_storage") == 1
    assert "relax.builtin.alloc_tensor" not in planned
    assert planned.count("relax.memory.alloc_tensor") == before.count("relax.builtin.alloc_tensor")


@pytest.mark.parametrize("make", [branchy, softmax_chain])
def test_the_planned_module_computes_the_same_in_the_virtual_machine(make):
    module = make()
    shape = [int(extent) for extent in module["main"].params[0].ty.shape]
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    expected = call_main(module, "default_build", x)
    planned = c_pipeline()(module)
    np.testing.assert_array_equal(call_main(planned, "arenite", x), expected)


def test_an_arena_that_is_too_small_is_noticed_by_the_virtual_machine():
    """The check above can fail: the same plan with a storage of half the size does not run."""
    planned = c_pipeline()(softmax_chain())
    text = planned["main"].script()
    size = arena_bytes(planned)
    assert f"R.memory.alloc_storage(R.shape([{size}])" in text
    graph = tvm.ir.save_json(planned)
    half = tvm.ir.load_json(graph.replace(f'"data":{size}}}', f'"data":{size // 2}}}'))
    with pytest.raises(Exception, match=r"(?i)alloc|storage|size"):
        call_main(half, "arenite", np.zeros((1, 4, 6, 8), "float32"))


def test_alignment_of_the_arena():
    for alignment in (4, 16, 64):
        planned = PlanMemory(alignment)(lowered(branchy(width=3)))
        assert arena_bytes(planned) % alignment == 0


def test_inputs_have_their_place():
    planned = PlanMemory()(lowered(branchy()))
    (offset,) = planned["main"].attrs[INPUT_OFFSETS_ATTRIBUTE]
    assert 0 <= offset <= arena_bytes(planned) - 4 * 4 * 16


def test_functions_with_unknown_sizes_stay_as_they_are():
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((tvm.tirx.Var("n", "int64"), 4), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            result = builder.emit_output(builder.emit(relax.op.add(x, x)))
        builder.emit_func_output(result)
    module = lowered(builder.finalize())
    tvm.ir.assert_structural_equal(PlanMemory()(module), module)


def test_a_second_run_changes_nothing():
    planned = c_pipeline()(softmax_chain())
    tvm.ir.assert_structural_equal(PlanMemory()(planned), planned)


def test_an_element_raises_the_alignment():
    planned = PlanMemory(1)(lowered(branchy(width=3)))
    assert planned["main"].attrs[ALIGNMENT_ATTRIBUTE] == 4


def test_functions_that_take_no_offset_get_none():
    """TVM hands ``topk`` to a packed function by the bare pointers to its data."""
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((3, 5), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            scaled = builder.emit(relax.op.add(x, x))
            largest = builder.emit(relax.op.topk(scaled, 2, ret_type="values"))
            result = builder.emit_output(relax.op.add(largest, largest))
        builder.emit_func_output(result)
    values = np.random.default_rng(7).normal(size=(3, 5)).astype("float32")
    expected = -np.sort(-4 * values)[:, :2]
    np.testing.assert_array_equal(call_main(builder.finalize(), "arenite", values), expected)


def test_memory_of_other_devices_stays_as_it_is():
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((3, 5), "float32"))
    with builder.function("main", [x]):
        tensor = builder.emit(relax.op.builtin.alloc_tensor(relax.ShapeExpr([3, 5]), "float32", 1))
        builder.emit_func_output(tensor)
    module = builder.finalize()
    tvm.ir.assert_structural_equal(PlanMemory()(module), module)
