"""Calls in a planned IRModule -> calls in C, with the constants, kernels and functions that they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels import kernels
from arenite.codegen.kernels.row_calls import Base, Pointer, RowCall, Taps, row_functions
from arenite.codegen.kernels.rows import SCRATCH
from arenite.codegen.program import (
    C_TYPES,
    STATE,
    AnyArgument,
    ArenaArgument,
    Argument,
    ConstantArray,
    FunctionCall,
    Place,
    StateArgument,
    TapsArgument,
)
from arenite.errors import AreniteError
from arenite.frontends.c_names import unique_c_name
from arenite.tvm_compat import constant_value, loops_to_c, parameter_types, quiet


@dataclass
class CallReader:
    """Reads the calls of one module. ``place_of``: where the tensor lies that an expression stands for.

    ``families``: of the kernels called so far; ``functions``: C text by name.
    """

    place_of: Callable[[Any], Place]
    constants: dict[tuple[str, str, bytes], ConstantArray] = field(default_factory=dict)
    families: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)

    def of_kernel(self, call: Any, step: str, name: str, positions: list[int]) -> FunctionCall:
        """A kernel that computes a whole operator. ``positions``: of its parameters among the call's arguments."""
        kernel = kernels().get(name)
        if kernel is None:
            raise AreniteError(f"the planned module calls the C function {name}, which is not a row kernel of arenite")
        self.families.add(kernel.family)
        arguments: list[AnyArgument] = []
        for parameter, position in zip(kernel.parameters, positions, strict=True):
            values = constant_value(call.args[position])
            if values is None:
                place = self.place_of(call.args[position])
                arguments.append(_pointer(parameter.type, place))
            else:
                arguments.append(self.constant(f"{step}_{parameter.name}", parameter.type, values))
        return FunctionCall(name, tuple(arguments))

    def of_row(self, call: Any, step: str, row: RowCall) -> FunctionCall:
        """A row function, whose pointers lead into the tensors that the call is handed."""
        function = row_functions().get(row.function)
        if function is None:
            raise AreniteError(f"the planned module calls the C function {row.function}, which is no row function")
        self.families.add(function.family)

        def place(pointer: Pointer) -> Place:
            whole = self.place_of(call.args[pointer.parameter])
            return replace(whole, offset=whole.offset + pointer.bytes, bytes=whole.bytes - pointer.bytes)

        arguments: list[AnyArgument] = []
        for parameter, argument in zip(function.parameters, row.arguments, strict=True):
            if isinstance(argument, Taps):
                arguments.append(TapsArgument(argument.first, tuple(place(tap) for tap in argument.rows)))
            elif isinstance(argument, Base):
                arguments.append(ArenaArgument(parameter.type))
            elif argument is None:
                arguments.append(Argument(parameter.type))
            elif isinstance(argument, int):
                arguments.append(argument)
            elif parameter.name == SCRATCH:
                arguments.append(ArenaArgument(parameter.type, place(argument).offset, const=False))
            elif (values := constant_value(call.args[argument.parameter])) is None:
                arguments.append(Argument(parameter.type, place=place(argument)))
            else:
                known = self.constant(f"{step}_{parameter.name}", parameter.type, values)
                arguments.append(replace(known, element=argument.bytes // values.dtype.itemsize))
        return FunctionCall(row.function, tuple(arguments))

    def of_loops(self, call: Any, function: Any, written: Sequence[bool]) -> FunctionCall:
        """Loops that TVM prints as a C function of this program. ``written``: which arguments are results."""
        name = f"loops_{call.op.name_hint}"
        arguments: list[AnyArgument] = []
        for argument, (parameter, _, dtype) in zip(call.args, parameter_types(function), strict=True):
            values = constant_value(argument)
            if values is None:
                arguments.append(_pointer(C_TYPES[dtype], self.place_of(argument)))
            else:
                arguments.append(self.constant(f"{name}_{parameter}", C_TYPES[dtype], values))
        if name not in self.functions:
            with quiet():
                self.functions[name] = loops_to_c(function, name, [not result for result in written])
        return FunctionCall(name, tuple(arguments))

    def constant(self, c_name: str, type_: str, values: npt.NDArray[np.generic]) -> Argument:
        """Equal arrays of one type are stored once, under the name of their first use."""
        taken = {constant.c_name for constant in self.constants.values()}
        key = (type_, str(values.shape), values.tobytes())
        if key not in self.constants:
            self.constants[key] = ConstantArray(unique_c_name(c_name, taken), type_, values)
        return Argument(type_, constant=self.constants[key].c_name)


def _pointer(type_: str, place: Place) -> Argument | StateArgument:
    if place.port == STATE:
        return StateArgument(type_, place.offset)
    return Argument(type_, place=place)
