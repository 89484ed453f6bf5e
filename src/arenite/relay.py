"""arenite for Relay, TVM 0.12 to 0.18: ``with arenite.relay.PassContext(opt_level=3): relay.build(...)``."""

from __future__ import annotations

from arenite.passes.relay.context import PassContext
from arenite.passes.relay.report import Report

__all__ = ["PassContext", "Report"]
