"""What an interpreter computes for a model file: the reference that generated code is held to.

For .tflite files bit for bit where they are integers, and for .onnx files, of which ONNX Runtime computes part in
float32, up to a tolerance. Each
interpreter runs in a process of its own (``python -m arenite.codegen.oracle REQUEST.npz RESPONSE.npz``), because
it ends the process on some of the models that it does not take. For .tflite the first is LiteRT with TensorFlow Lite's
reference kernels; where it refuses a model, TensorFlow Lite Micro is asked.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np

from arenite.codegen.description import Array
from arenite.codegen.tools import log_tail
from arenite.errors import AreniteError, ToolError
from arenite.frontends.read import file_format
from arenite.frontends.tflite import read_tflite

TIMEOUT = 600.0
REFUSED = 3
TFLITE_ORACLES = (("tflite-reference", "ai_edge_litert"), ("tflm", "tflite_micro"))
ONNX_ORACLES = (("onnxruntime", "onnxruntime"),)
"""Names and Python packages of the interpreters, in the order in which they are asked."""
MOST_OF_A_REASON = 250
"""Characters of what an interpreter says when it refuses a model."""
CHANGES_WEIGHTS = ("WeightBiasQuantization",)
"""An optimisation of ONNX Runtime that rounds float weights between quantised activations to int8, which the file does
not ask for."""


@dataclass(frozen=True, eq=False)
class Reference:
    """``outputs[sample][i]`` in the order of the model's outputs. ``tensors[sample]``: every tensor that the
    interpreter holds, by its index in the model file (ONNX: ``onnx_ports.value_numbers``); None if it was not asked
    for, or if no interpreter gives it."""

    oracle: str
    outputs: list[list[Array]]
    tensors: list[dict[int, Array]] | None


def reference(
    model_file: Path, samples: Sequence[Sequence[Array]], *, all_tensors: bool = False, timeout: float = TIMEOUT
) -> Reference:
    """Runs the first interpreter that takes the model.

    Args:
        samples: ``samples[sample][i]``, with shape and dtype of the model's input i.
        all_tensors: ask for intermediate tensors too.
        timeout: seconds, for each interpreter.

    Raises:
        ToolError: no interpreter is installed, or all refuse the model; says why, for each.
    """
    failures: dict[str, str] = {}
    for oracle, module in ONNX_ORACLES if file_format(model_file) == "onnx" else TFLITE_ORACLES:
        if oracle == "tflite-reference" and _sums_int8(model_file):
            failures[oracle] = "is wrong on a SUM of int8"
            continue
        if importlib.util.find_spec(module) is None:
            failures[oracle] = f"{module} is not installed (pip install 'arenite[verify]')"
            continue
        # Some models run only without the flag that keeps intermediate tensors.
        for preserve in (True, False) if all_tensors else (False,):
            answer = _ask(oracle, model_file, samples, preserve, timeout)
            if isinstance(answer, Reference):
                return answer
            # One line: of many, the command line leaves out those that say why.
            failures[oracle] = shorten(answer, MOST_OF_A_REASON)
    raise ToolError(
        "\n".join(("no interpreter runs this model", *(f"{oracle}: {reason}" for oracle, reason in failures.items()))),
        file=str(model_file),
        remedy="mend the model until its own interpreter runs it, or use `arenite compile`, which needs none",
    )


def _sums_int8(model_file: Path) -> bool:
    """Whether a TensorFlow Lite model has a SUM of int8, on which the reference kernels of LiteRT (2.3) return numbers
    far from the sum, where TensorFlow Lite Micro rounds it."""
    try:
        model = read_tflite(model_file)
    except AreniteError:
        return False  # what interpreters make of the file is theirs to say
    return any(
        operator.kind == "SUM" and model.tensors[operator.inputs[0]].dtype == "int8" for operator in model.operators
    )


def _ask(
    oracle: str, model_file: Path, samples: Sequence[Sequence[Array]], preserve: bool, timeout: float
) -> Reference | str:
    """The answer of one interpreter, or why there is none."""
    with tempfile.TemporaryDirectory(prefix="arenite-") as scratch:
        request, response = Path(scratch) / "request.npz", Path(scratch) / "response.npz"
        arrays: dict[str, Any] = {
            f"input_{sample}_{i}": value for sample, values in enumerate(samples) for i, value in enumerate(values)
        }
        np.savez(
            request,
            oracle=np.array(oracle),
            model=np.array(str(model_file.resolve())),
            preserve=np.array(preserve),
            samples=np.array(len(samples)),
            **arrays,
        )
        command = [sys.executable, "-m", "arenite.codegen.oracle", str(request), str(response)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"did not finish within {timeout:g} s"
        log = log_tail(done.stdout.decode(errors="replace"))
        if done.returncode < 0:
            return f"crashed with signal {-done.returncode}\n{log}"
        if done.returncode != 0 or not response.exists():
            return log
        with np.load(response, allow_pickle=False) as arrays_out:
            return _read_response(oracle, arrays_out, len(samples), preserve)


def _read_response(oracle: str, arrays: Mapping[str, Array], samples: int, preserve: bool) -> Reference:
    outputs: list[dict[int, Array]] = [{} for _ in range(samples)]
    tensors: list[dict[int, Array]] = [{} for _ in range(samples)]
    for name in arrays:
        kind, sample, index = name.split("_")
        (outputs if kind == "output" else tensors)[int(sample)][int(index)] = arrays[name]
    ordered = [[values[i] for i in sorted(values)] for values in outputs]
    return Reference(oracle, ordered, tensors if preserve else None)


Runner = Callable[[Sequence[Array]], tuple[list[Array], dict[int, Array]]]


def _litert(model_file: Path, preserve: bool) -> Runner:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    _refuse_short_memory(model_file)
    interpreter = Interpreter(
        model_content=model_file.read_bytes(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=preserve,
    )
    interpreter.allocate_tensors()

    def run(inputs: Sequence[Array]) -> tuple[list[Array], dict[int, Array]]:
        for detail, value in zip(interpreter.get_input_details(), inputs, strict=True):
            interpreter.set_tensor(detail["index"], value)
        interpreter.invoke()
        outputs = [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]
        tensors: dict[int, Array] = {}
        for detail in interpreter.get_tensor_details() if preserve else ():
            if detail["dtype"] is np.object_:
                continue  # strings, or handles of variables, which the interpreter takes for strings: it may crash
            try:
                tensors[detail["index"]] = interpreter.get_tensor(detail["index"])
            except ValueError:  # a tensor without memory: an optional input, or one that was optimised away
                continue
        return outputs, tensors

    return run


def _refuse_short_memory(model_file: Path) -> None:
    """LiteRT takes 8 bits over time for 16, reads beyond them, and mostly goes on with what it finds there."""
    from arenite.frontends.tflite import read_tflite

    model = read_tflite(model_file)
    for operator in model.operators:
        types = [model.tensors[index].dtype for index in operator.inputs if index >= 0]
        if operator.kind == "SVDF" and types[0] == types[-1] == "int8":
            raise ValueError(f"{operator.label} has a state of 8 bits, which it takes for 16")


def _tflm(model_file: Path, preserve: bool) -> Runner:
    import tflite
    from tflite_micro.python.tflite_micro import runtime

    model = model_file.read_bytes()
    config = runtime.InterpreterConfig
    interpreter = runtime.Interpreter.from_bytes(
        model, intrepreter_config=config.kPreserveAllTensors if preserve else config.kAllocationRecording
    )
    graph = tflite.Model.GetRootAsModel(model, 0).Subgraphs(0)
    output_count = graph.OutputsLength()
    computed = sorted(
        {
            graph.Operators(i).Outputs(j)
            for i in range(graph.OperatorsLength())
            for j in range(graph.Operators(i).OutputsLength())
        }
    )

    def run(inputs: Sequence[Array]) -> tuple[list[Array], dict[int, Array]]:
        for i, value in enumerate(inputs):
            interpreter.set_input(value, i)
        interpreter.invoke()
        outputs = [np.array(interpreter.get_output(i)) for i in range(output_count)]
        tensors = {i: np.array(interpreter.GetTensor(i, 0)["tensor_data"]) for i in computed} if preserve else {}
        return outputs, tensors

    return run


def _onnxruntime(model_file: Path, preserve: bool) -> Runner:
    import onnx
    import onnxruntime

    from arenite.codegen.verification.onnx_ports import value_numbers
    from arenite.frontends.requant_shift import decompose_requant_shift

    model = onnx.load(model_file, load_external_data=False)
    numbers, outputs = value_numbers(model.graph), [value.name for value in model.graph.output]
    source = decompose_requant_shift(model, str(model_file))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if preserve:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        between = dict.fromkeys(name for node in source.graph.node for name in node.output if name in numbers)
        source.graph.output.extend(onnx.ValueInfoProto(name=name) for name in between if name not in outputs)
    content = _serialised(source, model_file) if preserve or source is not model else str(model_file)
    session = onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], disabled_optimizers=[*CHANGES_WEIGHTS]
    )
    names = [port.name for port in session.get_inputs()]
    results = [port.name for port in session.get_outputs()]

    def run(inputs: Sequence[Array]) -> tuple[list[Array], dict[int, Array]]:
        values = dict(zip(results, session.run(results, dict(zip(names, inputs, strict=True))), strict=True))
        tensors = {numbers[name]: value for name, value in values.items() if isinstance(value, np.ndarray)}
        return [values[name] for name in outputs], tensors if preserve else {}

    return run


def _serialised(model: Any, model_file: Path) -> bytes:
    """With the weights that lie in files beside the model."""
    from onnx.external_data_helper import load_external_data_for_model

    load_external_data_for_model(model, str(model_file.parent))
    data: bytes = model.SerializeToString()
    return data


RUNNERS = {"tflite-reference": _litert, "tflm": _tflm, "onnxruntime": _onnxruntime}


def _answer(request: Path, response: Path) -> None:
    with np.load(request, allow_pickle=False) as arrays:
        prepare = RUNNERS[str(arrays["oracle"])]
        runner = prepare(Path(str(arrays["model"])), bool(arrays["preserve"]))
        inputs = int(sum(name.startswith("input_0_") for name in arrays))
        results: dict[str, Any] = {}
        for sample in range(int(arrays["samples"])):
            outputs, tensors = runner([arrays[f"input_{sample}_{i}"] for i in range(inputs)])
            results.update({f"output_{sample}_{i}": value for i, value in enumerate(outputs)})
            results.update({f"tensor_{sample}_{i}": value for i, value in tensors.items()})
    np.savez(response, **results)


def main(arguments: Sequence[str]) -> int:
    request, response = arguments
    try:
        _answer(Path(request), Path(response))
    except Exception as error:  # whatever the interpreter raises on a model that it does not take
        print(f"{type(error).__name__}: {error}")
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
