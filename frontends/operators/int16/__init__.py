"""Operators on int16 activations (zero point 0) with int8 weights: one file per family, as beside for int8."""
