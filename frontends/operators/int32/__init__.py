"""Operators on int32 activations: one file per family, as beside for int8, dispatched to by their operand's type."""
