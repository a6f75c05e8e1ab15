"""What `cities workbook` does: write the workbooks a council fills, and check a filled one without running the city."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast, get_args

from citiesforall.core.city import SourceUse, read_city
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.scorecard import scorecards
from citiesforall.gather.workbook_read import read_figures, read_scorecards
from citiesforall.workbook.filled import Filled
from citiesforall.workbook.texts import check_lang
from citiesforall.workbook.write import Kind, write_workbook

OF_ROLE: dict[Kind, Literal["scorecards", "registers"]] = {"scorecards": "scorecards", "figures": "registers"}


def write(kind: str, city_file: Path, out: Path, lang: str = "both") -> str:
    """Write an empty workbook for a city.

    Parameters
    ----------
    kind
        ``scorecards`` or ``figures``.
    city_file
        The city it is for.
    out
        File to write; one that is there is left alone, it may be filled.
    lang
        ``km``, ``en`` or ``both``.

    Returns
    -------
    str
        What to do next, in a few lines.

    Raises
    ------
    CitiesError
        The kind, the language or the city file is wrong, or the file is there already.
    """
    wanted = _kind(kind)
    check_lang(lang)
    city = read_city(city_file)
    path = out if out.suffix.lower() == ".xlsx" else out.with_name(out.name + ".xlsx")
    if path.exists():
        raise InputError(
            f"{path}: this file is there already and may hold answers. Give another name, or move it away."
        )
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: there is no such folder. Make it first.")
    name = " · ".join(filter(None, (city.place.name_km, city.place.name)))
    filled = Filled(city.place.code, name, city.period[:4], invented=False)
    write_workbook(path, wanted, lang, filled)
    role = OF_ROLE[wanted]
    return "\n".join(
        [
            f"Wrote {path}.",
            "Fill the yellow cells, leave empty what is not known, and put the file beside the city file. Then name it there:",
            "",
            f"[[sources.{role}]]",
            f'id = "{wanted}"',
            f'file = "{path.name}"',
            'format = "workbook"',
            f'title = "{wanted.capitalize()} of {city.place.name}"',
            'provider = "..."',
            'licence = "own-data"',
            'citation = "..."',
            'grade = "official"',
            f'vintage = "{city.period[:4]}"',
            "",
            f"Check it at any time: cities workbook check {path.name} --city {city_file.name}",
        ]
    )


def check(path: Path, city_file: Path) -> str:
    """Read a filled workbook and say what is in it; nothing is kept.

    Parameters
    ----------
    path
        The workbook.
    city_file
        The city it is for.

    Returns
    -------
    str
        How much is filled, and what is doubted.

    Raises
    ------
    CitiesError
        Carrying every fault of the file.
    """
    city = read_city(city_file)
    place, period = city.place.code, city.period
    use = _use(path)
    try:
        table, notes = read_scorecards(use, [path], place, period)
    except InputError as error:
        if not any("the workbook of figures" in fault for fault in error.faults):
            raise
        table, notes = read_figures(use, [path], place, period)
        said = f"{int(table['value'].notna().sum())} of {len(table)} figures are filled in."
    else:
        said = f"{table['scorecard'].nunique()} of {len(scorecards())} scorecards are filled in."
    doubts = [f"  Trust less: {note}" for note in notes if note.kind == "doubt"]
    return "\n".join([f"{path.name}: no fault. {said}", *doubts])


def _use(path: Path) -> SourceUse:
    """Return a use of a file that stands in no city file."""
    return SourceUse(
        id=path.stem, role="scorecards", file=path.name, title=path.stem, provider="", licence="own-data", citation="",
        format="workbook", vintage="",
    )  # fmt: skip


def _kind(kind: str) -> Kind:
    """Return the kind of workbook asked for.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if kind not in get_args(Kind):
        raise InputError(f"workbook '{kind}' is not known. {did_you_mean(kind, get_args(Kind))}")
    return cast("Kind", kind)
