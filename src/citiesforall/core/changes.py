"""The kinds of change a scenario is made of, each a record that is possible by itself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from citiesforall.core.errors import did_you_mean
from citiesforall.core.source import Frozen

MODES = ("bus", "tram", "rail", "metro", "ferry", "brt", "paratransit")
FEWEST_POINTS, FEWEST_CORNERS = 2, 3
EAST_MOST, NORTH_MOST = 180.0, 90.0
MOST_FACTOR = 1000.0
"""No frequency and no number of people is multiplied by more than this: larger is a slip of the pen (ours)."""
Number = Annotated[float, Field(allow_inf_nan=False)]
LonLat = tuple[Number, Number]


@cache
def facility_kinds() -> dict[str, str]:
    """Return every word for a kind of facility, ids and aliases, with its id."""
    text = files("citiesforall.data").joinpath("facilities.toml").read_text("utf-8")
    table: dict[str, dict[str, Any]] = tomllib.loads(text)["kinds"]
    words = {alias: key for key, row in table.items() for alias in row.get("aliases", ())}
    return words | {key: key for key in table}


def _kind(word: str) -> str:
    """Return the id of a kind of facility."""
    known = facility_kinds()
    if word not in known:
        raise ValueError(f"facility kind '{word}' is not known. {did_you_mean(word, known)}")
    return known[word]


def _on_earth(points: Sequence[LonLat]) -> None:
    """Refuse degrees that are none."""
    wrong = [(lon, lat) for lon, lat in points if abs(lon) > EAST_MOST or abs(lat) > NORTH_MOST]
    if wrong:
        raise ValueError(
            f"{wrong[0][0]:g}, {wrong[0][1]:g} is not longitude, latitude in degrees. Are they swapped? Give lon, then lat."
        )


Kind = Annotated[str, AfterValidator(_kind)]
Id = Annotated[str, Field(min_length=1)]


class Change(Frozen):
    """Change one thing.

    Parameters
    ----------
    do
        Which kind of change it is.
    note
        Anything one wants to remember of it.
    """

    do: str
    note: str = ""


class Placed(Change):
    """Change something at a place, given as degrees or in the city's metric reference system.

    Parameters
    ----------
    lon, lat
        WGS 84. [degrees]
    x, y
        In the city's reference system. [m]
    """

    lon: Number | None = None
    lat: Number | None = None
    x: Number | None = None
    y: Number | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Placed:
        degrees, metres = (self.lon, self.lat), (self.x, self.y)
        if (None in degrees) == (None in metres) or set(degrees + metres) == {None}:
            raise ValueError("a place is missing. Give lon and lat in degrees, or x and y in metres.")
        if self.lon is not None and self.lat is not None:
            _on_earth([(self.lon, self.lat)])
        return self


class Listed(Placed):
    """Add something to a list of the city.

    Parameters
    ----------
    name
        What it is called.
    id
        Its id; made from the scenario's name and its number where it is not given.
    source
        A source of the city it would be entered into: it then errs as that source's others do. Empty: it is built for certain.
    """

    name: str = ""
    id: str = ""
    source: str = ""


class AddFacility(Listed):
    """Add a facility of a kind; it is of the kinds that unite others too (a health centre is public health)."""

    do: Literal["add_facility"]
    kind: Kind
    area_m2: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class MoveFacility(Placed):
    """Move a facility; of all its kinds, where none is named. All its entrances become one, at the new place."""

    do: Literal["move_facility"]
    facility: Id
    kind: Kind | None = None


class RemoveFacility(Change):
    """Remove a facility; of all its kinds, where none is named."""

    do: Literal["remove_facility"]
    facility: Id
    kind: Kind | None = None


class UpgradeFacility(Change):
    """Make a facility one of another kind, where it stands: a health centre becomes a hospital."""

    do: Literal["upgrade_facility"]
    facility: Id
    to: Kind
    kind: Kind | None = None


class AddStop(Listed):
    """Add a stop with its departures per hour on weekdays; unknown where they are not given."""

    do: Literal["add_stop"]
    mode: Literal["bus", "tram", "rail", "metro", "ferry", "brt", "paratransit"] = "bus"
    per_hour: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class RemoveStop(Change):
    """Remove a stop."""

    do: Literal["remove_stop"]
    stop: Id


class SetFrequency(Change):
    """Change how often vehicles leave, at one stop or at all stops of a mode.

    Parameters
    ----------
    stop, mode
        Where; exactly one of them.
    factor, per_hour
        By what the departures are multiplied, or how many there are each hour; exactly one of them.
    """

    do: Literal["set_frequency"]
    stop: str | None = None
    mode: Literal["bus", "tram", "rail", "metro", "ferry", "brt", "paratransit"] | None = None
    factor: Annotated[float, Field(ge=0, le=MOST_FACTOR, allow_inf_nan=False)] | None = None
    per_hour: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> SetFrequency:
        if (self.stop is None) == (self.mode is None):
            raise ValueError("whose frequency is not said. Give stop or mode, one of them.")
        if (self.factor is None) == (self.per_hour is None):
            raise ValueError("the new frequency is not said. Give factor or per_hour, one of them.")
        return self


class AddLink(Change):
    """Add a street that can be walked.

    Parameters
    ----------
    line
        Its points, from end to end; degrees, or metres of the city's reference system where ``in_metres``.
    street_class
        ``class`` in TOML: a class of the city's streets.
    """

    do: Literal["add_link"]
    line: Annotated[tuple[LonLat, ...], Field(min_length=FEWEST_POINTS)]
    street_class: str = Field(default="footway", alias="class")
    in_metres: bool = False

    @model_validator(mode="after")
    def _degrees(self) -> AddLink:
        if not self.in_metres:
            _on_earth(self.line)
        return self


class CloseStreet(Change):
    """Close streets: numbers of edges, all that touch a polygon or a circle, or all where floods are of a class or worse.

    Parameters
    ----------
    edges
        Numbers of edges of the streets layer.
    polygon
        Corners. [degrees, or m where ``in_metres``]
    lon, lat, x, y, radius_m
        A circle.
    flood_class
        1 from 0.15 m of water, 2 from 0.5 m, 3 from 1 m.
    """

    do: Literal["close_street"]
    edges: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] | None = None
    polygon: Annotated[tuple[LonLat, ...], Field(min_length=FEWEST_CORNERS)] | None = None
    lon: Number | None = None
    lat: Number | None = None
    x: Number | None = None
    y: Number | None = None
    radius_m: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    flood_class: Annotated[int, Field(ge=1, le=3)] | None = None
    in_metres: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> CloseStreet:
        ways = [self.edges, self.polygon, self.radius_m, self.flood_class]
        if sum(way is not None for way in ways) != 1:
            raise ValueError(
                "which streets are closed is not said. Give one of edges, polygon, radius_m, flood_class."
            )
        degrees, metres = (self.lon, self.lat), (self.x, self.y)
        if self.radius_m is not None and (None in degrees) == (None in metres):
            raise ValueError("the middle of the circle is missing. Give lon and lat, or x and y.")
        if self.polygon is not None and not self.in_metres:
            _on_earth(self.polygon)
        return self


class AddOpenSpace(Change):
    """Add an open public space: its corners, or a point and an area, which is laid out as a square.

    Parameters
    ----------
    polygon
        Corners. [degrees, or m where ``in_metres``]
    lon, lat, x, y, area_m2
        Its middle and its area.
    park
        Whether it is a park as well.
    """

    do: Literal["add_open_space"]
    polygon: Annotated[tuple[LonLat, ...], Field(min_length=FEWEST_CORNERS)] | None = None
    lon: Number | None = None
    lat: Number | None = None
    x: Number | None = None
    y: Number | None = None
    area_m2: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    name: str = ""
    id: str = ""
    source: str = ""
    park: bool = True
    in_metres: bool = False

    @model_validator(mode="after")
    def _one_shape(self) -> AddOpenSpace:
        degrees, metres = (self.lon, self.lat), (self.x, self.y)
        point = self.area_m2 is not None and (None in degrees) != (None in metres)
        if (self.polygon is None) != point:
            raise ValueError("its shape is missing. Give polygon, or a place with area_m2.")
        if self.polygon is not None and not self.in_metres:
            _on_earth(self.polygon)
        return self


class SetPeople(Change):
    """Change how many people live in a place; who they are and where in it they live stays as it is.

    Parameters
    ----------
    place
        Code of a unit, a district or the city.
    factor, total
        By what they are multiplied, or how many there are; exactly one of them.
    year
        What year the number is of; the change over time is then counted to that year.
    """

    do: Literal["set_people"]
    place: Id
    factor: Annotated[float, Field(ge=0, le=MOST_FACTOR, allow_inf_nan=False)] | None = None
    total: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None

    @model_validator(mode="after")
    def _one_number(self) -> SetPeople:
        if (self.factor is None) == (self.total is None):
            raise ValueError("the new number of people is not said. Give factor or total, one of them.")
        return self


KINDS_OF_CHANGE: Mapping[str, type[Change]] = {
    "add_facility": AddFacility, "move_facility": MoveFacility, "remove_facility": RemoveFacility,
    "upgrade_facility": UpgradeFacility, "add_stop": AddStop, "remove_stop": RemoveStop, "set_frequency": SetFrequency,
    "add_link": AddLink, "close_street": CloseStreet, "add_open_space": AddOpenSpace, "set_people": SetPeople,
}  # fmt: skip
