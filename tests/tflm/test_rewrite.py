"""What happens to the bytes of a file, and what refuses to be rewritten."""

from __future__ import annotations

import io
import random
import struct
import zipfile

import numpy as np
import pytest
import tflite
from hypothesis import given
from hypothesis import strategies as st
from models.fuzz_target import fuzz_target
from models.writer import ModelWriter
from mutations import mutate
from tflm_models import NAMED, branches, called_twice, pooled_branches, stateful

from arenite.errors import AreniteError, ModelError, UnsupportedError
from arenite.frontends.tflite import control as tflite_control
from arenite.frontends.tflite import parse_subgraphs
from arenite.frontends.tflite.edit import permute_operators, read_metadata, refuse_outside_data, write_metadata
from arenite.frontends.tflite.tflm import tflm_subgraphs, unknown_scratch
from arenite.tflm import offline_plan
from arenite.tflm.reorder import reorder

PLAN = offline_plan.ENTRY
NOTES = ("min_runtime_version", b"1.5.0\0\0\0\0\0\0\0\0\0\0\0")


def _words(data: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.frombuffer(data[: len(data) // 4 * 4], np.uint32)


def _entries(data: bytes) -> list[tuple[bytes, bytes]]:
    """The metadata as the generated classes read them."""
    model = tflite.Model.GetRootAs(data, 0)
    entries = [model.Metadata(place) for place in range(model.MetadataLength())]
    return [(one.Name(), model.Buffers(one.Buffer()).DataAsNumpy().tobytes()) for one in entries]


@pytest.mark.parametrize("name", NAMED)
def test_only_the_words_of_the_order_change(name: str) -> None:
    data = NAMED[name]()
    result = reorder(data, name)
    assert len(result.data) == len(data)
    assert 0 < (_words(data) != _words(result.data)).sum() <= result.moved


@pytest.mark.parametrize("seed", range(10))
def test_a_permutation_can_be_undone(seed: int) -> None:
    data = stateful()
    choose = random.Random(seed)
    orders = [choose.sample(range(len(model.operators)), len(model.operators)) for model in parse_subgraphs(data, "m")]
    inverse = [sorted(range(len(order)), key=order.__getitem__) for order in orders]
    assert permute_operators(permute_operators(data, orders), inverse) == data


@pytest.mark.parametrize("name", NAMED)
def test_a_plan_goes_in_front_and_leaves_the_rest_alone(name: str) -> None:
    data = NAMED[name]()
    planned = reorder(data, name, tflm_plan=True)
    tail = planned.data[-len(data) :]
    assert tail == permute_operators(data, planned.orders)
    assert (len(planned.data) - len(data)) % 16 == 0
    (entry,) = _entries(planned.data)
    assert entry[0] == PLAN.encode()
    numbers = struct.unpack(f"<{len(entry[1]) // 4}i", entry[1])
    tensors = [len(model.tensors) for model in parse_subgraphs(data, name)]
    assert numbers[:3] == (0, len(tensors), sum(tensors))
    assert len(numbers) == 3 + sum(tensors)


def test_the_new_root_has_every_field_of_the_old_one() -> None:
    data = branches(metadata=[NOTES, ("other", b"1234")])
    moved = write_metadata(data, {PLAN: b"12345678", "second": b"x"})
    old, new = tflite.Model.GetRootAs(data, 0), tflite.Model.GetRootAs(moved, 0)
    assert new.Version() == old.Version() == 3
    assert new.Description() == old.Description()
    assert new.BuffersLength() == old.BuffersLength() + 2
    for place in range(old.BuffersLength()):
        assert (
            bytes(new.Buffers(place).DataAsNumpy() or b"") == bytes(old.Buffers(place).DataAsNumpy() or b"")
            if (not old.Buffers(place).DataLength())
            else (new.Buffers(place).DataAsNumpy() == old.Buffers(place).DataAsNumpy()).all()
        )
    assert _entries(moved) == [*_entries(data), (PLAN.encode(), b"12345678"), (b"second", b"x")]
    assert moved[4:8] == b"TFL3"


def test_new_data_are_aligned() -> None:
    moved = write_metadata(branches(), {PLAN: b"p" * 40, "second": b"q" * 33})
    assert moved.index(b"p" * 40) % 16 == moved.index(b"q" * 33) % 16 == 0


def test_an_entry_of_the_same_size_is_overwritten() -> None:
    data = branches(metadata=[NOTES, (PLAN, b"a" * 12), ("other", b"1234")])
    changed = write_metadata(data, {PLAN: b"b" * 12})
    assert changed == data.replace(b"a" * 12, b"b" * 12)


@pytest.mark.parametrize("content", [b"b" * 8, b"b" * 16])
def test_an_entry_of_another_size_is_replaced(content: bytes) -> None:
    data = branches(metadata=[NOTES, (PLAN, b"a" * 12), (PLAN, b"c" * 12), ("other", b"1234")])
    changed = write_metadata(data, {PLAN: content})
    assert _entries(changed) == [(NOTES[0].encode(), NOTES[1]), (b"other", b"1234"), (PLAN.encode(), content)]
    assert read_metadata(changed, PLAN) == content


def test_reordering_twice_changes_nothing_more() -> None:
    once = reorder(branches(), "m", tflm_plan=True)
    twice = reorder(once.data, "m", tflm_plan=True)
    assert twice.data == once.data
    assert twice.moved == 0
    plain = reorder(branches(), "m")
    assert reorder(plain.data, "m").data == plain.data


def test_a_plan_for_the_present_order_is_not_made_wrong() -> None:
    """The offsets hold for the order that the file has: without a new plan both stay."""
    order = parse_subgraphs(branches(), "m")
    count = len(order[0].tensors)
    data = branches(metadata=[(PLAN, offline_plan.encode([offline_plan.ONLINE] * count, 1))])
    kept = reorder(data, "m")
    assert kept.data == data
    assert kept.note is not None
    assert "--tflm-plan" in kept.note
    replaced = reorder(data, "m", tflm_plan=True)
    assert replaced.note is None
    assert replaced.head_bytes < kept.head_bytes
    assert len(replaced.data) == len(data)


def test_a_better_plan_in_the_file_is_kept() -> None:
    """Everything at offset 0: nonsense for a model, but nobody can do with less, and not arenite's to judge."""
    count = len(parse_subgraphs(branches(), "m")[0].tensors)
    data = branches(metadata=[(PLAN, offline_plan.encode([0] * count, 1))])
    kept = reorder(data, "m", tflm_plan=True)
    assert kept.data == data
    assert kept.note is not None


@pytest.mark.parametrize("content", [b"", b"1234", struct.pack("<4i", 0, 1, 1, 0), struct.pack("<3i", 0, 1, -5)])
def test_a_plan_for_another_model_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match=PLAN):
        reorder(branches(metadata=[(PLAN, content)]), "m")


def test_files_behind_the_model_can_still_be_found() -> None:
    """TFLite's tools append label files as a ZIP archive."""
    archive = io.BytesIO(branches())
    with zipfile.ZipFile(archive, "a") as labels:
        labels.writestr("labels.txt", "cat\ndog\n")
    data = archive.getvalue()
    for tflm_plan in (False, True):
        result = reorder(data, "m", tflm_plan=tflm_plan)
        assert result.moved
        with zipfile.ZipFile(io.BytesIO(result.data)) as labels:
            assert labels.read("labels.txt") == b"cat\ndog\n"


def test_a_later_schema_is_refused_where_it_would_lose_a_field() -> None:
    data = bytearray(branches())
    model = tflite.Model.GetRootAs(bytes(data), 0)
    position = model._tab.Pos
    vtable = position - struct.unpack_from("<i", data, position)[0]
    # A vtable of 11 fields in front, of which the last is there; the table points to it.
    fields = struct.unpack_from("<HH", data, vtable)[0] // 2 - 2
    slots = list(struct.unpack_from(f"<{fields}H", data, vtable + 4)) + [0] * (10 - fields) + [4]
    grown = struct.pack("<HH11H", 4 + 22, struct.unpack_from("<H", data, vtable + 2)[0], *slots)
    front = b"\0" * 8 + grown + b"\0" * (-(8 + len(grown)) % 16)
    moved = bytearray(front + bytes(data))
    position += len(front)
    struct.pack_into("<i", moved, position, position - 8)
    struct.pack_into("<I", moved, 0, position)
    moved[4:8] = b"TFL3"
    assert reorder(bytes(moved), "m").moved
    with pytest.raises(UnsupportedError, match="schema"):
        reorder(bytes(moved), "m", tflm_plan=True)


def test_data_outside_of_the_flatbuffer_are_refused() -> None:
    builder = tflite.flatbuffers.Builder(64)
    tflite.BufferStart(builder)
    tflite.BufferAddOffset(builder, 64)
    tflite.BufferAddSize(builder, 4)
    buffer = tflite.BufferEnd(builder)
    tflite.ModelStartBuffersVector(builder, 1)
    builder.PrependUOffsetTRelative(buffer)
    buffers = builder.EndVector()
    tflite.ModelStart(builder)
    tflite.ModelAddBuffers(builder, buffers)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    with pytest.raises(UnsupportedError, match="outside"):
        refuse_outside_data(bytes(builder.Output()))
    refuse_outside_data(branches())


def test_variables_of_called_subgraphs_are_no_offline_plan_for_tflm() -> None:
    """TFLM takes the offsets of the main subgraph's tensors for those of the called one's variables."""
    w = ModelWriter()
    x = w.tensor("x", (1, 8, 8, 2), "float32")
    condition = w.tensor("condition", (1,), "bool")
    y = w.tensor("y", (1, 8, 8, 2), "float32")
    w.operator("IF", [condition, x], [y], then_subgraph_index=1, else_subgraph_index=1)
    inner = ModelWriter("inner")
    state = inner.tensor("state", (1, 8, 8, 2), "float32", variable=True)
    z, result = (inner.tensor(name, (1, 8, 8, 2), "float32") for name in "zr")
    inner.operator("ADD", [z, state], [result])
    data = w.finish([condition, x], [pooled_branches(w, y, 3)], others=[(inner, [z], [result])])
    assert reorder(data, "m").moved
    with pytest.raises(UnsupportedError, match="variable"):
        reorder(data, "m", tflm_plan=True)


EDGES = st.lists(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 300))), max_size=4).map(
    lambda lists: tuple(tuple((first, first + more) for first, more in pairs) for pairs in lists)
)


@given(EDGES)
def test_control_edges_are_read_as_they_are_written(edges: tflite_control.Edges) -> None:
    assert tflite_control.decode(tflite_control.encode(edges), [1000] * len(edges)) == edges


def test_control_edges_hold_and_are_renumbered() -> None:
    """Widening the last branch must wait for the narrowing of the first: operators 3 and 4 of the file."""
    edges = (((3, 4), (0, 4)),)
    data = branches(metadata=[(tflite_control.ENTRY, tflite_control.encode(edges))])
    result = reorder(data, "m", tflm_plan=True)
    (order,) = result.orders
    assert order.index(3) < order.index(4)
    content = read_metadata(result.data, tflite_control.ENTRY)
    assert content is not None
    assert tflite_control.decode(content, [len(order)]) == (
        tuple((order.index(first), order.index(second)) for first, second in edges[0]),
    )


@pytest.mark.parametrize(
    "content", [b"", b"\x02\x01\x00", b"\x01\x01\x01\x08\x02", b"\x01\x01\x01\x02\xf0\x7f", b"\x81"]
)
def test_damaged_control_edges_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="control"):
        reorder(branches(metadata=[(tflite_control.ENTRY, content)]), "m")


def test_state_keeps_its_order() -> None:
    data = stateful()
    result = reorder(data, "m")
    kinds = [parse_subgraphs(data, "m")[0].operators[index].kind for index in result.orders[0]]
    state = [kind for kind in kinds if kind in ("CALL_ONCE", "READ_VARIABLE", "ASSIGN_VARIABLE")]
    assert state == ["CALL_ONCE", "READ_VARIABLE", "ASSIGN_VARIABLE", "READ_VARIABLE"]


def test_what_custom_kernels_ask_for_is_said_to_be_unknown() -> None:
    models = parse_subgraphs(fuzz_target(), "m")
    kinds = {operator.kind for model in models for operator in model.operators if operator.kind.startswith("CUSTOM")}
    assert kinds
    assert set(unknown_scratch(models)) == kinds
    assert unknown_scratch(parse_subgraphs(branches(), "m")) == ()


@pytest.mark.parametrize("target", [fuzz_target, called_twice])
def test_damaged_files_give_an_error_or_a_valid_file(target: object) -> None:
    assert callable(target)
    data = target()
    outcomes = set()
    for seed in range(60):
        damaged = mutate(data, seed)
        for tflm_plan in (False, True):
            try:
                result = reorder(damaged, "m", tflm_plan=tflm_plan, timeout=2.0)
            except AreniteError as error:
                outcomes.add("refused" if error.file == "m" else f"refused without naming the file: {error}")
            else:
                assert len(tflm_subgraphs(parse_subgraphs(result.data, "m"), result.data)) == len(result.orders)
                outcomes.add("reordered")
    assert outcomes == {"refused", "reordered"}
