"""TFLite's metadata entry for control dependencies: pairs of operators, by their numbers, whose order no tensor tells.

The format is that of tflite/converter/experimental/remat/metadata_util.cc (LiteRT): a version, then per subgraph a list
of pairs; lists begin with their length; all are varints of 7 bits, numbers of operators zigzag-encoded.
"""

from __future__ import annotations

from collections.abc import Sequence

from arenite.errors import ModelError

ENTRY = "model_control_dependencies"
_VERSION = 1
_MAX_BYTES = 5  # of a 32-bit varint

Edges = tuple[tuple[tuple[int, int], ...], ...]
"""Per subgraph, pairs of operators ``(a, b)``: a runs before b."""


def decode(content: bytes, operators: Sequence[int]) -> Edges:
    """The pairs of each subgraph; ``operators`` are the subgraphs' numbers of operators.

    Raises ModelError for what is not of the format, or names operators that do not exist or are the wrong way round.
    """
    numbers = _varints(content)
    position = 0

    def following() -> int:
        nonlocal position
        if position >= len(numbers):
            raise _damaged()
        position += 1
        return numbers[position - 1]

    if following() != _VERSION or following() != len(operators):
        raise _damaged()
    edges = []
    for count in operators:
        pairs = [(_signed(following()), _signed(following())) for _ in range(following())]
        if any(not 0 <= first < second < count for first, second in pairs):
            raise _damaged()
        edges.append(tuple(pairs))
    if position != len(numbers):
        raise _damaged()
    return tuple(edges)


def encode(edges: Edges) -> bytes:
    """The content of the metadata entry."""
    result = bytearray()
    for value in (_VERSION, len(edges)):
        _append(result, value)
    for pairs in edges:
        _append(result, len(pairs))
        for number in (number for pair in pairs for number in pair):
            _append(result, 2 * number)
    return bytes(result)


def renumber(edges: Edges, orders: Sequence[Sequence[int]]) -> Edges:
    """The pairs with the operators' numbers after subgraph s was put into the order ``orders[s]``."""
    places = [{index: place for place, index in enumerate(order)} for order in orders]
    return tuple(
        tuple((place[first], place[second]) for first, second in pairs)
        for pairs, place in zip(edges, places, strict=True)
    )


def _varints(content: bytes) -> list[int]:
    numbers = []
    value = length = 0
    for byte in content:
        value |= (byte & 127) << 7 * length
        length += 1
        if length > _MAX_BYTES:
            raise _damaged()
        if byte < 128:
            numbers.append(value)
            value = length = 0
    if length:
        raise _damaged()
    return numbers


def _signed(value: int) -> int:
    return -(value + 1) // 2 if value % 2 else value // 2


def _append(result: bytearray, value: int) -> None:
    while value > 127:
        result.append(value % 128 + 128)
        value //= 128
    result.append(value)


def _damaged() -> ModelError:
    return ModelError(f"its {ENTRY} metadata do not fit its operators", remedy="convert the model again without them")
