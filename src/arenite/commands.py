"""What the subcommands do: call the library, show the result to people, write it for programs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from arenite import __version__
from arenite.errors import AreniteError, UnsupportedError
from arenite.output import check_target, json_text, quiet_stdout, write_file

if TYPE_CHECKING:
    from rich.console import RenderableType

    from arenite.graph import ArenaPlan


def plan(options: Namespace) -> int:
    """``arenite plan``: order and pack, check, show; maps of the best and the file's order on demand."""
    _check_request(options)
    from arenite.frontends.read import read_model
    from arenite.frontends.to_graph import to_graph
    from arenite.planner import base_alignment, plan_graph
    from arenite.report.plan_json import plan_json
    from arenite.report.terminal import plan_view
    from arenite.validate import validate_arena_plan

    model = read_model(options.model, dict(options.shape))
    graph = to_graph(model)
    alignment = base_alignment(options.alignment, graph.buffers)

    def solve(order: Literal["best", "source"]) -> ArenaPlan:
        found = plan_graph(graph, alignment=alignment, order=order, timeout=options.timeout)
        validate_arena_plan(found)
        return found

    answer = solve(options.order)
    files: dict[str, str] = {}
    if options.html or options.svg:
        from arenite.report.map_page import html_page, svg_picture

        best = answer if options.order == "best" else solve("best")
        source = answer if options.order == "source" else solve("source")
        name = Path(options.model).name
        if options.html:
            files[options.html] = html_page(best, source, name)
        if options.svg:
            files[options.svg] = svg_picture(best, source, name)
    names = [tensor.name for tensor in model.tensors]
    result = plan_json(answer, options.model, granularity=options.granularity, source_names=names)
    _deliver(options, plan_view(answer, options.model), result, files)
    return 0


def compile(options: Namespace) -> int:
    """``arenite compile``: a C project from a model."""
    _check_request(options)
    from arenite.codegen.driver import compile_model

    with quiet_stdout():
        result = compile_model(
            options.model, options.output, cpu=options.cpu, name=options.name, io=options.io, order=options.order,
            alignment=options.alignment, timeout=options.timeout, ir=options.ir, shapes=dict(options.shape),
        )  # fmt: skip
    _show(options, f"{options.model} -> {options.output}", result)
    return 0


def run(options: Namespace) -> int:
    """``arenite run``: build a project, feed it, collect what it returns."""
    _check_request(options)
    from arenite.codegen.driver import run_project

    with quiet_stdout():
        result = run_project(
            options.project, on=options.on, inputs=tuple(options.input), output_dir=options.output_dir
        )  # fmt: skip
    _show(options, f"{options.project} on {options.on}", result)
    return 0


def verify(options: Namespace) -> int:
    """``arenite verify``: 1 if a single value differs from the oracle's."""
    _check_request(options)
    from arenite.codegen.driver import verify_model

    on: Literal["host", "qemu"] = options.on or ("host" if options.cpu == "host" else "qemu")
    if on == "qemu" and options.cpu == "host":
        raise AreniteError("QEMU does not emulate --cpu host", remedy="choose a cortex-m CPU, or --on host")
    with quiet_stdout():
        result = verify_model(
            options.model, cpu=options.cpu, on=on, samples=options.samples, seed=options.seed, io=options.io,
            layers=options.layers, ir=options.ir, shapes=dict(options.shape),
        )  # fmt: skip
    mismatches = result.get("mismatches", 0)
    _show(options, f"{options.model}: {'differs from' if mismatches else 'agrees with'} {result['oracle']}", result)
    if mismatches:
        raise AreniteError(
            f"{mismatches} of {result.get('values')} values differ from {result['oracle']} by more than they may, "
            f"by at most {result.get('max_abs_diff')}",
            file=options.model,
            remedy="use --layers to find the operator",
        )
    return 0


def cmake_dir(options: Namespace) -> int:
    """``arenite cmake-dir``: the directory of ``areniteConfig.cmake``, with slashes as CMake wants them."""
    print((Path(__file__).absolute().parent / "cmake").as_posix())
    return 0


def _check_request(options: Namespace) -> None:
    """Refuses what is not there yet and what cannot be written, before any work is done."""
    later = f"is not there yet in arenite {__version__}"
    if getattr(options, "granularity", "op") != "op":
        raise UnsupportedError(f"--granularity {options.granularity} {later}", remedy="use --granularity op")
    if getattr(options, "stream_input", False):
        raise UnsupportedError(f"--stream-input {later}", remedy="leave it out")
    source = options.model if "model" in options else options.project
    named = [name for name, _ in getattr(options, "shape", ())]
    for name in named:
        if named.count(name) > 1:
            raise AreniteError(f"--shape names input {name} twice", file=source, remedy="give one shape per input")
    targets = [getattr(options, name, None) for name in ("json", "html", "svg")]
    for target in targets:
        if target and target != "-":
            check_target(target, never=source)
            if targets.count(target) > 1:
                raise AreniteError("is named for two results", file=target, remedy="name different files")


def _show(options: Namespace, title: str, result: Mapping[str, object]) -> None:
    from arenite.report.terminal import result_view

    _deliver(options, result_view(title, result), result, {})


def _deliver(options: Namespace, view: RenderableType, result: Mapping[str, object], files: Mapping[str, str]) -> None:
    """Files first, all of them made by now; then the view, which goes to standard error if JSON takes the output."""
    import sys

    from arenite.report.terminal import console

    text = json_text(result)
    for target, content in files.items():
        write_file(target, content)
    if options.json and options.json != "-":
        write_file(options.json, text)
    if options.json == "-":
        console(sys.stderr).print(view)
        sys.stdout.write(text)
    else:
        console().print(view)
