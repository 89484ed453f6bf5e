"""The files that ``arenite plan`` writes on demand: memory maps and tables, each made before any is written."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from arenite.graph import ArenaPlan
    from arenite.rows.plan_rows import Choice


def memory_maps(
    options: Namespace, answer: ArenaPlan, solve: Callable[[Literal["best", "source"]], ArenaPlan]
) -> dict[str, str | bytes]:
    """The memory maps that are asked for, by file: the best order beside that of the file, whichever was solved."""
    if not (options.html or options.svg or options.png):
        return {}
    from arenite.progress import Progress, tell
    from arenite.report.map_page import html_page, svg_picture
    from arenite.report.map_picture import png_picture

    best = answer if options.order == "best" else solve("best")
    source = answer if options.order == "source" else solve("source")
    name = Path(options.model).name
    tell(Progress("drawing the maps"))
    drawings = ((options.html, html_page), (options.svg, svg_picture), (options.png, png_picture))
    return {file: draw(best, source, name) for file, draw in drawings if file}


def row_memory_maps(
    options: Namespace, choice: Choice, solve: Callable[[Literal["best", "source"]], ArenaPlan]
) -> dict[str, str | bytes]:
    """The memory maps of a plan of rows that are asked for, by file: beside whole operators in the file's order."""
    if choice.rows is None or not (options.html or options.svg or options.png):
        return {}
    from arenite.progress import Progress, tell
    from arenite.report.row_page import RowPlans, row_html_page, row_svg_picture
    from arenite.report.row_picture import row_png_picture

    plans = RowPlans(choice.plan, choice.rows, solve("source"), choice.operators_bytes or 0)
    tell(Progress("drawing the maps"))
    drawings = ((options.html, row_html_page), (options.svg, row_svg_picture), (options.png, row_png_picture))
    return {file: draw(plans, Path(options.model).name) for file, draw in drawings if file}


def tables(options: Namespace, answer: ArenaPlan, names: Sequence[str]) -> dict[str, str | bytes]:
    """The CSV files that are asked for, by file."""
    from arenite.report.spreadsheet import buffers_csv, steps_csv

    files: dict[str, str | bytes] = {}
    if options.csv:
        files[options.csv] = steps_csv(answer)
    if options.buffers_csv:
        files[options.buffers_csv] = buffers_csv(answer, names)
    return files
