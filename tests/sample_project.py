"""A project as arenite generates them and the model that it implements, both written by hand.

y = min(max(x, low), high) in two steps, with constants low[i] = i - 100 and high[i] = 100 - i.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader
from models.writer import ModelWriter

from arenite.codegen.harness import harness_files

ELEMENTS = 24
ARENA_BYTES = 48
SCALE = 0.0390625
ZERO_POINT = 3

HEADER = """
#ifndef TVMGEN_CLIP_H
#define TVMGEN_CLIP_H
#include <stdint.h>
#define TVMGEN_CLIP_WORKSPACE_SIZE 48
#define TVMGEN_CLIP_WORKSPACE_ALIGNMENT 16
struct tvmgen_clip_inputs { int8_t *x; };
struct tvmgen_clip_outputs { int8_t *y; };
struct tvmgen_clip_workspace_pools { void *sram; };
struct tvmgen_clip_inputs tvmgen_clip_map_inputs(const struct tvmgen_clip_workspace_pools *pools);
struct tvmgen_clip_outputs tvmgen_clip_map_outputs(const struct tvmgen_clip_workspace_pools *pools);
int32_t tvmgen_clip_run(const struct tvmgen_clip_workspace_pools *pools);
#endif
"""

SOURCE = """
#include "tvmgen_clip.h"

#ifdef ARENITE_TRACE
void arenite_trace(int32_t step, int32_t output, const void *data, int32_t bytes);
#else
#define arenite_trace(step, output, data, bytes) ((void)0)
#endif
#ifdef TVMGEN_CLIP_NO_STATIC_WORKSPACE
#define ARENA(pools) ((int8_t *)(pools)->sram)
#else
static int8_t workspace[48] __attribute__((aligned(16)));
#define ARENA(pools) ((pools) && (pools)->sram ? (int8_t *)(pools)->sram : workspace)
#endif

static const int8_t low[500] = {LOW_VALUES};
static const int8_t high[500] = {HIGH_VALUES};

struct tvmgen_clip_inputs tvmgen_clip_map_inputs(const struct tvmgen_clip_workspace_pools *pools) {
  struct tvmgen_clip_inputs inputs;
  inputs.x = ARENA(pools);
  return inputs;
}

struct tvmgen_clip_outputs tvmgen_clip_map_outputs(const struct tvmgen_clip_workspace_pools *pools) {
  struct tvmgen_clip_outputs outputs;
  outputs.y = ARENA(pools);
  return outputs;
}

int32_t tvmgen_clip_run(const struct tvmgen_clip_workspace_pools *pools) {
  int8_t *arena = ARENA(pools);
  volatile const int8_t *bound = low;
  int32_t i;
  for (i = 0; i < 24; ++i) {
    arena[24 + i] = arena[i] > bound[i] ? arena[i] : bound[i];
  }
  arenite_trace(0, 0, arena + 24, 24);
  bound = high;
  for (i = 0; i < 24; ++i) {
    arena[i] = arena[24 + i] < bound[i] ? arena[24 + i] : bound[i];
  }
  arenite_trace(1, 0, arena, 24);
  FLAW
  return 0;
}
"""


LOW = (np.arange(ELEMENTS) - 100).astype(np.int8)
HIGH = (100 - np.arange(ELEMENTS)).astype(np.int8)


def clip_model(*, float_boundary: bool = False) -> bytes:
    """The .tflite file; with ``float_boundary`` between a QUANTIZE and a DEQUANTIZE, its tensors 1 and 2 being the
    results of the two steps in either case."""
    writer = ModelWriter("clip")
    shape = (1, ELEMENTS)
    quantised = partial(writer.tensor, scale=SCALE, zero_point=ZERO_POINT)
    x = quantised("x", shape)
    clipped_below = quantised("t", shape)
    y = quantised("y", shape)
    low = quantised("low", shape, data=LOW.reshape(shape))
    high = quantised("high", shape, data=HIGH.reshape(shape))
    source, sink = x, y
    if float_boundary:
        source, sink = (writer.tensor(name, shape, "float32") for name in ("real_x", "real_y"))
        writer.operator("QUANTIZE", [source], [x])
    writer.operator("MAXIMUM", [x, low], [clipped_below])
    writer.operator("MINIMUM", [clipped_below, high], [y])
    if float_boundary:
        writer.operator("DEQUANTIZE", [y], [sink])
    return writer.finish([source], [sink])


def write_project(directory: Path, cpu: str = "cortex-m4", flaw: str = "") -> Path:
    """``flaw``: C statements at the end of the run function, where ``arena`` and ``i`` are in scope."""
    description = {"name": "clip", "cpu": cpu}
    tensor = {"dtype": "int8", "shape": [1, ELEMENTS], "bytes": ELEMENTS, "scale": SCALE, "zero_point": ZERO_POINT}
    ports = {
        "inputs": [{"name": "x", "c_name": "x", **tensor}],
        "outputs": [{"name": "y", "c_name": "y", **tensor}],
    }
    step = {"bytes": ELEMENTS, "dtype": "int8", "shape": [1, ELEMENTS]}
    metadata = {
        "arenite": {
            **description,
            "granularity": "op",
            "arena_bytes": ARENA_BYTES,
            "lower_bound_bytes": ARENA_BYTES,
            "optimal": True,
            **ports,
            "steps": [
                {"name": "maximum", "outputs": [{"source_tensor": 1, "offset": ELEMENTS, **step}]},
                {"name": "minimum", "outputs": [{"source_tensor": 2, "offset": 0, **step}]},
            ],
        }
    }
    environment = Environment(
        loader=PackageLoader("arenite.codegen"), trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    source = "codegen/host/src/clip.c"
    cmake_lists = environment.get_template("CMakeLists.txt.j2")
    files = {
        "metadata.json": json.dumps(metadata),
        "CMakeLists.txt": cmake_lists.render(**description, sources=[source], libraries=[], flag="-O2"),
        source: SOURCE.replace("LOW_VALUES", ", ".join(map(str, LOW)))
        .replace("HIGH_VALUES", ", ".join(map(str, HIGH)))
        .replace("FLAW", flaw),
        "codegen/host/include/tvmgen_clip.h": HEADER,
        "harness/model.h": environment.get_template("model.h.j2").render(**description, **ports),
        **{f"harness/{name}": text for name, text in harness_files().items()},
    }
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return directory
