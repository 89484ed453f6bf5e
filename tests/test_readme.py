"""The Python that README shows, run as it stands there."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig

import numpy as np
import pytest
from relax_modules import branchy, operators

from arenite.codegen.driver import compile_model
from arenite.rows.plan_rows import RowRequest
from arenite.tvm_compat import relax, tvm

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)


C_BLOCKS = re.findall(r"^```c\n(.*?)^```", README, re.M | re.S)


def run_block(marker: str) -> dict:
    (block,) = [block for block in BLOCKS if marker in block]
    names = {"module": branchy(), "tvm": tvm}
    exec(compile(block, "README.md", "exec"), names)
    return names


def test_firmware(tmp_path):
    (block,) = [block for block in C_BLOCKS if "most_likely" in block]
    compile_model(ROOT / "tests/models/ds_cnn.tflite", tmp_path / "project", cpu="host")
    sources = sorted((tmp_path / "project/codegen/host/src").glob("*.c"))
    (tmp_path / "use.c").write_text(block + "int main(void) { static int8_t x[490]; return most_likely(x) < 0; }\n")
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-Iproject/codegen/host/include"]
    subprocess.run([*command, "use.c", *sources, "-o", "use"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "use"], check=True)


def test_two_models_in_one_program(tmp_path):
    for name in ("ds_cnn", "digits"):
        compile_model(ROOT / f"tests/models/{name}.tflite", tmp_path / name, cpu="host")
    headers = '#include "tvmgen_ds_cnn.h"\n#include "tvmgen_digits.h"\n'
    (tmp_path / "use.c").write_text(
        headers + "int main(void) { return tvmgen_ds_cnn_run(0) | tvmgen_digits_run(0); }\n"
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.17)\nproject(use C)\nadd_subdirectory(ds_cnn)\nadd_subdirectory(digits)\n"
        "add_executable(libraries use.c)\ntarget_link_libraries(libraries tvmgen_ds_cnn tvmgen_digits)\n"
    )
    cmake = shutil.which("cmake", path=f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}")
    subprocess.run([cmake, "-B", "build"], cwd=tmp_path, check=True)
    subprocess.run([cmake, "--build", "build"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "build/libraries"], check=True)
    once = {path.name: path for name in ("ds_cnn", "digits") for path in (tmp_path / name).glob("codegen/host/src/*.c")}
    include = [f"-I{name}/codegen/host/{kind}" for name in ("ds_cnn", "digits") for kind in ("include", "src")]
    subprocess.run(["cc", "-std=c99", *include, "use.c", *once.values(), "-o", "use"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "use"], check=True)


def test_rows_as_they_come(tmp_path):
    (block,) = [block for block in C_BLOCKS if "push_row" in block]
    compile_model(
        ROOT / "tests/models/ds_cnn.tflite", tmp_path / "project", cpu="host", rows=RowRequest("auto", pushed=True)
    )
    sources = sorted((tmp_path / "project/codegen/host/src").glob("*.c"))
    (tmp_path / "use.c").write_text(
        '#include "tvmgen_ds_cnn.h"\n'
        "static const int8_t *camera_row(int32_t row) {\n"
        "  static int8_t data[TVMGEN_DS_CNN_ROW_SIZE];\n  data[0] = (int8_t)row;\n  return data;\n}\n"
        f"int main(void) {{\n{block}\nreturn stream.next_row != TVMGEN_DS_CNN_ROWS; }}\n"
    )
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-Iproject/codegen/host/include"]
    subprocess.run([*command, "use.c", *sources, "-o", "use"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "use"], check=True)


@pytest.mark.parametrize("name", ["memory_map", "rows"])
def test_the_picture_is_what_its_command_draws(name, request, tmp_path):
    (command,) = re.findall(rf"`arenite (plan [^`]*?) --svg docs/{name}.svg`", README)
    drawn = tmp_path / f"{name}.svg"
    arguments = [*command.split(), "--svg", str(drawn)]
    subprocess.run([sys.executable, "-m", "arenite.cli", *arguments], cwd=ROOT, check=True)
    picture = ROOT / f"docs/{name}.svg"
    if request.config.getoption("--update-golden"):
        picture.write_text(drawn.read_text())
    assert drawn.read_text() == picture.read_text(), "pytest --update-golden draws it anew"


def test_every_tutorial_is_listed():
    listed = re.findall(r"^\| \[(\w+)\]\(tutorials/\1\.ipynb\) \|", README, re.M)
    assert listed == sorted(file.stem for file in (ROOT / "tutorials").glob("*.ipynb"))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "cmake/example/README.md"])
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.M | re.S)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)", text, re.M)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https://"):
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_files_that_are_named_exist():
    named = re.findall(r"`((?:benchmarks|cmake|docs|tests|tutorials)/[\w/.]+)`", README + CONTRIBUTING)
    assert len(named) > 10
    for path in named:
        assert path.startswith("docs/_build/") or (ROOT / path).exists(), path


def test_every_block_is_tested():
    # Those for Relay need another TVM: tests/relay/test_relay_cli.py runs them.
    assert len([block for block in BLOCKS if "arenite.relay" not in block]) == 4


def test_estimates(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    run_block("estimate_all")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[0] == "8192"


def test_pipeline():
    executable = run_block("compile(module")["executable"]
    x = np.random.default_rng(5).normal(size=(1, 4, 16)).astype("float32")
    result = relax.VirtualMachine(executable, tvm.cpu())["main"](tvm.runtime.tensor(x)).numpy()
    np.testing.assert_allclose(result.reshape(4), 4 * 6 * x.sum(axis=(0, 2)), rtol=1e-5)


def test_sequential():
    planned = run_block("Sequential")["planned"]
    assert operators(planned).count("relax.memory.alloc_storage") == 1


def test_import_of_a_model_file(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert run_block("to_relax")["scores"].shape == (1, 10)
