import numpy as np
from relax_modules import branchy, call_main, softmax_chain

from arenite.passes.hoist_temporaries import HoistTemporaries
from arenite.tvm_compat import relax, temporaries, tirx, tvm


def test_temporaries_become_results():
    module = relax.transform.LegalizeOps()(softmax_chain())
    assert any(temporaries(f) for f in module.functions.values() if isinstance(f, tirx.PrimFunc))
    hoisted = HoistTemporaries()(module)
    assert not any(temporaries(f) for f in hoisted.functions.values() if isinstance(f, tirx.PrimFunc))
    relax.analysis.well_formed(hoisted)  # raises if not
    x = np.random.default_rng(2).normal(size=(1, 4, 6, 8)).astype("float32")
    expected = call_main(module, "default_build", x)
    np.testing.assert_array_equal(call_main(hoisted, "default_build", x), expected)


def test_modules_without_temporaries_stay_as_they_are():
    module = relax.transform.LegalizeOps()(branchy())
    tvm.ir.assert_structural_equal(HoistTemporaries()(module), module)
