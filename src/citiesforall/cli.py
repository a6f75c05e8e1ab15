"""The command `cities`: one command per verb; turns errors into clear lines."""

from __future__ import annotations

import gc
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
    help="From a city's open data, registers and surveys to indicators, a diagnosis and a costed plan. Works offline.",
)

survey = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A household survey: its form, its sample, its interviews.",
)
workbook = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Workbooks a council fills: scorecards and its own figures.",
)
app.add_typer(survey, name="survey")
app.add_typer(workbook, name="workbook")

CityFile = Annotated[
    Path, typer.Argument(help="City file (TOML), for instance cities/porto_alegre.toml.", show_default=False)
]
Out = Annotated[Path, typer.Option(help="Folder for results.", envvar="CITIES_OUT")]
Threads = Annotated[int, typer.Option(help="Worker threads; results do not depend on it.", min=1)]
Lang = Annotated[str, typer.Option(help="Language of titles: en or km.")]
OUT = Path("out")
GC_RECORDS = 200_000
"""New records after which unused cycles are looked for."""
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


def _run(city_file: Path, out: Path, threads: int, through: str) -> None:
    from citiesforall.pipeline.run import run_city  # noqa: PLC0415

    typer.echo(run_city(city_file, out, threads=threads, through=through))


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


if __name__ == "__main__":
    main()
