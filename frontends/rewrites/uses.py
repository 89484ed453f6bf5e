"""Who writes and who reads what."""

from __future__ import annotations

from arenite.frontends.model import Model, Operator


class Uses:
    """Who writes and who reads the tensors of a model."""

    def __init__(self, model: Model) -> None:
        self.writer = {index: operator for operator in model.operators for index in operator.outputs}
        self.readers: dict[int, list[Operator]] = {}
        for operator in model.operators:
            for index in dict.fromkeys(operator.inputs):
                self.readers.setdefault(index, []).append(operator)

    def behind(self, operator: Operator) -> set[int]:
        """Indices of all operators that need a result of this one."""
        found: set[int] = set()
        waiting = [operator]
        while waiting:
            for index in waiting.pop().outputs:
                for reader in self.readers.get(index, ()):
                    if reader.index not in found:
                        found.add(reader.index)
                        waiting.append(reader)
        return found
