"""Two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import Lang, app


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Folder of a finished run.")],
    second: Annotated[Path, typer.Argument(help="Folder of another: of the same city, or of another one.")],
    lang: Lang = "en",
    csv: Annotated[Path | None, typer.Option(help="Write every row here.")] = None,
) -> None:
    """Set two runs or two cities side by side: what differs, by how much, and why."""
    from citiesforall.pipeline.look import compare as compared  # noqa: PLC0415

    typer.echo(compared(first, second, lang, csv))
