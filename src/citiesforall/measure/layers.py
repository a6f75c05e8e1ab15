"""What methods read: the city's layers as arrays, bound to one group of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import add_up
from citiesforall.measure.register_layer import RegisterLayer
from citiesforall.measure.score_layer import Scores
from citiesforall.measure.survey_layer import Survey

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ways:
    """Hold the walks from every cell part to its nearest facilities of one kind.

    Parameters
    ----------
    m
        Walking distance to the nearest, second nearest ... facility, inf beyond reach. (k, C) [m]
    facility
        Position of that facility, -1 beyond reach. (k, C)
    present
        Whether a facility is there, in each draw. (S, F)
    estimated
        Whether any of the facilities is assumed.
    sources
        Ids of the sources the facilities come from.
    """

    m: Floats
    facility: npt.NDArray[np.int32]
    present: Bools
    estimated: bool
    sources: tuple[str, ...]

    def nearest_m(self) -> Floats:
        """Return the walk to the nearest facility that is there, per draw. (S, C) or (1, C) [m]"""
        if self.present.all():
            return self.m[:1]
        out = np.full((self.present.shape[0], self.m.shape[1]), np.inf)
        open_ = np.ones(out.shape, dtype=bool)
        for rank in range(self.m.shape[0]):
            known = self.facility[rank] >= 0
            there = np.zeros(out.shape, dtype=bool)
            there[:, known] = self.present[:, self.facility[rank, known]]
            there &= open_
            np.copyto(out, self.m[rank], where=there)
            open_ &= ~there
        return out


@dataclass(frozen=True)
class Layers:
    """Hold the layers of one city for one group; arrays of cell parts are sorted by unit.

    Parameters
    ----------
    group
        Id of the group the people are of.
    people
        Residents of the group per draw. (S, C) [persons]
    people_past
        Residents of everybody at the earlier date, or None. (C,) [persons]
    walk_m_s, base_walk_m_s
        The group's walking speed, and that of most adults. [m/s]
    cells
        Columns of the cells layer. (C,)
    known_street
        Whether a mapped street lies near enough for access to be known. (C,)
    leg_m
        Straight way to the nearest street, inf beyond the limit. (C,) [m]
    ways
        Facility or stop kind -> walks.
    starts, belongs
        First part of each unit (U,), and which units make a result row. (R, U)
    years
        What time amounts are about: ``people``, ``people_past``, ``built_m2``, ``built_past_m2``.
    drawn
        Column of the cells -> its draws, where its source states an error. (S, C)
    facts
        Figures about the sources: ``street_classes_share``, ``largest_component_share``.
    """

    group: str
    people: Floats
    people_past: Floats | None
    walk_m_s: float
    base_walk_m_s: float
    cells: Mapping[str, Floats]
    known_street: Bools
    leg_m: Floats
    ways: Mapping[str, Ways]
    starts: npt.NDArray[np.int64]
    belongs: Bools
    years: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    drawn: Mapping[str, Floats] = field(default_factory=dict)
    why_not: Mapping[str, str] = field(default_factory=dict)
    survey: Survey | None = None
    """What people said, where the city has a household survey; bound to the group."""
    scorecards: Scores | None = None
    registers: RegisterLayer | None = None
    """What evaluators answered, where the city has filled scorecards."""
    parts: npt.NDArray[np.int64] | None = None
    """Positions of these parts among all parts of the city, where they are not all."""
    memo: dict[tuple[str, float], npt.NDArray[np.generic]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Walks and their order, kept between the groups of one indicator; never part of an answer."""

    def nearest_m(self, kind: str) -> Floats:
        """Return the walk to the nearest facility of a kind that is there, per draw. (S, C) or (1, C) [m]"""
        key = (kind, -1)
        if key not in self.memo:
            self.memo[key] = self.walks(kind).nearest_m()
        return self.memo[key]  # type: ignore[return-value]  # stored above as floats

    def parts_of_row(self, row: int) -> npt.NDArray[np.int64]:
        """Return the parts of a result row whose access is known; the same for every group."""
        inside = np.repeat(self.belongs[row], np.diff(np.append(self.starts, self.people.shape[1])))
        return np.flatnonzero(inside & self.known_street)

    def order_of_row(self, kind: str, row: int, parts: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the order of a row's parts by walking distance, per draw. (S or 1, parts)"""
        key = (kind, row)
        if key not in self.memo:
            self.memo[key] = np.argsort(self.nearest_m(kind)[:, parts], axis=1, kind="stable").astype(
                np.int32
            )
        return self.memo[key]  # type: ignore[return-value]  # stored above as positions

    def column(self, name: str) -> Floats:
        """Return one column of the cells.

        Raises
        ------
        NoDataError
            The city has no source for it.
        """
        found = self.cells.get(name)
        if found is None:
            raise NoDataError(self.why_not.get(name, f"no source of the city gives '{name}'"))
        return found

    def walks(self, kind: str) -> Ways:
        """Return the walks to one kind.

        Raises
        ------
        NoDataError
            No facility of the kind is known; absence of data is not absence of access.
        """
        found = self.ways.get(kind)
        if found is None:
            raise NoDataError(f"no facility of kind '{kind}' is known from the city's sources")
        return found

    def rows(self, amounts: Floats) -> Floats:
        """Add amounts per part to result rows. (S, R)"""
        return add_up(amounts, self.starts, self.belongs)

    def inhabited(self) -> Layers:
        """Return the layers of the parts where people live; units and rows stay the same, empty units give nothing."""
        parts = np.flatnonzero(
            self.people[0] != 0
        )  # nan, people unknown, stays: it makes its rows unknown too
        unit = np.repeat(np.arange(self.starts.size), np.diff(np.append(self.starts, self.people.shape[1])))[
            parts
        ]
        units, starts = np.unique(unit, return_index=True)
        return replace(
            self,
            people=self.people[:, parts],
            people_past=None if self.people_past is None else self.people_past[parts],
            cells={name: values[parts] for name, values in self.cells.items()},
            drawn={name: values[:, parts] for name, values in self.drawn.items()},
            known_street=self.known_street[parts],
            leg_m=self.leg_m[parts],
            ways={
                name: replace(way, m=way.m[:, parts], facility=way.facility[:, parts])
                for name, way in self.ways.items()
            },
            starts=starts.astype(np.int64),
            belongs=self.belongs[:, units],
            parts=parts,
            memo={},
        )

    def bound(self, group: str, share: Floats, walk_m_s: float) -> Layers:
        """Return the layers bound to another group.

        Parameters
        ----------
        group
            Its id.
        share
            Share of each part's residents who are of it. (C,)
        walk_m_s
            Its walking speed. [m/s]
        """
        return replace(self, group=group, people=self.people * share, walk_m_s=walk_m_s)


def result_rows(places: pd.DataFrame, units: list[str]) -> tuple[list[str], Bools]:
    """Say which units make each place: a unit itself, its parents, the city.

    Parameters
    ----------
    places
        Columns ``place`` and ``parent``.
    units
        Codes of the units, in the order of the cells.

    Returns
    -------
    tuple
        Codes of the rows, and (R, U) membership.
    """
    parent = dict(zip(places["place"], places["parent"], strict=True))
    codes = list(places["place"])
    position = {code: row for row, code in enumerate(codes)}
    belongs = np.zeros((len(codes), len(units)), dtype=bool)
    for number, unit in enumerate(units):
        code: str | None = unit
        while isinstance(code, str) and code in position:
            belongs[position[code], number] = True
            code = parent.get(code)
    return codes, belongs
