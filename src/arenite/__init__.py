"""arenite packs neural networks into microcontroller RAM: operator order, one static arena, plain C."""

from __future__ import annotations

__version__ = "0.1.0"


def _autoload() -> None:
    """Entry point of TVM's plug-in group ``tvm.backends``: registers the passes and the pipeline."""
    from arenite.passes import register

    register()
