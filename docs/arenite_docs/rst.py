"""Pieces of reStructuredText."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def heading(text: str, underline: str = "-") -> list[str]:
    return [escape(text), underline * max(4, 2 * len(text)), ""]


def block(directive: str, body: Iterable[str]) -> list[str]:
    """A directive (``code-block:: sh``) with indented lines below it."""
    return [f".. {directive}", "", *indented(body), ""]


def indented(lines: Iterable[str]) -> list[str]:
    return [f"   {line}" if line else "" for line in lines]


def table(header: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """A table whose cells hold reStructuredText; several lines in a cell are several paragraphs or a list."""
    body = [":header-rows: 1", f":widths: {' '.join(str(width) for width in widths)}", ""]
    for row in (header, *rows):
        for column, cell in enumerate(row):
            lines = cell.splitlines() or [""]
            marker = "* - " if column == 0 else "  - "
            body += [marker + lines[0], *(f"    {line}" if line else "" for line in lines[1:])]
    return [".. list-table::", *indented(body), ""]


def code(*names: str) -> str:
    """Names as literals with commas between."""
    return ", ".join(f"``{name}``" for name in names)


def listed(names: Sequence[str]) -> str:
    """Names as literals, each on a line of its own if they are few."""
    return "\n".join(f"| ``{name}``" for name in names) if len(names) < 10 else code(*names)


def escape(text: str) -> str:
    """Plain text that may hold characters with a meaning in reStructuredText."""
    return re.sub(r"([\\*`|_<>])", r"\\\1", text)


def prose(text: str) -> str:
    """A sentence from a docstring or a comment of C: single backticks stand for code there, and nothing is markup."""
    parts = re.split(r"(``[^`]+``|`[^`]+`)", text)
    return "".join(f"``{part.strip('`')}``" if part.startswith("`") else escape(part) for part in parts)
