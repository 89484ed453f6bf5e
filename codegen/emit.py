"""Program -> C text: header, run function, read-only data. Deterministic: equal programs give equal bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jinja2
import numpy as np

from arenite import __version__
from arenite.codegen.kernels import files_of, kernel_files, structs
from arenite.codegen.literals import float_initialiser, prelude
from arenite.codegen.pools import WorkspacePool, address, pools_of, workspace_pools
from arenite.codegen.program import (
    C_TYPES,
    STATE,
    AnyArgument,
    ArenaArgument,
    Argument,
    ConstantArray,
    FunctionCall,
    Port,
    Program,
    StateArgument,
    item_alignment,
)
from arenite.codegen.sections import ANYWHERE, Sections
from arenite.codegen.step_table import Call, CallArgument, Column, Constant, Operator, WindowPart, step_table

LINE = 110
MAX_COMMENT = 120
"""Characters of a name in a comment."""
FLOATING = ("float", "double")


def environment() -> jinja2.Environment:
    """Jinja environment of all templates of the generated project."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("arenite.codegen", "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,
    )


def library_prefix(name: str) -> str:
    """C prefix of the library's symbols and file names."""
    return f"tvmgen_{name}"


def emit(program: Program, sections: Sections = ANYWHERE) -> dict[str, str]:
    """Path below the project's directory -> text, for the library: everything that a firmware has to compile."""
    prefix = library_prefix(program.name)
    pools = workspace_pools(program)
    jinja = environment()
    jinja.filters.update(
        address=partial(address, pools),
        pools_of=partial(pools_of, pools),
        c_type=C_TYPES.__getitem__,
        c_float=c_float,
        comment=comment,
        dimension=_dimension,
        layout_note=_layout_note,
        port_alignment=port_alignment,
        initialiser=_initialiser,
        words=_words,
        entries=_entries,
        prelude=prelude,
        call_text=partial(_call, prefix, pools),
        operator_text=partial(_operator_text, prefix, pools),
    )

    table = step_table(program.steps) if program.rows else None

    def render(template: str) -> str:
        return jinja.get_template(template).render(
            p=program, pools=pools, c=prefix, C=prefix.upper(), version=__version__, table=table, sections=sections
        )

    source, include = "codegen/host/src", "codegen/host/include"
    files = {
        f"{include}/{prefix}.h": render("library.h.j2"),
        f"{source}/{prefix}.c": render("library.c.j2"),
        f"{source}/{prefix}_parameters.c": render("parameters.c.j2"),
        f"{source}/{prefix}_parameters.h": render("parameters.h.j2"),
    }
    texts = kernel_files()
    files.update({f"{source}/{name}": texts[name] for name in files_of(program.families)})
    return files


def comment(text: str) -> str:
    """Any text inside of a comment: what would end it, or looks as if another began, is taken apart."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    if len(plain) > MAX_COMMENT:
        plain = f"...{plain[-MAX_COMMENT:]}"
    return plain.replace("*/", "* /").replace("/*", "/ *").replace("??/", "? ?/")


def _layout_note(port: Port) -> str:
    """What a comment says of a port whose axes stand in another order in the model file."""
    if port.layout is None:
        return ""
    axes = ", ".join(map(str, port.layout.axes))
    return f": {list(port.place.shape)}; the file's {list(port.layout.shape)} with its axes in the order {axes}"


def port_alignment(port: Port) -> int:
    """Bytes, that the caller's memory for an input or output has to be aligned to: those of an element."""
    return item_alignment(port.place.dtype)


def c_float(value: float) -> str:
    """A float32 as a C literal that reads back to the same value."""
    text = f"{np.float32(value):.9g}"
    return f"{text}f" if any(mark in text for mark in ".en") else f"{text}.0f"


def _dimension(constant: ConstantArray) -> str:
    fields = structs().get(constant.type)
    if fields is None:
        return f"[{max(constant.values.size, 1)}]"
    count, rest = divmod(constant.values.size, len(fields))
    if rest:
        raise AssertionError(f"{constant.c_name}: {constant.values.size} values do not fill structs of {len(fields)}")
    return f"[{count}]"


def _initialiser(constant: ConstantArray) -> str:
    fields = structs().get(constant.type)
    flat = constant.values.reshape(-1)
    if fields is None:
        if constant.type in FLOATING and flat.size:
            return float_initialiser(flat)
        return _braces([_integer(int(value)) for value in flat.tolist()] or ["0"])
    rows = flat.reshape(-1, len(fields)).tolist()
    if len(rows) == 1:
        lines = ",\n".join(f"   .{name} = {_integer(value)}" for name, value in zip(fields, rows[0], strict=True))
        return f"{{{{\n{lines}}}}}"
    return _braces([f"{{{', '.join(_integer(value) for value in row)}}}" for row in rows])


def _words(words: Sequence[int]) -> str:
    return _braces([_integer(word) for word in words])


def _entries(entries: Sequence[Sequence[int]]) -> str:
    return _braces([f"{{{', '.join(map(str, entry))}}}" for entry in entries])


def _integer(value: int) -> str:
    """-2147483648 would be a negated literal that does not fit int."""
    return "INT32_MIN" if value == -(2**31) else str(value)


def _braces(items: Sequence[str]) -> str:
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) + 2 > LINE:
            lines.append(line)
            line = ""
        line = f"{line}, {item}" if line else item
    lines.append(line)
    return "{\n  " + ",\n  ".join(lines) + "}"


def _call(prefix: str, pools: Sequence[WorkspacePool], call: FunctionCall | Call) -> str:
    shared = isinstance(call, Call) and call.shared
    arguments = [_call_argument(prefix, pools, shared, argument) for argument in call.arguments]
    text = f"{call.function}({', '.join(arguments)});"
    if len(text) <= LINE:
        return text
    return f"{call.function}(\n      " + ",\n      ".join(arguments) + ");"


def _call_argument(prefix: str, pools: Sequence[WorkspacePool], shared: bool, argument: CallArgument) -> str:
    if isinstance(argument, WindowPart):
        return {"taps": "&places[window]", "k0": "k0", "k1": "k1"}[argument.name]
    if isinstance(argument, Constant):
        return f"by->constants[{argument.slot}]"
    if not isinstance(argument, Column):
        return _argument(prefix, pools, argument)
    word = f"places[by->positions[{argument.at}] + row]" if shared else f"places[{argument.at} + row]"
    if argument.kind == "number":
        return word
    if argument.kind == "element":
        if shared:
            return f"(const {argument.type} *)by->constants[{argument.constant}] + {word}"
        return f"&{prefix}_{argument.constant}[{word}]"
    place = f"({argument.type} *)(void *)(arena + {word})"
    return f"{word} == NOWHERE ? 0 : {place}" if argument.kind == "maybe" else place


def _operator_text(prefix: str, pools: Sequence[WorkspacePool], operator: Operator) -> str:
    constants = ", ".join(_argument(prefix, pools, constant) for constant in operator.constants) or "0"
    positions = ", ".join(map(str, operator.positions)) or "0"
    return f"{{{{{constants}}}, {{{positions}}}, {operator.stride}, {operator.taps}, {operator.call}}}"


def _argument(prefix: str, pools: Sequence[WorkspacePool], argument: AnyArgument) -> str:
    if isinstance(argument, int):
        return str(argument)
    if isinstance(argument, ArenaArgument):
        const = "const " if argument.const else ""
        where = f"(arena + {argument.offset})" if argument.offset else "arena"
        return f"({const}{argument.type} *)({const}void *){where}"
    if isinstance(argument, StateArgument):
        return f"({argument.type} *)(void *)({STATE} + {argument.offset})"
    assert isinstance(argument, Argument)
    if argument.constant is not None:
        constant = f"{prefix}_{argument.constant}"
        return f"&{constant}[{argument.element}]" if argument.element else constant
    if argument.place is None:
        return "0"
    where, port = address(pools, argument.place), argument.place.port
    if port is None:
        return f"({argument.type} *)(void *)({where})"
    const = "const " if port.startswith("input") else ""
    return f"({const}{argument.type} *)({const}void *){where}"
