"""Models that compute what TFLite computes of the file that they were made from."""

from __future__ import annotations

import numpy as np
from kernel_harness import run_model, sample_of
from oracles import Reference

from arenite.frontends.model import Model


def check_results(data: bytes, model: Model) -> None:
    """Every result of ``model`` that the file ``data`` has is TFLite's, byte by byte."""
    limit = len(model.tensors) if model.file_tensors is None else model.file_tensors
    reference = Reference(data)
    generator = np.random.default_rng(0)
    for sample in range(3):
        inputs = [sample_of(model.tensors[index], sample, generator) for index in model.inputs]
        expected, found = reference.run(inputs), run_model(model, inputs)
        for index in (index for operator in model.operators for index in operator.outputs if index < limit):
            np.testing.assert_array_equal(found[index].ravel(), expected[index].ravel(), err_msg=f"tensor {index}")
