"""The verb of a nation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from citiesforall.cli.words import OUT, THREADS, Out, Threads, app

CLUSTER_GONE = 3


@app.command()
def nation(
    nation_file: Annotated[
        Path,
        typer.Argument(help="Nation file (TOML), for instance cities/cambodia.toml.", show_default=False),
    ],
    out: Out = OUT,
    scheduler: Annotated[
        str,
        typer.Option(
            help="Address of a Dask scheduler, tcp://HOST:8786; empty: processes of this machine.",
            envvar="CITIES_SCHEDULER",
        ),
    ] = "",
    workers: Annotated[
        int,
        typer.Option(
            help="Processes of this machine; 0: as many as it has cores and memory for. Results do not depend on it.",
            min=0,
            max=1024,
        ),
    ] = 0,
    threads: Threads = THREADS,
) -> None:
    """Make every city of a nation, then what they share: sums, common challenges, kinds, options, progress, documents.

    Ends with 1 where a city failed: it is named, and the nation is made of the others; with 3 where the cluster went away.
    """
    from citiesforall.nation.run import Wanted, run_nation  # noqa: PLC0415
    from citiesforall.nation.tasks import ClusterGoneError  # noqa: PLC0415

    try:
        done = run_nation(nation_file, Wanted(out, scheduler, workers, threads))
    except ClusterGoneError as gone:
        for fault in gone.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(CLUSTER_GONE) from None
    typer.echo(done.text)
    if not done.whole:
        raise typer.Exit(1)
