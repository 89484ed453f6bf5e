"""Everything that depends on the TVM of the Relay lane: 0.12 to 0.18, the versions with Relay, AOT and USMP.

Importing this module imports TVM (some seconds), so only code whose subject is TVM does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from arenite.errors import ToolError

try:
    import tvm
except ImportError as cause:
    raise ToolError("--ir relay and arenite.relay need TVM 0.12 to 0.18", remedy="install one of them") from cause

try:
    from tvm import relay
except ImportError as cause:
    raise ToolError(
        f"--ir relay and arenite.relay need TVM 0.12 to 0.18; this TVM is {tvm.__version__}, which has no Relay",
        remedy="use --ir relax, or an environment with such a TVM",
    ) from cause

from tvm import te, tir

__all__ = ["relay", "te", "tir", "tvm"]


def dict_attributes(**values: Any) -> Any:
    """Attributes of a Relay call, by name."""
    return tvm.ir.make_node("DictAttrs", **values)


def override_strategy(name: str, strategy: Any) -> Any:
    """``strategy`` as a function that every target takes: strategies must be generic functions that C++ can call."""
    return tvm.target.override_native_generic_func(name)(strategy)


def copy_module(module: Any) -> Any:
    """The same functions in a module of their own, without the attributes that ``relay.build`` adds."""
    return tvm.IRModule(dict(module.functions.items()), dict(module.type_definitions.items()))


def replace_functions(module: Any, other: Any) -> None:
    """Make ``module``, in place, hold the functions of ``other``: an instrument sees the object that goes on."""
    kept = {variable.name_hint for variable in other.functions}
    for variable in list(module.functions):
        # TVM 0.12 cannot remove functions; there, what is left over is compiled and never called.
        if variable.name_hint not in kept and hasattr(module, "__delitem__"):
            del module[variable]
    for variable, function in other.functions.items():
        if variable.name_hint in {known.name_hint for known in module.functions}:
            module.update_func(module.get_global_var(variable.name_hint), function)
        else:
            module[variable] = function


def has_attribute(module: Any, name: str) -> bool:
    """Whether a module has an attribute of that name, be its value None."""
    return module.attrs is not None and name in list(module.attrs.keys())


def remove_standalone_reshapes(module: Any) -> Any:
    """``module`` as it is behind TVM's pass RemoveStandaloneReshapes, which gives reshapes the storage of what they
    read.

    The lets stay, one by one; that of a removed reshape has the very call of what it reads as its value. Unchanged
    where the TVM or the pass context in force leaves the pass out.
    """
    make_pass = tvm.get_global_func("relay._transform.RemoveStandaloneReshapes", allow_missing=True)
    if make_pass is None or not tvm.transform.PassContext.current().config.get(
        "relay.remove_standalone_reshapes.enable", True
    ):
        return module
    with tvm.transform.PassContext(opt_level=3):  # one without the instruments of the build under way
        return make_pass()(copy_module(module))


def import_micro() -> Any:
    """``tvm.micro``, also of a TVM that was built without it: its Python part wants one function of the C++ part to
    exist, which only sessions on a board call."""
    from importlib import import_module

    connect = "micro._rpc_connect"
    if tvm.get_global_func(connect, allow_missing=True) is None:
        tvm.register_func(connect, _no_session)
    return import_module("tvm.micro")


def _no_session(*_arguments: Any) -> None:
    raise ToolError("this TVM was built without sessions on boards", remedy="use a TVM with USE_MICRO=ON")


@contextmanager
def quiet() -> Iterator[None]:
    """Without TVM's remarks on schedules that nobody has tuned."""
    loggers = [logging.getLogger(name) for name in ("strategy", "autotvm", "te_compiler")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
