"""The Python that README shows, run as it stands there."""

import pathlib
import re

import numpy as np
from relax_modules import branchy, operators

from arenite.tvm_compat import relax, tvm

README = (pathlib.Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)


def run_block(marker: str) -> dict:
    (block,) = [block for block in BLOCKS if marker in block]
    names = {"module": branchy(), "tvm": tvm}
    exec(compile(block, "README.md", "exec"), names)
    return names


def test_every_block_is_tested():
    assert len(BLOCKS) == 3


def test_pipeline():
    executable = run_block("compile(module")["executable"]
    x = np.random.default_rng(5).normal(size=(1, 4, 16)).astype("float32")
    result = relax.VirtualMachine(executable, tvm.cpu())["main"](tvm.runtime.tensor(x)).numpy()
    np.testing.assert_allclose(result.reshape(4), 4 * 6 * x.sum(axis=(0, 2)), rtol=1e-5)


def test_sequential():
    planned = run_block("Sequential")["planned"]
    assert operators(planned).count("relax.memory.alloc_storage") == 1


def test_import_of_a_model_file(monkeypatch):
    monkeypatch.chdir(pathlib.Path(__file__).parents[1])
    assert run_block("to_relax")["scores"].shape == (1, 10)
