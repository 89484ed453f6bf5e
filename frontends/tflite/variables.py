"""State made explicit: which tensors of a TensorFlow Lite model live across inferences, and what they hold at first.

Behind this step a state is a tensor marked ``variable`` in ``Model.states``. READ_VARIABLE and ASSIGN_VARIABLE take it
where the file has a handle; VAR_HANDLE, and the CALL_ONCE that gives variables their first values, are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from arenite.frontends.calls import called_subgraphs
from arenite.frontends.model import Model, Operator, Tensor
from arenite.frontends.tflite.tensors import WITHOUT_ARRAY

Values = npt.NDArray[np.generic]
Key = tuple[object, object]
"""Container and shared name of a variable, by which all subgraphs know it."""
_HANDLES = ("resource", "variant")
_MAKERS = ("VAR_HANDLE", "CALL_ONCE")


def with_states(main: Model, models: Sequence[Model]) -> Model:
    """``main`` with its state in ``Model.states``. Variables stay handles, for the lowerings to refuse, if only running
    the model tells what becomes of them: handles that are handed about, initialisers that compute, other calls, values
    of several shapes.

    Args:
        main: the first of the file's subgraphs, or what was made of it.
        models: all subgraphs, as the file has them.
    """
    model = _with_variables(main, models)
    return replace(model, states=dict(sorted({**model.states, **_marked(model)}.items())))


def _marked(model: Model) -> dict[int, Values]:
    """The tensors marked ``is_variable`` that an operator reads, and their values before the first inference."""
    read = {index for operator in model.operators for index in operator.inputs if index >= 0}
    tensors = [model.tensors[index] for index in sorted(read.difference(model.states))]
    return {
        tensor.index: _first_value(tensor)
        for tensor in tensors
        if tensor.variable and tensor.dtype not in WITHOUT_ARRAY
    }


def _first_value(tensor: Tensor) -> Values:
    """As ``ResetVariableTensor`` of TensorFlow Lite and of TensorFlow Lite Micro has it: 0 in every byte, of int8
    tensors the zero point."""
    value = tensor.quantisation.zero_point if tensor.quantisation and tensor.dtype == "int8" else 0
    # A view of one element: the file does not pay for the size that it names.
    return np.broadcast_to(np.array(value).astype(tensor.dtype), tensor.shape)


@dataclass
class _Uses:
    """What a subgraph does with variables. ``keys``: by handle. ``values``: what is read and assigned, in order.
    ``constants``: what is assigned last, where it is a constant."""

    keys: dict[int, Key] = field(default_factory=dict)
    values: dict[Key, list[Tensor]] = field(default_factory=dict)
    constants: dict[Key, Values] = field(default_factory=dict)


def _uses(model: Model) -> _Uses | None:
    """None if a handle goes where it cannot be followed."""
    found = _Uses()
    for operator in model.operators:
        handles = {index for index in (*operator.inputs, *operator.outputs) if index >= 0}
        handles = {index for index in handles if model.tensors[index].dtype in _HANDLES}
        if operator.kind == "VAR_HANDLE":
            attributes = operator.attributes
            found.keys[operator.outputs[0]] = (attributes.get("container"), attributes.get("shared_name"))
        elif operator.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE"):
            handle, value = (*operator.inputs, *operator.outputs)
            if handles != {handle} or handle not in found.keys:
                return None
            found.values.setdefault(found.keys[handle], []).append(model.tensors[value])
            data = model.tensors[value].data
            if operator.kind == "ASSIGN_VARIABLE" and data is not None:
                found.constants[found.keys[handle]] = data
        elif handles:
            return None
    return None if any(model.tensors[index].dtype in _HANDLES for index in model.outputs) else found


def _first_values(main: Model, models: Sequence[Model]) -> dict[Key, Values] | None:
    """What the initialisers assign; None if that cannot be told, or if they run when variables were in use already."""
    assigned: dict[Key, Values] = {}
    in_use = False
    for operator in main.operators:
        in_use |= operator.kind in ("READ_VARIABLE", "ASSIGN_VARIABLE")
        for called in called_subgraphs(operator):
            initialiser = _uses(models[called])
            kinds = {one.kind for one in models[called].operators}
            if operator.kind != "CALL_ONCE" or in_use or initialiser is None:
                return None
            if kinds - {"VAR_HANDLE", "ASSIGN_VARIABLE"} or initialiser.values.keys() != initialiser.constants.keys():
                return None
            assigned |= initialiser.constants
    return assigned


def _with_variables(main: Model, models: Sequence[Model]) -> Model:
    """Each variable becomes the tensor that was its first handle."""
    uses = _uses(main)
    if uses is None or not any(operator.kind in _MAKERS for operator in main.operators):
        return main
    first = _first_values(main, models)
    if first is None or not all(_alike(values, first.get(key)) for key, values in uses.values.items()):
        return main
    state = {key: handle for handle, key in reversed(uses.keys.items()) if key in uses.values}
    tensors = list(main.tensors)
    states: dict[int, Values] = {}
    for key, index in state.items():
        like = uses.values[key][0]
        tensors[index] = replace(
            like, index=index, name=tensors[index].name, data=None, constant=False, variable=True
        )  # fmt: skip
        # Before anything is assigned TensorFlow Lite has no value, and TensorFlow Lite Micro this one.
        states[index] = first.get(key, _first_value(like))
    renamed = {handle: state[key] for handle, key in uses.keys.items() if key in state}
    kept = [
        replace(operator, inputs=tuple(renamed.get(index, index) for index in operator.inputs))
        for operator in main.operators
        if operator.kind not in _MAKERS
    ]
    folded = _folded(main, kept, renamed)
    return replace(main, tensors=tuple(tensors), operators=tuple(kept), states=states, folded=folded)


def _alike(values: Sequence[Tensor], first: Values | None) -> bool:
    forms = {(value.dtype, value.shape) for value in values}
    if first is not None:
        forms.add((first.dtype.name, first.shape))
    return len(forms) == 1 and values[0].dtype not in WITHOUT_ARRAY


def _folded(main: Model, kept: Sequence[Operator], renamed: Mapping[int, int]) -> dict[int, int]:
    """``Model.folded`` when operators are gone: a handle goes to the first operator that takes its variable."""
    if not kept:
        return {}
    reader: dict[int, int] = {}
    for operator in reversed(kept):
        reader.update(dict.fromkeys(operator.inputs, operator.index))
    gone = {
        operator.index: reader.get(renamed.get(next(iter(operator.outputs), -1), -1), kept[0].index)
        for operator in main.operators
        if operator.kind in _MAKERS
    }
    return {**{source: gone.get(host, host) for source, host in main.folded.items()}, **gone}
