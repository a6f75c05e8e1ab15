"""Evidence over HTTP: cities, places, cells, challenges, plans, and where each number comes from."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from citiesforall.core.errors import InputError
from citiesforall.pipeline.served import (
    Served,
    base_geojson,
    cell_grid,
    city_info,
    observed,
    open_served,
    places_geojson,
    table_of,
)
from citiesforall.text import registry, say_key
from citiesforall.web.house import Here, House
from citiesforall.web.sent import Kept, kept, sent

router = APIRouter(prefix="/api", tags=["evidence"])
Code = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9_\-]+$")]
Name = Annotated[str, Path(max_length=80, pattern=r"^[A-Za-z0-9_\-]+$")]
Lang = Annotated[str, Query(pattern="^(en|km)$")]
KEPT = 8
"""Cities kept in memory."""
WORDS = (
    "web.",
    "word.",
    "group.",
    "kind.",
    "challenge.",
    "diagnose.",
    "plan.",
    "whatif.",
    "action.",
    "report.shown.",
    "nation.",
    "common.",
    "options.",
)
"""Beginnings of the keys whose words a page may need."""
A_DAY = {"Cache-Control": "public, max-age=86400"}


@lru_cache(maxsize=KEPT)
def _opened(folder: str, _changed_at: float) -> Served:
    """Read a city once for as long as its files stay as they are."""
    from pathlib import Path as Folder  # noqa: PLC0415 - the other Path is FastAPI's

    return open_served(Folder(folder))


def city_of(house: House, code: str) -> Served:
    """Return a published city.

    Raises
    ------
    InputError
        It is not served.
    """
    return _opened(*_where(house, code))


def _where(house: House, code: str) -> tuple[str, float]:
    """Return the folder of a published city and when it was published: what is remembered of it holds as long."""
    folder = house.out / code.lower()
    if code.lower() not in house.cities or not (folder / "run.json").is_file():
        raise InputError(f"city '{code}': there is none of this code here. Look at /api/cities.")
    return str(folder), (folder / "run.json").stat().st_mtime


@lru_cache(maxsize=2 * KEPT)
def _info(folder: str, changed_at: float, lang: str) -> dict[str, Any]:
    """Remember what is known of a city."""
    return city_info(_opened(folder, changed_at), lang)


@lru_cache(maxsize=5 * KEPT)
def _drawn(folder: str, changed_at: float, layer: str) -> Kept:
    """Remember a layer as it is sent."""
    one = _opened(folder, changed_at)
    said = places_geojson(one) if layer == "places" else base_geojson(one, layer)
    return kept(said.encode(), "application/geo+json")


@lru_cache(maxsize=2)
def _said(lang: str) -> Kept:
    """Remember the words of the page in a language."""
    said = {key: say_key(key, lang) for key in registry() if key.startswith(WORDS)}
    return kept(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())


@router.get("/words")
def words(request: Request, lang: Lang = "km") -> Response:
    """Give the words of the page in a language."""
    return sent(_said(lang), request)


@router.get("/fonts/khmer.ttf")
def font() -> Response:
    """Give the letters of Khmer to a device that has none of its own."""
    import fontpkg_noto_sans_khmer  # type: ignore[import-untyped] # noqa: PLC0415 - holds a font and no types; few need it

    folder = files(fontpkg_noto_sans_khmer).joinpath("files")
    one = next(file for file in folder.iterdir() if file.name.endswith(".ttf"))
    return Response(one.read_bytes(), media_type="font/ttf", headers=A_DAY)


@router.get("/cities")
def cities(house: Here, lang: Lang = "km") -> list[dict[str, Any]]:
    """List the cities served."""
    told = []
    for code, file in house.cities.items():
        info = _info(*_where(house, code), lang)
        told.append(
            {key: info[key] for key in ("code", "name", "period", "is_invented", "bounds")}
            | {"has_what_if": file is not None}
        )
    return told


@router.get("/cities/{code}")
def city(house: Here, code: Code, lang: Lang = "km") -> dict[str, Any]:
    """Say who a city is and what is known of it."""
    return _info(*_where(house, code), lang)


@router.get("/cities/{code}/places.geojson")
def places(house: Here, code: Code, request: Request) -> Response:
    """Give the borders of the places."""
    return sent(_drawn(*_where(house, code), "places"), request)


@router.get("/cities/{code}/base/{layer}.geojson")
def base(house: Here, code: Code, layer: Name, request: Request) -> Response:
    """Give a layer of the city's own map."""
    return sent(_drawn(*_where(house, code), layer), request)


@router.get("/cities/{code}/observations/{indicator}")
def observations(
    house: Here, code: Code, indicator: Name, group: Annotated[str, Query(max_length=60)] = "all"
) -> list[dict[str, Any]]:
    """Give an indicator of a group in every place."""
    return observed(city_of(house, code), indicator, group)


@router.get("/cities/{code}/cells/{indicator}")
def cells(house: Here, code: Code, indicator: Name) -> Response:
    """Give an indicator by cell: float32 pixels; the frame of the picture is in the header ``X-Grid``."""
    frame, pixels = cell_grid(city_of(house, code), indicator)
    return Response(pixels, media_type="application/octet-stream", headers={"X-Grid": json.dumps(frame)})


@router.get("/cities/{code}/{step}/{table}")
def table(house: Here, code: Code, step: Name, table: Name) -> list[dict[str, Any]]:
    """Give a finished table of the diagnosis or the plan."""
    return table_of(city_of(house, code), step, table)


@router.get("/explain/{code}/{indicator}")
def explain(
    house: Here, code: Code, indicator: Name, place: Annotated[str, Query(max_length=40)] = "",
    group: Annotated[str, Query(max_length=60)] = "all", lang: Lang = "km",
) -> Response:  # fmt: skip
    """Say where a number comes from."""
    from citiesforall.pipeline.explain import explain_number  # noqa: PLC0415 - it loads every method

    city_of(house, code)
    return PlainTextResponse(
        explain_number(house.out, indicator, place=place, group=group, city=code.lower(), lang=lang)
    )
