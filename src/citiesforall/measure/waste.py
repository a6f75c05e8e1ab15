"""The waste balance of SDG 11.6.1: what becomes of all municipal solid waste, collected or not."""

from __future__ import annotations

import numpy as np

from citiesforall.core.amounts import RESIDENTS
from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate
from citiesforall.measure.layers import Floats, Layers
from citiesforall.measure.method import method
from citiesforall.measure.municipal import KG_PER_T, NON_HOUSEHOLD_SHARE
from citiesforall.measure.register_layer import RegisterLayer
from citiesforall.measure.register_sums import known_amounts, within
from citiesforall.measure.registers import doubted

PER_PERSON, BESIDE = "waste_per_person", "waste_non_household"
ASSUMED = f"waste that is not of households was not weighed: {NON_HOUSEHOLD_SHARE:.0%} of all is assumed"


@method(measures="share", reads=("registers",), level="row")
def register_waste_share(layers: Layers, *, num: list[str]) -> Estimate:
    """Divide waste of one fate by all the municipal solid waste a city generates: SDG 11.6.1.

    Parameters
    ----------
    layers
        The city's layers.
    num
        Amounts of waste a day; several are added.

    Returns
    -------
    Estimate
        num = the waste named, den = waste generated. [t/day]

    Raises
    ------
    NoDataError
        The city has no figures, or its household waste was not weighed.

    Notes
    -----
    Generated = household waste per person x residents + waste of markets, shops, offices and streets; where that was not weighed
    it is taken as 30 % of all, and the value is estimated. Waste nobody collects is in the denominator, so this is not the
    share of households with collection [un_sdg_11_6_1]_, [wact_2021]_. Draws of the part are cut at
    the whole; a published part above its whole stays, is estimated, and says so.
    """
    layer = layers.registers
    if layer is None:
        raise NoDataError("the city has no register")
    known = known_amounts(layer, (num,))
    household = known_amounts(layer, (), (PER_PERSON, RESIDENTS)).amounts[0] / KG_PER_T
    beside = _beside(layer, household)
    assumed = beside is None
    generated = household / (1 - NON_HOUSEHOLD_SHARE) if beside is None else household + beside
    part, whole = np.broadcast_arrays(known.amounts[0], generated)
    found = Estimate(
        within(part, whole),
        whole.copy(),
        known.n,
        known.unknown_share,
        estimated=assumed,
        note=ASSUMED if assumed else "",
    )
    return doubted(layer, found)


def _beside(layer: RegisterLayer, household: Floats) -> Floats | None:
    """Return the waste that is not of households where it is known wherever household waste is, else None. (S, R)"""
    try:
        found: Floats = known_amounts(layer, ((BESIDE,),)).amounts[0]
    except NoDataError:
        return None
    return found if np.isfinite(found[0])[np.isfinite(household[0])].all() else None
