"""The command `cities`: one command per verb; turns errors into clear lines."""

from __future__ import annotations

import gc
import sys

import typer

from citiesforall.cli import city, nation, compare, web, look, survey, workbook  # isort: skip - the order of the help
from citiesforall.cli.words import app

__all__ = ["app", "main"]
VERBS = (city, nation, compare, web, look, survey, workbook)
"""Importing them puts their verbs into the command, in this order."""
GC_RECORDS = 200_000
"""New records after which unused cycles are looked for."""


def main() -> None:
    """Run the command; a CitiesError ends with its lines on standard error and exit code 2."""
    from citiesforall.core.errors import CitiesError  # noqa: PLC0415

    # A command makes millions of small records and hardly a cycle, and then ends: looking for cycles takes a sixth of its time.
    gc.set_threshold(GC_RECORDS, 50, 1000)
    trace = "--trace" in sys.argv
    if trace:
        sys.argv.remove("--trace")
    try:
        app()
    except CitiesError as error:
        if trace:
            raise
        for fault in error.faults:
            typer.echo(fault, err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        typer.echo("stopped; what was finished is kept, and the next run goes on from there.", err=True)
        raise SystemExit(130) from None
