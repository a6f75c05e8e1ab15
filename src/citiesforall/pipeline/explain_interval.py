"""What an interval is made of: the number measured again from the layers a run was made from, one source erring at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from citiesforall.core.units import shown, unit
from citiesforall.text import word

if TYPE_CHECKING:
    from citiesforall.core.indicator import Indicator
    from citiesforall.core.inputs import Inputs
    from citiesforall.measure.parts_of_error import Erring, Split

MADE, STORE = "made.json", ".store"
NOT_NEEDED = "map"
UNDER = 0.005
"""Shares of the variance nearer to 0 than this are shown as under 1 %."""
SAME = 1e-9
FROM_REPLICATES = 0.05
"""Difference of half-widths, as a share, from which the published interval is said to be made otherwise than from draws."""


def interval_lines(out: Path, said: Mapping[str, Any], one: Indicator, row: Any, lang: str) -> list[str]:
    """Say what each source adds to the interval of one number.

    Parameters
    ----------
    out
        Folder of results, with the store in it.
    said
        Contents of run.json.
    one
        The indicator.
    row
        Its observation: place, group, value, low, high, n, status.
    lang
        ``en`` or ``km``.

    Returns
    -------
    list
        Lines of text; what is in the way, where the interval cannot be split; nothing where there is no interval.
    """
    if math.isnan(row["low"]):
        return []
    needed = {name: layer for name, layer in said["layers"].items() if name != NOT_NEEDED}
    gone = [name for name, layer in needed.items() if not (_folder(out, name, layer) / MADE).is_file()]
    if gone:
        return [
            f"{word('explain', 'parts', lang)}: {word('explain', 'layers_gone', lang)} ({', '.join(gone)})"
        ]
    # Measuring is loaded only here: a number without an interval is explained at once.
    from citiesforall.core.tables import read_parquet  # noqa: PLC0415
    from citiesforall.measure.making import city_layers  # noqa: PLC0415
    from citiesforall.measure.parts_of_error import split_number  # noqa: PLC0415

    given = inputs_of(out, said)
    layers, codes = city_layers(given, read_parquet(given.done["cells"].folder / "cells.parquet"))
    choices = given.city.choices
    speeds = {"walk_m_s": choices.walk_m_s, "slow_walk_m_s": choices.slow_walk_m_s}
    split = split_number(erring_of(given, layers), one, row["group"], codes.index(row["place"]), speeds)
    if split is None:
        return [f"{word('explain', 'parts', lang)}: {word('explain', 'not_split', lang)}"]
    if not math.isclose(split.value * unit(one.unit).per_si, row["value"], rel_tol=SAME, abs_tol=SAME):
        return [f"{word('explain', 'parts', lang)}: {word('explain', 'other_version', lang)}"]
    return _lines(split, said, one, row, lang)


def _folder(out: Path, name: str, layer: Mapping[str, Any]) -> Path:
    """Return where a step's result is kept."""
    return out / STORE / name / str(layer["key"])


def inputs_of(out: Path, said: Mapping[str, Any]) -> Inputs:
    """Return what the measure step was handed, from what the store keeps.

    Parameters
    ----------
    out
        Folder of results.
    said
        Contents of run.json.
    """
    from citiesforall.core.city import City  # noqa: PLC0415
    from citiesforall.core.inputs import Finished, Inputs  # noqa: PLC0415

    done = {}
    for name, layer in said["layers"].items():
        if name == NOT_NEEDED:
            continue
        folder = _folder(out, name, layer)
        done[name] = Finished(folder, json.loads((folder / MADE).read_text("utf-8")))
    city = City.model_validate(done["measure"].info["choices"]["city"])
    files = {role: [(use, (Path(use.file),)) for use in uses] for role, uses in city.sources.items()}
    return Inputs(city, files, done, run=str(said["run"]))


def erring_of(given: Inputs, layers: Any) -> Erring:
    """Find everything in the layers of a city of which draws were made.

    Parameters
    ----------
    given
        From `inputs_of`.
    layers
        Made from it.
    """
    from citiesforall.measure.parts_of_error import erring  # noqa: PLC0415

    roles = {"people": "people", "pm25_ug_m3": "pm25", "survey": "households", "scorecards": "scorecards"}
    sources = {what: given.ids(role) for what, role in roles.items()}
    lists = {}
    if "walks" in given.done:
        kinds = json.loads((given.done["walks"].folder / "kinds.json").read_text("utf-8"))
        lists = {name: kind["source"] for name, kind in kinds.items()}
    return erring(layers, {what: ids[0] for what, ids in sources.items() if ids}, lists)


def _lines(split: Split, said: Mapping[str, Any], one: Indicator, row: Any, lang: str) -> list[str]:
    """Return one line a part: source, half-width alone, share of the variance."""
    scale = unit(one.unit).per_si
    lines = [f"{word('explain', 'parts', lang)} ({word('explain', 'columns', lang)}):"]
    for alone in split.parts:
        source = said["sources"].get(alone.part.source, {}).get("title", alone.part.source)
        what = word("error_part", alone.part.what.removeprefix("column:"), lang)
        if alone.variance > 0:
            lines.append(
                f"  {what}: {_half(alone.half_width * scale, one, lang)}, {_share(alone.share)}, {source}"
            )
    lines.append(f"  {word('explain', 'together', lang)}: {_share(split.together)}")
    published, drawn = (row["high"] - row["low"]) / 2, split.half_width * scale
    if math.isfinite(published) and abs(published - drawn) > FROM_REPLICATES * drawn:
        halves = f"{_half(published, one, lang)}; {word('explain', 'drawn', lang)} {_half(drawn, one, lang)}"
        lines.append(f"  {word('explain', 'by_design', lang)}: {halves}")
    return lines


def _share(share: float) -> str:
    """Return a share of the variance as text."""
    return "< 1 %" if abs(share) < UNDER else f"{100 * share:.0f} %"


def _half(half_width: float, one: Indicator, lang: str) -> str:
    """Return half the width of an interval as text; of per cents in points, lest it be read as a part of the value."""
    text = shown(half_width, one.unit)
    return (
        f"± {text.removesuffix('%')}{word('explain', 'points', lang)}" if text.endswith(" %") else f"± {text}"
    )
