"""The reference of the command line, from the argparse parser itself."""

from __future__ import annotations

import argparse
import functools
import re

from arenite.cli import parser
from arenite_docs import rst

WIDTH = 96


def lines() -> list[str]:
    """A section for the command and one for each of its subcommands."""
    top = parser()
    text = _section(top, "arenite")
    for name, command in subcommands(top).items():
        text += _section(command, f"arenite {name}")
    return text


def subcommands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Name -> parser, in the order of the help text."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _section(command: argparse.ArgumentParser, name: str) -> list[str]:
    command.formatter_class = functools.partial(argparse.HelpFormatter, width=WIDTH)
    formatter = command.formatter_class(prog=command.prog)
    usage = re.sub(r"\x1b\[[0-9;]*m", "", command.format_usage())
    text = rst.heading(name)
    text += [f".. program:: {name}", "", rst.escape(command.description or ""), ""]
    text += rst.block("code-block:: text", usage.rstrip().splitlines())
    for action in command._actions:
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                text += [f":ref:`{choice.dest} <command-{choice.dest}>`", f"   {rst.escape(choice.help or '')}", ""]
        elif action.help != argparse.SUPPRESS:
            help_text = formatter._expand_help(action) if action.help else ""
            text += rst.block(f"option:: {_forms(formatter, action)}", [rst.escape(help_text)])
    if command.epilog:
        kind, _, example = command.epilog.partition(": ")
        text += [f"{kind.capitalize()}:", "", *rst.block("code-block:: sh", [example])]
    if name != "arenite":
        text.insert(0, f".. _command-{name.split()[-1]}:\n")
    return text


def _forms(formatter: argparse.HelpFormatter, action: argparse.Action) -> str:
    """``-h, --help``, ``--cpu CPU``, ``MODEL``: how the help text shows it."""
    return formatter._format_action_invocation(action)
