"""A build leaves the user's module as it is, although TVM fills in attributes in place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tvm.relay", reason="needs a TVM with Relay: make relay-env")

import arenite.relay
from arenite.codegen.relay.build import aot_executor
from arenite.relay_compat import relay, tvm

DS_CNN = Path(__file__).parents[1] / "models" / "ds_cnn.tflite"


@pytest.mark.parametrize("options", [{"compare": True}, {"compare": False, "quantised": False}], ids=["both", "TVM's"])
def test_module_with_frozen_parameters_stays_as_it_is(options: dict[str, Any]) -> None:
    model = arenite.relay.import_model(DS_CNN)
    main = relay.build_module.bind_params_by_name(model.module["main"], dict(model.parameters))
    module = relay.transform.InferType()(tvm.IRModule.from_expr(main))
    before = module.astext(show_meta_data=False)
    assert "UPWARD" not in before
    with arenite.relay.PassContext(**options):
        relay.build(module, "c", executor=aot_executor(), runtime=relay.backend.Runtime("crt"))
    assert module.astext(show_meta_data=False) == before
