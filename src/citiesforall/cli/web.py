"""Verbs of the page in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import OUT, Out, app


@app.command()
def serve(
    cities: Annotated[list[Path] | None, typer.Argument(help="City files; what-if needs them.")] = None,
    out: Out = OUT,
    host: Annotated[str, typer.Option(help="Address to listen on; others reach 0.0.0.0.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8080,
    voices: Annotated[
        str,
        typer.Option(
            help="Database of voices: a file, or postgresql://user@host/name.", envvar="CITIES_VOICES"
        ),
    ] = "",
    api_key: Annotated[
        str, typer.Option(help="That Open311 clients must send.", envvar="CITIES_API_KEY")
    ] = "",
) -> None:
    """Open the published cities in a browser: map, what-if, voices, workshops."""
    from citiesforall.web.serve import house_for  # noqa: PLC0415
    from citiesforall.web.serve import serve as listen  # noqa: PLC0415

    listen(house_for(cities or [], out, host=host, address=voices, api_key=api_key), host=host, port=port)


@app.command()
def account(
    name: Annotated[str, typer.Argument(help="Of the account.")],
    role: Annotated[str, typer.Option(help="officer, planner or administrator.")] = "officer",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="CITIES_PASSWORD")
    ] = "",
    out: Out = OUT,
    voices: Annotated[
        str,
        typer.Option(
            help="Database of voices: a file, or postgresql://user@host/name.", envvar="CITIES_VOICES"
        ),
    ] = "",
) -> None:
    """Make an account for the page, or give it another role and password."""
    from citiesforall.voices.accounts import make_account  # noqa: PLC0415
    from citiesforall.voices.database import open_database  # noqa: PLC0415

    make_account(open_database(voices or out / "voices.db"), name, role, password, "command line")
    typer.echo(f"{name} may sign in as {role}.")
