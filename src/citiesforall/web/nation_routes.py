"""A nation over HTTP: its places, outlines, numbers, and the tables that were made of all its cities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path as Folder
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from citiesforall.core.errors import InputError
from citiesforall.pipeline.served_nation import (
    FILE,
    KEYS,
    ServedNation,
    nation_info,
    nation_observed,
    nation_place,
    nation_places,
    nation_table,
    open_nation,
    outlines,
)
from citiesforall.web.house import Here, House
from citiesforall.web.sent import Kept, kept, sent

router = APIRouter(prefix="/api/nations", tags=["nation"])
Code = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_\-]+$")]
Name = Annotated[str, Path(max_length=80, pattern=r"^[A-Za-z0-9_\-]+$")]
Place = Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9_\-]*$")]
Lang = Annotated[str, Query(pattern="^(en|km)$")]
KEPT = 2
"""Nations kept in memory."""
ANSWERS = 192
"""Answers kept packed: outlines of all provinces, and what was looked at last."""


@lru_cache(maxsize=KEPT)
def _opened(folder: str, _changed_at: float) -> ServedNation:
    """Read a nation once for as long as its files stay as they are."""
    return open_nation(Folder(folder))


def _where(house: House, code: str) -> tuple[str, float]:
    """Return the folder of a published nation and when it was published."""
    for name in house.nations:
        file = house.out / name / FILE
        if file.is_file() and code.lower() in {name.lower(), name.lower().rpartition("_")[2]}:
            return str(file.parent), file.stat().st_mtime
    raise InputError(f"nation '{code}': there is none of this code here. Look at /api/nations.")


@lru_cache(maxsize=ANSWERS)
def _answer(folder: str, changed_at: float, what: str, asked: tuple[str, ...]) -> Kept:
    """Make an answer once for as long as the nation stays as it is."""
    one = _opened(folder, changed_at)
    if what == "outlines":
        return kept(outlines(one, *asked).encode(), "application/geo+json")
    found: Any
    match what:
        case "info":
            found = nation_info(one, asked[1:], asked[0])
        case "places":
            found = nation_places(one)
        case "observations":
            found = nation_observed(one, *asked)
        case "place":
            found = nation_place(one, *asked)
        case _:
            chosen = {key: value for key, value in zip(KEYS, asked[2:], strict=True) if value}
            found = nation_table(one, asked[0], tuple(one for one in asked[1].split(",") if one), chosen)
    return kept(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())


@router.get("")
def nations(house: Here, lang: Lang = "km") -> list[dict[str, Any]]:
    """List the nations served."""
    told = []
    for name in house.nations:
        said: Mapping[str, Any] = json.loads((house.out / name / FILE).read_text("utf-8"))
        own = (said.get("name_km") or said["name"]) if lang == "km" else said["name"]
        told.append(
            {
                "code": said["code"],
                "name": own,
                "period": said["period"],
                "is_invented": bool(said["invented"]),
            }
        )
    return told


@router.get("/{code}")
def nation(house: Here, code: Code, request: Request, lang: Lang = "km") -> Response:
    """Say who a nation is and what is known of it."""
    return sent(_answer(*_where(house, code), "info", (lang, *house.cities)), request)


@router.get("/{code}/places")
def places(house: Here, code: Code, request: Request) -> Response:
    """Give every place: code, names, level, the place it is in."""
    return sent(_answer(*_where(house, code), "places", ()), request)


@router.get("/{code}/outlines/{level}.geojson")
def shapes(house: Here, code: Code, level: Name, request: Request, within: Place = "") -> Response:
    """Give the outlines of the places of a level, of all or of those in a place."""
    return sent(_answer(*_where(house, code), "outlines", (level, within)), request)


@router.get("/{code}/observations/{indicator}")
def observations(
    house: Here, code: Code, indicator: Name, request: Request, group: Annotated[str, Query(max_length=60)] = "all"
) -> Response:  # fmt: skip
    """Give an indicator of a group in every place that says anything of it, with coverage and basis, as columns."""
    return sent(_answer(*_where(house, code), "observations", (indicator, group)), request)


@router.get("/{code}/places/{place}")
def of_place(
    house: Here, code: Code, place: Code, request: Request, group: Annotated[str, Query(max_length=60)] = "all"
) -> Response:  # fmt: skip
    """Give every indicator of a group in one place, as columns."""
    return sent(_answer(*_where(house, code), "place", (place, group)), request)


@router.get("/{code}/tables/{table}")
def table(
    house: Here, code: Code, table: Name, request: Request, columns: Annotated[str, Query(max_length=600)] = ""
) -> Response:  # fmt: skip
    """Give a finished table as columns; ``member=``, ``place=``, ``level=``, ``challenge=``, ``kind=`` choose rows."""
    chosen = tuple(str(request.query_params.get(key, ""))[:80] for key in KEYS)
    return sent(_answer(*_where(house, code), "table", (table, columns, *chosen)), request)
