"""Fewer and simpler nodes with the same results: shapes, constants, and what exporters leave behind."""
