"""Small Relax modules for the tests of passes, and how they run in TVM's virtual machine."""

from __future__ import annotations

from typing import Any

import numpy as np

from arenite.tvm_compat import IRModule, relax, tvm

SHAPE = (1, 4, 16)


def branchy(branches: int = 3, width: int = 16) -> IRModule:
    """Branches that each widen a tensor fourfold and reduce it again; in source order all are widened first."""
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((1, 4, width), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            wide = []
            for branch in range(branches):
                scaled = builder.emit(relax.op.multiply(x, relax.const(np.float32(branch + 1))))
                wide.append(builder.emit(relax.op.concat([scaled, scaled, scaled, scaled], axis=2)))
            narrow = [builder.emit(relax.op.sum(tensor, axis=2)) for tensor in wide]
            total = narrow[0]
            for tensor in narrow[1:]:
                total = builder.emit(relax.op.add(total, tensor))
            result = builder.emit_output(relax.op.reshape(total, (4, 1)))
        builder.emit_func_output(result)
    return builder.finalize()


def softmax_chain() -> IRModule:
    """A chain with a function that needs working memory, a reshape, and a tensor that is read twice."""
    builder = relax.BlockBuilder()
    x = relax.Var("x", relax.TensorType((1, 4, 6, 8), "float32"))
    with builder.function("main", [x]):
        with builder.dataflow():
            turned = builder.emit(relax.op.permute_dims(x, (0, 2, 3, 1)))
            soft = builder.emit(relax.op.nn.softmax(turned))
            flat = builder.emit(relax.op.reshape(soft, (1, 6, 32)))
            raised = builder.emit(relax.op.add(flat, relax.const(np.arange(32, dtype="float32"))))
            result = builder.emit_output(relax.op.add(raised, flat))
        builder.emit_func_output(result)
    return builder.finalize()


def call_main(module: IRModule, pipeline: Any, *inputs: np.ndarray) -> np.ndarray:
    """Result of ``main``; storage is allocated at its exact size, so that an arena too small is caught."""
    executable = tvm.compile(module, "llvm", relax_pipeline=pipeline)
    machine = relax.VirtualMachine(executable, tvm.cpu(), memory_cfg="naive")
    return machine["main"](*(tvm.runtime.tensor(array) for array in inputs)).numpy()


def operators(module: IRModule, name: str = "main") -> list[str]:
    """Names of the operators and functions that the bindings call, in order."""
    found = []
    for block in module[name].body.blocks:
        for binding in block.bindings:
            if isinstance(binding.value, tvm.ir.Call):
                op = binding.value.op
                found.append(op.name if isinstance(op, tvm.ir.Op) else op.name_hint)
    return found
