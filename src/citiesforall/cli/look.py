"""Verbs that look at what is there and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import OUT, THREADS, CityFile, Lang, Out, Threads, app


@app.command(name="what-if")
def what_if(
    city_file: CityFile,
    change: Annotated[
        Path | None, typer.Option(help="Scenario (TOML): what is added, moved, closed; docs/how/what_if.md.")
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(help="A facility or stop to add: health_centre@LAT,LON. May be repeated."),
    ] = None,
    intervals: Annotated[
        bool,
        typer.Option("--intervals", help="Measure with all draws, so that every value has its interval."),
    ] = False,
    out: Out = OUT,
    lang: Lang = "en",
    threads: Threads = THREADS,
) -> None:
    """Say what would change for people if a facility, stop, street or forecast changed; changes nothing."""
    from citiesforall.pipeline.what_if import what_if_text  # noqa: PLC0415

    typer.echo(
        what_if_text(city_file, change, add or (), out=out, lang=lang, intervals=intervals, threads=threads)
    )


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
    framework: Annotated[
        str, typer.Option(help="Items of sdg11, human_security, umf or u4ssc, and what answers each.")
    ] = "",
    city: Annotated[
        str, typer.Option(help="Name of a run: say what is measured there, and what would fill the rest.")
    ] = "",
    out: Out = OUT,
) -> None:
    """List every indicator that can be measured, or the items of a framework and what answers them."""
    if framework:
        from citiesforall.pipeline.frameworks import framework_of_run, framework_text  # noqa: PLC0415

        typer.echo(framework_of_run(framework, lang, out, city) if city else framework_text(framework, lang))
        return
    from citiesforall.pipeline.look import list_indicators  # noqa: PLC0415

    typer.echo(list_indicators(lang, dimension))


@app.command()
def actions(
    action: Annotated[str, typer.Argument(help="Id or code: show all that is known of it.")] = "",
    city: Annotated[Path | None, typer.Option(help="City file: its own unit rates take their place.")] = None,
    lang: Lang = "en",
) -> None:
    """List the catalogue of interventions with cost, grade and tier, or show one in full."""
    from citiesforall.pipeline.list_actions import list_actions  # noqa: PLC0415

    typer.echo(list_actions(action, lang=lang, city=city))


@app.command()
def sources(
    source: Annotated[str, typer.Argument(help="Catalogue id: show all that is known of it.")] = "",
    role: Annotated[str, typer.Option(help="Only sources for one role, for instance people.")] = "",
) -> None:
    """List the catalogue of data products, or show one with its licence, citation and error."""
    from citiesforall.pipeline.look import list_sources  # noqa: PLC0415

    typer.echo(list_sources(source, role))
