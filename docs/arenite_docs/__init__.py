"""Sphinx directives that write reference pages from the code: one module per page, a function from code to lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from arenite_docs import command_line, docstrings, kernels, modules, onnx_operators, operators, passes


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_directive("arenite-command-line", _generated(command_line.lines))
    app.add_directive("arenite-operators", _generated(operators.lines))
    app.add_directive("arenite-onnx-operators", _generated(onnx_operators.lines))
    app.add_directive("arenite-kernels", _generated(kernels.lines))
    app.add_directive("arenite-passes", _generated(passes.lines))
    app.add_directive("arenite-modules", _generated(modules.lines, arguments=1))
    docstrings.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _generated(make: Callable[..., list[str]], arguments: int = 0) -> type[SphinxDirective]:
    """A directive in whose place stands the reStructuredText that ``make(*arguments)`` returns."""

    class Generated(SphinxDirective):
        required_arguments = arguments
        final_argument_whitespace = True

        def run(self) -> list[nodes.Node]:
            return self.parse_text_to_nodes("\n".join(make(*self.arguments)), allow_section_headings=True)

    return Generated
