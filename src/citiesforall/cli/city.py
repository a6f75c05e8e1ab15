"""Verbs of one city: from its file to documents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import OUT, THREADS, CityFile, Out, Threads, app


@app.command()
def check(city_file: CityFile) -> None:
    """Read the city file and look at every source; report all faults, make nothing."""
    from citiesforall.pipeline.look import check_city  # noqa: PLC0415 - the command starts fast

    for line in check_city(city_file):
        typer.echo(line)


@app.command()
def fetch(
    city_file: CityFile,
    into: Annotated[
        Path | None, typer.Option(help="Folder for downloads; default: the city's data folder.")
    ] = None,
) -> None:
    """Download the city's sources that are not on disk yet, with resume and checksums."""
    from citiesforall.pipeline.look import fetch_sources  # noqa: PLC0415

    fetch_sources(city_file, into)


@app.command()
def gather(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Turn the city's sources into layers: places, streets, facilities, stops, cells."""
    from citiesforall.pipeline.run import gather_city  # noqa: PLC0415

    typer.echo(gather_city(city_file, out, threads=threads))


@app.command()
def measure(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Measure every indicator from the layers; gathers first where that is not done."""
    _run(city_file, out, threads, "measure")


@app.command()
def diagnose(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Score, rank challenges, look ahead: what threatens whom and where; measures first where that is not done."""
    _run(city_file, out, threads, "diagnose")


@app.command()
def plan(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Choose what to do where, when and from which fund, with a proof; diagnoses first where that is not done."""
    _run(city_file, out, threads, "plan")


@app.command()
def run(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Do everything for one city: gather, measure, diagnose, plan, report, export."""
    _run(city_file, out, threads, "run")


@app.command()
def report(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Write the profile, the concept with its roadmap and the council brief, in Khmer and English, as PDF and for a browser."""
    _run(city_file, out, threads, "report")


@app.command()
def export(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Write the data for others: workbook, SDMX, Open SDG, data package, GeoParquet, map tiles, review annex."""
    _run(city_file, out, threads, "export")


@app.command()
def demo(
    out: Out = OUT,
    seed: Annotated[int, typer.Option(help="Another seed gives another invented town.")] = 203,
    people: Annotated[
        int, typer.Option(help="How many people live there.", min=2000, max=2_000_000)
    ] = 60_000,
    threads: Threads = THREADS,
) -> None:
    """Invent a Cambodian krong with every source a real one has, and run it."""
    from citiesforall.pipeline.run import make_demo_city  # noqa: PLC0415

    _run(make_demo_city(out, seed, people), out, threads, "run")


def _run(city_file: Path, out: Path, threads: int, through: str) -> None:
    from citiesforall.pipeline.run import run_city  # noqa: PLC0415

    typer.echo(run_city(city_file, out, threads=threads, through=through))
