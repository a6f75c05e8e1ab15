"""Verbs of workbooks a council fills."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import app

workbook = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Workbooks a council fills: scorecards and its own figures.",
)
app.add_typer(workbook, name="workbook")


@workbook.command()
def write(
    kind: Annotated[str, typer.Argument(help="scorecards or figures.", show_default=False)],
    city: Annotated[Path, typer.Option(help="City file the workbook is for.")],
    out: Annotated[Path, typer.Option(help="Workbook to write; one that is there is left alone.")],
    lang: Annotated[str, typer.Option(help="km, en or both.")] = "both",
) -> None:
    """Write an empty workbook of scorecards or municipal figures for a council to fill."""
    from citiesforall.pipeline.workbook_verbs import write as write_workbook  # noqa: PLC0415

    typer.echo(write_workbook(kind, city, out, lang))


@workbook.command(name="check")
def check_workbook(
    file: Annotated[Path, typer.Argument(help="A filled workbook.", show_default=False)],
    city: Annotated[Path, typer.Option(help="City file the workbook is for.")],
) -> None:
    """Read a filled workbook and say what is in it, or every fault with its sheet and cell; keeps nothing."""
    from citiesforall.pipeline.workbook_verbs import check as look_at  # noqa: PLC0415

    typer.echo(look_at(file, city))
