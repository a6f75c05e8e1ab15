"""Which groups an indicator is asked of, and the layers bound to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from citiesforall.core.group import Group, groups
from citiesforall.core.indicator import Indicator
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import METHODS
from citiesforall.measure.survey_layer import TABLE_OF, bind_survey, knows_group

OF_EVERYBODY = frozenset({"registers", "scorecards"})
"""Layers that tell nothing of groups."""


def bind_groups(
    layers: Layers, groups: Mapping[str, Group], speeds: Mapping[str, float]
) -> tuple[dict[str, Layers], list[str]]:
    """Bind the layers to every group the data allow.

    Parameters
    ----------
    layers
        Bound to everybody.
    groups
        By id.
    speeds
        Choice -> walking speed. [m/s]

    Returns
    -------
    tuple
        Group -> layers, and the groups the city's sources do not know.
    """
    everybody = layers.column("people")
    bound: dict[str, Layers] = {}
    unknown: list[str] = []
    for one in groups.values():
        if one.people is None:
            continue  # only a survey can know it
        if one.people not in layers.cells:
            unknown.append(one.id)
            continue
        share: npt.NDArray[np.float64] = np.divide(
            layers.column(one.people), everybody, out=np.zeros_like(everybody), where=everybody > 0
        )
        bound[one.id] = layers if one.id == "all" else layers.bound(one.id, share, speeds[one.speed])
    return bound, unknown


def groups_asked(one: Indicator, bound: Mapping[str, Layers]) -> list[str]:
    """Return the groups an indicator is asked of: those that only walk slower, only where it walks.

    Parameters
    ----------
    one
        The indicator.
    bound
        Group -> layers bound to it.
    """
    reads = METHODS[one.method].reads if one.method in METHODS else ()
    if not one.groups or OF_EVERYBODY & set(reads):
        return ["all"]
    walks = "facilities" in reads
    return [group for group, layers in bound.items() if walks or layers.walk_m_s == layers.base_walk_m_s]


def bind_asked(layers: Layers, among: Mapping[str, Group]) -> dict[str, Layers]:
    """Return the layers bound to every group of a survey; everybody only, where there is none.

    Parameters
    ----------
    layers
        Bound to everybody.
    among
        Groups, by id.
    """
    survey = layers.survey
    if survey is None:
        return {"all": layers}
    return {
        one.id: replace(layers, group=one.id, survey=bind_survey(survey, one, among))
        for one in among.values()
        if one.survey is not None
    }


def groups_surveyed(one: Indicator, layers: Layers) -> list[str]:
    """Return the groups of a survey an indicator is asked of: those its table tells apart.

    Parameters
    ----------
    one
        An indicator of a survey; indicators of households are asked of groups of whole households only.
    layers
        Bound to everybody.
    """
    if layers.survey is None or not one.groups:
        return ["all"]
    of = str(one.options.get("of", "people"))
    return [
        group.id for group in groups().values() if group.id == "all" or knows_group(layers.survey, group, of)
    ]


def groups_known(layers: Layers, bound: list[str], unknown: list[str]) -> tuple[list[str], list[str]]:
    """Return the groups the city's sources know, cells or survey, and those they do not.

    Parameters
    ----------
    layers
        Bound to everybody.
    bound, unknown
        Groups the cells know, and do not.

    Returns
    -------
    tuple
        Without a survey, groups that only a survey can know are in neither.
    """
    survey = layers.survey
    if survey is None:
        return bound, unknown
    asked = {one.id for one in groups().values() if any(knows_group(survey, one, of) for of in TABLE_OF)}
    only = [one.id for one in groups().values() if one.people is None]
    known = [*bound, *(key for key in groups() if key in asked and key not in bound)]
    return known, [key for key in (*unknown, *only) if key not in asked]
