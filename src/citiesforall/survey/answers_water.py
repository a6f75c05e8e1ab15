"""Answers on drinking water: the ladder of the Joint Monitoring Programme, and the list of SDG 11.1.1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citiesforall.survey.answers import all_of, amount, is_a, is_code, opposite, yes
from citiesforall.survey.asked import Asked, Floats

WATER_MINUTES = 30.0  # [min]
MOST_AT_A_TAP = 5.0


def improved_water(source: Floats, bottled: Floats, other: Floats) -> Floats:
    """Say whether drinking water is from an improved source. (H,)

    Parameters
    ----------
    source
        Main source is of an improved kind. (H,)
    bottled
        Main source is bottled water. (H,)
    other
        Source for other uses is of an improved kind. (H,)

    Notes
    -----
    Joint Monitoring Programme [who_unicef_jmp_2018]: piped, public tap, borehole, protected well or spring, rainwater, kiosk,
    and since 2017 tanker and cart; bottled water where the other source is improved.
    """
    out: Floats = np.where(bottled == 1, other, source)
    return out


def improved_water_11_1_1(
    source: Floats, bought: Floats, other: Floats, tap: Floats, sharing: Floats
) -> Floats:
    """Say whether drinking water is from a source that SDG 11.1.1 lists; this decides on slum conditions. (H,)

    Parameters
    ----------
    source
        Main source is on the list. (H,)
    bought
        Main source is bottled water or a refill station. (H,)
    other
        Source for other uses is on the list. (H,)
    tap
        Main source is a public tap. (H,)
    sharing
        Households that use the tap. (H,)

    Notes
    -----
    Metadata of SDG 11.1.1 [un_sdg_11_1_1]: piped to dwelling or yard, a public tap for five households at most, borehole,
    protected well or spring, rainwater; bottled water where the other source is on the list. Tanker and cart are not on it.
    Ours: a refill station counts as bottled water, a neighbour's pipe as piped. Where the form did not ask how many share a
    tap, every public tap counts.
    """
    few = np.where(np.isnan(sharing), np.nan, (sharing <= MOST_AT_A_TAP).astype(np.float64))
    if np.isnan(sharing).all():
        few = np.ones(source.size)
    out: Floats = np.where(bought == 1, other, np.where(tap == 1, few, source))
    return out


def minutes_to_water(premises: Floats, delivered: Floats, minutes: Floats) -> Floats:
    """Return the minutes a round trip for water takes: none where it is at home or brought. (H,) [min]"""
    out: Floats = np.where((premises == 1) | (delivered == 1), 0.0, minutes)
    return out


def basic_water(improved: Floats, minutes: Floats) -> Floats:
    """Say whether water is from an improved source at most 30 minutes away, there, back and waiting. (H,)

    Notes
    -----
    Basic drinking water of the Joint Monitoring Programme [who_unicef_jmp_2018], upon `improved_water`, so that the ladder
    never has more basic than improved.
    """
    near = np.where(np.isnan(minutes), np.nan, (minutes <= WATER_MINUTES).astype(np.float64))
    return all_of([improved, np.where(improved == 0, 0.0, near)])


def safely_managed_water(improved: Floats, premises: Floats, enough: Floats, clean: Floats) -> Floats:
    """Say whether improved water is at home, enough when needed, and free of E. coli. (H,)

    Notes
    -----
    Ladder of the Joint Monitoring Programme [who_unicef_jmp_2018]. Known only of households whose water was tested: else the
    untested would count only where something fails, and the share would come out too low.
    """
    out: Floats = np.where(np.isnan(clean), np.nan, all_of([improved, premises, enough, clean]))
    return out


def derive_water(asked: Asked, given: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the ladder of drinking water, and whether its source is on the list of SDG 11.1.1.

    Parameters
    ----------
    asked
        Interviews.
    given
        Answers the file gives as they are.

    Returns
    -------
    dict
        Answer -> share. (H,)
    """
    improved = improved_water(
        is_a(asked, "water_source", "improved"), is_a(asked, "water_source", "bottled"),
        is_a(asked, "water_other_source", "improved"),
    )  # fmt: skip
    listed = improved_water_11_1_1(
        is_a(asked, "water_source", "slum_list"), is_a(asked, "water_source", "bought"),
        is_a(asked, "water_other_source", "slum_list"), is_a(asked, "water_source", "public_tap"),
        amount(asked, "water_tap_households"),
    )  # fmt: skip
    if "improved_water" in given:  # the file says it without the source: there is no list to go by
        improved = given["improved_water"]
        listed = np.where(np.isnan(listed), improved, listed)
    # Piped into dwelling or yard says where the water is, asked or not.
    premises = np.fmax(
        np.where(is_a(asked, "water_source", "premises") == 1, 1.0, np.nan),
        is_a(asked, "water_place", "premises"),
    )
    minutes = minutes_to_water(
        premises, is_code(asked, "water_place", ("delivered",)), amount(asked, "water_minutes")
    )
    enough = opposite(yes(asked, "water_short_1m"))
    clean = is_code(asked, "water_test", ("safe",), ("not_tested",))
    return {
        "improved_water": improved,
        "improved_water_11_1_1": listed,
        "basic_water": basic_water(improved, minutes),
        "safely_managed_water": safely_managed_water(improved, premises, enough, clean),
    }
