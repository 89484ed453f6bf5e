"""What the benchmarks of model files share: a line of CSV for each model, and what is to be told of those that fail."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from arenite.errors import AreniteError


def print_lines(models: Iterable[Path], line: Callable[[Path], dict[str, Any]]) -> int:
    """Writes what ``line`` returns for each model to standard output, and refusals to standard error.

    All lines have the keys of the first one.

    Returns:
        The number of models that were refused.
    """
    failed = 0
    writer: csv.DictWriter[str] | None = None
    for model in models:
        try:
            found = line(model)
        except AreniteError as error:
            failed += 1
            print(error, file=sys.stderr)
            continue
        if writer is None:
            writer = csv.DictWriter(sys.stdout, list(found), lineterminator="\n")
            writer.writeheader()
        writer.writerow(found)
        sys.stdout.flush()
    return failed
