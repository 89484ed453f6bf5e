"""An Arduino library (format 1.5, with sources in ``src``): https://arduino.github.io/arduino-cli/latest/library-specification/

Its build system compiles every file below ``src`` with flags of its own and links archives by symbol, so that nothing
of a model which a sketch does not call is in the firmware.
"""

from __future__ import annotations

import re

from arenite import __version__
from arenite.codegen.emit import environment
from arenite.codegen.export.models import ExportedModel, ExportedModels, export_entry

PRINTABLE = {"int8": "int", "uint8": "int", "bool": "int", "int16": "int", "uint16": "unsigned int"}
"""Types that Serial would print as characters, or not at all, and what they are printed as."""


def arduino_files(library: ExportedModels, name: str) -> dict[str, str]:
    """Path below the library's folder -> text. ``name``: what a sketch includes, ``<name>.h``."""
    jinja = environment()
    files = {f"src/{file}": text for file, text in library.headers.items()}
    for model in library.models:
        for source in model.sources:
            files[f"src/{source}"] = _with_flags(library.sources[source], model)
    files.update({f"src/{file}": text for file, text in library.sources.items() if not file.endswith(".c")})
    variables = {"name": name, "models": library.models, "version": __version__}
    files[f"src/{name}.h"] = jinja.get_template("arduino_library.h.j2").render(variables)
    files["library.properties"] = jinja.get_template("arduino_library.properties.j2").render(variables)
    for model in library.models:
        if model.has_sample:
            sketch = jinja.get_template("arduino_sketch.ino.j2").render(variables, model=model, printable=PRINTABLE)
            files[f"examples/{model.name}/{model.name}.ino"] = sketch
    files["metadata.json"] = export_entry("arduino", library.models)
    return dict(sorted(files.items()))


def _with_flags(text: str, model: ExportedModel) -> str:
    """Arduino gives libraries no flags; of those that the model was verified with, these two change speed and bits."""
    level = model.flag.removeprefix("-")
    pragma = (
        "#if defined(__GNUC__) && !defined(__clang__)\n"
        f'#pragma GCC optimize("{level}", "fp-contract=off")\n'
        "#elif defined(__clang__)\n"
        "#pragma STDC FP_CONTRACT OFF\n"
        "#endif\n"
    )
    comment = re.match(r"/\*.*?\*/\n", text, re.DOTALL)
    end = comment.end() if comment else 0
    return text[:end] + pragma + text[end:]
