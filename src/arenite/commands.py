"""What the subcommands do: call the library, show the result to people, write it for programs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from arenite.cli_checks import check_request, row_request
from arenite.errors import AreniteError, UnsupportedError
from arenite.output import json_text, quiet_stdout, write_files
from arenite.target_memory import TargetMemory, check_memory

if TYPE_CHECKING:
    from rich.console import RenderableType

    from arenite.frontends.lowering import Lowering
    from arenite.frontends.model import Model
    from arenite.graph import ArenaPlan
    from arenite.rows.plan_rows import RowRequest
    from arenite.target import Target


def plan(options: Namespace) -> int:
    """``arenite plan``: order and pack, check, show; maps of the best and the file's order on demand."""
    check_request(options)
    from arenite.frontends.read import read_model
    from arenite.frontends.to_graph import to_row_forms
    from arenite.plan_files import memory_maps, row_memory_maps, tables
    from arenite.planner import base_alignment, plan_graph
    from arenite.progress import Progress, tell
    from arenite.regions.caller_memory import without_io
    from arenite.regions.options import requested_regions
    from arenite.report.plan_json import plan_json
    from arenite.report.progress_bar import progress_bar
    from arenite.report.row_terminal import row_plan_view
    from arenite.report.row_view import row_figures
    from arenite.report.terminal import plan_view
    from arenite.rows.plan_rows import Choice, choose_rows
    from arenite.validate import validate_arena_plan

    request = requested_regions(options)
    rows = row_request(options)
    with progress_bar():
        tell(Progress("reading the model"))
        model = read_model(options.model, dict(options.shape))
        target, chosen = _kernels(options, model, rows)
        graph, forms, _ = to_row_forms(model, target, chosen)
        if options.io_memory == "caller":
            graph = without_io(graph)
        alignment = base_alignment(options.alignment, graph.buffers)
        names = [tensor.name for tensor in model.tensors]

        def solve(order: Literal["best", "source"]) -> ArenaPlan:
            if request is not None and order == options.order:
                from arenite.regions.plan_request import plan_request

                return plan_request(
                    graph, request, source_names=names, order=order, alignment=alignment, timeout=options.timeout,
                    file=options.model,
                )  # fmt: skip
            found = plan_graph(graph, alignment=alignment, order=order, timeout=options.timeout)
            validate_arena_plan(found)
            return found

        if rows.granularity == "op":
            choice = Choice(solve(options.order), None)
        else:
            choice = choose_rows(
                graph, forms, rows, alignment=alignment, timeout=options.timeout, file=options.model
            )  # fmt: skip
        answer = choice.plan
        memory = TargetMemory(options.ram, options.flash)
        check_memory(model, answer.arena_bytes, memory, options.granularity, target)
        maps = memory_maps(options, answer, solve) if choice.rows is None else row_memory_maps(options, choice, solve)
        files = {**maps, **tables(options, answer, names)}
    figures = None if choice.rows is None else row_figures(answer, choice.rows, choice.operators_bytes or 0)
    result = plan_json(
        answer, options.model, granularity=choice.granularity, source_names=names,
        operators_bytes=choice.operators_bytes, pushed_rows=figures.pushed_rows if figures else 0,
        eager_ops=figures.eager_ops if figures else (),
    )  # fmt: skip
    view = plan_view(answer, options.model) if choice.rows is None else row_plan_view(choice, options.model)
    _deliver(options, view, result, files)
    return 0


def _kernels(options: Namespace, model: Model, rows: RowRequest) -> tuple[Target, Sequence[Lowering | None]]:
    """Whose kernels, with how much scratch; and these kernels, where operators have any."""
    from arenite.frontends.bodies.weighed_scratch import weighed_lowerings
    from arenite.frontends.operators import lower_or_none
    from arenite.target import Target

    asked = Target(options.cpu, options.optimise, options.scratch)
    lowerings = [lower_or_none(model, operator) for operator in model.operators]
    return weighed_lowerings(model, lowerings, asked, rows, alignment=options.alignment, timeout=options.timeout)


def compile(options: Namespace) -> int:
    """``arenite compile``: a C project from a model."""
    check_request(options)
    from arenite.codegen.driver import compile_model
    from arenite.codegen.sections import Sections
    from arenite.regions.options import requested_regions
    from arenite.report.progress_bar import progress_bar

    with progress_bar(), quiet_stdout():
        result = compile_model(
            options.model, options.output, cpu=options.cpu, name=options.name, io=options.io, order=options.order,
            alignment=options.alignment, timeout=options.timeout, ir=options.ir, shapes=dict(options.shape),
            regions=requested_regions(options), io_memory=options.io_memory, rows=row_request(options),
            optimise=options.optimise, scratch_bytes=options.scratch, memory=TargetMemory(options.ram, options.flash),
            sections=Sections(options.weights_section, options.arena_section),
        )  # fmt: skip
    _show(options, f"{options.model} -> {options.output}", result)
    return 0


def run(options: Namespace) -> int:
    """``arenite run``: build a project, feed it, collect what it returns."""
    check_request(options)
    from arenite.codegen.driver import run_project
    from arenite.report.progress_bar import progress_bar

    with progress_bar(), quiet_stdout():
        result = run_project(
            options.project, on=options.on, inputs=tuple(options.input), output_dir=options.output_dir
        )  # fmt: skip
    _show(options, f"{options.project} on {options.on}", result)
    return 0


def verify(options: Namespace) -> int:
    """``arenite verify``: 1 if a single value differs from the oracle's."""
    check_request(options)
    from arenite.codegen.driver import verify_model
    from arenite.regions.options import requested_regions
    from arenite.report.progress_bar import progress_bar

    on: Literal["host", "qemu"] = options.on or ("host" if options.cpu == "host" else "qemu")
    if on == "qemu" and options.cpu == "host":
        raise AreniteError("QEMU does not emulate --cpu host", remedy="choose a cortex-m CPU, or --on host")
    with progress_bar(), quiet_stdout():
        result = verify_model(
            options.model, cpu=options.cpu, on=on, samples=options.samples, seed=options.seed, io=options.io,
            layers=options.layers, canaries=options.canaries, ir=options.ir, shapes=dict(options.shape),
            regions=requested_regions(options), io_memory=options.io_memory, rows=row_request(options),
            optimise=options.optimise, scratch_bytes=options.scratch, memory=TargetMemory(options.ram, options.flash),
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


def profile(options: Namespace) -> int:
    """``arenite profile``: what each operator costs."""
    check_request(options)
    from arenite.codegen.costs.profile import profile_model
    from arenite.regions.options import requested_regions
    from arenite.report.profile_view import profile_view
    from arenite.report.progress_bar import progress_bar

    with progress_bar(), quiet_stdout():
        result = profile_model(
            options.model, cpu=options.cpu, seed=options.seed, io=options.io, shapes=dict(options.shape),
            regions=requested_regions(options), io_memory=options.io_memory, rows=row_request(options),
            optimise=options.optimise, scratch_bytes=options.scratch,
        )  # fmt: skip
    _deliver(options, profile_view(result, options.model), result, {})
    return 0


def estimate(options: Namespace) -> int:
    """``arenite estimate``: what a model will cost, told without compiling it."""
    check_request(options)
    from arenite.estimation.estimate import estimate as estimated
    from arenite.report.estimate_page import estimate_page
    from arenite.report.estimate_view import estimate_view
    from arenite.report.progress_bar import progress_bar

    with progress_bar():
        found = estimated(
            options.model, cpu=options.cpu, optimise=options.optimise, granularity=options.granularity,
            stream_input=options.stream_input, eager_rows=options.eager_rows, scratch_bytes=options.scratch,
            io=options.io, order=options.order, alignment=options.alignment, timeout=options.timeout,
            shapes=dict(options.shape),
        )  # fmt: skip
    files = {options.html: estimate_page(found, Path(options.model).name, options.mhz)} if options.html else {}
    _deliver(options, estimate_view(found, options.model, options.mhz), found.json(options.mhz), files)
    return 0


def export(options: Namespace) -> int:
    """``arenite export``: compiled models as a library of another build system."""
    check_request(options)
    from arenite.codegen.export import export_projects

    projects = [Path(project) for project in options.projects]
    result = export_projects(
        projects, options.to, Path(options.output), options.name, share_arena=options.share_arena
    )  # fmt: skip
    _show(options, f"{', '.join(options.projects)} -> {options.output}", result)
    return 0


def reorder(options: Namespace) -> int:
    """``arenite reorder``: the same .tflite file with its operators in a better order for TFLM."""
    check_request(options)
    from arenite.frontends.read import file_format
    from arenite.frontends.tflite import read_bytes
    from arenite.report.progress_bar import progress_bar
    from arenite.report.terminal import result_view
    from arenite.tflm.reorder import reorder, report

    if file_format(options.model) == "onnx":
        raise UnsupportedError(
            "is an ONNX file; TensorFlow Lite Micro runs .tflite files",
            file=options.model,
            remedy="convert it to .tflite first",
        )
    with progress_bar():
        found = reorder(
            read_bytes(options.model), options.model, tflm_plan=options.tflm_plan, timeout=options.timeout
        )  # fmt: skip
    result = report(found, options.model, options.output)
    shown = {key: value for key, value in result.items() if key not in ("schema", "model", "output") and value != []}
    view = result_view(f"{options.model} -> {options.output}", shown)
    _deliver(options, view, result, {options.output: found.data})
    return 0


def pack(options: Namespace) -> int:
    """``arenite pack``: 1 if the buffers were not fitted into the capacity or the regions."""
    check_request(options)
    from arenite.pack_command import pack_file, pack_json, unfitted
    from arenite.regions.options import requested_regions
    from arenite.report.pack_view import pack_view
    from arenite.report.progress_bar import progress_bar

    with progress_bar():
        result = pack_file(
            options.problem, capacity=options.capacity, request=requested_regions(options),
            alignment=options.alignment, timeout=options.timeout,
        )  # fmt: skip
    error = unfitted(result, options.problem)
    files = {options.output: result.solution} if options.output and error is None else {}
    _deliver(options, pack_view(result, options.problem), pack_json(result, options.problem), files)
    if error is not None:
        raise error
    return 0


def cmake_dir(options: Namespace) -> int:
    """``arenite cmake-dir``: the directory of ``areniteConfig.cmake``, with slashes as CMake wants them."""
    print((Path(__file__).absolute().parent / "cmake").as_posix())
    return 0


def _show(options: Namespace, title: str, result: Mapping[str, object]) -> None:
    from arenite.report.terminal import result_view

    _deliver(options, result_view(title, result), result, {})


def _deliver(
    options: Namespace, view: RenderableType, result: Mapping[str, object], files: Mapping[str, str | bytes]
) -> None:
    """Files first, all of them made by now; then the view, which goes to standard error if JSON takes the output."""
    import sys

    from arenite.report.terminal import console

    text = json_text(result)
    write_files({**files, options.json: text} if options.json and options.json != "-" else files)
    if options.json == "-":
        console(sys.stderr).print(view)
        sys.stdout.write(text)
    else:
        console().print(view)
