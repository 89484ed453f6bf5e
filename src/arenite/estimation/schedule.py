"""Flash of what calls the kernels: the run function, and for rows the tables that it goes by."""

from __future__ import annotations

from collections.abc import Sequence

from arenite.codegen.program import Argument, ProgramStep
from arenite.codegen.step_table import StepTable, step_table

_BYTES = {"uint8_t": 1, "uint16_t": 2, "int32_t": 4}
RUN, CALL, CONSTANT, PLACE = 80, 0, 6.5, 7.5
"""Bytes of code: of the functions around the calls, and for each call, constant and place that it is handed."""
ROWS, ROW_CALL, ROW_WINDOW, ROW_ARGUMENT = 220, 12, 40, 9
"""The same of programs by rows: for each kind of call, besides if it has windows, and for each of its arguments."""


def schedule_bytes(steps: Sequence[ProgramStep], *, rows: bool) -> int:
    """Of the library without kernels and their constants; about, as far as it is code."""
    if rows:
        table = step_table(steps)
        return _tables(table) + _row_code(table)
    calls = [call for step in steps for call in step.calls]
    arguments = [argument for call in calls for argument in call.arguments if isinstance(argument, Argument)]
    constants = sum(argument.constant is not None for argument in arguments)
    return round(RUN + CALL * len(calls) + CONSTANT * constants + PLACE * (len(arguments) - constants))


def _tables(table: StepTable) -> int:
    """As C lays them out: places, operators, schedule."""
    number, position, tap = (_BYTES[type_] for type_ in (table.number_type, table.position_type, table.tap_type))
    fields = [4] * max(table.constants, 1) + [position] * max(table.positions, 1) + [tap, tap, number]
    at = 0
    for size in fields:
        at = -(-at // size) * size + size
    operators = len(table.operators) * (-(-at // 4) * 4)
    entries = -(-2 * number * (len(table.entries) + 1) // 4) * 4
    return 4 * max(len(table.places), 1) + operators + entries


def _row_code(table: StepTable) -> int:
    windows = sum(call.has_windows for call in table.calls)
    arguments = sum(len(call.arguments) for call in table.calls)
    return ROWS + ROW_CALL * len(table.calls) + ROW_WINDOW * windows + ROW_ARGUMENT * arguments
