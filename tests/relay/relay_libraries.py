"""Libraries of ``relay.build`` on TVM's own operators, as a microTVM user makes them, and archives of them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import tflite
from numpy.lib.stride_tricks import sliding_window_view
from tvm.ir.memory_pools import PoolInfoProperties, WorkspaceMemoryPools, WorkspacePoolInfo
from tvm.relay.backend import Executor, Runtime

from arenite.codegen.description import Array
from arenite.relay_compat import relay, tvm

MODELS = Path(__file__).parents[1] / "models"
DS_CNN = MODELS / "ds_cnn.tflite"
C_INTERFACE = {"unpacked-api": True, "interface-api": "c", "workspace-byte-alignment": 8}
WEIGHTS = np.random.default_rng(3).normal(size=(4, 4, 3, 3)).astype(np.float32)


def build(
    module: Any,
    parameters: Mapping[str, Any],
    *,
    name: str = "default",
    target: str = "c",
    workspace_io: bool = True,
    pools: Sequence[tuple[str, int | None]] = (("sram", None),),
    options: Mapping[str, Any] = C_INTERFACE,
    **arguments: Any,
) -> Any:
    """``pools``: name and limit in bytes of each."""
    c = tvm.target.Target(target)
    infos = [
        WorkspacePoolInfo(pool, [c], PoolInfoProperties(size_hint_bytes=limit) if limit else None)
        for pool, limit in pools
    ]
    config: dict[str, Any] = {"tir.disable_vectorize": True, "tir.usmp.enable": True}
    if workspace_io:
        config["tir.usmp.use_workspace_io"] = True
    with tvm.transform.PassContext(opt_level=3, config=config):
        return relay.build(
            module,
            c,
            executor=Executor("aot", dict(options)),
            runtime=Runtime("crt"),
            params=dict(parameters),
            workspace_memory_pools=WorkspaceMemoryPools(infos) if infos else None,
            mod_name=name,
            **arguments,
        )


@cache
def ds_cnn(target: str = "c") -> Any:
    """The name has capitals, which TVM's header does not keep."""
    model = tflite.Model.GetRootAsModel(DS_CNN.read_bytes(), 0)
    module, parameters = relay.frontend.from_tflite(model)
    return build(module, parameters, name="DsCnn", target=target)


def branches() -> tuple[Any, Mapping[str, Any]]:
    """The two halves of relu(convolution of x + z): inputs are float32 [1, 4, 8, 8], outputs [1, 4, 4, 8].

    The first operator reads both inputs and the last one writes both outputs, for TVM's USMP takes an input for unborn
    before its first reader, and an output for dead after its writer.
    """
    x, z = (relay.var(name, shape=(1, 4, 8, 8)) for name in ("x", "z"))
    weights = relay.var("weights", shape=WEIGHTS.shape)
    convolution = relay.nn.conv2d(relay.add(x, z), weights, padding=(1, 1), channels=4, kernel_size=(3, 3))
    halves = relay.split(relay.nn.relu(convolution), 2, axis=2)
    function = relay.Function([x, z, weights], relay.Tuple([halves[0], halves[1]]))
    function = function.with_attr("output_tensor_names", ["low", "high"])
    return tvm.IRModule.from_expr(function), {"weights": WEIGHTS}


def compute_branches(x: Array, z: Array) -> list[Array]:
    windows = sliding_window_view(np.pad(x + z, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))
    convolution = np.einsum("nchwij,ocij->nohw", windows.astype(np.float64), WEIGHTS.astype(np.float64))
    positive = np.maximum(convolution, 0).astype(np.float32)
    return [positive[:, :, :4], positive[:, :, 4:]]


def altered(archive: Path, place: Path, changes: Mapping[str, bytes | None]) -> Path:
    """A copy of an archive, some of whose members have other contents, are gone (None) or are new."""
    with tarfile.open(archive) as tar:
        members = {
            member.name.removeprefix("./"): file.read()
            for member in tar
            if (file := tar.extractfile(member)) is not None
        }
    with tarfile.open(place, "w") as tar:
        for name, data in {**members, **changes}.items():
            if data is not None:
                member = tarfile.TarInfo(f"./{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return place
