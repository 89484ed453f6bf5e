"""Why an operator without a kernel is refused, and what helps: not always another conversion."""

from __future__ import annotations

from collections.abc import Iterable

CONVERT = "convert the model to full int8, int16x8 or float32 with supported operators"
OUTSIDE = "leave it to the application, with a model that ends in front of it or begins behind it"

_NO_KERNEL = ("the operator has no kernel", CONVERT)
_CUSTOM = ("it is a custom operator", "build the model of TensorFlow Lite's own operators")
_BRANCH = (
    "which of its subgraphs run is known at run time only",
    "make a model of each subgraph, between which the application decides",
)
_STATE = ("it prepares a state at run time", "convert the model with states that begin as constants")
_LOOKUP = ("it has a table that is made at run time", OUTSIDE)
_SEARCH = ("how much it finds is known at run time only", OUTSIDE)
_KNOWN = {
    **dict.fromkeys(("IF", "WHILE"), _BRANCH),
    **dict.fromkeys(("CALL_ONCE", "VAR_HANDLE"), _STATE),
    **dict.fromkeys(("HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT", "HASHTABLE_SIZE"), _LOOKUP),
    **dict.fromkeys(("NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", "UNIQUE", "WHERE"), _SEARCH),
    "CUSTOM:TFLite_Detection_PostProcess": ("it picks boxes from a network's results", OUTSIDE),
}


def reason(kind: str) -> str:
    """Why an operator of this kind, which has no kernel, is not compiled."""
    return _of(kind)[0]


def remedy(kinds: Iterable[str]) -> str:
    """What to do about a model with operators of these kinds that are not compiled."""
    return "; ".join(dict.fromkeys(_of(kind)[1] for kind in kinds))


def _of(kind: str) -> tuple[str, str]:
    return _KNOWN.get(kind, _CUSTOM if kind.startswith("CUSTOM:") else _NO_KERNEL)
