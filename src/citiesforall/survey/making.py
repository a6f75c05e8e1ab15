"""How the layer ``households`` is made: read, check, weigh, derive; then written as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.survey.answers import HOUSEHOLDS, MEMBERS, RESPONDENTS, asked_of_most
from citiesforall.survey.answers_home import DEPRIVATIONS, FEWEST_DEPRIVATIONS, PERSONS_PER_ROOM, derive_home
from citiesforall.survey.answers_means import OfMembers, derive_food, derive_means, derive_rasch
from citiesforall.survey.answers_member import derive_members, of_members
from citiesforall.survey.answers_person import derive_person
from citiesforall.survey.asked import Asked, Floats, Objects
from citiesforall.survey.left_out import children_left_out, left_out_notes
from citiesforall.survey.reading import (
    Interviews,
    people_listed,
    period_of,
    person_traits,
    read_interviews,
    with_weight_of_households,
)
from citiesforall.survey.sangkats import Units
from citiesforall.survey.weights import Known, Persons, Weighted, areas_of, make_weights

PRIVATE = b"citiesforall households draws"
"""Key of the hash that seeds replicate weights."""
PEOPLE = {"people": "people", "women": "people_women", "men": "people_men"}


@dataclass(frozen=True)
class Layer:
    """Hold the layer before it is written.

    Parameters
    ----------
    tables
        ``households``, ``respondents``, and ``members``, ``threats`` where asked.
    replicates
        Weights, the first row as published. (S, H)
    info
        What the step remembers but notes and sources.
    notes
        Repairs, figures, doubts.
    """

    tables: Mapping[str, pd.DataFrame]
    replicates: Floats
    info: dict[str, Any]
    notes: tuple[Note, ...]


def make_households(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read the household survey into interviews, people, threats and replicate weights.

    Parameters
    ----------
    given
        With a source of role ``households``, places, and homes where people are to be brought to the census.
    folder
        Where ``households.parquet``, ``respondents.parquet``, ``members.parquet``, ``threats.parquet`` and
        ``replicates.npy`` go; private: never published.

    Raises
    ------
    InputError
        Carrying every fault of the files; nothing is written then.
    """
    ((use, paths),) = given.files["households"]
    layer = read_layer(given, use, paths)
    for name, table in layer.tables.items():
        write_parquet(table, folder / f"{name}.parquet")
    np.save(folder / "replicates.npy", layer.replicates)
    sources = [use.id, *(given.ids("totals", "groups") if layer.info["design"]["census"] else [])]
    return remember(layer.notes, sources, **layer.info)


def read_layer(given: Inputs, use: SourceUse, paths: Sequence[Path]) -> Layer:
    """Read a survey and make its tables.

    Parameters
    ----------
    given
        The city and its finished steps.
    use, paths
        The source and its files.

    Returns
    -------
    Layer
        Not written yet.

    Raises
    ------
    InputError
        Carrying every fault of the files.
    """
    found = with_weight_of_households(read_interviews(use, paths, units_of(given)), use)
    weighted, area = _weighted(given, use, found, private_word(found))
    members = {} if found.members is None else derive_members(found.members, found.members.given)
    home, notes = _of_households(found, use, members, weighted.weights[0])
    person = derive_person(found.asked, _only(found.asked, RESPONDENTS))
    notes = [*notes, *left_out_notes(found.asked, {**home, **person}, use.id)]
    if found.members is not None:
        notes += children_left_out(found.members, members, use.id)
    tables = {
        "households": _households(found, weighted, home),
        "respondents": _respondents(found, weighted, person, members),
    }
    if found.members is not None:
        tables["members"] = _members(found, members)
    if found.threats is not None and len(found.threats):
        tables["threats"] = found.threats
    answers = {
        name: table
        for table, names in (("households", HOUSEHOLDS), ("respondents", RESPONDENTS), ("members", MEMBERS))
        for name in names
        if name in tables.get(table, ())
    }
    info = {
        "period": period_of(found.day, use),
        "n": found.asked.n,
        "answers": answers,
        "design": weighted.design | {"census": area},
    }
    return Layer(tables, weighted.weights, info, (*found.notes, *weighted.notes, *notes))


def units_of(given: Inputs) -> Units:
    """Return the units of the city: of its places, else those its file names.

    Parameters
    ----------
    given
        The city, with places where they are read.

    Raises
    ------
    InputError
        Neither says which units the city has.
    """
    place = given.city.place
    file = given.file("places", "places.parquet")
    codes = frozenset(place.members)
    if file is not None:
        places = read_parquet(file)
        codes = frozenset(set(places["place"]) - set(places["parent"].dropna()))
    if not codes:
        raise InputError(
            "place.members: which units the city has is not said. Add boundaries, or list members."
        )
    return Units(codes, place.edition, place.code[:2])


def _only(asked: Asked, names: Sequence[str]) -> dict[str, Floats]:
    """Return the answers given as they are, those of one table."""
    return {name: values for name, values in asked.given.items() if name in names}


def private_word(found: Interviews) -> str:
    """Return a word that only who holds the interviews can work out, the same for the same interviews in any file.

    Parameters
    ----------
    found
        As read.

    Notes
    -----
    Draws are published and the city's seed is; without a secret anybody could draw the clusters again and solve published
    draws for what each cluster answered. The word is a keyed hash of all answers: the sha256 of the file, which is published,
    does not give it.
    """
    lines = _answers_by_row(found.asked, found.household)
    if found.members is not None:
        lines += _answers_by_row(found.members, found.household[found.row])
    whole = "\n".join(sorted(lines))
    return hashlib.blake2b(whole.encode(), key=PRIVATE, digest_size=16).hexdigest()


def _answers_by_row(asked: Asked, household: Objects) -> list[str]:
    """Return all answers of each row as one text."""
    columns: list[list[str]] = [[str(one) for one in household]]
    for held in (asked.codes, asked.sets, asked.numbers, asked.given):
        for name, values in sorted(held.items()):
            said = [
                ""
                if one is None
                else "+".join(sorted(one))
                if isinstance(one, (set, frozenset))
                else str(one)
                for one in values.tolist()
            ]
            columns.append([f"{name}={one}" if one not in ("", "nan") else "" for one in said])
    return ["\x1f".join(filter(None, row)) for row in zip(*columns, strict=True)]


def _weighted(given: Inputs, use: SourceUse, found: Interviews, secret: str) -> tuple[Weighted, str]:
    """Make the weights; say by which areas people were brought to the census, empty where they were not."""
    women, men = people_listed(found)
    persons = Persons(found.size, women, men)
    known, area = _known(given, use, found)
    choices = given.city.choices
    trimmed = use.options.get("trim")
    weighted = make_weights(
        found.frame, found.visit.tolist(), (persons, known), (choices.draws + 1, f"{choices.seed}/{use.id}/{secret}"),
        use.id, None if trimmed is None else float(trimmed),
    )  # fmt: skip
    return weighted, area


def _known(given: Inputs, use: SourceUse, found: Interviews) -> tuple[Known | None, str]:
    """Return the census people of each area, where the city has totals and the weights are not final."""
    final = (
        use.options.get("weights", "final" if use.format == "table" and found.listed is None else "design")
        == "final"
    )
    wanted = use.options.get("post_stratify", not final)
    file = given.file("homes", "homes.parquet") or given.file("cells", "cells.parquet")
    if not wanted or file is None or not given.city.of("totals"):
        return None, ""
    cells = read_parquet(file)
    columns = {word: name for word, name in PEOPLE.items() if name in cells}
    by_unit = cells.groupby("unit")[list(columns.values())].sum()
    units = frozenset(map(str, by_unit.index))
    sampled, stratum = _sampled(found)
    area_of, kind = areas_of(sampled, stratum, units)
    here = np.array([area_of.get(str(one), "") for one in found.unit], dtype=object)
    there = set(here)
    if not {area_of[str(one)] for one in by_unit.index} <= there:
        area_of, kind = dict.fromkeys(units, "city"), "city"
        here = np.full(found.asked.n, "city", dtype=object)
    areas = pd.Series([area_of[str(one)] for one in by_unit.index], index=by_unit.index)
    sums = by_unit.groupby(areas).sum()
    if not (sums["people_women" if "people_women" in sums else "people"] > 0).all():
        return None, ""
    totals = {
        word: {str(one): float(value) for one, value in sums[name].items()} for word, name in columns.items()
    }
    return Known(here, totals["people"], totals.get("women", {}), totals.get("men", {}), use.id), kind


def _sampled(found: Interviews) -> tuple[list[str], list[str]]:
    """Return unit and stratum of all who were to be asked, of the interviews where there is no field list."""
    units = [str(one) for one in found.unit]
    place = {visit: at for at, visit in enumerate(found.frame.visit.tolist()) if visit >= 0}
    strata = [str(found.frame.stratum[place[visit]]) for visit in found.visit.tolist()]
    return units, strata


def _of_households(
    found: Interviews, use: SourceUse, members: Mapping[str, Floats], weight: Floats
) -> tuple[dict[str, Floats], list[Note]]:
    """Return the answers of households, and what they rest on."""
    asked, given = found.asked, _only(found.asked, HOUSEHOLDS)
    words: tuple[str, ...] = ("persons_per_room", "sewage_treated")
    choices = {name: float(use.options[name]) for name in words if name in use.options}
    if found.members is None:
        nothing = np.full(asked.n, np.nan)
        of = OfMembers(nothing, nothing, nothing)
    else:
        of = of_members(found.members, found.row, members, asked.n)
    home = derive_home(asked, found.size, choices, given)
    food, notes = derive_food(
        asked, given, oil_and_sugar_daily=bool(use.options.get("oil_and_sugar_daily", False))
    )
    rasch, doubts = derive_rasch(asked, weight, use.id)
    whole = {**rasch, **derive_means(asked, found.size, of, given), **food, **home, **given}
    return whole, [*notes, *doubts, *_slum_notes(home, use, choices)]


def _slum_notes(home: Mapping[str, Floats], use: SourceUse, choices: Mapping[str, float]) -> list[Note]:
    """Say on how many deprivations slum conditions rest."""
    used = asked_of_most({name: home[name] for name in DEPRIVATIONS})
    if not used:
        return []
    most = choices.get("persons_per_room", PERSONS_PER_ROOM)
    left = [name for name in DEPRIVATIONS if name not in used]
    if len(used) < FEWEST_DEPRIVATIONS:
        what = f"{len(used)} of 5 deprivations were asked of most; slum conditions are told from {FEWEST_DEPRIVATIONS} on."
        return [Note(use.id, what, "doubt")]
    what = f"slum conditions rest on {len(used)} of 5 deprivations; space is insufficient above {most:g} persons per room."
    return [
        Note(
            use.id,
            what + (f" Not asked of most: {', '.join(left)}." if left else ""),
            "doubt" if left else "figure",
        )
    ]


def _kept(answers: Mapping[str, Floats], names: Sequence[str]) -> dict[str, Floats]:
    """Return the answers of a table that are known of anybody, in their order."""
    return {
        name: np.asarray(answers[name], dtype=np.float64)
        for name in names
        if name in answers and not np.isnan(answers[name]).all()
    }


def _households(found: Interviews, weighted: Weighted, home: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the table of interviews."""
    return pd.DataFrame(
        {
            "household": found.household.astype(str), "unit": found.unit.astype(str),
            "stratum": weighted.stratum.astype(str), "cluster": weighted.cluster.astype(str),
            "weight": weighted.weights[0], "size": found.size, "adults": found.adults, "date": found.day.astype(str),
            **_kept(home, HOUSEHOLDS),
        }
    )  # fmt: skip


def _respondents(
    found: Interviews, weighted: Weighted, person: Mapping[str, Floats], members: Mapping[str, Floats]
) -> pd.DataFrame:
    """Return the table of adults who were asked: each stands for all adults of the household."""
    traits = person_traits(found, members)
    return pd.DataFrame(
        {
            "sex": _sexes(traits["sex"]), "age": traits["age"], "disabled": traits["disabled"],
            "migrant": traits["migrant"], "weight": weighted.weights[0] * found.adults, **_kept(person, RESPONDENTS),
        }
    )  # fmt: skip


def _members(found: Interviews, members: Mapping[str, Floats]) -> pd.DataFrame:
    """Return the table of members."""
    assert found.members is not None
    asked = found.members
    kept = _kept(members, MEMBERS)
    blank = np.full(asked.n, np.nan)
    return pd.DataFrame(
        {
            "row": found.row.astype(np.int64),
            "sex": _sexes(asked.codes.get("sex", np.full(asked.n, None, dtype=object))),
            "age": asked.numbers.get("age", blank),
            "disabled": members.get("disabled", blank),
            "migrant": members.get("migrant", blank),
            **{name: values for name, values in kept.items() if name not in ("disabled", "migrant")},
        }
    )


def _sexes(codes: Any) -> list[str]:
    """Return sexes as texts, empty where not known."""
    return ["" if one is None else str(one) for one in codes]
