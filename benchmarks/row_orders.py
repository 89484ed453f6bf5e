"""Peak of live bytes, lower bound and time of orders of rows, as CSV on standard output.

python benchmarks/row_orders.py
python benchmarks/row_orders.py --timeout 30 $ARENITE_MODELS/*.tflite

Every operator that can be is split into single rows. Of a model with one input there are two lines: with the input as
a whole, and pushed row by row. Without models: networks made by hand, of 1,000 to 10,000 rows.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# In place of this script's own directory, whose modules would hide the tests' packages.
sys.path[0] = str(Path(__file__).resolve().parent.parent / "tests")

from row_networks import encoder_decoder_rows, inverted_residual_rows, residual_rows  # noqa: E402

from arenite.errors import AreniteError  # noqa: E402
from arenite.frontends.read import read_model  # noqa: E402
from arenite.frontends.to_graph import to_row_forms  # noqa: E402
from arenite.graph import Graph  # noqa: E402
from arenite.rows.plan_rows import all_rows  # noqa: E402
from arenite.rows.row_graph import row_counts  # noqa: E402
from arenite.schedule import peak_bytes, schedule  # noqa: E402

COLUMNS = ("graph", "input", "steps", "source_order_peak", "peak", "bound", "optimal", "seconds")


def row(name: str, entry: str, graph: Graph, timeout: float) -> tuple[object, ...]:
    """``entry``: how the input comes."""
    began = time.perf_counter()
    found = schedule(graph, timeout)
    seconds = round(time.perf_counter() - began, 2)
    source = peak_bytes(graph, tuple(range(len(graph.steps))))
    sizes = (source, found.peak_bytes, found.lower_bound_bytes)
    return (name, entry, len(graph.steps), *sizes, found.optimal, seconds)


def graphs(models: list[Path]) -> Iterator[tuple[str, str, Graph]]:
    """Name, how the input comes, and graph."""
    for model in models:
        whole, forms, _ = to_row_forms(read_model(model))
        can_push = len(whole.inputs) == 1 and whole.inputs[0] in row_counts(whole, forms)
        for pushed in ((), whole.inputs) if can_push else ((),):
            rows = all_rows(whole, forms, pushed=frozenset(pushed))
            if rows is not None:
                yield model.stem, "pushed" if pushed else "whole", rows.graph
    if not models:
        for graph in (
            inverted_residual_rows(160, 16),
            inverted_residual_rows(320, 30),
            inverted_residual_rows(640, 40, pushed=True),
            encoder_decoder_rows(96, 4),
            encoder_decoder_rows(512, 5),
            residual_rows(300, 10, blocks=15),
        ):
            yield graph.name, "whole" if graph.inputs else "pushed", graph


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--timeout", type=float, default=30.0, help="seconds per graph")
    options = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    try:
        for name, entry, graph in graphs(options.models):
            writer.writerow(row(name, entry, graph, options.timeout))
            sys.stdout.flush()
    except AreniteError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
