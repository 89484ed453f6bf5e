import numpy as np
import pytest
from relax_modules import branchy, call_main, operators

from arenite.passes.reorder_schedule import BOUND_ATTRIBUTE, SOURCE_ORDER_ATTRIBUTE, ReorderSchedule
from arenite.tvm_compat import Parameter, kernel_function, relax, tvm


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


def overwriting():
    """``a`` is widened, then overwritten; to widen it after that would need less memory."""
    builder = relax.BlockBuilder()
    tensor = relax.TensorType((3, 5), "float32")
    x = relax.Var("x", tensor)
    increment = kernel_function([Parameter("a", (3, 5), "float32", written=True)], [("increment", "a")], {})
    function = builder.add_func(increment, "increment")
    with builder.function("main", [x]):
        with builder.dataflow():
            a = builder.emit(relax.op.exp(x))
            wide = builder.emit(relax.op.concat([a, a, a], axis=1))
            changed = builder.emit(relax.op.call_tir_inplace(function, [a], [0], tensor))
            total = builder.emit(relax.op.sum(builder.emit(relax.op.concat([changed, changed, changed], axis=1))))
            result = builder.emit_output(relax.op.add(wide, total))
        builder.emit_func_output(result)
    return builder.finalize()


def capturing():
    """A local function captures ``captured``; to call it before that is computed would need less memory."""
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((3, 5), "float32"))
    y = relax.Var("y", relax.TensorType((3, 20), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            wide = builder.emit(relax.op.concat([x, x, x, x], axis=1))
            captured = builder.emit(relax.op.concat([x, x, x, x], axis=1))
            added = relax.Var("added", captured.ty)
            values = [relax.op.add(captured, y), relax.op.sum(added)]
            sum_ = relax.Var("sum", relax.TensorType((), "float32"))
            inner = [relax.VarBinding(v, builder.normalize(e)) for v, e in zip((added, sum_), values, strict=True)]
            body = relax.SeqExpr([relax.BindingBlock(inner)], sum_)
            local = builder.emit(relax.Function([y], body, sum_.ty))
            result = builder.emit_output(builder.emit(tvm.ir.Call(local, [wide])))
        builder.emit_func_output(result)
    return builder.finalize()


@pytest.mark.parametrize("make", [overwriting, capturing])
def test_what_is_not_in_arguments_and_results_keeps_a_block_as_it_is(make):
    module = legalised(make())
    assert list(map(str, bindings(ReorderSchedule()(module)))) == list(map(str, bindings(module)))


def test_the_bound_is_that_of_the_alignment():
    bounds = [
        ReorderSchedule(alignment=alignment)(legalised(branchy(width=3)))["main"].attrs[BOUND_ATTRIBUTE]
        for alignment in (1, 4, 64)
    ]
    assert bounds[0] == bounds[1] < bounds[2]  # a float32 needs 4 whatever is asked for
    assert bounds[2] % 64 == 0
