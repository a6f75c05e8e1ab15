"""Makes places coarse: a voice is kept where some hundred metres around it are, never at a door."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

Lat = Annotated[float, Field(ge=-89.9, le=89.9, allow_inf_nan=False)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
SIDE_M = 300.0
METRES_PER_DEGREE = 111_320.0


def coarse(lat: float, lon: float, side_m: float = SIDE_M) -> tuple[float, float]:
    """Return the middle of the cell a point is in.

    Parameters
    ----------
    lat, lon
        WGS 84. [degrees]
    side_m
        Side of the cells. [m]

    Returns
    -------
    tuple
        Latitude and longitude of the middle, to five decimals: nothing of the point is left in them. [degrees]

    Notes
    -----
    Rows are as high as the side; each row has as many columns as fit around the earth at its middle, so cells stay about square.
    A cell of 300 m holds tens to thousands of people in a town; that counts below five are not shown is done elsewhere.
    """
    high = side_m / METRES_PER_DEGREE
    middle = (math.floor(lat / high) + 0.5) * high
    columns = max(1, round(360.0 * math.cos(math.radians(middle)) / high))
    wide = 360.0 / columns
    column = math.floor((lon + 180.0) / wide) % columns
    return round(middle, 5), round((column + 0.5) * wide - 180.0, 5)
