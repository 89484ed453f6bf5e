"""Finds the quantised int8 operators of a Relay module and makes each a call of one operator of arenite.

The arithmetic is not here: what TVM's importers made of an operator of TensorFlow Lite is read back into a Model with
this one operator, and ``frontends.operators`` lowers that as it does for a model file.
"""

from __future__ import annotations

from arenite.passes.relay.quantised.report import Left, Match, MatchReport
from arenite.passes.relay.quantised.rewrite import lower_quantised

__all__ = ["Left", "Match", "MatchReport", "lower_quantised"]
