"""How Sphinx makes the documentation: ``make docs``. What is generated from the code is made in ``arenite_docs``."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from arenite import __version__  # noqa: E402

project = "arenite"
author = "The arenite maintainers"
copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "arenite_docs"]
exclude_patterns = ["_build"]
highlight_language = "none"
nitpicky = True
# What belongs to other projects is named, not linked: building needs no network.
nitpick_ignore_regex = [
    ("py:.*", r"(?!arenite\.).*"),
    ("py:.*", r"arenite\.(tvm_compat|relay_compat|packing)\..*"),
    ("c:identifier", r"u?int\d+(x\d+)?_t|float|mve_pred16_t"),
]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# With and without TVM, with 0.27 or one that has Relay, the pages are the same.
autodoc_mock_imports = ["tvm", "tvm_ffi", "arenite.tvm_compat", "arenite.relay_compat"]
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
autodoc_type_aliases = {"npt.ArrayLike": "numpy.typing.ArrayLike"}
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 80
c_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"arenite {version}"
html_static_path = ["_static"]
html_css_files = ["arenite.css"]
html_copy_source = False
html_show_sphinx = False
