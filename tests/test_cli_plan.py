"""The command line: what it prints where, how it ends, what it writes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from models.writer import ModelWriter

from arenite import cli, commands
from arenite.errors import AreniteError, ToolError

MODELS = Path(__file__).parent / "models"
CELL = MODELS / "branchy_cell.tflite"


def arenite(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with the exact bytes of both streams."""
    return subprocess.run(
        [sys.executable, "-m", "arenite.cli", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def refused(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    """The request was turned down in one clear line."""
    assert result.returncode == 1, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("arenite: error: ")
    assert result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


@pytest.mark.parametrize("command", ["plan", "compile", "run", "verify"])
def test_every_subcommand_has_help_with_an_example(command: str) -> None:
    result = arenite(command, "--help")
    assert result.returncode == 0
    assert f"example: arenite {command} " in result.stdout


def example_lines() -> list[str]:
    actions = cli.parser()._subparsers
    assert actions is not None
    choices = actions._group_actions[0].choices
    assert isinstance(choices, dict)
    return [command.epilog for command in choices.values()]


@pytest.mark.parametrize("line", example_lines())
def test_examples_are_well_formed(line: str) -> None:
    words = line.removeprefix("example: arenite ").split()
    assert cli.parser().parse_args(words).command == words[0]


def test_json_is_all_that_stands_on_standard_output() -> None:
    result = arenite("plan", CELL, "--granularity", "op", "--json", "-")
    assert result.returncode == 0, result.stderr
    plan = json.loads(result.stdout)
    assert plan["schema"] == "arenite.plan/1"
    assert plan["model"] == CELL.name
    assert plan["arena_bytes"] == plan["lower_bound_bytes"] < plan["source_order_bytes"]
    assert plan["optimal"] is True
    assert {op for step in plan["steps"] for op in step["source_ops"]} == set(range(16))
    assert "arena" in result.stderr


def test_json_file_leaves_the_table_on_standard_output(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    result = arenite("plan", CELL, "--granularity", "op", "--json", target)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "arena" in result.stdout
    assert json.loads(target.read_text())["granularity"] == "op"


def test_file_order_keeps_the_order_and_its_arena() -> None:
    best = json.loads(arenite("plan", CELL, "--granularity", "op", "--json", "-").stdout)
    source = json.loads(arenite("plan", CELL, "--order", "source", "--json", "-").stdout)
    assert [step["source_ops"][0] for step in source["steps"]] == sorted(s["source_ops"][0] for s in best["steps"])
    assert source["arena_bytes"] == source["source_order_bytes"] == best["source_order_bytes"] > best["arena_bytes"]
    assert source["lower_bound_bytes"] == best["lower_bound_bytes"]


def test_alignment_rounds_the_arena() -> None:
    plan = json.loads(arenite("plan", CELL, "--alignment", "4096", "--json", "-").stdout)
    assert plan["alignment"] == 4096
    assert plan["arena_bytes"] % 4096 == 0


@pytest.mark.parametrize("request_", [(CELL, "--granularity", "op"), (MODELS / "ds_cnn.tflite",)])
def test_two_runs_give_the_same_bytes(tmp_path: Path, request_: tuple[object, ...]) -> None:
    written = []
    for name in ("one", "seven"):
        page, picture = tmp_path / f"{name}.html", tmp_path / f"{name}.svg"
        environment = {"PYTHONHASHSEED": str(len(name))}
        result = arenite("plan", *request_, "--html", page, "--svg", picture, "--json", "-", **environment)
        plan = json.loads(result.stdout)
        assert plan.pop("seconds") > 0
        written.append((plan, page.read_bytes(), picture.read_bytes()))
    assert written[0] == written[1]


def test_map_shows_both_orders_whatever_was_asked(tmp_path: Path) -> None:
    pages = []
    for order in ("best", "source"):
        page = tmp_path / f"{order}.html"
        assert arenite("plan", CELL, "--granularity", "op" if order == "best" else "auto", "--order", order,
                       "--html", page).returncode == 0  # fmt: skip
        pages.append(page.read_text())
    assert pages[0] == pages[1]
    assert "<!DOCTYPE html>" in pages[0]


def test_written_files_are_readable_as_usual_and_leave_nothing_behind(tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    page.write_text("old")
    assert arenite("plan", CELL, "--html", page).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(page.stat().st_mode) == 0o666 & ~mask


def test_device_is_written_to_and_not_replaced() -> None:
    assert arenite("plan", CELL, "--html", "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--stream-input", "--granularity", "op"], ("--stream-input", "--granularity op")),
        (["--eager-rows"], ("--eager-rows", "--stream-input")),
        (["--granularity", "row", "--order", "source"], ("--granularity row", "--order source")),
        (["--stream-input", "--io-memory", "caller"], ("--stream-input", "--io-memory caller")),
        (["--granularity", "row", "--region", "A=64K"], ("--granularity row", "--region")),
        (["--html", "no/such/folder/map.html"], ("no/such/folder/map.html", "create")),
        (["--html", "."], ("is a directory",)),
        (["--html", str(CELL)], ("over the model",)),
        (["--html", "same", "--svg", "same"], ("same", "two results")),
    ],
)
def test_refused_requests(arguments: list[str], parts: tuple[str, ...]) -> None:
    refused(arenite("plan", CELL, *arguments), *parts)


def test_relay_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    refused(arenite("compile", CELL, "-o", tmp_path / "out", "--ir", "relay"), "relay", "--ir relax")
    assert list(tmp_path.iterdir()) == []


def test_bad_files_are_refused(tmp_path: Path) -> None:
    refused(arenite("plan", tmp_path / "none.tflite"), "none.tflite")
    refused(arenite("plan", tmp_path), str(tmp_path))
    text = tmp_path / "text.tflite"
    text.write_text("not a model, but long enough to look at")
    refused(arenite("plan", text, "--json", "-", "--html", tmp_path / "map.html"), "text.tflite")
    truncated = tmp_path / "half.tflite"
    truncated.write_bytes(CELL.read_bytes()[: CELL.stat().st_size // 2])
    refused(arenite("plan", truncated), "half.tflite")
    refused(arenite("plan", "model.ONNX"), "model.ONNX", "No such file")
    assert not (tmp_path / "map.html").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["plan"],
        ["unknown"],
        ["plan", "m", "--order", "random"],
        ["plan", "m", "--timeout", "0"],
        ["plan", "m", "--timeout", "nan"],
        ["plan", "m", "--alignment", "24"],
        ["plan", "m", "--html", "-"],
        ["plan", "m", "--shape", "x"],
        ["plan", "m", "--shape", "x="],
        ["plan", "m", "--shape", "=1,2"],
        ["plan", "m", "--shape", "x=1,,2"],
        ["compile", "m", "-o", "d", "--shape", "x=1,0"],
        ["verify", "m", "--shape", "x=1,-1"],
        ["verify", "m", "--shape", "x=1,99999999999"],
        ["plan", "m", "--gran", "op"],
        ["compile", "m"],
        ["compile", "m", "-o", "d", "--cpu", "z80"],
        ["verify", "m", "--samples", "0"],
        ["verify", "m", "--samples", "many"],
    ],
)
def test_usage(arguments: list[str]) -> None:
    result = arenite(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("usage: arenite")
    assert "invalid _" not in result.stderr


def test_qemu_is_not_asked_to_be_the_host() -> None:
    refused(arenite("verify", CELL, "--cpu", "host", "--on", "qemu"), "--cpu host", "--on host")


def test_an_element_raises_the_alignment() -> None:
    zoo = CELL.with_name("ops_zoo.tflite")  # has tensors of float32
    assert json.loads(arenite("plan", zoo, "--alignment", "1", "--json", "-").stdout)["alignment"] == 4


def test_names_cannot_forge_output(tmp_path: Path) -> None:
    writer = ModelWriter()
    x = writer.tensor("\x1b[31m[bold]x\nfake", (1, 4), scale=0.5)
    y = writer.tensor("</script>\u202e", (1, 4), scale=0.5)
    writer.operator("RELU", [x], [y])
    model = tmp_path / "odd.tflite"
    model.write_bytes(writer.finish([x], [y]))
    page = tmp_path / "map.html"
    result = arenite("plan", model, "--html", page, PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout
    assert page.read_text().count("</script>") == 1


def test_reader_that_leaves_early_is_no_error() -> None:
    command = f"'{sys.executable}' -m arenite.cli plan '{CELL}' --json - 2>/dev/null | head -c 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "{", "")


def test_closed_pipe_prints_no_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        result = subprocess.run(
            [sys.executable, "-m", "arenite.cli", "plan", CELL, "--json", "-"],
            stdout=pipe, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr


def test_interrupt_ends_with_130() -> None:
    # Python reports an interrupt during its own start-up itself, so wait until the command says that it is there.
    code = (
        "import signal, sys, arenite.commands as c, arenite.cli as cli, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # shells ignore it for what runs in the background
        "c.plan = lambda options: (print('ready', flush=True), time.sleep(30))\n"
        "sys.exit(cli.main(['plan', 'm']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 130
    assert error == "arenite: interrupted\n"


@pytest.mark.parametrize(
    "struck",
    ["(Lost() and None, time.sleep(30), 0)[-1]", "(Lost() and None, 0)[-1]", "importlib.import_module('lost')"],
    ids=["long", "short", "import"],
)
def test_interrupts_are_not_lost(struck: str, tmp_path: Path) -> None:
    """Python ignores what is raised in a destructor, and solvers run destructors all the time; some modules say that
    they cannot be imported."""
    (tmp_path / "lost.py").write_text(
        "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept BaseException:\n    raise ImportError\n"
    )
    code = (
        "import importlib, signal, sys, arenite.commands as c, arenite.cli as cli, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Lost:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        f"c.plan = lambda options: {struck}\n"
        "sys.exit(cli.main(['plan', 'm']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=25, check=False
    )
    assert (done.returncode, done.stderr) == (130, "arenite: interrupted\n")


Result = tuple[int, str, str]
Call = Callable[..., Result]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Runs the command in this process with one subcommand replaced by an action."""

    def run(action: Callable[[Any], int]) -> Result:
        monkeypatch.setattr(commands, "plan", action)
        status = cli.main(["plan", "m"])
        captured = capfd.readouterr()
        return status, captured.out, captured.err

    return run


def raising(error: BaseException) -> Callable[[Any], int]:
    def action(options: Any) -> int:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (AreniteError("is odd", file="m", operator="ADD #3", remedy="even it"), ("m: ADD #3: is odd; even it\n",)),
        (ToolError("failed:\n" + "noise\n" * 30 + "the reason; fix"), ("failed:", "the reason; fix", "ARENITE_DEBUG")),
        (ModuleNotFoundError("No module named 'tvm'", name="tvm"), ("tvm", "pip install 'arenite[relax]'")),
        (FileNotFoundError(2, "No such file or directory", "x.npy"), ("x.npy: No such file or directory",)),
        (MemoryError(), ("memory",)),
        (ZeroDivisionError("division by zero"), ("bug in arenite", "ZeroDivisionError: division by zero")),
        (RecursionError("too deep"), ("bug in arenite",)),
        (AreniteError("name \x1b[31m\nsecond line"), ("name \\x1b[31m second line",)),
    ],
)  # fmt: skip
def test_exceptions_become_one_line(call: Call, error: BaseException, parts: tuple[str, ...]) -> None:
    status, out, err = call(raising(error))
    assert (status, out) == (1, "")
    assert err.startswith("arenite: error: ")
    assert err.count("\n") == 1
    for part in parts:
        assert part in err


def test_debugging_shows_the_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENITE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        call(raising(ZeroDivisionError()))


def test_what_libraries_print_does_not_reach_standard_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def chatty(*_: object, **options: Any) -> dict[str, object]:
        print("from Python")
        os.write(1, b"from C\n")
        subprocess.run(["echo", "from a child"], check=True)
        shown = {"on": options["on"], "samples": options["samples"]}
        return {"model": "m", "oracle": "tflite-reference", "values": 4, "mismatches": 1, "max_abs_diff": 2, **shown}

    monkeypatch.setattr("arenite.codegen.driver.verify_model", chatty)
    assert cli.main(["verify", str(CELL), "--cpu", "host", "--json", "-"]) == 1
    captured = capfd.readouterr()
    result = json.loads(captured.out)
    assert (result["on"], result["samples"], result["mismatches"]) == ("host", 8, 1)
    for line in ("from Python", "from C", "from a child", "1 of 4 values differ"):
        assert line in captured.err
