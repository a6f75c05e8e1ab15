"""A scenario put on a city's layers: every change in its order, all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from citiesforall.core.changes import KINDS_OF_CHANGE, Change
from citiesforall.core.errors import CitiesError, InputError, raise_all
from citiesforall.core.inputs import Inputs
from citiesforall.core.scenario import Scenario
from citiesforall.whatif import facilities, ground
from citiesforall.whatif.city import CityLayers, city_now

PUT: Mapping[str, Callable[[CityLayers, Any, str], CityLayers]] = MappingProxyType(
    {
        "add_facility": facilities.add_facility, "move_facility": facilities.move_facility,
        "remove_facility": facilities.remove_facility, "upgrade_facility": facilities.upgrade_facility,
        "add_stop": facilities.add_stop, "remove_stop": facilities.remove_stop, "set_frequency": facilities.set_frequency,
        "add_link": ground.add_link, "close_street": ground.close_street, "add_open_space": ground.add_open_space,
        "set_people": ground.set_people,
    }
)  # fmt: skip
assert PUT.keys() == KINDS_OF_CHANGE.keys()


def changed(given: Inputs | CityLayers, scenario: Scenario) -> CityLayers:
    """Return the layers of the city as a scenario would have them.

    Parameters
    ----------
    given
        The city and its finished steps, or its layers read before (`city_now`).
    scenario
        What is changed.

    Returns
    -------
    CityLayers
        Changed layers; ``touched`` names them.

    Raises
    ------
    InputError
        Carrying every fault: what is not there, places outside the city, streets without which a hospital is cut off.

    Notes
    -----
    Changes are put one after the other. A facility that is added is one of its own, however near another stands, and is
    entered at its point. Doors of what is there stay where they are when streets change. What an answer needs besides (cells
    under changed streets and open space, kinds of stops by departures) is made again by the functions that made it.
    """
    city = before = given if isinstance(given, CityLayers) else city_now(given)
    faults: list[str] = []
    for number, change in enumerate(scenario.changes, 1):
        try:
            city = PUT[change.do](city, change, id_of(scenario.name, number))
        except CitiesError as error:
            faults += [f"{scenario.name}: {where(number, change)}: {fault}" for fault in error.faults]
    if city.streets is None and city.touched & {"facilities", "stops"}:
        faults.append(
            f"{scenario.name}: the city has no streets, so nobody's walk is known and no number would change. "
            "Add [sources.streets] to the city file."
        )
    raise_all(faults, InputError)
    city = facilities.kinds_now(city, before.kinds)
    return ground.open_now(ground.streets_now(city))


def id_of(name: str, number: int) -> str:
    """Return the id that what a change adds gets where it has none."""
    return f"{name}:{number}"


def where(number: int, change: Change) -> str:
    """Say which change a fault is in."""
    return f"change {number} ({change.do})"
