"""The documentation: it builds without a warning, its links lead somewhere, and what is generated is complete."""

from __future__ import annotations

import importlib
import importlib.util
import json
import posixpath
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from arenite.cli import main, parser
from arenite.codegen.kernels import kernel_files, kernels, structs
from arenite.frontends.onnx.conversions import CONVERSIONS
from arenite.frontends.operators import TYPES, families
from arenite.frontends.operators.onnx_node import SUPPORTED
from arenite.passes import REGISTRY

ROOT = Path(__file__).parents[1]
GUIDE = sorted((ROOT / "docs/guide").glob("*.md"))


class Page(HTMLParser):
    """What a page shows, what can be linked to in it, and where its links lead."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text: str = ""
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.code: dict[str, set[str]] = {}
        """What is set as code, by the innermost section that it stands in."""
        self._sections = [""]
        self._literal: list[str] | None = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.anchors |= {found[key] or "" for key in ("id", "name") if key in found}
        self.links += [found[key] or "" for key in ("href", "src") if key in found]
        if tag == "section":
            self._sections.append(found.get("id") or "")
        elif tag == "code":
            self._literal = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self._sections.pop()
        elif tag == "code" and self._literal is not None:
            self.code.setdefault(self._sections[-1], set()).add("".join(self._literal))
            self._literal = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._literal is not None:
            self._literal.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    """The pages of a fresh build by their places, ``reference/operators.html``."""
    for name in ("sphinx", "myst_parser", "furo"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed, so the documentation is not built: pip install 'arenite[docs]'")
    place = tmp_path_factory.mktemp("docs")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "--quiet",
        "--fail-on-warning",
        "--keep-going",
        "-d",
        str(place / "trees"),
    ]
    done = subprocess.run([*command, str(ROOT / "docs"), str(place / "html")], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    html = place / "html"
    return {path.relative_to(html).as_posix(): Page(path) for path in sorted(html.rglob("*.html"))}


def test_make_docs_builds_the_same_way() -> None:
    recipe = re.search(r"^docs: setup\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert recipe
    assert "-m sphinx --quiet --fail-on-warning --keep-going" in recipe[1]


def test_links_lead_somewhere(pages: dict[str, Page]) -> None:
    broken = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = posixpath.join(posixpath.dirname(name), unquote(parts.path))
            target = posixpath.normpath(path) if parts.path else name
            anchor = unquote(parts.fragment)
            if target.endswith(".html") and (target not in pages or (anchor and anchor not in pages[target].anchors)):
                broken.append(f"{name}: {link}")
    assert not broken


def test_every_heading_has_words(pages: dict[str, Page]) -> None:
    """Sphinx numbers the sections of those that have none."""
    guide = {name: page for name, page in pages.items() if name.startswith("guide/")}
    assert guide
    assert [name for name, page in guide.items() if any(re.fullmatch(r"id\d+", one) for one in page.anchors)] == []


def test_every_operator_is_in_the_tables(pages: dict[str, Page]) -> None:
    code = pages["reference/operators.html"].code
    assert not families().keys() - code["int8-and-any-type"]
    for dtype in TYPES:
        assert not families(dtype).keys() - code[dtype]


def test_every_operator_is_compiled_in_some_type(pages: dict[str, Page], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    types = importlib.import_module("arenite_docs.operator_types")
    kinds = types.kinds()
    assert kinds
    assert not set(kinds) - pages["reference/operators.html"].code["by-type"]
    assert [kind for kind in kinds if not any(types.mark(kind, column) for column in types.TYPES)] == []
    for kind, column, mark in [
        ("CONV_2D", "int8", "row"),
        ("RESHAPE", "float32", "view"),
        ("TRANSPOSE", "int8", "op"),
        ("FLOOR_DIV", "int32, bool", "row"),
        ("COS", "int8", ""),
    ]:
        assert types.mark(kind, column) == mark


def test_every_onnx_operator_is_in_the_table(pages: dict[str, Page]) -> None:
    code = pages["reference/operators.html"].code["from-onnx"]
    assert not {name for name in CONVERSIONS if not name.startswith("arenite:")} - code


def test_every_onnx_operator_that_tvm_compiles_is_named(pages: dict[str, Page]) -> None:
    assert not SUPPORTED - pages["reference/operators.html"].code["from-onnx"]


def test_kernels_of_floats_compute_no_integers(pages: dict[str, Page]) -> None:
    """Names of kernels are found by patterns, which fit those of both types."""
    links = [link for link in pages["reference/operators.html"].links if "#kernels-" in link]
    int8 = pages["reference/operators.html"].text.split("\nfloat32\n")[0]
    assert links
    assert not re.search(r"one of \w+_f32\.h", int8)


def test_onnx_operators_become_what_they_become(pages: dict[str, Page]) -> None:
    text = pages["reference/operators.html"].text
    for line in ("MaxPool → MAX_POOL_2D", "AveragePool → AVERAGE_POOL_2D", "Gemm → FULLY_CONNECTED", "Max → MAXIMUM"):
        assert re.search(rf"^{line}$", text, re.M), line


def test_every_kernel_is_documented(pages: dict[str, Page]) -> None:
    anchors = pages["reference/kernels.html"].anchors
    text = "".join(text for name, text in kernel_files().items() if name.endswith(".h"))
    functions = set(re.findall(r"^void (arenite_\w+)\(", text, re.M)) | set(kernels())
    assert functions
    assert not {f"c.{name}" for name in functions} - anchors
    assert not {f"c.{name}" for name in structs() if name.endswith("_layer")} - anchors


def test_every_command_and_option_is_documented(pages: dict[str, Page]) -> None:
    page = pages["reference/command_line.html"]
    (commands,) = (action.choices for action in parser()._actions if isinstance(action.choices, dict))
    assert commands
    for name, command in commands.items():
        assert f"command-{name}" in page.anchors
        for action in command._actions:
            places = [option.lstrip("-") for option in action.option_strings] or [
                f"arg-{action.metavar or action.dest}"
            ]
            assert not {f"cmdoption-arenite-{name}-{place}" for place in places} - page.anchors


def test_every_pass_is_documented(pages: dict[str, Page]) -> None:
    page = pages["reference/passes.html"]
    assert REGISTRY
    for name, place in REGISTRY.items():
        assert any(name in code for code in page.code.values())
        assert place.replace(":", ".") in page.anchors


def test_public_names_are_documented(pages: dict[str, Page]) -> None:
    anchors = set().union(*(page.anchors for page in pages.values()))
    for name in (
        "graph.Graph", "graph.ArenaPlan", "planner.plan_graph", "schedule.schedule", "allocate.allocate",
        "validate.validate_plan", "errors.AreniteError", "frontends.model.Model", "frontends.tflite.read_tflite",
        "frontends.to_relax.to_relax", "frontends.to_graph.to_graph", "passes.plan_memory.PlanMemory",
        "codegen.driver.compile_model", "relay.PassContext", "relay.write_project", "relay.Report",
    ):  # fmt: skip
        assert f"arenite.{name}" in anchors


def shell_commands() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "README.md", *GUIDE):
        for block in re.findall(r"^```sh\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S):
            yield from ((path.name, line) for line in block.splitlines() if line.startswith("arenite "))


@pytest.mark.parametrize(("page", "line"), list(shell_commands()))
def test_commands_are_understood(page: str, line: str) -> None:
    parser().parse_args(shlex.split(line, comments=True)[1:])


def test_guide_names_every_extra() -> None:
    table = (ROOT / "docs/guide/install.md").read_text(encoding="utf-8")
    (section,) = re.findall(
        r"^\[project\.optional-dependencies\]\n(.*?)^\[",
        (ROOT / "pyproject.toml").read_text(encoding="utf-8"),
        re.M | re.S,
    )
    extras = set(re.findall(r"^(\w+) = \[", section, re.M))
    assert {"relax", "docs"} <= extras
    assert extras <= set(re.findall(r"`(\w+)`", table))


def test_guide_names_every_key_of_a_plan(tmp_path: Path) -> None:
    model = ROOT / "tests/models/branchy_cell.tflite"
    assert main(["plan", str(model), "--json", str(tmp_path / "plan.json")]) == 0
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    text = (ROOT / "docs/guide/plan.md").read_text(encoding="utf-8")
    _, *tables = re.split(r"^\| key \| value \|$", text, flags=re.M)
    for table, keys in zip(tables, (plan, plan["steps"][0], plan["buffers"][0]), strict=True):
        rows = re.findall(r"^\| (`[^|]*) \|", table, re.M)
        assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(keys)


def test_python_of_the_guide_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "docs/guide/plan.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert main(["plan", str(ROOT / "tests/models/branchy_cell.tflite"), "--json", str(tmp_path / "plan.json")]) == 0
    monkeypatch.chdir(tmp_path)
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    capsys.readouterr()
    exec(compile(block, "plan.md", "exec"), {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in printed] == [[step["op"], str(step["working_set_bytes"])] for step in plan["steps"]]
    for line, step in zip(printed, plan["steps"], strict=True):
        assert {*step["reads"], *step["writes"]} <= set(line[2:])
