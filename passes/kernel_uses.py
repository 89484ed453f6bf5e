"""Which kernels a call applies, with the fields of their layers, and how the call's result falls into rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels import kernels, structs
from arenite.codegen.kernels.rows import SCRATCH, kernel_rows
from arenite.passes.bindings import Roots, operator_name
from arenite.passes.row_functions import KernelUse
from arenite.rows.forms import Operand, RowForm
from arenite.tvm_compat import IRModule, constant_value, extern_calls


def kernel_uses(value: Any, module: IRModule) -> tuple[KernelUse, ...]:
    """The kernels that a ``call_tir`` applies, in order; none for any other value."""
    if operator_name(value) != "relax.call_tir":
        return ()
    arguments = list(value.args[1].fields)
    uses = []
    for name, positions in extern_calls(module[value.args[0]]) or []:
        kernel = kernels().get(name)
        if kernel is None:
            return ()
        parameters = list(zip(kernel.parameters, positions, strict=True))
        written = [parameter.name for parameter, position in parameters if position >= len(arguments)]
        if written not in (["out"], ["out", SCRATCH]):
            return ()
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        constants: dict[str, int] = {}
        inputs: dict[str, int] = {}
        for parameter, position in parameters:
            if position < len(arguments):
                values = constant_value(arguments[position])
                if values is None:
                    inputs[parameter.name] = position
                else:
                    constants[parameter.name], arrays[parameter.name] = position, values
        if "layer" not in arrays:
            return ()
        fields = structs()[kernel.parameters[0].type]
        layer = dict(zip(fields, (int(number) for number in arrays.pop("layer").reshape(-1)), strict=True))
        shapes = [[int(extent) for extent in arguments[position].ty.shape.values] for position in inputs.values()]
        sizes = {key: array.dtype.itemsize for key, array in arrays.items()}
        form = kernel_rows(name, layer, arrays, shapes)
        uses.append(KernelUse(name, inputs, constants, sizes, form, written[-1] == SCRATCH))
    return tuple(uses)


def use_form(value: Any, uses: Sequence[KernelUse], roots: Roots) -> RowForm | None:
    """How the result of a call falls into rows; None if it does not, or if it reads a state. Operands are numbered as
    ``roots`` has them."""
    counts = {use.rows.rows if use.rows else 0 for use in uses}
    if len(counts) != 1 or 0 in counts:
        return None
    arguments = [roots.of(argument) for argument in value.args[1].fields]
    operands: dict[int, Operand] = {}
    for use in uses:
        assert use.rows is not None
        for position, needs in zip(use.inputs.values(), use.rows.inputs, strict=True):
            if len(arguments[position]) != 1:
                return None
            (buffer,) = arguments[position]
            if buffer < 0:
                return None
            known = operands.get(buffer, Operand(needs.rows, needs.ranges))
            if known.rows != needs.rows:
                return None
            both = zip(known.needs, needs.ranges, strict=True)
            operands[buffer] = Operand(needs.rows, tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in both))
    accumulator = uses[0].rows.accumulator if len(uses) == 1 and uses[0].rows else None
    return RowForm(counts.pop(), operands, accumulator.bytes if accumulator else 0)
