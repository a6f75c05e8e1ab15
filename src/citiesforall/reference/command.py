"""The page of the command ``cities``, read from its own declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from citiesforall.cli import app
from citiesforall.reference.markdown import bullets, code, page

OF_THE_MACHINE = {"threads": "as many as the machine has, at most 4"}
"""Defaults that differ from machine to machine, in words."""


def command_page() -> str:
    """Return every command with its arguments and options."""
    about = str(app.info.help)
    ends = (
        "Faults of the input end with one clear line each on standard error and exit code 2; `--trace` shows where they "
        "were found. An interrupted command ends with 130; what was finished is kept."
    )
    parts = [_command(one) for one in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None, "every group is a Typer"
        parts += [_command(one, f"{group.name} ") for one in group.typer_instance.registered_commands]
    return page("Command · ពាក្យបញ្ជា", about, ends, *parts)


def _command(info: CommandInfo, group: str = "") -> str:
    """Return one command."""
    function: Callable[..., Any] | None = info.callback
    assert function is not None, "every command is a function"
    hints = get_type_hints(function, include_extras=True)
    arguments, options = [], []
    for name, parameter in inspect.signature(function).parameters.items():
        said = get_args(hints[name])[1]
        if isinstance(said, ArgumentInfo):
            needed = parameter.default is inspect.Parameter.empty
            arguments.append((name.upper() if needed else f"[{name.upper()}]", said.help or ""))
        elif isinstance(said, OptionInfo):
            options.append((f"--{name.replace('_', '-')}", _option(name, parameter.default, said)))
    title = group + (info.name or function.__name__.replace("_", "-"))
    usage = " ".join(["cities", title, *(name for name, _ in arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"{code(name)}: {text}" for name, text in [*arguments, *options]]
    return (
        f"## {code(f'cities {title}')}\n\n{inspect.getdoc(function)}\n\n```\n{usage}\n```\n\n{bullets(lines)}"
    )


def _option(name: str, default: Any, said: OptionInfo) -> str:
    """Return an option's help with its default, limits and environment variable."""
    text = str(said.help or "")
    shown = OF_THE_MACHINE.get(name, default.as_posix() if isinstance(default, Path) else str(default))
    if default not in ("", None, False) and said.show_default is not False:
        text += f" Default: {shown}."
    if said.min is not None:
        text += f" From {said.min:g}" + (f" to {said.max:,}." if said.max is not None else ".")
    if said.envvar:
        text += f" Or set {code(str(said.envvar))}."
    return text
