"""Verbs of a household survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import OUT, THREADS, CityFile, Out, app

survey = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A household survey: its form, its sample, its interviews.",
)
app.add_typer(survey, name="survey")


@survey.command()
def form(
    out: Annotated[Path, typer.Option(help="Workbook to write.")] = Path("survey_form.xlsx"),
    modules: Annotated[
        str, typer.Option(help="Modules to ask, parted by commas; empty asks all. `list` shows them.")
    ] = "",
    sample: Annotated[
        Path | None, typer.Option(help="Field list of `cities survey sample`: clusters are then picked.")
    ] = None,
    lang: Annotated[str, typer.Option(help="km, en, or both; the first is shown first.")] = "km,en",
) -> None:
    """Write the household survey as an XLSForm for ODK or KoboToolbox, in Khmer and English."""
    from citiesforall.pipeline.survey_form import form_text  # noqa: PLC0415

    typer.echo(form_text(out, modules=modules, sample=sample, lang=lang))


@survey.command()
def sample(
    city_file: CityFile,
    margin: Annotated[
        float, typer.Option(help="Half-width of the 95 % interval of a share, in points.", min=0.5, max=30)
    ] = 5.0,
    households: Annotated[
        int | None, typer.Option(help="Interviews wanted; default: what the margin asks for.", min=30)
    ] = None,
    cluster_size: Annotated[int, typer.Option(help="Households asked in each cluster.", min=1, max=200)] = 15,
    response: Annotated[float, typer.Option(help="Share of households that answer.", min=0.1, max=1)] = 0.9,
    rho: Annotated[
        float,
        typer.Option(help="How alike households of a cluster are (intra-cluster correlation).", min=0, max=1),
    ] = 0.036,
    density_groups: Annotated[
        int,
        typer.Option(
            help="Groups of sangkats by density; each is halved by its share of poor households.",
            min=1,
            max=3,
        ),
    ] = 2,
    allocation: Annotated[
        str, typer.Option(help="proportional, root (small strata get more) or equal.")
    ] = "proportional",
    seed: Annotated[int, typer.Option(help="Another seed draws another sample.", min=0)] = 1,
    out: Out = OUT,
) -> None:
    """Draw a sample of households on a city's own sources: field list, clusters, weights, map."""
    from citiesforall.pipeline.survey_sample import Plan, sample_city  # noqa: PLC0415
    from citiesforall.survey.sample_design import Wanted  # noqa: PLC0415

    wanted = Wanted(
        margin=margin / 100, cluster_size=cluster_size, rho=rho, response=response, households=households
    )
    plan = Plan(wanted, density_groups=density_groups, allocation=allocation, seed=seed)
    typer.echo(sample_city(city_file, out, plan, threads=THREADS))


@survey.command()
def read(city_file: CityFile, out: Out = OUT) -> None:
    """Read a city's interviews: every fault of the files, response, weights, answers; publishes nothing."""
    from citiesforall.pipeline.progress import progress  # noqa: PLC0415
    from citiesforall.pipeline.run import STORE  # noqa: PLC0415
    from citiesforall.pipeline.survey_read import survey_read  # noqa: PLC0415

    with progress() as tell:
        said = survey_read(city_file, out / STORE, tell)
    typer.echo(said)
