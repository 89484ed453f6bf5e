"""Estimates of many models at once, for whoever searches among architectures."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from arenite.errors import AreniteError
from arenite.estimation.estimate import Estimate, estimate
from arenite.frontends.model import Model

_Refusal = tuple[type[AreniteError], str, str | None, str | None, str | None]
_CHUNKS = 4
"""Of models that each process gets, about."""


def estimate_all(
    models: Sequence[Model | str | Path], *, jobs: int | None = None, **options: Any
) -> tuple[Estimate | AreniteError, ...]:
    """``estimate`` of each model, in their order; where it would raise an AreniteError, that error.

    What is found does not depend on ``jobs``, but for ``seconds``.

    Args:
        models: files, or what ``read_model`` has made of them.
        jobs: processes; by default one for each CPU of this machine, but none beside this one for few models.
        options: those of ``estimate``.

    Raises:
        AreniteError: it is one model, not several.
    """
    if isinstance(models, Model | str | Path):
        raise AreniteError("estimate_all takes several models", remedy="give a list, or call arenite.estimate for one")
    count = min(jobs or os.cpu_count() or 1, len(models))
    answer = partial(_estimate_or_refuse, options)
    if count < 2 or (jobs is None and len(models) < 2 * _CHUNKS):
        found = [answer(model) for model in models]
    else:
        with ProcessPoolExecutor(count) as pool:
            found = list(pool.map(answer, models, chunksize=-(-len(models) // (count * _CHUNKS))))
    return tuple(_error(one) if isinstance(one, tuple) else one for one in found)


def _estimate_or_refuse(options: dict[str, Any], model: Model | str | Path) -> Estimate | _Refusal:
    """An error as what it was made of, which other processes can be told."""
    try:
        return estimate(model, **options)
    except AreniteError as error:
        return type(error), error.problem, error.file, error.operator, error.remedy


def _error(refusal: _Refusal) -> AreniteError:
    kind, problem, file, operator, remedy = refusal
    return kind(problem, file=file, operator=operator, remedy=remedy)
