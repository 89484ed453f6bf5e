"""The table of TVM passes, from the registry that TVM gets them from."""

from __future__ import annotations

from arenite.passes import REGISTRY
from arenite_docs import rst
from arenite_docs.source import summary


def lines() -> list[str]:
    rows = []
    for name, place in sorted(REGISTRY.items()):
        module, _, attribute = place.partition(":")
        rows.append((f"``{name}``", f":py:class:`~{module}.{attribute}`", rst.prose(summary(module, attribute))))
    return rst.table(("Pass", "Class", "What it does"), rows, (20, 20, 60))
