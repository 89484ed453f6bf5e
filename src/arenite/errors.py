"""What a user is told when the input or the request is bad: one line that names the file, the operator and a remedy."""

from __future__ import annotations


class AreniteError(Exception):
    """A fault of the input or the request, never of arenite itself; the command line prints it and exits with 1.

    Args:
        problem: what is wrong, without a full stop.
        file: the file at fault.
        operator: kind and index of the operator at fault, for example ``CONV_2D #3``.
        remedy: what would help, as an imperative.
    """

    def __init__(
        self, problem: str, *, file: str | None = None, operator: str | None = None, remedy: str | None = None
    ) -> None:
        self.problem = problem
        self.file = file
        self.operator = operator
        self.remedy = remedy
        where = ": ".join(part for part in (file, operator) if part)
        text = f"{where}: {problem}" if where else problem
        super().__init__(f"{text}; {remedy}" if remedy else text)


class ModelError(AreniteError):
    """A model file that cannot be read: truncated, inconsistent, or of a kind that no microcontroller can hold."""


class UnsupportedError(AreniteError):
    """A well-formed model that uses something arenite does not compile."""


class ToolError(AreniteError):
    """A program that is needed (compiler, QEMU, oracle) is missing or failed."""
