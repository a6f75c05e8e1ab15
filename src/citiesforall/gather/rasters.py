"""Rasters as their providers publish them (WorldPop, GHSL, flood depth, PM2.5): pixels as quads in the metric CRS."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats, Shapes
from citiesforall.gather.grid import add_to, move_amounts, share_out

if TYPE_CHECKING:
    from rasterio.windows import Window

# Values that published products use for "nothing here" and sometimes forget to declare: WorldPop, GHS-POP, others.
KNOWN_NODATA = (-99999.0, -9999.0, -200.0, -3.4028234663852886e38, -3.3999999521443642e38, -32768.0)
UINT16_NODATA = 65535.0  # GHS-BUILT-S
TINY_SHARE = 1e-6  # of the total: negative counts up to this are rounding of the provider's model
EDGE_STEPS = 64  # points along each side of the city's box when it is taken to the raster's CRS
MOST_PIXELS = 40_000_000  # a window beyond this is a mistake of CRS or of resolution


@dataclass(frozen=True)
class Pixels:
    """Hold the pixels of a raster around a city that have a value.

    Parameters
    ----------
    value
        As published. (P,)
    quads
        Outlines in the metric reference system. (P,)
    """

    value: Floats
    quads: Shapes


@contextmanager
def _opened(path: Path, use: SourceUse) -> Iterator[Any]:
    """Open a raster (also the one GeoTIFF of a zip) and turn the library's complaints into ours."""
    import rasterio  # noqa: PLC0415 - a fifth of a second that only cities with rasters pay
    from rasterio.errors import NotGeoreferencedWarning, RasterioError  # noqa: PLC0415

    if not path.is_file():
        raise InputError(f"{path.name}: there is no such file. Mend 'file' of source '{use.id}'.")
    place = str(path)
    if path.suffix.lower() == ".zip":
        place = f"/vsizip/{path}/{_inner_tif(path)}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # said below, in our words
            with rasterio.open(place) as raster:
                yield raster
    except (RasterioError, ValueError) as error:
        said = " ".join(str(error).replace(str(path), path.name).split())[:200]
        raise InputError(f"{path.name}: this cannot be read as a raster: {said}. Give a GeoTIFF.") from None


def _inner_tif(path: Path) -> str:
    """Return the name of the GeoTIFF in a zip."""
    try:
        with zipfile.ZipFile(path) as box:
            found = [name for name in box.namelist() if name.lower().endswith((".tif", ".tiff"))]
    except zipfile.BadZipFile:
        raise InputError(f"{path.name}: this zip is broken. Download it again.") from None
    if len(found) != 1:
        raise InputError(f"{path.name}: this zip holds {len(found)} GeoTIFFs; one is expected. Unpack it.")
    return found[0]


def read_pixels(use: SourceUse, path: Path, bounds: Sequence[float], crs: str) -> Pixels | None:
    """Read the pixels of a raster that touch the box of a city.

    Parameters
    ----------
    use
        ``crs`` where the file does not say it; ``options.band`` (1), ``options.nodata`` where the file is wrong,
        ``options.scale`` (1) by which values are multiplied.
    path
        A GeoTIFF, or a zip that holds one.
    bounds
        Lowest x, y and highest x, y of the city. [m]
    crs
        Metric reference system of ``bounds`` and of the result.

    Returns
    -------
    Pixels or None
        Pixels with a value; None where the raster and the city do not overlap.

    Raises
    ------
    InputError
        Not a raster, no reference system, no such band, no pixel with a value.
    """
    with _opened(path, use) as raster:
        source = _crs_of(raster, use, path)
        if raster.transform.is_identity:
            raise InputError(
                f"{path.name}: the raster does not say where it lies. Give a GeoTIFF with its transform."
            )
        band = int(use.options.get("band", 1))
        if not 1 <= band <= raster.count:
            raise InputError(
                f"{path.name}: there is no band {band}. Write options.band from 1 to {raster.count}."
            )
        if raster.dtypes[band - 1].startswith("complex"):
            raise InputError(f"{path.name}: its values are complex numbers. Give a raster of plain ones.")
        there, back = _transformers(source, crs, path)
        window = _window(raster, bounds, there)
        if window is None:
            return None
        if window.width * window.height > MOST_PIXELS:
            raise InputError(
                f"{path.name}: {window.width} x {window.height} pixels cover the city; too many. Give a coarser raster."
            )
        held = raster.read(band, window=window).astype(np.float64)
        known = _known(
            held, raster.dtypes[band - 1], [raster.nodatavals[band - 1], use.options.get("nodata")]
        )
        affine = raster.transform
    if not known.any():
        raise InputError(
            f"{path.name}: every pixel at the city is nodata. Give the tile that covers the city."
        )
    quads, known = _quads(known, window, affine, back)
    return Pixels(held[known] * float(use.options.get("scale", 1.0)), quads)


def _crs_of(raster: Any, use: SourceUse, path: Path) -> CRS:
    """Return the raster's reference system: the city file's word, else its own."""
    said = use.crs or (raster.crs.to_wkt() if raster.crs else None)
    if not said:
        raise InputError(
            f"{path.name}: the raster does not say its reference system. Write crs = \"EPSG:...\" for source '{use.id}'."
        )
    try:
        return CRS.from_user_input(said)
    except CRSError:
        raise InputError(
            f"{path.name}: reference system '{said}' is not known. Write an EPSG code."
        ) from None


def _transformers(source: CRS, crs: str, path: Path) -> tuple[Transformer, Transformer]:
    """Return the ways from the metric system to the raster's and back."""
    try:
        there = Transformer.from_crs(crs, source, always_xy=True)
        return there, Transformer.from_crs(source, crs, always_xy=True)
    except ProjError:
        raise InputError(
            f"{path.name}: nothing leads from reference system '{source.name}' to {crs}. Give the raster's true 'crs'."
        ) from None


def _window(raster: Any, bounds: Sequence[float], there: Transformer) -> Window | None:
    """Return the window of pixels that touch a box, for rasters of any orientation."""
    x0, y0, x1, y1 = bounds
    along = np.linspace(0, 1, EDGE_STEPS)
    x = np.concatenate(
        [x0 + along * (x1 - x0), np.full(EDGE_STEPS, x1), x0 + along * (x1 - x0), np.full(EDGE_STEPS, x0)]
    )
    y = np.concatenate(
        [np.full(EDGE_STEPS, y0), y0 + along * (y1 - y0), np.full(EDGE_STEPS, y1), y0 + along * (y1 - y0)]
    )
    there_x, there_y = there.transform(x, y)
    col, row = _through(~raster.transform, np.asarray(there_x), np.asarray(there_y))
    if not (np.isfinite(col).all() and np.isfinite(row).all()):
        return None
    first_col, last_col = max(int(np.floor(col.min())), 0), min(int(np.ceil(col.max())), raster.width)
    first_row, last_row = max(int(np.floor(row.min())), 0), min(int(np.ceil(row.max())), raster.height)
    if first_col >= last_col or first_row >= last_row:
        return None
    from rasterio.windows import Window  # noqa: PLC0415 - as above

    return Window(first_col, first_row, last_col - first_col, last_row - first_row)


def _through(affine: Any, first: Any, second: Any) -> tuple[Floats, Floats]:
    """Apply a raster's transform, or its inverse, to coordinates."""
    a, b, c, d, e, f = affine[:6]
    return a * first + b * second + c, d * first + e * second + f


def _known(held: Floats, kind: str, declared: list[Any]) -> Any:
    """Say which pixels have a value."""
    known = np.isfinite(held)
    for nodata in declared:
        if nodata is not None:
            known &= ~np.isclose(held, float(nodata), rtol=1e-6, atol=0)
    if declared == [None, None]:
        known &= ~np.isclose(held[..., None], KNOWN_NODATA, rtol=1e-6, atol=0).any(axis=-1)
        if kind == "uint16":
            known &= held != UINT16_NODATA
    return known


def _quads(known: Any, window: Window, affine: Any, step: Transformer) -> tuple[Shapes, Any]:
    """Return the outlines of the known pixels in the metric system, and which pixels could be moved there."""
    cols = np.arange(window.width + 1) + window.col_off
    rows = np.arange(window.height + 1) + window.row_off
    col, row = np.meshgrid(cols, rows)
    x, y = step.transform(*_through(affine, col, row))
    corner = np.stack([np.asarray(x), np.asarray(y)], axis=-1)
    known = known & np.isfinite(corner).all(axis=-1)[:-1, :-1] & np.isfinite(corner).all(axis=-1)[1:, 1:]
    i, j = np.nonzero(known)
    rings = np.stack([corner[i, j], corner[i, j + 1], corner[i + 1, j + 1], corner[i + 1, j]], axis=1)
    return np.asarray(shapely.polygons(rings), dtype=object), known


def _overlapping(
    use: SourceUse, paths: Sequence[Path], cells: pd.DataFrame, crs: str
) -> list[tuple[Path, Pixels]]:
    """Read the rasters that overlap the city; tiles beside it are passed over, but not all of them."""
    read = [(path, read_pixels(use, path, bounds_of(cells), crs)) for path in paths]
    met = [(path, pixels) for path, pixels in read if pixels is not None]
    if not met:
        raise InputError(
            f"{_names(paths)}: the raster and the city do not overlap. Give the tile that covers the city, or mend 'crs'."
        )
    return met


def move_counts(
    use: SourceUse, paths: Sequence[Path], cells: pd.DataFrame, crs: str
) -> tuple[Floats, tuple[Note, ...]]:
    """Move the counts of a raster, or the sum of several, to cell parts by area share.

    Parameters
    ----------
    use, paths
        The source and its files: tiles, or one file per age and sex.
    cells
        As made by ``grid.make_cells``.
    crs
        Metric reference system of the cells.

    Returns
    -------
    tuple
        Counts of the parts (C,), and notes: the total, and how much of it lies outside the city.

    Raises
    ------
    InputError
        A bad raster, negative counts, or no raster that overlaps the city.

    Notes
    -----
    Counts are never interpolated: a pixel's count is shared out by area, so the total is kept to 1e-6. Edges of pixels
    are taken as straight in the metric system, which moves them by less than a centimetre at 1 km.
    """
    total, outside, n_pixels = 0.0, 0.0, 0
    moved = np.zeros(len(cells))
    notes: list[Note] = []
    for path, pixels in _overlapping(use, paths, cells, crs):
        values = _counts(pixels.value, path, notes)
        here, out = move_amounts(values, pixels.quads, cells)
        moved, outside, total, n_pixels = (
            moved + here,
            outside + out,
            total + values.sum(),
            n_pixels + values.size,
        )
    assert abs(moved.sum() + outside - total) <= 1e-6 * max(total, 1e-9), (
        "counts were lost on the way to the cells"
    )
    said = f"{n_pixels} pixels around the city hold {total:,.1f}; {moved.sum():,.1f} lie inside the city."
    return moved, (*notes, Note(_names(paths), said))


def _counts(values: Floats, path: Path, notes: list[Note]) -> Floats:
    """Refuse negative counts; those of the size of rounding become zero, and are said."""
    low = values < 0
    if not low.any():
        return values
    if -values[low].sum() > TINY_SHARE * values[~low].sum():
        raise InputError(
            f"{path.name}: {int(low.sum())} pixels hold negative counts, down to {values.min():g}. "
            "If that is the sign for no data, write options.nodata; else give another raster."
        )
    notes.append(
        Note(
            path.name,
            f"{int(low.sum())} tiny negative counts (down to {values.min():.2g}) set to 0.",
            "repair",
        )
    )
    return np.where(low, 0.0, values)


def mean_values(
    use: SourceUse, paths: Sequence[Path], cells: pd.DataFrame, crs: str
) -> tuple[Floats, Floats]:
    """Average the values of rasters over cell parts, weighted by area.

    Parameters
    ----------
    use, paths
        The source and its files; tiles may overlap.
    cells
        As made by ``grid.make_cells``.
    crs
        Metric reference system of the cells.

    Returns
    -------
    tuple
        Means (nan where no pixel has a value), and the share of the part they are known for. (C,), (C,)

    Raises
    ------
    InputError
        A bad raster, or no raster that overlaps the city.
    """
    total, known = np.zeros(len(cells)), np.zeros(len(cells))
    for _, pixels in _overlapping(use, paths, cells, crs):
        quad, part, area = share_out(pixels.quads, cells)
        total += add_to(part, area * pixels.value[quad], len(cells))
        known += add_to(part, area, len(cells))
    mean = np.full(len(cells), np.nan)
    np.divide(total, known, out=mean, where=known > 0)
    return mean, np.minimum(known / cells["area_m2"].to_numpy(), 1.0)


def class_areas(
    use: SourceUse, paths: Sequence[Path], cells: pd.DataFrame, crs: str, n_classes: int
) -> Floats:
    """Return the area of each class of a raster in each cell part.

    Parameters
    ----------
    use, paths
        The source and its files.
    cells
        As made by ``grid.make_cells``.
    crs
        Metric reference system of the cells.
    n_classes
        Classes are 0 to ``n_classes - 1``.

    Returns
    -------
    ndarray
        (n_classes, C) [m2]

    Raises
    ------
    InputError
        A bad raster, other values, or no raster that overlaps the city.
    """
    areas = np.zeros((n_classes, len(cells)))
    for path, pixels in _overlapping(use, paths, cells, crs):
        other = ~np.isin(pixels.value, range(n_classes))
        if other.any():
            shown = ", ".join(f"{one:g}" for one in np.unique(pixels.value[other])[:3])
            raise InputError(
                f"{path.name}: classes must be 0 to {n_classes - 1}; there is also {shown}. Mend the raster."
            )
        quad, part, area = share_out(pixels.quads, cells)
        position = pixels.value[quad].astype(np.int64) * len(cells) + part
        areas += add_to(position, area, areas.size).reshape(areas.shape)
    return areas


def bounds_of(cells: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return the box of the cells.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.

    Returns
    -------
    tuple
        Lowest x, y and highest x, y. [m]
    """
    low_x, low_y, high_x, high_y = shapely.total_bounds(cells["geometry"].to_numpy())
    return float(low_x), float(low_y), float(high_x), float(high_y)


def _names(paths: Sequence[Path]) -> str:
    """Name a file, or the first of several."""
    return paths[0].name + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
