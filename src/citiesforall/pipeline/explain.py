"""Where one number comes from: value, interval, amounts, method, sources, licences."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.errors import DeclarationError, MissingSourceError, did_you_mean
from citiesforall.core.indicator import Indicator, indicator
from citiesforall.core.references import reference
from citiesforall.core.tables import read_parquet
from citiesforall.core.units import shown
from citiesforall.measure import methods
from citiesforall.measure.method import METHODS
from citiesforall.pipeline.explain_interval import interval_lines
from citiesforall.pipeline.explain_status import status_lines
from citiesforall.text import say, say_key, word

assert methods.MODULES, "importing them registers the methods"


REASONS = (
    "its sources give nothing for this place, or access is unknown for more than half of its people, or the walk is longer "
    "than the longest looked for"
)
DRAWN = {
    "people": ("relative_sd",),
    "pm25": ("relative_sd",),
    "facilities": ("gone_share",),
    "transit": ("gone_share",),
    "registers": ("relative_sd",),
}
"""Role -> the stated errors that draws are made from; others are told but not drawn."""
TOLD = ("relative_sd", "gone_share", "position_m")


def explain_number(
    out: Path, key: str, *, place: str = "", group: str = "all", city: str = "", lang: str = "en"
) -> str:
    """Say where one number comes from.

    Parameters
    ----------
    out
        Folder of results.
    key
        Indicator id.
    place, group
        Codes; the city and everybody by default.
    city
        Folder of the run, where there are several.
    lang
        Language of the title.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    CitiesError
        There is no run, or the indicator, place or group is not in it.
    """
    one = indicator(key)
    folder = find_run(out, city, place)
    said = json.loads((folder / "run.json").read_text("utf-8"))
    table = read_parquet(folder / "observations.parquet")
    where = place or said["city"]["code"]
    row = _row(table, key, where, group)
    lines = [*_head(one, lang), "", *_value(folder, row, one, said, lang)]
    lines += [f"  {line}" for line in interval_lines(out, said, one, row, lang)]
    lines += ["", *_method(one, lang), "", *_sources(said, key, group, lang)]
    return "\n".join(lines)


def find_run(out: Path, city: str, place: str) -> Path:
    """Return the folder of a finished run.

    Parameters
    ----------
    out
        Folder of results.
    city
        Name of the folder, or empty.
    place
        A place code that the run must hold, or empty.

    Raises
    ------
    MissingSourceError
        There is no run, or several and none is named.
    """
    runs = {path.parent.name: path.parent for path in sorted(out.glob("*/run.json"))}
    if not runs:
        raise MissingSourceError(
            f"{out}: there is no finished run here. Run `cities run CITY.toml` or `cities demo` first."
        )
    if city:
        if city not in runs:
            raise MissingSourceError(
                f"--city '{city}': there is no such run in {out}. {did_you_mean(city, runs)}"
            )
        return runs[city]
    fits = [path for path in runs.values() if not place or _holds(path, place)]
    if not fits:
        raise MissingSourceError(
            f"--place '{place}': no run in {out} holds it. Known runs: {', '.join(runs)}."
        )
    if len(fits) > 1:
        raise MissingSourceError(
            f"{out}: there are several runs. Add --city with one of: {', '.join(p.name for p in fits)}."
        )
    return fits[0]


def _holds(folder: Path, place: str) -> bool:
    """Say whether a run has a place."""
    said = json.loads((folder / "run.json").read_text("utf-8"))
    return any(p["place"] == place for p in said["places"])


def _row(table: pd.DataFrame, key: str, place: str, group: str) -> Any:
    """Return the one observation, or say which words would be right."""
    rows = table[table["indicator"] == key]
    if rows.empty:
        raise DeclarationError(f"'{key}' is not in this run. Run the city again with this version.")
    for column, asked in (("place", place), ("group", group)):
        if asked not in set(rows[column]):
            raise DeclarationError(
                f"{column} '{asked}' has no '{key}' in this run. {did_you_mean(asked, set(rows[column]))}"
            )
        rows = rows[rows[column] == asked]
    return rows.iloc[0]


def _head(one: Indicator, lang: str) -> list[str]:
    """Return title and meaning."""
    lines = [
        f"{one.id}, version {one.version}",
        say(f"indicator.{one.id}.title", one.title, lang) or one.title,
    ]
    lines.append(say(f"indicator.{one.id}.meaning", one.meaning, lang) or one.meaning)
    codes = {"SDG": one.sdg, "UMF": one.umf, "U4SSC": one.u4ssc, "human security": one.hs}
    dimension = one.dimension if lang == "en" else word("dimension", one.dimension, lang)
    lines.append(
        f"{_label('dimension', 'dimension', lang)}: {dimension}"
        + "".join(f"; {word} {', '.join(code)}" for word, code in codes.items() if code)
    )
    return lines


def _value(folder: Path, row: Any, one: Indicator, said: dict[str, Any], lang: str) -> list[str]:
    """Return the number with its interval, amounts and status."""
    place = next(p for p in said["places"] if p["place"] == row["place"])
    called = place["name"] if lang == "en" else place.get("name_km") or place["name"]
    invented = ", an invented place" if lang == "en" else f", {word('grade', 'invented', lang)}"
    name = f"{called} ({place['place']})" + (invented if said["city"]["invented"] else "")
    group = row["group"] if lang == "en" else say_key(f"group.{row['group']}.title", lang)
    if row["status"] == "missing":
        reason = said["indicators"][one.id].get("missing") or REASONS
        return [
            f"{name}, {group}, {row['period']}: {'missing' if lang == 'en' else word('status', 'missing', lang)}",
            f"  because: {reason}",
        ]
    if row["status"] == "not_applicable":
        return [
            f"{name}, {group}, {row['period']}: does not apply here (nobody to ask, or nothing to compare)"
        ]
    if row["status"] == "suppressed":
        return [f"{name}, {group}, {row['period']}: {word('status', 'suppressed', lang)}"]
    lines = [f"{name}, {group}, {row['period']}: {shown(row['value'], one.unit)}"]
    lines.append(_interval(row, one, said, lang))
    if row["status"] != "modelled":  # those of a model are no counts
        lines.append(f"  amounts: {row['num']:,.6g} / {row['den']:,.6g} in SI")
    lines += [f"  {line}" for line in status_lines(folder, row, one, said, lang)]
    about = said["indicators"][one.id]
    lines += [f"  {about['note']}"] if about["note"] else []
    if row["status"] == "estimated":
        why = (
            about["estimated"]
            or "part of it is assumed, or access is unknown for more than 5 % of the people"
        )
        lines.append(f"  estimated because: {why}")
    return lines


def _label(key: str, english: str, lang: str) -> str:
    """Return a label as explain writes it in English, or the registry's word in another language."""
    return english if lang == "en" else word("label", key, lang)


def _interval(row: Any, one: Indicator, said: dict[str, Any], lang: str) -> str:
    """Return the interval, or why there is none."""
    if not np.isnan(row["low"]):
        upper = shown(row["high"], one.unit) if np.isfinite(row["high"]) else "no upper bound (beyond reach)"
        how = f"{said['draws']} draws"
        if "households" in METHODS[one.method].reads and one.method != "survey_quantile":
            how = "by the model" if row["status"] == "modelled" else "by the sample's design"
        if lang != "en":
            return f"  {word('label', 'interval', lang)}: {shown(row['low'], one.unit)} - {upper} ({how})"
        return f"  95 % interval: {shown(row['low'], one.unit)} to {upper} ({how})"
    if any(said["sources"][key].get("error") for key in said["indicators"][one.id]["sources"]):
        return "  interval: none, for the stated errors of its sources do not change it, or leave it undefined in many draws"
    return "  interval: none, for no source of this number states an error"


def _method(one: Indicator, lang: str) -> list[str]:
    """Return the method, its options, what it says of itself, and the documents it follows."""
    known = METHODS[one.method]
    words = inspect.getdoc(known.function) or ""
    lines = [
        f"{_label('method', 'method', lang)}: {one.method}({', '.join(f'{k}={v}' for k, v in one.options.items())})",
        f"  {words.splitlines()[0]}",
    ]
    if "Notes\n-----" in words:
        notes = words.split("Notes\n-----\n")[1].split("\n\n")[0]
        lines += [f"  {line}" for line in notes.splitlines()]
    for key in one.cites:
        cited = reference(key)
        lines.append(
            f"  after: {cited['author']} ({cited['year']}). {cited['title']}. {cited.get('url', '')}".rstrip()
        )
    return lines


def _sources(said: dict[str, Any], key: str, group: str, lang: str) -> list[str]:
    """Return the sources of the indicator with vintage, licence and citation."""
    named = list(said["indicators"][key]["sources"])
    if group not in {"all", "slow_walkers"}:
        named += [
            source
            for source, one in said["sources"].items()
            if "groups" in one["roles"] and source not in named
        ]
    lines = [f"{_label('sources', 'sources', lang)}:"]
    for source in named:
        one = said["sources"][source]
        about = f", about {one['period']}" if one["period"] else ""
        lines.append(
            f"  {one['title']} ({one['provider']}), vintage {one['vintage']}{about}, {one['grade']}, licence {one['licence']}"
        )
        lines.append(f"    cite: {one['citation']}")
        lines.append(f"    sha256 {one['sha256'][:16]}..., file {one['file']}")
        lines += [f"    note: {one['note']}"] if one["note"] else []
        lines += _error(one)
    lines.append(f"run {said['run']}, software {said['software']}, seed {said['seed']}")
    return lines


def _error(one: dict[str, Any]) -> list[str]:
    """Return the stated error of a source, and whether draws are made from it."""
    if not one.get("error"):
        return []
    drawn = {word for role in one["roles"] for word in DRAWN.get(role, ())}
    stated = [
        f"{word} {one['error'][word]:g} ({'drawn' if word in drawn else 'told, not drawn'})"
        for word in TOLD
        if one["error"].get(word) is not None
    ]
    return [f"    error: {', '.join(stated)}; said by {one['error']['said_by']}"] if stated else []
