"""What autodoc and napoleon make of docstrings, adjusted to those of arenite."""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

LONGEST_VALUE = 60
"""Characters of a constant's value that are shown; of longer ones the docstring says what is in them."""

_plain: dict[str, list[str]] = {}


def setup(app: Sphinx) -> None:
    """Napoleon listens at priority 500."""
    app.connect("autodoc-process-docstring", _keep_constant, priority=400)
    app.connect("autodoc-process-docstring", _restore_constant, priority=600)
    app.connect("autodoc-process-signature", _without_factories)
    app.connect("doctree-read", _hide_long_values)


def _keep_constant(_app: Sphinx, what: str, name: str, _object: object, _options: object, lines: list[str]) -> None:
    # Napoleon takes what stands before a colon for a type.
    if what in ("data", "attribute", "property"):
        _plain[name] = list(lines)


def _restore_constant(_app: Sphinx, _what: str, name: str, _object: object, _options: object, lines: list[str]) -> None:
    if name in _plain:
        lines[:] = _plain.pop(name)


def _without_factories(
    _app: Sphinx, _what: str, _name: str, _object: object, _options: object, signature: str, result: str
) -> tuple[str, str] | None:
    # Sphinx cannot read its own text for the default of a field that a function makes.
    return (signature.replace("<factory>", "..."), result) if signature and "<factory>" in signature else None


def _hide_long_values(_app: Sphinx, doctree: nodes.document) -> None:
    for signature in doctree.findall(addnodes.desc_signature):
        for annotation in list(signature.findall(addnodes.desc_annotation)):
            text = annotation.astext()
            if text.startswith(" = ") and len(text) > LONGEST_VALUE:
                signature.remove(annotation)
