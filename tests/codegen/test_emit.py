"""Generated C: the same bytes each time, also from a reloaded module; golden files; no warning from any compiler."""

import pathlib
import shutil
import subprocess

import numpy as np
import pytest
from oracles import tflite_reference
from relax_modules import softmax_chain

from arenite.codegen.driver import compile_program, load_model
from arenite.codegen.emit import c_float
from arenite.codegen.host import load_host_library
from arenite.codegen.project import project_files
from arenite.codegen.read_module import read_program
from arenite.errors import AreniteError
from arenite.passes.pipeline import c_pipeline
from arenite.tvm_compat import relax, tvm

GOLDEN = pathlib.Path(__file__).parent / "golden"
MODELS = pathlib.Path(__file__).parents[1] / "models"
FLAGS = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-fsyntax-only"]
COMPILERS = {
    "gcc": ["gcc"],
    "clang": ["clang"],
    "cortex-m0plus": ["arm-none-eabi-gcc", "-mcpu=cortex-m0plus"],
    "cortex-m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mfloat-abi=hard"],
    "cortex-m55": ["arm-none-eabi-gcc", "-mcpu=cortex-m55", "-mfloat-abi=hard"],
}


def files_of(program):
    return project_files(program, cpu="cortex-m4", granularity="op")


def test_same_model_same_bytes(bundled_model):
    first, second = (files_of(compile_program(load_model(bundled_model))[0]) for _ in range(2))
    assert first == second


def test_a_reloaded_module_gives_the_same_bytes(bundled_model):
    program, planned = compile_program(load_model(bundled_model))
    reloaded = tvm.ir.load_json(tvm.ir.save_json(planned))
    assert files_of(read_program(reloaded)) == files_of(program)


def test_golden_library(request):
    """The run function and the header, for people: a change of the generated code shows in the diff of these files."""
    files = files_of(compile_program(load_model(MODELS / "resnet_block.tflite"))[0])
    for name in ("codegen/host/src/tvmgen_resnet_block.c", "codegen/host/include/tvmgen_resnet_block.h"):
        golden = GOLDEN / pathlib.Path(name).name
        if request.config.getoption("--update-golden"):
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(files[name])
        assert files[name] == golden.read_text(), f"{golden} differs: check it, then pytest --update-golden"


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_warning(tmp_path, compiler):
    command = COMPILERS[compiler]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    for model in ("digits", "ops_zoo"):
        files = files_of(compile_program(load_model(MODELS / f"{model}.tflite"), name=model)[0])
        for name, text in files.items():
            path = tmp_path / model / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        sources = sorted((tmp_path / model / "codegen/host/src").glob("*.c"))
        include = tmp_path / model / "codegen/host/include"
        for extra in ([], ["-DARENITE_TRACE"], [f"-DTVMGEN_{model.upper()}_NO_STATIC_WORKSPACE"]):
            done = subprocess.run([*command, *FLAGS, *extra, f"-I{include}", *sources], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert done.stderr == ""


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ is not installed")
def test_the_header_serves_cplusplus(tmp_path):
    files = files_of(compile_program(load_model(MODELS / "digits.tflite"), name="digits")[0])
    (tmp_path / "tvmgen_digits.h").write_text(files["codegen/host/include/tvmgen_digits.h"])
    source = '#include "tvmgen_digits.h"\nint run() { return tvmgen_digits_run(nullptr); }\n'
    (tmp_path / "use.cc").write_text(source)
    done = subprocess.run(["g++", "-Wall", "-Werror", "-c", "use.cc"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_only_kernels_that_are_used_are_brought():
    files = files_of(compile_program(load_model(MODELS / "resnet_block.tflite"))[0])
    brought = {pathlib.Path(name).name for name in files if name.startswith("codegen/host/src/")}
    assert {"arenite_words.h", "elementwise.c", "elementwise.h"} <= brought
    assert not {"lookup.c", "lookup.h", "concatenation.c"} & brought


def test_the_planned_module_runs_in_the_virtual_machine(bundled_model):
    """The same kernels, called by TVM's virtual machine from the same plan: bit for bit TFLite's reference."""
    model = load_model(bundled_model)
    _, planned = compile_program(model)
    load_host_library()
    machine = relax.VirtualMachine(
        tvm.compile(planned, "llvm", relax_pipeline="arenite"), tvm.cpu(), memory_cfg="naive"
    )
    random = np.random.default_rng(4)
    inputs = [_random(model.tensors[index], random) for index in model.inputs]
    results = machine["main"](*(tvm.runtime.tensor(array) for array in inputs))
    results = [results] if len(model.outputs) == 1 else list(results)
    expected = tflite_reference(bundled_model.read_bytes(), inputs)
    for index, result in zip(model.outputs, results, strict=True):
        np.testing.assert_array_equal(result.numpy(), expected[index])


def _random(tensor, random):
    if tensor.dtype == "float32":
        return random.uniform(-4, 4, tensor.shape).astype("float32")
    return random.integers(-128, 128, tensor.shape).astype(tensor.dtype)


def test_an_unplanned_module_is_refused():
    with pytest.raises(AreniteError, match="no memory plan"):
        read_program(softmax_chain())


def one_operator(make, *types):
    builder = relax.BlockBuilder()
    inputs = [relax.Var(f"x{i}", relax.TensorType((3, 5), dtype)) for i, dtype in enumerate(types)]
    with builder.function("main", inputs):
        with builder.dataflow():
            result = builder.emit_output(make(builder, *inputs))
        builder.emit_func_output(result)
    return builder.finalize()


def test_a_type_without_c_form_is_refused():
    module = one_operator(lambda _, x: relax.op.add(x, x), "float16")
    with pytest.raises(AreniteError, match="float16"):
        read_program(c_pipeline()(module))


def test_a_call_of_a_relax_function_is_refused():
    def call(builder, x):
        with builder.function("twice", [y := relax.Var("y", x.ty)]):
            builder.emit_func_output(builder.emit(relax.op.add(y, y)))
        return tvm.ir.Call(builder.get().get_global_var("twice"), [x])

    with pytest.raises(AreniteError, match="the Relax function twice"):
        read_program(c_pipeline()(one_operator(call, "float32")))


def test_the_header_knows_bool(tmp_path):
    files = files_of(read_program(c_pipeline()(one_operator(lambda _, *x: relax.op.less(*x), "int8", "int8")), "less"))
    (tmp_path / "tvmgen_less.h").write_text(files["codegen/host/include/tvmgen_less.h"])
    (tmp_path / "use.c").write_text('#include "tvmgen_less.h"\n')
    subprocess.run(["gcc", *FLAGS, "use.c"], cwd=tmp_path, check=True)


def test_modules_of_other_frontends_become_c_too():
    program = read_program(c_pipeline()(softmax_chain()), "chain")
    text = files_of(program)["codegen/host/src/tvmgen_chain.c"]
    assert "expf" in text
    assert "malloc" not in text


@pytest.mark.parametrize(
    ("value", "text"), [(1, "1.0f"), (0.5, "0.5f"), (1e-10, "1.00000001e-10f"), (0.1, "0.100000001f")]
)
def test_float_literals_read_back(value, text):
    assert c_float(value) == text
    assert np.float32(text.removesuffix("f")) == np.float32(value)
