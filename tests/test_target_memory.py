"""Models that do not fit into their target: refused with what they need, what there is, and what would help."""

from __future__ import annotations

from pathlib import Path

import pytest
from models.recurrent import lstm
from models.writer import ModelWriter

from arenite.cli import main
from arenite.codegen.boards import MACHINES, board_memory
from arenite.codegen.driver import compile_model
from arenite.errors import AreniteError
from arenite.target_memory import TargetMemory, check_flash, check_ram

MODEL = str(Path(__file__).parent / "models" / "mobilenet_block.tflite")


def test_what_fits_is_silent() -> None:
    for available in (None, 300, 301):
        check_ram(TargetMemory(ram=available), {"arena": 200, "state": 100}, file="m", remedy="")
        check_flash(TargetMemory(flash=available), {"weights": 300}, file="m", optimise="size")


def test_what_does_not_fit_is_told_in_numbers() -> None:
    memory = TargetMemory(ram=1000, owner="the board")
    parts = {"arena": 1200, "state": 34, "stack": 0}
    with pytest.raises(AreniteError) as told:
        check_ram(memory, parts, file="net.tflite", remedy="shrink it")
    assert str(told.value) == (
        "net.tflite: needs 1,234 bytes of RAM (arena 1,200, state 34), the board has 1,000: 234 too few; shrink it"
    )


@pytest.mark.parametrize("command", ["plan", "compile"])
@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--ram", "8K", "--granularity", "op"], "needs 15,792 bytes of RAM (arena 15,792), the target has 8,192: "),
        (["--flash", "4K"], "bytes of flash (weights 4,224, code and tables "),
    ],
)
def test_commands_refuse(
    command: str, option: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = []
    if command == "compile":
        pytest.importorskip("tvm", reason="compiling needs TVM")
        output = ["-o", str(tmp_path / "project")]
    assert main([command, MODEL, *output, *option]) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "project").exists()


def test_rows_are_the_remedy_where_regions_are_in_their_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", MODEL, "--ram", "8K", "--region", "SRAM=64K"]) == 1
    assert "use --granularity auto without --region and --io-memory" in capsys.readouterr().err


def test_state_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "lstm.tflite"
    model.write_bytes(lstm())
    assert main(["plan", str(model), "--ram", "30"]) == 1
    assert "state 18" in capsys.readouterr().err


def test_flash_of_the_host_is_nobody_s(tmp_path: Path) -> None:
    pytest.importorskip("tvm", reason="compiling needs TVM")
    with pytest.raises(AreniteError, match="--flash is that of a Cortex-M"):
        compile_model(MODEL, tmp_path / "project", cpu="host", memory=TargetMemory(flash=1 << 20))


def test_boards_are_those_of_cmake() -> None:
    assert {cpu: board_memory(cpu)[1] for cpu in MACHINES} == dict.fromkeys(MACHINES, 4 << 20)
    assert board_memory("cortex-m0plus")[0] == (4 << 20) - (1 << 10)
    assert board_memory("cortex-m55")[0] == 16 << 20


def add_of(extent: int) -> bytes:
    writer = ModelWriter()
    a, b, c = (writer.tensor(name, (1, extent), scale=0.5) for name in "abc")
    writer.operator("ADD", [a, b], [c], fused_activation_function="NONE")
    return writer.finish([a, b], [c])


def test_more_than_the_board_has(tmp_path: Path) -> None:
    pytest.importorskip("tvm", reason="compiling needs TVM")
    from arenite.codegen.run import build

    model = tmp_path / "add.tflite"
    model.write_bytes(add_of(3 << 20))
    compile_model(model, tmp_path / "project", cpu="cortex-m4")
    with pytest.raises(AreniteError, match=r"needs 6,356,992 .* stack 65,536\), .*-an386 has 4,194,304: 2,162,688 "):
        build(tmp_path / "project", on="qemu")
