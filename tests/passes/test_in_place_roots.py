"""What the passes take for written in place, on functions that call kernels and on others."""

from __future__ import annotations

from typing import Any

import pytest
from relax_modules import softmax_chain

from arenite.passes.in_place import Operand, in_place_roots
from arenite.tvm_compat import IRBuilder, Parameter, T, extern_calls, kernel_function, relax, tensor_type

LAYER = Parameter("layer", (20,), "int32")
CONSTANT = Operand(frozenset(), whole=False)


def whole(root: int) -> Operand:
    return Operand(frozenset((root,)), whole=True)


def part(root: int) -> Operand:
    return Operand(frozenset((root,)), whole=False)


def multiplication(second: tuple[int, ...] = (4, 8)) -> Any:
    parameters = [Parameter("x", (4, 8), "int8"), Parameter("y", second, "int8"), LAYER]
    parameters.append(Parameter("z", (4, 8), "int8", written=True))
    return kernel_function(parameters, [("arenite_multiply_s8", ["layer", "x", "y", "z"])], {})


def lookup(*names: str) -> Any:
    parameters = [Parameter("x", (256,), "int8"), Parameter("table", (256,), "int8"), LAYER]
    parameters.append(Parameter("z", (256,), "int8", written=True))
    return kernel_function(parameters, [(name, ["layer", "x", "table", "z"]) for name in names], {})


def test_both_operands_of_a_product() -> None:
    assert in_place_roots(multiplication(), [whole(3), whole(4), CONSTANT, whole(7)]) == ((3, 7), (4, 7))


def test_one_tensor_twice() -> None:
    assert in_place_roots(multiplication(), [whole(3), whole(3), CONSTANT, whole(7)]) == ((3, 7),)


def test_constants_and_what_is_broadcast() -> None:
    assert in_place_roots(multiplication(), [whole(3), CONSTANT, CONSTANT, whole(7)]) == ((3, 7),)
    assert in_place_roots(multiplication((1, 8)), [whole(3), whole(4), CONSTANT, whole(7)]) == ((3, 7),)


@pytest.mark.parametrize("other", [(3, 4), (3,)])
def test_parts_of_a_tensor_and_several_at_once(other: tuple[int, ...]) -> None:
    several = Operand(frozenset(other), whole=False)
    assert in_place_roots(multiplication(), [several, whole(5), CONSTANT, whole(7)]) == ((5, 7),)
    assert in_place_roots(multiplication(), [whole(5), several, CONSTANT, whole(7)]) == ((5, 7),)
    assert in_place_roots(multiplication(), [whole(5), whole(6), CONSTANT, part(7)]) == ()


def test_a_tensor_of_which_the_same_call_reads_a_part() -> None:
    assert in_place_roots(multiplication(), [whole(3), part(3), CONSTANT, whole(7)]) == ()


def test_a_tensor_that_is_the_table_as_well() -> None:
    function = lookup("arenite_lookup_s8")
    assert in_place_roots(function, [whole(3), whole(4), CONSTANT, whole(7)]) == ((3, 7),)
    assert in_place_roots(function, [whole(3), whole(3), CONSTANT, whole(7)]) == ()


def test_functions_that_are_not_one_such_call() -> None:
    operands = [whole(3), whole(4), CONSTANT, whole(7)]
    assert in_place_roots(lookup("arenite_lookup_s8", "arenite_lookup_s8"), operands) == ()
    assert in_place_roots(lookup("arenite_lrn_f32"), operands) == ()
    assert in_place_roots(lookup("somebody_elses"), operands) == ()
    module = relax.transform.LegalizeOps()(softmax_chain())
    for function in module.functions.values():
        assert in_place_roots(function, [whole(3), whole(7)]) == ()


def test_whole_is_all_bytes_of_one_tensor() -> None:
    sizes = {3: 32, 4: 64}
    type_ = tensor_type((2, 4), "float32")
    assert Operand.of(frozenset((3,)), type_, sizes.get) == whole(3)
    assert Operand.of(frozenset((4,)), type_, sizes.get) == part(4)
    assert not Operand.of(frozenset((3, 4)), type_, sizes.get).whole
    assert not Operand.of(frozenset(), type_, sizes.get).whole


def test_calls_with_other_arguments_are_nobodys_kernel() -> None:
    with IRBuilder() as builder, T.prim_func(private=True):
        x = T.arg("x", T.buffer((4,), "int8", offset_factor=1))
        T.evaluate(T.call_extern("void", "arenite_lookup_s8", 3, x.access_ptr("r"), x.access_ptr("w", offset=2)))
    assert extern_calls(builder.get()) is None
