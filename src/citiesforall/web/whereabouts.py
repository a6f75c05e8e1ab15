"""Says in which place of a served city a coarse point is, and what places there are to choose from."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from citiesforall.core.errors import CitiesError, InputError, did_you_mean
from citiesforall.pipeline.served import Served, place_at
from citiesforall.voices.coarse import coarse
from citiesforall.voices.records import VoiceIn
from citiesforall.web.evidence_routes import _opened, city_of
from citiesforall.web.house import House

KEPT = 20_000
"""Coarse points whose place is kept in memory: more than a city of 1,500 km2 has."""


def place_of(house: House, voice: VoiceIn) -> str | None:
    """Return the code of the place a voice belongs to.

    Parameters
    ----------
    house
        With its cities.
    voice
        Its point counts before the place it names: only the middle of its cell of 300 m is looked at.

    Returns
    -------
    str or None
        Code of the smallest place that holds the point, or of the place named; None where neither was given, or the point is in
        no served city.

    Raises
    ------
    InputError
        The place named is in no served city.
    """
    if voice.lat is not None and voice.lon is not None:
        here = coarse(voice.lat, voice.lon)
        folders = [one.folder for one in _cities(house)]
        found = (_found(str(each), (each / "run.json").stat().st_mtime, *here) for each in folders)
        return next((place for place in found if place is not None), None)
    if voice.place is None:
        return None
    known = {code for one in _cities(house) for code in one.places["place"].astype(str)}
    if voice.place not in known:
        raise InputError(
            f"place '{voice.place}': it is in no city served here. {did_you_mean(voice.place, known)}"
        )
    return voice.place


def choices(house: House, lang: str) -> list[dict[str, Any]]:
    """Return the places a citizen may choose from, city by city.

    Parameters
    ----------
    house
        With its cities.
    lang
        ``en`` or ``km``.

    Returns
    -------
    list of dict
        ``city`` (its name) and ``places``: ``id`` and ``name`` of each place that no other is in.
    """
    told = []
    for one in _cities(house):
        parents = set(one.places["parent"].dropna())
        names = {str(row["place"]): _name(row, lang) for row in one.places.to_dict("records")}
        told.append(
            {
                "city": names.get(str(one.said["city"]["code"]), str(one.said["city"]["code"])),
                "places": [{"id": key, "name": name} for key, name in names.items() if key not in parents],
            }
        )
    return told


def _name(row: dict[Any, Any], lang: str) -> str:
    """Return what a place is called."""
    khmer = row.get("name_km")
    return khmer if lang == "km" and isinstance(khmer, str) and khmer else str(row["name"])


def _cities(house: House) -> list[Served]:
    """Return the served cities that can be read: one that cannot be must not keep a voice from being kept."""
    found = []
    for code in house.cities:
        try:
            found.append(city_of(house, code))
        except (CitiesError, OSError, ValueError):
            continue
    return found


@lru_cache(maxsize=KEPT)
def _found(folder: str, changed_at: float, lat: float, lon: float) -> str | None:
    """Look a coarse point up once for as long as a city stays as it is: many speak from the same one."""
    return place_at(_opened(folder, changed_at), lat, lon)
