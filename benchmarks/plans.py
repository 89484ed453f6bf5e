"""Order and layout of model files against what is used today, as CSV on standard output.

python benchmarks/plans.py $ARENITE_MODELS/*.tflite $ARENITE_MODELS/*.onnx

order_peak_bytes: largest sum of live tensors in the order found, source_peak_bytes: in that of the file. solver_s:
order and offsets, with proof; read_s: reading the file. tflm_head_bytes: the head of TFLM's arena for the same file,
measured with the tflite-micro wheel, empty where it refuses the model or is not installed. tflite_tools_s: published
seconds of tflite-tools, whose dynamic programme over orders (Liberis and Lane, 2019) is the peer, for that network.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

from csv_lines import print_lines

from arenite.frontends.read import read_model
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.schedule import peak_bytes
from arenite.validate import validate_arena_plan

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from tflm_wheel import tflm_runs

TFLITE_TOOLS_SECONDS = {"swiftnet_vww": "13-78"}
"""Start of the file's name -> the range published."""


def row(model: Path) -> dict[str, Any]:
    began = time.perf_counter()
    graph = to_graph(read_model(model))
    read = time.perf_counter() - began
    plan = plan_graph(graph)
    validate_arena_plan(plan)
    published = [seconds for name, seconds in TFLITE_TOOLS_SECONDS.items() if model.stem.startswith(name)]
    return {
        "model": model.stem,
        "steps": len(graph.steps),
        "source_peak_bytes": peak_bytes(graph, tuple(range(len(graph.steps)))),
        "order_peak_bytes": peak_bytes(graph, plan.order),
        "arena_bytes": plan.arena_bytes,
        "lower_bound_bytes": plan.lower_bound_bytes,
        "optimal": plan.optimal,
        "source_order_bytes": plan.source_order_bytes,
        "solver_s": round(plan.seconds, 3),
        "read_s": round(read, 3),
        "tflm_head_bytes": tflm_head(model),
        "tflite_tools_s": published[0] if published else "",
    }


def tflm_head(model: Path) -> int | str:
    """Bytes; empty without the wheel, or if TFLM refuses the model (some end the process)."""
    if model.suffix != ".tflite" or importlib.util.find_spec("tflite_micro") is None:
        return ""
    try:
        (run,) = tflm_runs([model.read_bytes()], inferences=0)
    except AssertionError:
        return ""
    return "" if isinstance(run, str) else run.head


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    return 1 if print_lines(parser.parse_args().models, row) else 0


if __name__ == "__main__":
    sys.exit(main())
