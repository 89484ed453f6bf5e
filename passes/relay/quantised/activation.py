"""Fused activations, which Relay has as bounds of a clip."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.frontends.lowering import NotLowered
from arenite.frontends.model import Quantisation
from arenite.frontends.quantise import activation_range
from arenite.passes.relay.quantised.reading import INT8, Bounds

_LIMITS = {"RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


def fused_activation(bounds: Bounds, output: Quantisation) -> str | Bounds:
    """The activation of TensorFlow Lite that has these bounds on this output, else the bounds."""
    return "NONE" if bounds == INT8 else named_activation(bounds, output, tuple(_LIMITS)) or bounds


def named_activation(bounds: Bounds, quantisation: Quantisation, names: Sequence[str]) -> str | None:
    """The first of the activations that has these bounds.

    TVM's importer rounds ties to even where TensorFlow Lite rounds them away from zero: either is recognised, and the
    name brings back the latter.
    """
    return next((name for name in names if bounds in _ranges(name, quantisation)), None)


def _ranges(name: str, quantisation: Quantisation) -> list[Bounds]:
    limits = [None if limit is None else limit / quantisation.scale for limit in _LIMITS[name]]
    low, high = (None if limit is None else round(limit) + quantisation.zero_point for limit in limits)
    imported = (INT8[0] if low is None else max(low, INT8[0]), INT8[1] if high is None else min(high, INT8[1]))
    try:
        return [activation_range(name, quantisation), imported]
    except NotLowered:
        return [imported]
