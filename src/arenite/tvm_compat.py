"""Everything that depends on the TVM version: what is imported from it, how PrimFuncs are built, read and printed.

Importing this module imports TVM (about 2 s), so only code whose subject is TVM does. Facts hold for apache-tvm 0.27.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arenite.codegen.kernels.row_calls import Base, Pointer, RowCall, Taps, calls_from_text, calls_to_text, pointers
from arenite.errors import AreniteError, ModelError, ToolError, UnsupportedError

try:
    import tvm
except ImportError as cause:
    raise ToolError("compiling needs Apache TVM", remedy="pip install 'arenite[relax]'") from cause

SUPPORTED = "0.27"
if not tvm.__version__.startswith(SUPPORTED + "."):
    raise ToolError(
        f"this TVM is {tvm.__version__}, arenite compiles through {SUPPORTED}", remedy="pip install 'arenite[relax]'"
    )

from tvm import relax, s_tir, tirx  # noqa: E402
from tvm.ir import IRModule, PointerType  # noqa: E402
from tvm.script.ir_builder import IRBuilder  # noqa: E402
from tvm.script.ir_builder import tirx as T  # noqa: E402
from tvm.tirx.buffer import is_buffer_var  # noqa: E402
from tvm_ffi import register_error, structural_map  # noqa: E402

for _error in (AreniteError, ModelError, UnsupportedError, ToolError):
    register_error(_error)  # what a pass raises keeps its class on the way through TVM

__all__ = ["IRModule", "relax", "s_tir", "tirx", "tvm"]


ROW_CALLS_ATTRIBUTE = "arenite.row_calls"
OPAQUE = 8
"""TVM's operator pattern for functions that must not be fused: calls of C have no loops to merge."""


@dataclass(frozen=True)
class Parameter:
    """A tensor parameter of a PrimFunc: name, shape in elements, numpy-style dtype, whether the function writes it."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    written: bool = False


def kernel_function(
    parameters: Sequence[Parameter], calls: Sequence[tuple[str, Sequence[str]]], attributes: Mapping[str, Any]
) -> Any:
    """A private PrimFunc that calls C functions by name on its own parameters, in order.

    ``calls``: (C function, names of the parameters to pass). The buffers accept any element offset, so that tensors
    may lie anywhere in one storage.
    """
    with IRBuilder() as builder:
        with T.prim_func(private=True):
            T.func_attr({**attributes, "op_pattern": OPAQUE})
            buffers = {p.name: (p, T.arg(p.name, T.buffer(p.shape, p.dtype, offset_factor=1))) for p in parameters}
            for function, names in calls:
                pointers = [
                    buffer.access_ptr("w" if parameter.written else "r")
                    for parameter, buffer in (buffers[name] for name in names)
                ]
                T.evaluate(T.call_extern("void", function, *pointers))
        return builder.get()


def row_function(parameters: Sequence[Parameter], calls: Sequence[RowCall], attributes: Mapping[str, Any]) -> Any:
    """A private PrimFunc that calls row functions in order; ``row_calls`` is the inverse. What no call mentions is
    mentioned all the same, for passes that look at what a function uses."""
    with IRBuilder() as builder:
        with T.prim_func(private=True):
            T.func_attr({**attributes, ROW_CALLS_ATTRIBUTE: calls_to_text(calls), "op_pattern": OPAQUE})
            buffers = [T.arg(p.name, T.buffer(p.shape, p.dtype, offset_factor=1)) for p in parameters]

            def at(pointer: Pointer) -> Any:
                parameter = parameters[pointer.parameter]
                offset = pointer.bytes // dtype_bytes(parameter.dtype)
                return buffers[pointer.parameter].access_ptr("rw" if parameter.written else "r", offset=offset)

            for call in calls:
                tables = [argument for argument in call.arguments if isinstance(argument, Taps)]
                base = tables[0].rows[0] if tables and tables[0].rows else Pointer(0)
                arguments: list[Any] = []
                for argument in call.arguments:
                    if isinstance(argument, Taps):
                        # The distances of rows in one arena are known when the module is planned, not before.
                        table = T.alloc_buffer((argument.first + len(argument.rows) or 1,), "int32", scope="local")
                        for place, row in enumerate(argument.rows, argument.first):
                            tap = table.access_ptr("w", offset=place)
                            T.evaluate(T.call_extern("void", "arenite_tap", tap, at(base), at(row)))
                        arguments.append(table.access_ptr("r"))
                    elif isinstance(argument, Pointer | Base):
                        arguments.append(at(argument if isinstance(argument, Pointer) else base))
                    elif argument is None:
                        arguments.append(T.reinterpret("handle", T.uint64(0)))
                    else:
                        arguments.append(T.int32(argument))
                T.evaluate(T.call_extern("void", call.function, *arguments))
            mentioned = {pointer.parameter for call in calls for pointer in pointers(call)}
            for number in sorted(set(range(len(parameters))) - mentioned):
                T.evaluate(at(Pointer(number)))
        return builder.get()


def row_calls(function: Any) -> tuple[RowCall, ...] | None:
    """What ``row_function`` was given; None for any other function."""
    text = (function.attrs or {}).get(ROW_CALLS_ATTRIBUTE)
    return None if text is None else calls_from_text(str(text))


def extern_calls(function: Any) -> list[tuple[str, list[int]]] | None:
    """The inverse of kernel_function: (C function, parameter positions) per call, or None for any other body."""
    position = {parameter.name: index for index, parameter in enumerate(function.params)}
    body = function.body
    statements = list(body.seq) if isinstance(body, tirx.SeqStmt) else [body]
    calls: list[tuple[str, list[int]]] = []
    for statement in statements:
        call = statement.value if isinstance(statement, tirx.Evaluate) else None
        if call is None or getattr(getattr(call, "op", None), "name", "") != "tirx.call_extern":
            return None
        name, *pointers = call.args
        positions = [position.get(_pointed_at(pointer)) for pointer in pointers]
        known = [place for place in positions if place is not None]
        if len(known) < len(positions):
            return None
        calls.append((str(name.value), known))
    return calls


def _pointed_at(argument: Any) -> str:
    """Name of the buffer at whose first element an argument points, empty for any other argument."""
    if getattr(getattr(argument, "op", None), "name", "") != "tirx.tvm_access_ptr":
        return ""
    _, data, offset, *_ = argument.args
    begins = isinstance(offset, tirx.Var) or (isinstance(offset, tirx.IntImm) and int(offset.value) == 0)
    return str(data.args[0].name) if begins and isinstance(data, tvm.ir.Call) else ""


def parameter_types(function: Any) -> list[tuple[str, tuple[int, ...], str]]:
    """Name, shape and dtype of each buffer parameter of a PrimFunc."""
    return [(p.name, tuple(int(extent) for extent in p.ty.shape), str(p.ty.dtype.dtype)) for p in function.params]


def temporaries(function: Any) -> list[Any]:
    """Buffers that a scheduled-TIR function allocates in its root block."""
    root = function.body
    if not isinstance(root, s_tir.SBlockRealize):
        return []
    return list(root.block.alloc_buffers)


def hoist_temporaries(function: Any) -> Any:
    """The same function with the buffers of its root block as extra parameters at the end."""
    realize = function.body
    block = realize.block
    hoisted = list(block.alloc_buffers)
    body = s_tir.SBlockRealize(realize.iter_values, realize.predicate, with_allocations(block, []))
    return tirx.PrimFunc([*function.params, *hoisted], body, function.ret_type, function.attrs)


def with_allocations(block: Any, buffers: Sequence[Any]) -> Any:
    """The same block of scheduled TIR, allocating these buffers."""
    return s_tir.SBlock(
        block.iter_vars, block.reads, block.writes, block.name_hint, block.body, block.init, list(buffers),
        block.match_buffers, block.annotations,
    )  # fmt: skip


def accept_offsets(function: Any) -> Any:
    """The same function, whose buffers may begin at any element of the memory they are handed.

    Functions that TVM makes insist on offset 0; tensors at their place in one storage have another.
    """
    return _edit_offsets(function, free=True) if _insists_on_base(function) else function


def needs_base(function: Any) -> bool:
    """Whether a PrimFunc computes wrong results from tensors that do not begin where their memory begins.

    It then insists on offset 0 and hands bare data pointers to others (``topk`` does, to a packed function), which
    ``accept_offsets`` cannot mend.
    """
    return _insists_on_base(function) and '"tirx.buffer_data"' in tvm.ir.save_json(function)


def _insists_on_base(function: Any) -> bool:
    return any(isinstance(p.ty.elem_offset, tirx.IntImm) for p in function.params if is_buffer_var(p))


def _edit_offsets(function: Any, *, free: bool) -> Any:
    """Replace the element offsets of the parameters by variables, or by 0.

    TVM's Python interface cannot rebind a buffer inside blocks, so the edit is made on the function's JSON form.
    """
    graph = json.loads(tvm.ir.save_json(function))
    nodes = graph["nodes"]

    def add(type_: str, data: Any) -> int:
        nodes.append({"type": type_, "data": data})
        return len(nodes) - 1

    none = next(index for index, node in enumerate(nodes) if node["type"] == "None")
    int64 = add("ir.PrimType", {"span": none, "dtype": "int64"})
    zero = add("ir.IntImm", {"span": none, "ty": int64, "value": add("int", 0)})
    for position in nodes[nodes[graph["root_index"]]["data"]["params"]]["data"]:
        parameter = nodes[position]["data"]
        type_ = nodes[parameter["ty"]]
        if type_["type"] == "tirx.BufferType":
            name = add("ffi.String", "offset")
            offset = add("ir.Var", {"span": none, "ty": int64, "name": name}) if free else zero
            parameter["ty"] = add(type_["type"], {**type_["data"], "elem_offset": offset})
    return tvm.ir.load_json(json.dumps(graph))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without a word from TVM, which prints and warns from Python and from C++ about what the user cannot change."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def tensor_type(shape: Sequence[int], dtype: str) -> Any:
    return relax.TensorType(tuple(shape), dtype)


def tensor_bytes(type_: Any) -> int | None:
    """Bytes of a tensor type, or None where shape or dtype is not known at compile time."""
    if not isinstance(type_, relax.TensorType) or type_.shape is None:
        return None
    count = 1
    for extent in type_.shape.values if hasattr(type_.shape, "values") else ():
        if not isinstance(extent, tirx.IntImm):
            return None
        count *= int(extent.value)
    if not hasattr(type_.shape, "values"):
        return None
    return count * dtype_bytes(dtype_name(type_))


def dtype_name(type_: Any) -> str:
    return str(getattr(type_.dtype, "dtype", type_.dtype))


def dtype_bytes(dtype: str) -> int:
    return 1 if dtype == "bool" else -(-int(re.sub(r"\D", "", dtype) or 8) // 8)


def constant(array: npt.NDArray[np.generic]) -> Any:
    return relax.const(array)


def constant_value(expr: Any) -> npt.NDArray[np.generic] | None:
    """The array of a Relax tensor constant, or None for any other expression."""
    if not isinstance(expr, tvm.ir.GenericConst) or not isinstance(expr.value, tvm.runtime.Tensor):
        return None
    return np.asarray(expr.value.numpy())


def loops_to_c(function: Any, name: str, constant_parameters: Sequence[bool]) -> str:
    """Bare C99 text of a PrimFunc made of loops: a static function on raw pointers, no TVM header, no packed call.

    ``constant_parameters``: which parameters are only read; they become pointers to const.
    """
    target = tvm.target.Target("c")
    at_base = _edit_offsets(function, free=False)
    module = IRModule({name: at_base.with_attr("global_symbol", name).with_attr("target", target)})
    lowered = tvm.transform.Sequential(
        [
            s_tir.transform.CanonicalizeLoop(),
            s_tir.transform.LowerInitBlock(),
            s_tir.transform.PlanAndUpdateBufferAllocationLocation(),
            s_tir.transform.ConvertBlocksToOpaque(),
            s_tir.transform.CompactBufferAllocation(),
            s_tir.transform.LowerMatchBuffer(),
            s_tir.transform.StmtSimplify(),
            s_tir.transform.LowerOpaqueBlock(),
            tirx.transform.FlattenBuffer(),
            tirx.transform.NarrowDataType(32),
            s_tir.transform.LoopPartition(),
            tirx.transform.VectorizeLoop(False),
            tirx.transform.StorageRewrite(),
            s_tir.transform.HoistIfThenElse(),
            tirx.transform.UnrollLoop(),
            tirx.transform.StmtSimplify(),
            tirx.transform.RemoveNoOp(),
            s_tir.transform.RewriteUnsafeSelect(),
        ]
    )(module)
    (lowered_function,) = lowered.functions.values()
    pointers: list[Any] = []
    body = lowered_function.body
    for parameter in reversed(lowered_function.params):
        pointer = tirx.Var(parameter.name, PointerType(parameter.ty.dtype))
        pointers.insert(0, pointer)
        body = tirx.SeqStmt([tirx.DeclBuffer(parameter, data=pointer), body])
    bare = tirx.PrimFunc(pointers, body, lowered_function.ret_type, lowered_function.attrs)
    literals: list[str] = []
    printable = structural_map(
        tirx.transform.LowerIntrin()(IRModule({name: bare})),
        ((tirx.FloatImm, lambda value: _literal(value, literals)), (tvm.ir.Call, _mathematics)),
    )
    text = str(tvm.get_global_func("target.build.c")(printable, target).inspect_source())
    text = re.sub(rf"{LITERAL}(\d+)\(\)", lambda found: literals[int(found[1])], text)
    return _strip_tvm_header(text, name, constant_parameters)


LITERAL = "arenite_literal_"


def _literal(value: Any, literals: list[str]) -> Any:
    """The number, or a mark for its text in ``literals``: TVM prints seven digits, and infinities as C has them not."""
    dtype = dtype_name(value.ty)
    number = np.float32(value.value) if dtype == "float32" else np.float64(value.value)
    if np.isfinite(number) and float(type(number)(f"{number:e}")) == float(number):
        return value
    text = "NAN" if np.isnan(number) else "INFINITY"
    if np.isfinite(number):
        text = f"{abs(number):.9e}f" if dtype == "float32" else f"{abs(number):.17e}"
    literals.append(f"(-{text})" if number < 0 else text)
    return tirx.call_pure_extern(dtype, f"{LITERAL}{len(literals) - 1}")


def _mathematics(call: Any) -> Any:
    """Operators that TVM's printer of C does not know, by the names of the mathematical library."""
    if getattr(call.op, "name", "") != "tirx.fabs":
        return call
    dtype = dtype_name(call.ty)
    return tirx.call_pure_extern(dtype, "fabsf" if dtype == "float32" else "fabs", call.args[0])


def _strip_tvm_header(text: str, name: str, constant_parameters: Sequence[bool]) -> str:
    found = re.search(rf"^TVM_DLL void {name}\((?P<parameters>[^)]*)\) \{{(?P<body>.*)^\}}", text, re.M | re.S)
    if found is None:
        raise AssertionError(f"TVM printed no function {name}:\n{text}")
    parameters = [
        f"{'const ' if read_only else ''}{parameter.strip().replace('* ', ' *restrict ')}"
        for parameter, read_only in zip(found["parameters"].split(","), constant_parameters, strict=True)
    ]
    return f"static void {name}({', '.join(parameters)}) {{{found['body']}}}\n"
