"""Records: one facility as one source lists it, before merging; which positions can be believed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from citiesforall.core.city import SourceUse
from citiesforall.core.notes import Kind as Weight
from citiesforall.core.notes import Note
from citiesforall.gather.vector_file import LONLAT, moved_xy

RECORD = (
    "facility", "kind", "name", "names", "x", "y", "geometry", "source", "rank", "gone_share", "estimated", "barred",
    "within_m",
)  # fmt: skip
SURFACE = 2  # dimensions of a polygon
ZERO_DEGREES = 1e-3  # nearer than this to 0 N 0 E is a position left blank, not a place in the Gulf of Guinea
ZONE_MARGIN_DEGREES = 1.0  # a country may lean over the edge of its zone


def empty_records() -> pd.DataFrame:
    """Return a table of records without rows."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in RECORD})


def as_records(rows: list[dict[str, Any]], use: SourceUse) -> pd.DataFrame:
    """Return records of one source; ``gone_share`` is nan where the source does not state it."""
    if not rows:
        return empty_records()
    gone = use.error.gone_share if use.error is not None else None
    table = pd.DataFrame(rows)
    return table.assign(
        source=use.id,
        rank=0,
        gone_share=np.nan if gone is None else gone,
        estimated=use.grade == "assumed",
        within_m=np.nan,
    )[list(RECORD)]


def placed(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], use: SourceUse, crs: str, around: shapely.Geometry
) -> tuple[npt.NDArray[np.bool_], list[Note]]:
    """Tell which points have a believable position in reach, and say what is left out."""
    has = np.isfinite(x) & np.isfinite(y)
    lon, lat = moved_xy(np.where(has, x, 0.0), np.where(has, y, 0.0), crs, LONLAT)
    zero = has & (((np.abs(lon) < ZERO_DEGREES) & (np.abs(lat) < ZERO_DEGREES)) | ((x == 0) & (y == 0)))
    area = CRS(crs).area_of_use
    west, south, east, north = area.bounds if area else (-180.0, -90.0, 180.0, 90.0)
    m = ZONE_MARGIN_DEGREES
    inside = (lon >= west - m) & (lon <= east + m) & (lat >= south - m) & (lat <= north + m)
    shapely.prepare(around)
    near = has & ~zero & inside & shapely.contains_xy(around, x, y)
    counts: tuple[tuple[npt.NDArray[np.bool_], str, Weight], ...] = (
        (~has, "have no position: left out", "repair"),
        (zero, "lie at 0, 0, which is a position left blank: left out", "repair"),
        (
            has & ~zero & ~inside,
            "lie outside the part of the world the city's reference system is for: left out",
            "repair",
        ),
        (has & ~zero & inside & ~near, "lie further from the city than people walk: left out", "figure"),
    )
    notes = [
        Note(use.id, f"{int(which.sum())} of {len(x)} rows {what}.", kind)
        for which, what, kind in counts
        if which.any()
    ]
    return near, notes
