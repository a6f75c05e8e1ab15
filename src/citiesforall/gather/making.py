"""How each layer is made from its sources: the order of readers, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.errors import InputError
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet

if TYPE_CHECKING:
    from citiesforall.network.streets import Streets

# Each reader is loaded by the step that needs it: a process that makes two steps does not load the libraries of five.
# ruff: noqa: PLC0415

AROUND_M = 2_000.0
"""Stops and open spaces are read this far beyond the city, because people walk over its border."""


def crs_of(given: Inputs) -> str:
    """Return the city's metric reference system, chosen when its places were read."""
    return str(given.done["places"].info["crs"])


def places_of(given: Inputs) -> pd.DataFrame:
    """Return the places layer."""
    return read_parquet(given.done["places"].folder / "places.parquet")


def extent_of(places: pd.DataFrame) -> Any:
    """Return the city's polygon. [m]"""
    return shapely.from_wkb(places.loc[places["parent"].isna(), "geometry"].iloc[0])


def streets_of(given: Inputs) -> Streets | None:
    """Return the streets layer, None where the city has no source for it."""
    from citiesforall.network.streets import load

    path = given.file("streets", "streets.npz")
    return load(path) if path else None


def make_places(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read the units and the city; choose the metric reference system.

    Parameters
    ----------
    given
        With a source of role ``boundaries``.
    folder
        Where ``places.parquet`` goes.
    """
    from citiesforall.gather import boundaries
    from citiesforall.gather.place_names import add_names

    ((use, path),) = given.of("boundaries")
    crs = boundaries.choose_crs(use, path, given.city)
    if use.format == "gazetteer":
        from citiesforall.gather.register_boundaries import gazetteer_places  # only for places without shapes

        places, notes = gazetteer_places(use, path, given.city, crs)
    else:
        places, notes = boundaries.gather_places(use, path, given.city, crs)
    places, more = add_names(places, given.city.place.edition)
    write_parquet(places, folder / "places.parquet", {"crs": crs})
    return remember([*notes, *more], [use.id], crs=crs)


def make_streets(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read the streets of the city and around it.

    Parameters
    ----------
    given
        With a source of role ``streets``, and places.
    folder
        Where ``streets.npz`` goes, and ``bridges.npy`` (x and y of both ends of every straight part of a bridge) where
        the source says what is one.
    """
    from citiesforall.gather import streets
    from citiesforall.gather.ways import bridge_lines
    from citiesforall.network.streets import save

    ((use, path),) = given.of("streets")
    with loading_ahead():
        ways, whole, notes = streets.gather_ways((use,), {use.id: path}, crs_of(given))
    west, south, east, north = map(float, shapely.bounds(extent_of(places_of(given))))
    found = streets.streets_near(whole, (west, south, east, north), given.city.choices.reach_m)
    if not found.n_edges:
        raise InputError(
            f"{path.name}: no street lies within {given.city.choices.reach_m / 1000:g} km of the city. "
            "Streets and boundaries are of different places, or one states a wrong reference system."
        )
    if found is not whole:
        km = found.edge_m.sum() / 1000
        notes = [*notes, Note(path.name, f"{km:,.1f} km of streets within reach of the city are kept.")]
    save(found, folder / "streets.npz")
    if (bridges := bridge_lines(ways)) is not None:
        np.save(folder / "bridges.npy", bridges)
    from citiesforall.gather.street_amounts import street_facts  # loaded ahead

    return remember(notes, [use.id], facts=street_facts(found, use))


def make_facilities(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read open spaces and facilities, merged, with their entrances.

    Parameters
    ----------
    given
        With sources of roles ``facilities`` and ``open_space``, places, and streets where the city has them.
    folder
        Where ``facilities.parquet`` and ``open_space.parquet`` go.
    """
    from citiesforall.gather import facilities, open_space

    crs, places = crs_of(given), places_of(given)
    extent = extent_of(places)
    layers = {"places": places}
    notes: list[Note] = []
    if spaces := given.of("open_space"):
        layers["open_space"], notes = open_space.gather_open_space(
            spaces, crs, extent.convex_hull.buffer(AROUND_M)
        )
        write_parquet(layers["open_space"], folder / "open_space.parquet", {"crs": crs})
    uses = given.of("facilities")
    found, more = facilities.gather_facilities(uses, given.city, crs, extent, streets_of(given), layers)
    write_parquet(found, folder / "facilities.parquet", {"crs": crs})
    return remember([*notes, *more], given.ids("facilities", "open_space"))


def make_stops(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read stops and their departures.

    Parameters
    ----------
    given
        With sources of role ``transit``, places, and streets where the city has them.
    folder
        Where ``stops.parquet`` goes.
    """
    from citiesforall.gather import transit

    crs = crs_of(given)
    around = extent_of(places_of(given)).convex_hull.buffer(AROUND_M)
    found, notes = transit.gather_stops(given.of("transit"), crs, around, streets_of(given))
    write_parquet(found, folder / "stops.parquet", {"crs": crs})
    return remember(notes, given.ids("transit"))


@contextmanager
def loading_ahead() -> Iterator[None]:
    """Load what the next steps need while an extract is read: that leaves Python idle for half a second and more."""
    thread = Thread(target=_load_ahead, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _load_ahead() -> None:
    """Load slow libraries."""
    from citiesforall.gather import facilities, open_space, street_amounts  # noqa: F401
