"""Model -> Graph: what the planner sees of a model, whatever its operators are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from arenite.errors import UnsupportedError
from arenite.frontends.aliases import alias_sources
from arenite.frontends.bodies import choose
from arenite.frontends.calls import called_subgraphs
from arenite.frontends.in_place import in_place_operands
from arenite.frontends.lowering import Lowering
from arenite.frontends.macs import operator_macs
from arenite.frontends.model import ITEM_BYTES, Model, Operator, Tensor
from arenite.frontends.operators import lower_or_none
from arenite.frontends.rows.form import row_form
from arenite.frontends.state import state_order
from arenite.graph import Alias, Buffer, Graph, Step
from arenite.rows.forms import RowForm
from arenite.target import PORTABLE, Target

MAX_NAME = 32
"""Characters of a model input's name that are kept."""


def to_graph(model: Model, target: Target = PORTABLE) -> Graph:
    """Steps and buffers of a model, in the order of the file.

    Every activation is a buffer, and so is the scratch of every operator that arenite compiles; constants, state and
    handles of state are not. An operator that only reshapes is no step: its result is an alias of the buffer that it
    reads, and its index stands in ``source_ops`` of the step that writes this buffer (that first reads it, if it is a
    model input). What the frontend inserted has no number of the file: its steps may have no ``source_ops``, its
    buffers have no ``source_tensor``.

    ``target``: which kernels' scratch that is.

    Raises UnsupportedError for a model that has a constant or a state as its output.
    """
    return to_row_forms(model, target, rows=False)[0]


def to_row_forms(
    model: Model,
    target: Target = PORTABLE,
    chosen: Sequence[Lowering | None] | None = None,
    *,
    rows: bool = True,
) -> tuple[Graph, tuple[RowForm | None, ...], tuple[int, ...]]:
    """The graph as ``to_graph`` makes it, how each of its steps falls into rows, and for each of its buffers the tensor
    of the model that it is; -1 for scratch.

    Args:
        chosen: what ``choose`` has found for all operators of the model and the target, if that is known already.
        rows: whether anybody asks for rows; how the steps fall into them is None throughout if not.
    """
    aliases = alias_sources(model)
    skipped = {operator.index for operator in model.operators if any(index in aliases for index in operator.outputs)}
    operators = [operator for operator in model.operators if operator.index not in skipped]
    builder = _Buffers(model, aliases)
    if chosen is None:
        chosen = choose([lower_or_none(model, operator) for operator in model.operators], target)
    lowerings = {operator.index: lowering for operator, lowering in zip(model.operators, chosen, strict=True)}
    writes = {operator.index: builder.add_outputs(operator, lowerings[operator.index]) for operator in operators}
    source_ops = _source_ops(model, operators, aliases)
    steps = tuple(
        Step(
            name=step_name(operator),
            reads=tuple(dict.fromkeys(builder.place[index] for index in operator.inputs if index in builder.place)),
            writes=writes[operator.index],
            source_ops=source_ops[operator.index],
            macs=operator_macs(model, operator),
            in_place=_in_place(model, operator, lowerings[operator.index], builder.place),
        )
        for operator in operators
    )
    position = {operator.index: place for place, operator in enumerate(operators)}
    forms = tuple(
        row_form(model, operator, lowerings[operator.index], builder.place) if rows else None for operator in operators
    )
    graph = Graph(
        name=model.name,
        buffers=tuple(builder.buffers),
        steps=steps,
        inputs=tuple(builder.place[index] for index in model.inputs if index in builder.place),
        outputs=_outputs(model, builder.place),
        after=tuple((position[a], position[b]) for a, b in state_order(model)),
        state_bytes=model.state_bytes,
    )
    return graph, forms, tuple(builder.tensors)


def step_name(operator: Operator) -> str:
    """``conv_2d_3``: the kind in lower case and the operator's index in the file."""
    return f"{_identifier(operator.kind).lower()}_{operator.index}"


class _Buffers:
    """The buffers so far; ``place`` maps every tensor that lies in the arena, aliases included, to its buffer."""

    def __init__(self, model: Model, aliases: Mapping[int, int]) -> None:
        self.model = model
        self.buffers: list[Buffer] = []
        self.tensors: list[int] = []
        self.place: dict[int, int] = {}
        self._same_bytes: dict[int, list[int]] = {}
        for result in aliases:
            root = result
            while root in aliases:
                root = aliases[root]
            self._same_bytes.setdefault(root, []).append(result)
        self._names = _input_names(model)
        for index in model.inputs:
            if self._in_arena(index):
                self._add(index)

    def add_outputs(self, operator: Operator, lowering: Lowering | None) -> tuple[int, ...]:
        """Buffers that the operator writes, its scratch last."""
        written = [self._add(index) for index in operator.outputs if self._in_arena(index)]
        scratch = _scratch_bytes(self.model, operator, lowering)
        if scratch:
            self.buffers.append(Buffer(f"scratch_{operator.index}", scratch, alignment=4))
            self.tensors.append(-1)
            written.append(len(self.buffers) - 1)
        return tuple(written)

    def _in_arena(self, index: int) -> bool:
        return not self.model.tensors[index].variable and self.model.tensors[index].bytes > 0

    def _add(self, index: int) -> int:
        tensor = self.model.tensors[index]
        aliases = self._same_bytes.get(index, [])
        self.buffers.append(
            Buffer(
                name=self._names.get(index, f"t{index}"),
                bytes=tensor.bytes,
                alignment=min(ITEM_BYTES[tensor.dtype], 8),
                source_tensor=self._source(index),
                rows=_rows(tensor),
                aliases=tuple(
                    Alias(f"t{alias}", self._source(alias), _rows(self.model.tensors[alias])) for alias in aliases
                ),
            )
        )
        self.tensors.append(index)
        self.place.update(dict.fromkeys((index, *aliases), len(self.buffers) - 1))
        return len(self.buffers) - 1

    def _source(self, index: int) -> int | None:
        limit = self.model.file_tensors
        return index if limit is None or index < limit else None


def _source_ops(model: Model, operators: list[Operator], aliases: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
    """Operator index of each step -> its own index and those of the operators that vanish into it: what reshapes, and
    what the frontend evaluated; only those of the file."""
    joined = {operator.index: [operator.index] for operator in operators}
    writer = {index: operator.index for operator in operators for index in operator.outputs}
    reader: dict[int, int] = {}
    for operator in reversed(operators):
        reader.update(dict.fromkeys((_root(index, aliases) for index in operator.inputs), operator.index))
    for operator in model.operators:
        if operator.index in joined:
            continue
        root = _root(operator.inputs[0], aliases)
        # The result of reshaping a model input may have no reader at all, nor the model any step.
        host = writer.get(root, reader.get(root, operators[0].index if operators else None))
        if host is not None:
            joined[host].append(operator.index)
    for index, shared in model.shares.items():
        if index in joined:
            joined[index] += shared
    step = {member: host for host, members in joined.items() for member in members}
    for index, reader_index in model.folded.items():
        if reader_index in step:
            joined[step[reader_index]].append(index)
    limit = model.file_operators
    return {
        index: tuple(sorted({member for member in members if limit is None or member < limit}))
        for index, members in joined.items()
    }


def _rows(tensor: Tensor) -> tuple[int, int]:
    return (0, tensor.shape[1] if len(tensor.shape) == 4 else 1)


def _root(index: int, aliases: Mapping[int, int]) -> int:
    while index in aliases:
        index = aliases[index]
    return index


def _scratch_bytes(model: Model, operator: Operator, lowering: Lowering | None) -> int:
    if operator.kind != "CALL_ONCE" and called_subgraphs(operator):
        # Initialisers run before the first inference, when the arena is theirs; other calls need a place of their own.
        return sum(model.call_bytes[called] for called in called_subgraphs(operator))
    return lowering.scratch_bytes if lowering is not None else 0


def _in_place(
    model: Model, operator: Operator, lowering: Lowering | None, place: Mapping[int, int]
) -> tuple[tuple[int, int], ...]:
    """Pairs of buffers: what is read, and the result that may be written over it."""
    operands = [index for index in in_place_operands(model, operator, lowering) if index in place]
    (result, *others) = operator.outputs or (-1,)
    if others or result not in place:
        return ()
    return tuple(dict.fromkeys((place[index], place[result]) for index in operands))


def _outputs(model: Model, place: Mapping[int, int]) -> tuple[int, ...]:
    for index in model.outputs:
        if index not in place:
            raise UnsupportedError(
                f"the model output {index} '{model.tensors[index].name}' is not computed but constant or state",
                file=model.file,
                remedy="remove it from the model's outputs",
            )
    return tuple(dict.fromkeys(place[index] for index in model.outputs))


def _input_names(model: Model) -> dict[int, str]:
    """The file's names of the model inputs as short identifiers, where these differ from each other."""
    names = {index: _identifier(model.tensors[index].name)[:MAX_NAME].strip("_") for index in model.inputs}
    shared = {name for name in names.values() if list(names.values()).count(name) > 1}
    reserved = re.compile(r"(t|scratch_)\d+|")
    return {index: name for index, name in names.items() if name not in shared and not reserved.fullmatch(name)}


@lru_cache(maxsize=1024)
def _identifier(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")
