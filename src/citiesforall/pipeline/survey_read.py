"""The verb ``cities survey read``: reads and checks a household survey and says what it holds; writes nothing anywhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from citiesforall.core.errors import InputError
from citiesforall.core.inputs import Finished
from citiesforall.pipeline.progress import Tell
from citiesforall.pipeline.steps import GATHER, open_work, run_steps
from citiesforall.survey.answers import ANSWERS
from citiesforall.survey.making import Layer, read_layer

NEEDED = ("places", "homes")
CENSUS = {"strata": "stratum by stratum", "city": "as a whole city"}


def survey_read(city_file: Path, root: Path, tell: Tell, threads: int = 1) -> str:
    """Read a city's household survey and report on it.

    Parameters
    ----------
    city_file
        A TOML file with ``[sources.households]``.
    root
        Folder of the store; only places and homes, which the weights need, are kept there.
    tell
        Told the steps.
    threads
        Worker threads.

    Returns
    -------
    str
        Interviews, response rate, weights, answers, and all that was mended.

    Raises
    ------
    InputError
        Carrying every fault of the survey's files; nothing of the survey is written in any case.
    """
    work = open_work(city_file, root, threads=threads, tell=tell)
    given = work.given
    if not given.files.get("households"):
        raise InputError(
            f"{city_file.name}: there is no household survey. Add [sources.households] with file and format."
        )
    steps = tuple(step for step in GATHER if step.name in NEEDED)
    done = {name: Finished(made.folder, made.info) for name, made in run_steps(work, steps, {}).items()}
    ((use, paths),) = given.files["households"]
    return report(read_layer(replace(given, done=done), use, paths), use.title)


def report(layer: Layer, title: str) -> str:
    """Say what a survey holds.

    Parameters
    ----------
    layer
        As made.
    title
        Of the survey.

    Returns
    -------
    str
        Lines of text.
    """
    design, weight = layer.info["design"], layer.replicates[0]
    came = ", ".join(f"{word} {n:,}" for word, n in design["outcomes"].items())
    people = "" if "members" not in layer.tables else f", {len(layer.tables['members']):,} people listed"
    lines = [
        f"{title}, {layer.info['period']}: {layer.info['n']:,} interviews{people}.",
        f"Visits: {came}. Response rate {design['response_rate']:.1%} of eligible households.",
        f"Design: {design['strata']} strata, {design['clusters']} clusters.",
        f"Weights from {weight.min():,.1f} to {weight.max():,.1f}; effect of their inequality {design['deff_weights']:.2f}.",
        f"Brought to the census {CENSUS[design['census']]}."
        if design["census"]
        else "Not brought to the census.",
    ]
    for table, names in ANSWERS.items():
        there = [name for name in names if layer.info["answers"].get(name) == table]
        left = [name for name in names if name not in there]
        lines.append(
            f"Answers of {table}: {len(there)} of {len(names)}."
            + (f" Not there: {', '.join(left)}." if left else "")
        )
    lines += [f"{note.kind}: {note}" for note in layer.notes]
    return "\n".join(lines)
