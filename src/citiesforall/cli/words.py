"""The command itself, and the words that several verbs take."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
    help="From a city's open data, registers and surveys to indicators, a diagnosis and a costed plan. Works offline.",
)

CityFile = Annotated[
    Path, typer.Argument(help="City file (TOML), for instance cities/porto_alegre.toml.", show_default=False)
]
Out = Annotated[Path, typer.Option(help="Folder for results.", envvar="CITIES_OUT")]
Threads = Annotated[int, typer.Option(help="Worker threads; results do not depend on it.", min=1)]
Lang = Annotated[str, typer.Option(help="Language of titles: en or km.")]
OUT = Path("out")
THREADS = min(4, os.cpu_count() or 1)
