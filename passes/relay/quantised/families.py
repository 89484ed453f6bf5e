"""Which operator families may end with a Relay operator; the first that recognises it has it. One file per family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arenite.passes.relay.quantised import (
    average,
    concatenate,
    conv,
    conv_transpose,
    dense,
    elementwise,
    lookup,
    mean,
    pad,
    pool,
    quantize,
    rectify,
)
from arenite.passes.relay.quantised.candidate import Matcher

_WEIGHTED: Sequence[Matcher] = (conv.match, conv_transpose.match, dense.match)
_CLIPPED: Sequence[Matcher] = (*_WEIGHTED, elementwise.match, pool.match, concatenate.match, rectify.match)

MATCHERS: Mapping[str, Sequence[Matcher]] = {
    **dict.fromkeys(("clip", "nn.relu", "maximum", "minimum"), _CLIPPED),
    "qnn.requantize": (*_WEIGHTED, mean.match, rectify.match, quantize.match),
    **dict.fromkeys(elementwise.KINDS, (elementwise.match,)),
    **dict.fromkeys(("nn.max_pool2d", "qnn.avg_pool2d", "cast"), (pool.match,)),
    "qnn.concatenate": (concatenate.match,),
    "nn.pad": (pad.match,),
    "qnn.quantize": (lookup.match, mean.match, average.match, quantize.match),
    "qnn.dequantize": (quantize.match,),
    **dict.fromkeys(lookup.QNN_KINDS, (lookup.match,)),
}
"""Name of the last Relay operator -> matchers, in the order in which they are asked."""
