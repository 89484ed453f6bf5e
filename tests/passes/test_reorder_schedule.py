import numpy as np
from relax_modules import branchy, call_main, operators

from arenite.passes.reorder_schedule import BOUND_ATTRIBUTE, SOURCE_ORDER_ATTRIBUTE, ReorderSchedule
from arenite.tvm_compat import relax, tvm


def legalised(module):
    return relax.transform.LegalizeOps(skip_ops=["relax.reshape"])(module)


def bindings(module):
    (block,) = module["main"].body.blocks
    return list(block.bindings)


def functions(module):
    """Names of the PrimFuncs called, in order."""
    values = [binding.value for binding in bindings(module)]
    return [str(v.args[0].name_hint) for v in values if getattr(getattr(v, "op", None), "name", "") == "relax.call_tir"]


def test_branches_run_one_after_another():
    ordered = ReorderSchedule()(legalised(branchy()))
    live, widest = 0, 0
    for name in functions(ordered):
        live += name.startswith("concatenate") - name.startswith("sum")
        widest = max(widest, live)
    assert widest == 1
    attributes = ordered["main"].attrs
    assert attributes[BOUND_ATTRIBUTE] < attributes[SOURCE_ORDER_ATTRIBUTE]


def test_bindings_are_the_same_but_for_their_order():
    module = legalised(branchy())
    before = sorted(map(str, bindings(module)))
    after = sorted(map(str, bindings(ReorderSchedule()(module))))
    assert before == after


def test_the_result_is_the_same():
    module = legalised(branchy())
    x = np.random.default_rng(0).normal(size=(1, 4, 16)).astype("float32")
    expected = call_main(module, "default_build", x)
    np.testing.assert_array_equal(call_main(ReorderSchedule()(module), "default_build", x), expected)


def test_source_order_is_kept_on_request():
    module = legalised(branchy())
    kept = ReorderSchedule("source")(module)
    assert operators(kept) == operators(module)
    assert list(map(str, bindings(kept))) == list(map(str, bindings(module)))
    assert BOUND_ATTRIBUTE in kept["main"].attrs


def test_unknown_shapes_stay_as_they_are():
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((tvm.tirx.Var("n", "int64"), 4), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            result = builder.emit_output(builder.emit(relax.op.add(x, x)))
        builder.emit_func_output(result)
    module = builder.finalize()
    tvm.ir.assert_structural_equal(ReorderSchedule()(module), module)


def test_code_outside_dataflow_blocks_stays_as_it_is():
    module = relax.transform.ToNonDataflow()(legalised(branchy()))
    assert operators(ReorderSchedule()(module)) == operators(module)
