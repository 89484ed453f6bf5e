"""The main job on a bundled model: import, order, plan, C, build for a Cortex-M4, run in QEMU, compare with TFLite.

``make demo`` runs this. Without an Arm compiler or QEMU it goes on for the host.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import numpy as np

from arenite.codegen.driver import compile_model
from arenite.codegen.oracle import reference
from arenite.codegen.run import build, execute
from arenite.errors import AreniteError
from arenite.frontends.tflite import read_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.report.map_page import write_map_page
from arenite.report.terminal import console, plan_view

ROOT = Path(__file__).parent
MODELS = ROOT / "tests" / "models"
CELL = MODELS / "branchy_cell.tflite"
DIGITS = MODELS / "digits.tflite"
OUT = ROOT / "build" / "demo"
IMAGES = 360


def main() -> int:
    screen = console()
    print(f"1. Order and plan: {CELL.name}, a cell whose branches can run in many orders\n")
    graph = to_graph(read_tflite(CELL))
    before, after = plan_graph(graph, order="source"), plan_graph(graph)
    screen.print(plan_view(after, CELL.name))
    OUT.mkdir(parents=True, exist_ok=True)
    page = OUT / "memory_map.html"
    write_map_page(page, after, before, CELL.name)
    print(f"\n   The memory map, before and after: {page.relative_to(ROOT)}\n")

    missing = [tool for tool in ("arm-none-eabi-gcc", "qemu-system-arm") if shutil.which(tool) is None]
    on, cpu = ("host", "host") if missing else ("qemu", "cortex-m4")
    if missing:
        print(f"   {' and '.join(missing)} not found: going on for the host")
    print(f"2. Compile: {DIGITS.name}, trained on scikit-learn's handwritten digits, to C for {cpu}\n")
    began = time.perf_counter()
    result = compile_model(DIGITS, OUT / "digits", cpu=cpu)
    print(f"   {result['project']}: {len(result['files'])} files in {time.perf_counter() - began:.1f} s,")
    proof = "proven minimal" if result["optimal"] else f"bound {result['lower_bound_bytes']}"
    print(f"   arena {result['arena_bytes']} bytes ({proof}), inputs and outputs included\n")

    where = f"an emulated {cpu}" if on == "qemu" else "the host"
    print(f"3. Build and run: {IMAGES} held-out digits on {where}\n")
    with np.load(MODELS / "digits_test.npz") as held_out:
        images, labels = held_out["images"][:IMAGES], held_out["labels"][:IMAGES]
    samples = [[image[np.newaxis]] for image in images]
    execution = execute(build(OUT / "digits", on=on), samples)  # type: ignore[arg-type]
    scores = np.stack([outputs[0].reshape(-1) for outputs in execution.outputs])
    oracle = reference(DIGITS, samples)
    expected = np.stack([outputs[0].reshape(-1) for outputs in oracle.outputs])
    _show_digits(images, scores.argmax(axis=1))
    mismatches = int((scores != expected).sum())
    accuracy, expected_accuracy = (100 * np.mean(s.argmax(axis=1) == labels) for s in (scores, expected))
    print(f"   accuracy                {accuracy:.1f} %   (TensorFlow Lite: {expected_accuracy:.1f} %)")
    print(f"   outputs that differ     {mismatches} of {scores.size}   (oracle: {oracle.oracle})")
    if execution.instructions is not None:
        print(f"   instructions            {execution.instructions:,} per inference")
    if execution.flash_bytes is not None:
        print(f"   flash                   {execution.flash_bytes:,} bytes: weights, tables, code")
        stack = execution.stack_bytes
        print(f"   RAM                     {execution.ram_bytes:,} bytes: arena, variables, {stack} of stack")
    return 0 if mismatches == 0 else 1


def _show_digits(images: np.ndarray, answers: np.ndarray, shown: int = 8) -> None:
    shades = " .:-=+*#%@"
    levels = ((images[:shown, :, :, 0].astype(int) + 128) * (len(shades) - 1)) // 255
    for row in range(images.shape[1]):
        print("   " + "   ".join("".join(shades[level] * 2 for level in image[row]) for image in levels))
    print("   " + "   ".join(f"{answer:^16}" for answer in answers[:shown]) + "\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AreniteError as error:
        sys.exit(f"demo: {error}")
