"""What a city can report to a framework: each item measured, missing with the reason, or without an indicator."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.amounts import RESIDENTS
from citiesforall.core.errors import DeclarationError, did_you_mean
from citiesforall.core.figures import figures
from citiesforall.core.framework import NOT_ROLES, Framework, Item, answered_by, framework
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.tables import read_parquet
from citiesforall.core.units import shown
from citiesforall.pipeline.explain import find_run
from citiesforall.text import digits, say_key, word

LANGUAGES = ("en", "km")
HAS_VALUE = frozenset({"ok", "estimated", "modelled", "low_n"})
ASKED = ("answer", "scorecard", "num", "den", "of")
"""Options of methods that name what a survey, a scorecard or a register must hold."""
SCORED = ("score", "maturity")
"""How methods begin that read scorecards."""
SMART_CITY = "people_centred_smart_city"
STANDS = ("measured", "missing", "open")


@dataclass(frozen=True)
class Run:
    """Hold what a finished run says of its city.

    Parameters
    ----------
    title
        Name, code and period.
    rows
        Indicator -> the city's own observation for everybody.
    reasons
        Indicator -> why it is missing.
    """

    title: str
    rows: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[str, str] = field(default_factory=dict)


def framework_text(
    name: str, lang: str = "en", observations: pd.DataFrame | None = None, *, run: Run | None = None
) -> str:
    """List the items of a framework and what answers each.

    Parameters
    ----------
    name
        A file of ``data/frameworks``: ``sdg11``, ``human_security``, ``umf``, ``u4ssc``.
    lang
        ``en`` or ``km``.
    observations
        Of a finished run, one city; the rows of its topmost place for everybody are taken. None lists the indicators only.
    run
        The same with reasons, from `read_run`.

    Returns
    -------
    str
        A block for each part, a line or more for each item, and counts.

    Raises
    ------
    DeclarationError
        The framework or the language is not known.
    """
    if lang not in LANGUAGES:
        raise DeclarationError(f"--lang '{lang}' is not known. {did_you_mean(lang, LANGUAGES)}")
    one = framework(name)
    found = run if run is not None else _run_of(observations)
    answers = answered_by(one)
    head = digits(say_key(f"framework.{name}.title", lang), lang)
    lines = [*([found.title] if found and found.title else []), head]
    lines.append(digits(say_key(f"framework.{name}.note", lang), lang))
    counts: Counter[str] = Counter()
    for part in one.parts:
        inside = [item for item in one.items.values() if item.part == part]
        lines += ["", f"{part}  {say_key(f'framework.{name}.part.{part}', lang)}"] if inside else []
        for item in inside:
            stand = standing(answers[item.code], found)
            counts[stand] += 1
            lines += _item(one, item, answers[item.code], found, lang)
    return "\n".join([*lines, "", _counts(one, counts, found, lang)])


def framework_of_run(name: str, lang: str, out: Path, city: str) -> str:
    """List the items of a framework beside what a finished run measured.

    Parameters
    ----------
    name, lang
        As in `framework_text`.
    out
        Folder of results.
    city
        Name of the run in it; may be empty where there is only one.

    Raises
    ------
    CitiesError
        There is no such run, framework or language.
    """
    framework(name)
    return framework_text(name, lang, run=read_run(find_run(out, city, "")))


def read_run(folder: Path) -> Run:
    """Read what a finished run says of its city.

    Parameters
    ----------
    folder
        With ``run.json`` and ``observations.parquet``.
    """
    said = json.loads((folder / "run.json").read_text("utf-8"))
    city = said["city"]
    rows = _rows(read_parquet(folder / "observations.parquet"), city["code"])
    reasons = {key: about["missing"] for key, about in said["indicators"].items() if about.get("missing")}
    return Run(f"{city['name']} ({city['code']}), {city['period']}", rows, reasons)


def standing(keys: Sequence[str], run: Run | None) -> str:
    """Return how an item stands: ``measured``, ``missing`` (an indicator is there, its source is not) or ``open``.

    Parameters
    ----------
    keys
        Indicators that answer it.
    run
        A finished run; without one, an item with an indicator counts as measured.
    """
    if not keys:
        return "open"
    if run is None or any(_has(run, key) for key in keys):
        return "measured"
    return "missing"


def fillers(item: Item, keys: Sequence[str], lang: str, *, held: bool = True) -> str:
    """Return which sources would fill an item, and what each must hold.

    Parameters
    ----------
    item
        Of a framework.
    keys
        Indicators that answer it.
    lang
        ``en`` or ``km``.
    held
        Whether the answers, amounts and scorecards are named.

    Returns
    -------
    str
        For instance ``Household survey: internet_at_home``; empty where no source does.
    """
    wanted: dict[str, dict[str, None]] = {need: {} for need in item.needs}
    for one in (indicators()[key] for key in keys):
        if role := role_of(one):
            wanted.setdefault(role, {}).update(dict.fromkeys(held_by_source(one)))
    said = []
    for role, names in wanted.items():
        title = say_key(f"framework.source.{role}", lang) if role in NOT_ROLES else word("role", role, lang)
        said.append(f"{title}: {', '.join(names)}" if names and held else title)
    return " + ".join(said)


def role_of(one: Indicator) -> str:
    """Return the role of the source an indicator rests on; empty for those made of maps and cells.

    Parameters
    ----------
    one
        The indicator.
    """
    if one.method.startswith("survey"):
        return "households"
    if one.method.startswith(SCORED):
        return "scorecards"
    if not one.method.startswith("register"):
        return ""
    asked = held_by_source(one)
    return "figures" if all(key in figures() for key in asked) else "registers"


def held_by_source(one: Indicator) -> list[str]:
    """Return the answers, scorecards or amounts an indicator asks of its source, none for those made of maps and cells.

    Parameters
    ----------
    one
        The indicator.
    """
    if not one.method.startswith(("survey", "register", *SCORED)):
        return []
    if one.method == "maturity":
        return [str(one.options.get("scorecard", SMART_CITY))]
    said = [one.options[word] for word in ASKED if word in one.options]
    names = [name for value in said for name in (value if isinstance(value, list) else [value])]
    tables = {"people", "households", "respondents", "members"} if one.method.startswith("survey") else set()
    amounts = [str(name).partition("@")[0] for name in names]
    return [name for name in amounts if name != RESIDENTS and name not in tables]


def _item(one: Framework, item: Item, keys: Sequence[str], run: Run | None, lang: str) -> list[str]:
    """Return the lines of one item."""
    stand = standing(keys, run)
    label = say_key(f"framework.label.{stand}", lang)
    title = digits(say_key(f"framework.{one.name}.item.{item.code}", lang), lang)
    if run is None:
        named = ", ".join(keys) or f"- {label}"
        lines = [f"  {item.code:<14} {title}", f"  {'':<14}   {named}"]
    else:
        lines = [f"  {item.code:<14} {label:<12} {title}"]
        lines += [f"  {'':<14}   {_value(key, run, lang)}" for key in keys]
    if stand != "measured":
        if item.why:
            lines.append(
                f"  {'':<14}   {digits(say_key(f'framework.{one.name}.why.{item.code}', lang), lang)}"
            )
        if fill := fillers(item, keys, lang):
            lines.append(f"  {'':<14}   {say_key('framework.label.fill', lang)}: {fill}")
    return lines


def _value(key: str, run: Run, lang: str) -> str:
    """Return an indicator's value in the run, or why it has none."""
    if _has(run, key):
        row = run.rows[key]
        status = "" if row["status"] == "ok" else f" [{word('status', str(row['status']), lang)}]"
        return f"{key}: {shown(float(row['value']), indicators()[key].unit)}{status}"
    status = word("status", str(run.rows[key]["status"]) if key in run.rows else "missing", lang)
    reason = run.reasons.get(key, "")
    return f"{key}: {status}" + (f"; {say_key('framework.label.because', lang)}: {reason}" if reason else "")


def _counts(one: Framework, counts: Counter[str], run: Run | None, lang: str) -> str:
    """Return the last line: how many items stand how."""
    labels = {**{stand: stand for stand in STANDS}, **({} if run else {"measured": "with_indicator"})}
    said = [
        f"{counts[stand]} {say_key(f'framework.label.{labels[stand]}', lang)}"
        for stand in STANDS
        if counts[stand]
    ]
    return digits(f"{len(one.items)} {say_key('framework.label.items', lang)}: {', '.join(said)}", lang)


def _has(run: Run, key: str) -> bool:
    """Say whether a run has a value of an indicator."""
    return key in run.rows and str(run.rows[key]["status"]) in HAS_VALUE


def _run_of(observations: pd.DataFrame | None) -> Run | None:
    """Return a run made of observations alone: its city is the place with the shortest code."""
    if observations is None:
        return None
    city = min(set(observations["place"]), key=lambda code: (len(code), code))
    return Run("", _rows(observations, city))


def _rows(observations: pd.DataFrame, city: str) -> dict[str, Mapping[str, Any]]:
    """Return the observations of one place for everybody, by indicator; the latest period where there are several."""
    own = observations[(observations["place"] == city) & (observations["group"] == "all")]
    return {
        str(row["indicator"]): {str(name): value for name, value in row.items()}
        for row in own.sort_values("period").to_dict("records")
    }
