import subprocess
import sys

import numpy as np
import pytest
from relax_modules import branchy, call_main, operators, softmax_chain

import arenite.passes
from arenite.tvm_compat import relax, tvm


@pytest.mark.parametrize("make", [branchy, softmax_chain])
def test_pipeline_by_name(make):
    module = make()
    shape = [int(extent) for extent in module["main"].params[0].ty.shape]
    x = np.random.default_rng(3).normal(size=shape).astype("float32")
    np.testing.assert_array_equal(call_main(module, "arenite", x), call_main(module, "default_build", x))


def test_passes_in_a_sequential():
    passes = [arenite.passes.get("ReorderSchedule")(), relax.transform.CallTIRRewrite()]
    module = relax.transform.LegalizeOps()(branchy())
    sequence = tvm.transform.Sequential([*passes, arenite.passes.get("PlanMemory")()])
    assert "relax.memory.alloc_storage" in operators(sequence(module))


def test_tvm_loads_the_plug_in_by_itself():
    """Without a mention of arenite: TVM finds the entry point of the installed package."""
    script = (
        "import tvm; from tvm.relax.pipeline import PIPELINE_MAP; print('arenite' in PIPELINE_MAP);"
        "print(tvm.get_global_func('arenite.transform.ReorderSchedule')().info.name)"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "arenite.ReorderSchedule"]


def test_every_registered_pass_is_a_tvm_pass():
    for name in arenite.passes.REGISTRY:
        instance = arenite.passes.get(name)()
        assert isinstance(instance, tvm.transform.Pass)
        assert instance.info.name == f"arenite.{name}"
