"""arenite packs neural networks into microcontroller RAM: operator order, one static arena, plain C."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arenite.estimation.estimate import Estimate, estimate
    from arenite.estimation.population import estimate_all

__all__ = ["Estimate", "__version__", "estimate", "estimate_all"]
__version__ = "0.1.0"
_PUBLIC = {"Estimate": "estimate", "estimate": "estimate", "estimate_all": "population"}
"""Names -> the module of ``estimation`` that has them."""


def __getattr__(name: str) -> Any:
    """What is public here is imported when it is asked for: TVM imports this package whenever it is imported."""
    if name in _PUBLIC:
        return getattr(import_module(f"arenite.estimation.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _autoload() -> None:
    """Entry point of TVM's plug-in group ``tvm.backends``: registers the passes and the pipeline."""
    from arenite.passes import register

    register()
