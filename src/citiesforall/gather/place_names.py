"""Names in both scripts for units whose boundary file has only one, from the country's gazetteer."""

from __future__ import annotations

import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.core.place import gazetteer, translate

NEWEST = {"KH": "kh@2025"}
SAME_SHARE = 0.5
"""A unit takes the name of the place it became, where at least this share of it went there."""


def add_names(places: pd.DataFrame, edition: str | None) -> tuple[pd.DataFrame, list[Note]]:
    """Fill names that the boundary file lacks from the gazetteer.

    Parameters
    ----------
    places
        The places layer.
    edition
        Edition its codes are of; None means the newest.

    Returns
    -------
    tuple
        Places with ``name`` and ``name_km`` filled where the gazetteer knows the code, and notes.
    """
    newest = NEWEST.get(str(places["place"].iloc[0])[:2])
    lacking = places["name_km"].isna() | places["name"].isna()
    if newest is None or not lacking.any():
        return places, []
    known = gazetteer(newest).places
    try:
        became = translate(list(places.loc[lacking, "place"]), edition or newest, newest).codes
    except InputError as error:
        return places, [Note("gazetteer", f"{error} Names in Khmer are left blank.", "doubt")]
    found = {}
    for code, shares in became.items():
        new, share = max(shares, key=lambda pair: pair[1])
        if share >= SAME_SHARE:
            found[code] = known[new]
    km = {code: place.name_km for code, place in found.items()}
    latin = {code: place.name for code, place in found.items()}
    filled = places.assign(
        name_km=places["name_km"].where(places["name_km"].notna(), places["place"].map(km)),
        name=places["name"].where(places["name"].notna(), places["place"].map(latin)),
    )
    filled["name"] = filled["name"].where(filled["name"].notna(), filled["place"])
    moved = sum(code != place.code for code, place in found.items())
    said = f"{len(found)} units take their missing name from gazetteer {newest}; {moved} of them have another code there."
    return filled, [Note("gazetteer", said)]
