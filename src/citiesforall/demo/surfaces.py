"""Makes the grids a town is seen through: people, built-up land, flood depth and fine dust, each with its product's errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Transformer
from scipy.ndimage import gaussian_filter, maximum_filter

from citiesforall.demo.shapes import Bools, Floats, Ints

if TYPE_CHECKING:
    from citiesforall.demo.plan import Plan
    from citiesforall.demo.town import Town

METRIC, LONLAT, MOLLWEIDE = "EPSG:32648", "EPSG:4326", "ESRI:54009"
ARC3_DEGREES, DUST_DEGREES = 1 / 1200, 0.01
FLOOD_CELL_M, BUILT_CELL_M = 30.0, 100.0
PEOPLE_NODATA, BUILT_NODATA, FLOOD_NODATA = -99999.0, 65535, -9999.0
PEOPLE_SD, PEOPLE_BLOCK_M, PEOPLE_TOTAL_ERROR = 0.25, 500.0, 1.034
PEOPLE_SD_BETWEEN = 0.04  # one model maps both dates, so that they err nearly alike
SHALLOWEST_M = 0.1
RELIEF_WAVES = (3.3, 2.9, 2.4, 2.0, 1.6, 1.3, 1.0, 0.8, 0.6, 0.45)


@dataclass(frozen=True)
class Grid:
    """Hold a raster.

    Parameters
    ----------
    cells
        Rows from north to south. (rows, columns)
    west, north
        Outer corner, in the grid's reference system.
    cell
        Side of a cell, in the grid's units.
    crs
        Reference system.
    nodata
        Marks what is not known.
    """

    cells: Floats
    west: float
    north: float
    cell: float
    crs: str
    nodata: float


def to_crs(frame_xy: Floats, crs: str) -> Floats:
    """Turn metres of the country's reference system into another one. (n, 2)"""
    if crs == METRIC:
        return frame_xy
    return np.column_stack(Transformer.from_crs(METRIC, crs, always_xy=True).transform(*frame_xy.T))


def _empty(town: Town, crs: str, cell: float, margin: int) -> Grid:
    """Lay an empty grid over the town's region, on whole multiples of its cell."""
    plan = town.plan
    corner = to_crs(plan.frame.out(shapely.get_coordinates(plan.region.envelope.buffer(200.0))), crs)
    low = np.floor(corner.min(axis=0) / cell).astype(int) - margin
    high = np.ceil(corner.max(axis=0) / cell).astype(int) + margin
    values = np.zeros((int(high[1] - low[1]), int(high[0] - low[0])))
    return Grid(values, float(low[0] * cell), float(high[1] * cell), cell, crs, np.nan)


def _rows_columns(grid: Grid, xy: Floats) -> tuple[Ints, Ints]:
    """Return the cells of places. (n,), (n,)"""
    columns = np.floor((xy[:, 0] - grid.west) / grid.cell).astype(int)
    rows = np.floor((grid.north - xy[:, 1]) / grid.cell).astype(int)
    return rows, columns


def _middles(grid: Grid) -> Floats:
    """Return the middles of the cells, row by row. (n, 2)"""
    n_rows, n_columns = grid.cells.shape
    x = grid.west + (np.arange(n_columns) + 0.5) * grid.cell
    y = grid.north - (np.arange(n_rows) + 0.5) * grid.cell
    return np.column_stack([np.tile(x, n_rows), np.repeat(y, n_columns)])


def _with(grid: Grid, values: Floats, nodata: float) -> Grid:
    return Grid(values, grid.west, grid.north, grid.cell, grid.crs, nodata)


def people_grids(town: Town) -> dict[str, Grid]:
    """Make the counts of people at both dates as a model would map them.

    Parameters
    ----------
    town
        The truth.

    Returns
    -------
    dict
        ``people`` and ``people_2015``: counts per 3 arc-second cell.
    """
    rng = np.random.default_rng([town.plan.seed, 11])
    grid = _empty(town, LONLAT, ARC3_DEGREES, 3)
    at = _rows_columns(grid, to_crs(town.plan.frame.out(town.buildings.xy), LONLAT))
    wet = _wet(town, grid)
    error, made = _errors(grid.cells.shape, rng), {}
    for key, residents in (
        ("people", town.people.residents),
        ("people_2015", town.people.residents_past),
    ):
        true = np.zeros(grid.cells.shape)
        np.add.at(true, at, residents)
        settled = (maximum_filter(true, 3) > 0) & ~wet
        spread = (
            gaussian_filter(true, 0.7)
            * np.exp(error + rng.normal(0, PEOPLE_SD_BETWEEN, true.shape))
            * settled
        )
        spread *= PEOPLE_TOTAL_ERROR * true.sum() / spread.sum()
        made[key] = _with(grid, np.where(settled, spread, PEOPLE_NODATA), PEOPLE_NODATA)
    return made


def _errors(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw errors of a model's logarithm: half the variance shared inside blocks."""
    block = round(PEOPLE_BLOCK_M / 92.0)
    coarse = rng.normal(0, PEOPLE_SD / 2**0.5, (shape[0] // block + 1, shape[1] // block + 1))
    shared = np.repeat(np.repeat(coarse, block, axis=0), block, axis=1)[: shape[0], : shape[1]]
    return np.asarray(shared + rng.normal(0, PEOPLE_SD / 2**0.5, shape))


def _wet(town: Town, grid: Grid) -> Bools:
    """Return which cells have their middle in the river or the lake."""
    middle = np.column_stack(
        Transformer.from_crs(grid.crs, METRIC, always_xy=True).transform(*_middles(grid).T)
    )
    own = town.plan.frame.back(middle)
    wet = shapely.contains_xy(town.plan.water, own) | shapely.contains_xy(town.plan.lake, own)
    return np.asarray(wet.reshape(grid.cells.shape))


def built_grids(town: Town) -> dict[str, Grid]:
    """Make the built-up surface at both dates, in m2 per 100 m cell of the world's Mollweide grid.

    Parameters
    ----------
    town
        The truth.

    Returns
    -------
    dict
        ``built_up_2015`` and ``built_up_2025``.
    """
    rng = np.random.default_rng([town.plan.seed, 12])
    grid = _empty(town, MOLLWEIDE, BUILT_CELL_M, 3)
    at = _rows_columns(grid, to_crs(town.plan.frame.out(town.buildings.xy), MOLLWEIDE))
    error = np.exp(rng.normal(0, 0.08, grid.cells.shape))
    made = {}
    for year in (2015, 2025):
        there = town.buildings.year <= year
        true = np.zeros(grid.cells.shape)
        np.add.at(true, (at[0][there], at[1][there]), town.buildings.area_m2[there])
        seen = true * error
        seen *= true.sum() / seen.sum()
        made[f"built_up_{year}"] = _with(grid, np.minimum(np.round(seen), BUILT_CELL_M**2), BUILT_NODATA)
    return made


def ground_m(plan: Plan, xy: Floats) -> Floats:
    """Return the height of the ground above the river's low bank: a levee under the town, low land across the river.

    Parameters
    ----------
    plan
        The town.
    xy
        Places on its axes. (n, 2) [m]

    Returns
    -------
    numpy.ndarray
        Heights. (n,) [m]
    """
    rng = np.random.default_rng([plan.seed, 13])
    size = plan.size_m
    inland = (xy[:, 1] - plan.river.y(xy[:, 0])) / size
    relief = np.zeros(len(xy))
    for wave in RELIEF_WAVES:
        turn, phase = rng.uniform(0, 2 * np.pi, 2)
        relief += (
            0.6
            * wave**0.5
            * np.sin(2 * np.pi * (xy @ np.array([np.cos(turn), np.sin(turn)])) / (wave * size) + phase)
        )
    near = np.where(inland > 0, 1.6 - 1.1 * np.exp(-inland / 0.35) + 0.5 * np.maximum(inland - 1.2, 0.0), 0.0)
    far = np.where(inland <= 0, 0.35 + 0.25 * np.maximum(-inland - 1.4, 0.0), 0.0)
    return np.asarray(near + far + 0.42 * relief)


def flood_grid(town: Town) -> Grid:
    """Make the depth of the flood that comes once in a hundred years.

    The level is set so that 30 to 40 % of the people live where the water stands.

    Parameters
    ----------
    town
        The truth.

    Returns
    -------
    Grid
        Depth, 0 where dry. [m]
    """
    rng = np.random.default_rng([town.plan.seed, 14])
    plan, people = town.plan, town.people
    inside = people.sangkat >= 0
    height = ground_m(plan, town.buildings.xy[inside])
    order = np.argsort(height)
    share = np.cumsum(people.residents[inside][order]) / people.residents[inside].sum()
    level = height[order][np.searchsorted(share, rng.uniform(0.32, 0.38))] + SHALLOWEST_M
    grid = _empty(town, METRIC, FLOOD_CELL_M, 3)
    own = plan.frame.back(_middles(grid))
    depth = level - ground_m(plan, own) + rng.normal(0, 0.02, len(own))
    depth = np.where(shapely.contains_xy(plan.water, own), np.maximum(depth, 0.0) + 3.0, depth)
    depth = np.where(depth < SHALLOWEST_M, 0.0, depth)
    depth = np.where(shapely.contains_xy(plan.region.buffer(500.0), own), depth, FLOOD_NODATA)
    return _with(grid, depth.reshape(grid.cells.shape), FLOOD_NODATA)


def at_places(grid: Grid, frame_xy: Floats) -> Floats:
    """Read a grid at places given in the country's reference system. (n,)"""
    return np.asarray(grid.cells[_rows_columns(grid, to_crs(frame_xy, grid.crs))])


def dust_grid(town: Town) -> Grid:
    """Make the annual mean of PM2.5: highest over the core and the industrial zone.

    Parameters
    ----------
    town
        The truth.

    Returns
    -------
    Grid
        Means of 0.01 degree cells. [ug/m3]
    """
    rng = np.random.default_rng([town.plan.seed, 15])
    grid = _empty(town, LONLAT, DUST_DEGREES, 2)
    utm = np.column_stack(Transformer.from_crs(LONLAT, METRIC, always_xy=True).transform(*_middles(grid).T))
    own, size = town.plan.frame.back(utm), town.plan.size_m
    works = shapely.get_coordinates(town.plan.zones["industry"].centroid)[0]
    town_part = 4.2 * np.exp(-((np.hypot(*own.T) / (1.9 * size)) ** 2))
    works_part = 3.0 * np.exp(-((np.hypot(*(own - works).T) / (1.2 * size)) ** 2))
    noise = gaussian_filter(rng.normal(0, 1.2, grid.cells.shape), 0.8)
    raw = _with(grid, (17.5 + town_part + works_part).reshape(grid.cells.shape) + noise, -9999.0)
    inside = town.people.sangkat >= 0
    seen = at_places(raw, town.plan.frame.out(town.buildings.xy[inside]))
    mean = np.average(seen, weights=town.people.residents[inside])
    return _with(grid, raw.cells * town.plan.trends.dust_ug_m3 / mean, -9999.0)
