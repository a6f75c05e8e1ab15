"""Reads a field list, so that a form offers the sampled clusters and households instead of asking to type them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from citiesforall.core.errors import InputError, raise_all

#: Words for one column of a field list, the first that is there counts.
CLUSTER = ("cluster",)
HOUSEHOLD = ("household_id", "household")
SANGKAT = ("sangkat_code", "commune_code", "unit", "code", "place")
STRATUM = ("stratum",)
NAME_KM, NAME_EN = ("name_km", "sangkat_km", "village_km"), ("name", "sangkat", "village")
#: Codes that a form can store: no spaces, no quotes.
CODE = re.compile(r"[\w.\-/]+")


@dataclass(frozen=True)
class Cluster:
    """Name a sampled cluster.

    Parameters
    ----------
    cluster
        Its number.
    sangkat_code, stratum
        Where it is.
    name, name_km
        What the interviewer reads beside the number; may be empty.
    """

    cluster: str
    sangkat_code: str
    stratum: str
    name: str = ""
    name_km: str = ""


@dataclass(frozen=True)
class Household:
    """Name a sampled household.

    Parameters
    ----------
    household, cluster
        Numbers.
    sangkat_code, stratum
        Where it is.
    reserve
        Asked only in place of another.
    """

    household: str
    cluster: str
    sangkat_code: str
    stratum: str
    reserve: bool = False


@dataclass(frozen=True)
class SampleLists:
    """Hold what interviewers pick from.

    Parameters
    ----------
    clusters
        Once each, in the order of the list.
    households
        Empty where the list has clusters only.
    """

    clusters: tuple[Cluster, ...]
    households: tuple[Household, ...]


def read_sample_lists(path: Path) -> SampleLists:
    """Read a field list.

    Parameters
    ----------
    path
        CSV with a row for each sampled household or cluster: ``cluster``, ``sangkat_code``, ``stratum``, and where
        households were listed ``household_id``.

    Returns
    -------
    SampleLists
        Clusters and households.

    Raises
    ------
    InputError
        Carrying every fault of the file.
    """
    if not path.is_file():
        raise InputError(f"{path}: there is no such file. Make it with: cities survey sample.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: cannot be read: {error}. Save it as CSV in UTF-8.") from None
    header = list(rows[0]) if rows else []
    wanted = {"cluster": CLUSTER, "sangkat_code": SANGKAT, "stratum": STRATUM}
    raise_all(
        [f"{path}: column '{word}' is missing. It may be called: {', '.join(names)}. Add it."
         for word, names in wanted.items() if not set(names) & set(header)]
        if rows else [f"{path}: the list is empty. Make it with: cities survey sample."]
    )  # fmt: skip
    raise_all(_faults(path, rows))
    return _lists(rows)


def _pick(row: dict[str, str], names: tuple[str, ...]) -> str:
    """Return the first of several columns that is there."""
    return next(((row[name] or "").strip() for name in names if name in row), "")


def _lists(rows: list[dict[str, str]]) -> SampleLists:
    """Return clusters and households, each once."""
    clusters: dict[str, Cluster] = {}
    households: list[Household] = []
    for row in rows:
        code = _pick(row, CLUSTER)
        clusters.setdefault(code, Cluster(code, *_facts(row), _pick(row, NAME_EN), _pick(row, NAME_KM)))
        if _pick(row, HOUSEHOLD):
            spare = _pick(row, ("role",)).startswith("reserve")
            households.append(Household(_pick(row, HOUSEHOLD), code, *_facts(row), spare))
    return SampleLists(tuple(clusters.values()), tuple(households))


def _facts(row: dict[str, str]) -> tuple[str, str]:
    """Return code of the sangkat as ministries write it, and stratum."""
    return _pick(row, SANGKAT).removeprefix("KH"), _pick(row, STRATUM)


def _faults(path: Path, rows: list[dict[str, str]]) -> Iterator[str]:
    """Say which rows cannot be used, with their row number in the file."""
    homes: dict[str, int] = {}
    facts: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(rows, start=2):
        cluster, home, here = _pick(row, CLUSTER), _pick(row, HOUSEHOLD), _facts(row)
        for word, code in (("cluster", cluster), ("household_id", home or "-"), ("stratum", here[1])):
            if not CODE.fullmatch(code):
                yield f"{path}: row {number}: {word} is '{code}'. Use letters, digits, . - _ / without spaces."
        if not re.fullmatch(r"\d{6}", here[0]):
            yield f"{path}: row {number}: sangkat_code is '{here[0]}'. It has six digits. Correct it."
        if home and home in homes:
            yield f"{path}: row {number}: household_id '{home}' stands in row {homes[home]} too. Rename one."
        homes.setdefault(home, number)
        # A cluster of listed households may lie in two sangkats; one without a list is all that says where it is.
        where = here[1:] if home else here
        if cluster in facts and facts[cluster] != where:
            was = " ".join(facts[cluster])
            yield f"{path}: row {number}: cluster '{cluster}' is in {' '.join(where)}, above in {was}. Name it apart."
        facts.setdefault(cluster, where)
