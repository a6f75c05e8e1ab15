"""Who is urban: by density and size of the smallest places, and by what the administrations are called."""

from __future__ import annotations

import numpy as np

from citiesforall.core.codes import Country, country
from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import CellAmounts, Estimate
from citiesforall.measure.layers import Floats, Layers
from citiesforall.measure.method import method
from citiesforall.measure.register_sums import complete, depths
from citiesforall.measure.registers import registers_read

M2_PER_KM2 = 1e6
PARTIAL = "a part of the rule only: what people work in is not known by place"


@method(measures="share", reads=("cells",))
def share_in_dense_units(layers: Layers, *, of: str, per: str, density: float, least: float) -> CellAmounts:
    """Count residents of the units that are dense and large enough to be called urban.

    Parameters
    ----------
    layers
        The city's layers.
    of
        ``people``: whom it counts.
    per
        Amount of the cells that is the unit's ground: ``land_m2``.
    density
        Least residents per square kilometre of the unit's ground. [1/km2]
    least
        Least residents of the unit. [persons]

    Returns
    -------
    CellAmounts
        num = residents of units that pass both, den = residents; units of unknown land are unknown. [persons]

    Raises
    ------
    NoDataError
        No unit's land is known.

    Notes
    -----
    A unit is a commune or whatever the city's smallest places are. Cambodia's census also asks that less than half of the men
    work in farming, which no register gives by commune: so the share is an upper figure, and is called estimated. Each draw
    classifies anew, so the interval holds what the error of the counts does to the classes.
    """
    land = layers.column(per)
    counted = layers.people if of == "people" else layers.column(of)[None, :]
    C = counted.shape[1]
    unit = np.repeat(np.arange(layers.starts.size), np.diff(np.append(layers.starts, C)))
    km2 = np.add.reduceat(land, layers.starts) / M2_PER_KM2
    if not np.isfinite(km2).any():
        raise NoDataError("the land of no unit is known")
    of_unit: Floats = np.add.reduceat(np.nan_to_num(counted), layers.starts, axis=1)
    urban = (of_unit >= least) & (of_unit >= density * km2)
    known = np.isfinite(km2)[unit] & np.isfinite(counted[0])
    den = np.where(known, counted, 0.0)
    return CellAmounts(
        den * urban[:, unit],
        den,
        np.where(known, 0.0, np.nan_to_num(counted[0])),
        estimated=True,
        note=PARTIAL,
    )


@method(measures="share", reads=("registers",), level="row")
def register_in_kinds(layers: Layers, *, of: str, called: list[str]) -> Estimate:
    """Count residents of the administrations of some kinds: municipalities, districts of the capital.

    Parameters
    ----------
    layers
        The city's layers.
    of
        ``residents``: whom it counts.
    called
        Words of ``kinds`` in the country's file (``town``, ``capital_district``).

    Returns
    -------
    Estimate
        num = residents of places of these kinds, den = residents. [persons]

    Raises
    ------
    NoDataError
        The country keeps no list of such places, or none of the city's places is below them.

    Notes
    -----
    An administration is urban by decree here, fields and all.
    """
    layer = registers_read(layers)
    people = layer.drawn(of)
    here = country(layer.places[0][:2])
    named = frozenset[str]() if here is None else _codes(here, called)
    if here is None or not named:
        raise NoDataError(f"no list of {', '.join(called)} is kept of the country")
    depth = depths(layer.parent)
    leaf = np.ones(layer.parent.size, dtype=bool)
    leaf[layer.parent[layer.parent >= 0]] = False
    yes = np.array([any(code.startswith(one) for one in named) for code in layer.places])
    own = np.where(leaf, np.where(yes, people, 0.0), np.nan)
    num, den = complete(own, layer.parent, depth), people
    units = complete(np.where(leaf, 1.0, np.nan)[None, :], layer.parent, depth)[0]
    return Estimate(num, den, units, np.where(np.isfinite(den[0]), 0.0, 1.0))


def _codes(here: Country, kinds: list[str]) -> frozenset[str]:
    """Return the codes of the places of some kinds."""
    names = [here.kinds[kind] for kind in kinds if kind in here.kinds]
    return frozenset(code for name in names for code in here.kinds_of.get(name, ()))
