"""Names of inputs and outputs that are names in C, too: TVM writes them into the generated C as they are.

Several outputs get names here if they have none, for TVM cannot place nameless ones in the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from arenite.frontends.c_names import C_KEYWORDS, unique_c_name
from arenite.relay_compat import relay

NAMES = "output_tensor_names"


def name_ports(main: Any) -> Any:
    """``main`` with C names for inputs and outputs; the same object if it has them."""
    inputs = [str(parameter.name_hint) for parameter in main.params]
    renamed = _c_names(inputs)
    if renamed != inputs:
        values = {
            parameter: relay.Var(name, parameter.type_annotation, parameter.span)
            for parameter, name in zip(main.params, renamed, strict=True)
        }
        main = relay.Function(
            list(values.values()), relay.bind(main.body, values), main.ret_type, main.type_params, main.attrs
        )
    named = bool(main.attrs) and NAMES in list(main.attrs.keys())
    fields = main.body.fields if isinstance(main.body, relay.Tuple) else []
    outputs = [str(name) for name in main.attrs[NAMES]] if named else [f"output{i}" for i in range(len(fields))]
    renamed = _c_names(outputs)
    return main if (named and renamed == outputs) or not outputs else main.with_attr(NAMES, renamed)


def _c_names(names: Sequence[str]) -> list[str]:
    """The same names, if they are different names in C; or else with _ for every sign that cannot be in one; or else
    new ones."""
    for spelt in (list(names), [re.sub(r"\W", "_", name, flags=re.ASCII) for name in names]):
        valid = all(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) and name not in C_KEYWORDS for name in spelt)
        if valid and len(set(spelt)) == len(spelt):
            return spelt
    taken: set[str] = set()
    return [unique_c_name(name, taken) for name in names]
