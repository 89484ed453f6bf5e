"""Options of ``arenite`` that do not go together, and files that cannot be written: refused before any work is done."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from typing import TYPE_CHECKING

from arenite.errors import AreniteError
from arenite.output import check_target, same_target

if TYPE_CHECKING:
    from arenite.rows.plan_rows import RowRequest


def _check_rows(options: Namespace) -> None:
    """Rows lie in one arena, and TVM's Relay has none. Where they are not to be had, "auto" stands for operators."""
    divided = next(
        (
            flag
            for flag, name in (("--region", "region"), ("--regions", "regions"), ("--pin", "pin"))
            if getattr(options, name, None)
        ),
        "--io-memory caller" if getattr(options, "io_memory", "arena") == "caller" else "",
    )
    order = "--order source" if getattr(options, "order", "best") == "source" else ""
    relay = "--ir relay" if getattr(options, "ir", "relax") == "relay" else ""
    clash = divided or order or relay
    if options.eager_rows and not options.stream_input:
        raise AreniteError("--eager-rows says when rows run that --stream-input hands in", remedy="give both, or none")
    if options.stream_input and options.granularity == "op":
        raise AreniteError("--stream-input needs rows", remedy="leave out --granularity op")
    if clash and (options.stream_input or options.granularity == "row"):
        flag = "--stream-input" if options.stream_input else "--granularity row"
        raise AreniteError(f"{flag} and {clash} do not go together", remedy="leave out one of them")
    if clash:
        options.granularity = "op"


def row_request(options: Namespace) -> RowRequest:
    """What ``--granularity``, ``--stream-input`` and ``--eager-rows`` ask for."""
    from arenite.rows.plan_rows import RowRequest

    return RowRequest(options.granularity, options.stream_input, options.eager_rows)


def check_request(options: Namespace) -> None:
    """Refuses what is not there yet and what cannot be written, before any work is done."""
    if "granularity" in options:
        _check_rows(options)
    sources = ("model", "project", "problem", "projects")
    source = next(getattr(options, name) for name in sources if name in options)
    if not isinstance(source, str):
        source = source[0]
    named = [name for name, _ in getattr(options, "shape", ())]
    for name in named:
        if named.count(name) > 1:
            raise AreniteError(f"--shape names input {name} twice", file=source, remedy="give one shape per input")
    targets = [getattr(options, name, None) for name in ("json", "html", "svg", "png", "csv", "buffers_csv")]
    if options.command in ("reorder", "pack"):
        targets.append(options.output)
    named_targets = [target for target in targets if target and target != "-"]
    for number, target in enumerate(named_targets):
        check_target(target, never=source)
        if any(same_target(target, other) for other in named_targets[:number]):
            raise AreniteError("is named for two results", file=target, remedy="name different files")
    if getattr(options, "png", None):
        import_module("matplotlib")  # where it is missing, that is told before the search for a plan
