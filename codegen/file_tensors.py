"""Tensors of a program by the numbers that the model file has for them."""

from __future__ import annotations

from dataclasses import replace

from arenite.codegen.program import Program
from arenite.frontends.aliases import alias_sources
from arenite.frontends.model import Model


def with_file_tensors(program: Program, model: Model) -> Program:
    """``program``, in which a tensor that a frontend inserted has the number of the file's tensor that is the same
    bytes under another shape, or none."""
    limit = model.file_tensors
    if limit is None:
        return program
    same = {source: alias for alias, source in alias_sources(model).items() if alias < limit <= source}
    steps = tuple(
        replace(
            step,
            outputs=tuple(
                output
                if output.source_tensor is None or output.source_tensor < limit
                else replace(output, source_tensor=same.get(output.source_tensor))
                for output in step.outputs
            ),
        )
        for step in program.steps
    )
    return replace(program, steps=steps)
