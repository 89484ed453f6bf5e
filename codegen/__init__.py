"""Planned IRModule -> C project -> executable. Reads nothing but the planned IRModule."""
