"""Money of a city in dollars of equal purchasing power: SDG 11.4.1 for comparison between countries."""

from __future__ import annotations

import numpy as np

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import method
from citiesforall.measure.register_sums import known_amounts

FACTOR = "ppp_factor"


@method(measures="purchasing_power_per_people", reads=("registers",), level="row")
def register_rate_ppp(layers: Layers, *, num: list[str], den: list[str]) -> Estimate:
    """Divide money by people, in dollars that buy what one dollar buys in the United States.

    Parameters
    ----------
    layers
        The city's layers.
    num
        Amounts of money in the country's currency; several are added.
    den
        Amounts it is divided by; ``residents`` are the people of the census.

    Returns
    -------
    Estimate
        num = money / factor, den = people. [dollars, persons]

    Raises
    ------
    NoDataError
        The city has no figures, or one of the amounts or the factor is not known.

    Notes
    -----
    The factor is the purchasing power parity of the year as the city's figures give it, so values of different years are in
    dollars of those years; the metadata ask for constant dollars, which needs a deflator beside [un_sdg_11_4_1]_.
    """
    layer = layers.registers
    if layer is None:
        raise NoDataError("the city has no register")
    known = known_amounts(layer, (num, den))
    layer.of(FACTOR)  # says what is missing where nobody gives it
    factor = layer.drawn(FACTOR)
    # One parity for the country: whichever row states it.
    per_dollar = np.where(np.isfinite(factor), factor, -np.inf).max(axis=1, keepdims=True)
    if not (per_dollar > 0).all():
        raise NoDataError(f"no register of the city gives '{FACTOR}'")
    money, people = np.broadcast_arrays(known.amounts[0] / per_dollar, known.amounts[1])
    return Estimate(money.copy(), people.copy(), known.n, known.unknown_share)
