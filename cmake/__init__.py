"""Toolchain files, start-up code and linker script for the emulated boards."""
