"""What bodies for Helium do, counted by hand for small layers."""

from __future__ import annotations

from arenite.frontends.bodies.features import features_of
from arenite.frontends.bodies.features_mve import features_mve

POINT = {
    "batches": 1, "input_rows": 3, "input_columns": 5, "input_channels": 20, "output_rows": 3, "output_columns": 5,
    "output_channels": 10, "kernel_rows": 1, "kernel_columns": 1, "stride_rows": 1, "stride_columns": 1,
    "dilation_rows": 1, "pad_top": 0, "pad_left": 0, "strip_pixels": 0, "left_shifts": 0,
}  # fmt: skip


def test_pixels_of_a_point_convolution_are_computed_in_pairs() -> None:
    """Of 15 pixels seven pairs, whose last two channels are computed for each pixel, and one more; 20 inputs are two
    chunks."""
    assert features_mve(POINT, 0) == {
        "run": 1, "pair": 7, "pair four": 14, "pair chunk": 28,
        "single": 1 + 14, "single four": 3 + 14, "single chunk": 2 * (3 + 14),
    }  # fmt: skip


def test_left_shifts_are_not_computed_in_pairs() -> None:
    counts = features_mve({**POINT, "left_shifts": 1}, 0)
    assert (counts["pair"], counts["single"], counts["single four"]) == (0, 15, 45)


def test_strips_are_gathered() -> None:
    """Two strips a row, of three and two pixels, whose windows reach over five and four columns."""
    layer = {**POINT, "kernel_rows": 3, "kernel_columns": 3, "pad_top": 1, "pad_left": 1, "strip_pixels": 3}
    counts = features_mve(layer, 0)
    assert counts["strip"] == counts["run"] == 6
    assert counts["gathered row"] == 2 * 3 * 3
    assert counts["gathered column"] == 3 * 3 * (5 + 4)
    assert counts["gathered chunk"] == 2 * counts["gathered column"]
    assert counts["pair"] == 3 * 2


def test_windows_that_are_read_where_they_are() -> None:
    """Rows of windows are runs where nothing is padding: in the middle row, of three pixels."""
    layer = {**POINT, "kernel_rows": 3, "kernel_columns": 3, "pad_top": 1, "pad_left": 1, "input_channels": 16}
    counts = features_mve(layer, 0)
    assert (round(counts["run four"]), round(counts["run row"])) == (3 * 3, 3 * 3 * 3)
    assert round(counts["tap four"]) == 12 * 3
    assert round(counts["tap"]) == 9 * 12 * 3
    assert round(counts["direct chunk"]) == 9 * 15 * 3


def test_groups_have_windows_of_their_own() -> None:
    layer = {**POINT, "input_channels": 40, "groups": 2, "dilation_columns": 2, "kernel_columns": 9, "pad_left": 8}
    del layer["strip_pixels"]
    counts = features_mve(layer, 0)
    assert counts == {"group": 30, "tap four": 60, "tap": 540, "chunk": 1080}
    small = features_mve({**layer, "kernel_columns": 3}, 0)
    assert small == {"copied window": 30, "copied tap": 90, "copied chunk": 180, "small four": 60, "chunk": 240}


def test_vectors_of_elements() -> None:
    assert features_mve({"rows": 3, "inputs": 20, "outputs": 6}, 0) == {"four": 6, "chunk": 12}
    assert features_mve({"rows": 4, "row_elements": 10}, 0) == {"four": 12, "chunk": 2, "last chunk": 1}
    mean = features_mve({"outer": 2, "reduced": 7, "inner": 5}, 0)
    assert mean == {"four": 4, "four product": 28}


def test_only_bodies_for_helium_count_in_vectors() -> None:
    layer = {"rows": 3, "inputs": 20, "outputs": 6}
    assert "product" in features_of("arenite_fully_connected_s8", layer)
    assert features_of("arenite_fully_connected_mve_s8", layer) == {"call": 1, "row": 3, "four": 6, "chunk": 12}
