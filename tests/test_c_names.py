"""C identifiers and comments out of names that model files use."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import onnx_networks
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenite.codegen.emit import MAX_COMMENT, comment
from arenite.frontends.c_names import C_KEYWORDS, MAX_C_NAME, unique_c_name


@given(st.lists(st.text(max_size=200), max_size=8))
def test_identifiers_are_valid_unique_and_short(names: list[str]) -> None:
    taken: set[str] = set()
    made = [unique_c_name(name, taken) for name in names]
    assert len(set(made)) == len(made)
    assert taken == set(made)
    for name in made:
        assert re.fullmatch(r"[a-z_][a-z0-9_]*", name)
        assert name not in C_KEYWORDS
        assert len(name) <= MAX_C_NAME + 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("serving_default_input_1:0", "serving_default_input_1_0"),
        ("image", "image"),
        ("a" * 100, "a" * MAX_C_NAME),
        (f"model/{'scope/' * 20}head/Add:0", f"{'scope_' * 6}head_add_0"),
    ],
)
def test_the_end_of_a_long_name_is_kept(name: str, expected: str) -> None:
    assert unique_c_name(name, set()) == expected


@given(st.text(alphabet="*/\\?ab\n\r\x1b", max_size=300))
def test_comments_cannot_be_left(text: str) -> None:
    made = comment(text)
    assert "*/" not in f"{made} "
    assert "/*" not in f" {made}"
    assert "\n" not in made
    assert len(made) < 2 * MAX_COMMENT


def test_names_of_any_length_compile_without_warnings(tmp_path: Path) -> None:
    """The prefix of macros and members counts, and so does what stands in comments."""
    pytest.importorskip("tvm", reason="compiling needs arenite[relax]")
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs cc")
    from arenite.codegen.driver import compile_model

    model = onnx_networks.quantised_network()
    old = model.graph.input[0].name
    new = f"StatefulPartitionedCall/{'very_long_scope/' * 20}image:0_QuantizeLinear_Input /* \\"
    for part in (*model.graph.node, model.graph):
        for place, name in enumerate(part.input):
            if part is model.graph:
                name.name = new if name.name == old else name.name
            elif name == old:
                part.input[place] = new
    file = onnx_networks.save(model, tmp_path, "n" * 120)
    compile_model(file, tmp_path / "project", cpu="host")
    (source,) = (
        path for path in (tmp_path / "project/codegen/host/src").glob("tvmgen_*.c") if "_parameters" not in path.name
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-fsyntax-only"]
    include = tmp_path / "project/codegen/host/include"
    done = subprocess.run(
        [compiler, *flags, f"-I{include}", f"-I{source.parent}", str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (header,) = include.glob("*.h")
    assert max(map(len, re.findall(r"\w+", header.read_text()))) < 3 * MAX_C_NAME
