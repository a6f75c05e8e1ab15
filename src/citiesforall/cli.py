"""The command `cities`: one command per verb; turns errors into clear lines."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts in half the time
    help="From a city's open data, registers and surveys to indicators per place, per group and per 100 m cell. Works offline.",
)

CityFile = Annotated[
    Path, typer.Argument(help="City file (TOML), for instance cities/porto_alegre.toml.", show_default=False)
]
Out = Annotated[Path, typer.Option(help="Folder for results.", envvar="CITIES_OUT")]
Threads = Annotated[int, typer.Option(help="Worker threads; results do not depend on it.", min=1)]
Lang = Annotated[str, typer.Option(help="Language of titles: en or km.")]
OUT = Path("out")
THREADS = min(4, os.cpu_count() or 1)


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
    _run(city_file, out, threads)


@app.command()
def run(city_file: CityFile, out: Out = OUT, threads: Threads = THREADS) -> None:
    """Do everything for one city: gather, measure, write results and findings."""
    _run(city_file, out, threads)


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

    _run(make_demo_city(out, seed, people), out, threads)


@app.command()
def explain(
    indicator: Annotated[str, typer.Argument(help="Indicator id; see `cities indicators`.")],
    place: Annotated[str, typer.Option(help="Place code; default: the city.")] = "",
    group: Annotated[str, typer.Option(help="Group id.")] = "all",
    city: Annotated[
        str, typer.Option(help="Name of the run (folder in the results); needed where there are several.")
    ] = "",
    out: Out = OUT,
    lang: Lang = "en",
) -> None:
    """Say where one number comes from: value, interval, amounts, method, sources, licences."""
    from citiesforall.pipeline.explain import explain_number  # noqa: PLC0415

    typer.echo(explain_number(out, indicator, place=place, group=group, city=city, lang=lang))


@app.command()
def indicators(
    lang: Lang = "en",
    dimension: Annotated[str, typer.Option(help="Only one dimension of human security.")] = "",
) -> None:
    """List every indicator that can be measured."""
    from citiesforall.pipeline.look import list_indicators  # noqa: PLC0415

    typer.echo(list_indicators(lang, dimension))


@app.command()
def sources(
    source: Annotated[str, typer.Argument(help="Catalogue id: show all that is known of it.")] = "",
    role: Annotated[str, typer.Option(help="Only sources for one role, for instance people.")] = "",
) -> None:
    """List the catalogue of data products, or show one with its licence, citation and error."""
    from citiesforall.pipeline.look import list_sources  # noqa: PLC0415

    typer.echo(list_sources(source, role))


def _run(city_file: Path, out: Path, threads: int) -> None:
    from citiesforall.pipeline.run import run_city  # noqa: PLC0415

    typer.echo(run_city(city_file, out, threads=threads))


def main() -> None:
    """Run the command; a CitiesError ends with its lines on standard error and exit code 2."""
    from citiesforall.core.errors import CitiesError  # noqa: PLC0415

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


if __name__ == "__main__":
    main()
