"""What a city's own figures say where more than a part of a whole is needed: the waste balance of SDG 11.6.1."""

from __future__ import annotations

NON_HOUSEHOLD_SHARE = 0.3
"""Share of municipal waste that does not come from households, where none was weighed (ours, after UN-Habitat)."""
KG_PER_T = 1000.0


def waste_generated_t(
    per_person_kg: float, people: float, non_household_t: float = float("nan")
) -> tuple[float, bool]:
    """Return the municipal solid waste a city generates in a day.

    Parameters
    ----------
    per_person_kg
        Household waste of one person in a day. [kg]
    people
        Residents.
    non_household_t
        Waste of markets, shops, offices and streets in a day; nan where it was not weighed. [t]

    Returns
    -------
    tuple
        Tonnes a day, and whether the part that is not of households was assumed.

    References
    ----------
    un_sdg_11_6_1

    Examples
    --------
    >>> waste_generated_t(0.60, 150_000, 30.0)
    (120.0, False)
    >>> round(waste_generated_t(0.60, 150_000)[0], 1)
    128.6
    """
    household_t = per_person_kg * people / KG_PER_T
    if non_household_t != non_household_t:  # noqa: PLR0124 - nan is unlike itself
        return household_t / (1 - NON_HOUSEHOLD_SHARE), True
    return household_t + non_household_t, False


def controlled_waste_share(generated_t: float, to_controlled_site_t: float, recovered_t: float) -> float:
    """Return the share of municipal solid waste that is collected and managed in controlled facilities: SDG 11.6.1.

    Parameters
    ----------
    generated_t
        All municipal waste, collected or not, in a day. [t]
    to_controlled_site_t, recovered_t
        Of it, brought to a controlled disposal site, and recovered in a facility of at least basic control. [t]

    Returns
    -------
    float
        nan where nothing is generated. [share]

    References
    ----------
    un_sdg_11_6_1

    Examples
    --------
    >>> round(controlled_waste_share(120, 48, 6), 3)
    0.45
    """
    return (to_controlled_site_t + recovered_t) / generated_t if generated_t > 0 else float("nan")
