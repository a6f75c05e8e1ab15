"""The map of a drawn sample: one HTML file with a drawing, opened in any browser, printed for the field."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.survey.sample_design import Floats
from citiesforall.text import word

WIDTH = 1000.0
MARGIN = 24.0
SIMPLE_M = 15.0
"""Borders are drawn this coarsely. [m]"""
COLUMNS = ("stratum", "households", "clusters", "households_to_visit", "margin")
MOST_NAMES = 60
"""Names of more places than this would cover the map."""
COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#b8860b", "#6a4c93", "#008b8b", "#a0522d", "#696969")
STYLE = """body{font-family:"Noto Sans Khmer","Noto Sans",sans-serif;margin:1.5rem;color:#222}svg{max-width:100%;height:auto}
table{border-collapse:collapse;margin-top:1rem}td,th{border-bottom:1px solid #ddd;padding:.25rem .7rem;text-align:left}
td.n{text-align:right;font-variant-numeric:tabular-nums}.place{fill:#f6f4ef;stroke:#9a9689;stroke-width:.8}
text{font-size:11px}.name{fill:#6b675c;text-anchor:middle}.no{font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:3px}
.reserve{fill:#fff;stroke-width:2}"""


def sample_map(title: str, places: pd.DataFrame, clusters: pd.DataFrame, strata: pd.DataFrame) -> str:
    """Draw the clusters on the borders of their places.

    Parameters
    ----------
    title
        What stands on top.
    places
        Units: ``name, name_km, geometry`` (WKB in metres, null where no border is known).
    clusters
        Of a `Sample`.
    strata
        Of a `Sample`; each has a colour.

    Returns
    -------
    str
        An HTML page that needs nothing else.
    """
    shapes = [shapely.from_wkb(one) if isinstance(one, bytes) else None for one in places["geometry"]]
    xy = clusters[["x", "y"]].to_numpy(np.float64)
    colour = {word: COLOURS[n % len(COLOURS)] for n, word in enumerate(strata["stratum"])}
    scale = _scale([shape for shape in shapes if shape is not None], xy)
    drawing = "" if scale is None else _drawing(places, shapes, clusters, colour, scale)
    rows = "".join(
        f'<tr><td><svg width="12" height="12"><circle cx="6" cy="6" r="5" fill="{colour[word]}"/></svg> {escape(word)}</td>'
        f'<td class="n">{size:,.0f}</td><td class="n">{n:.0f}</td><td class="n">{visits:.0f}</td>'
        f'<td class="n">±{margin * 100:.1f} %</td></tr>'
        for word, size, n, visits, margin in strata[list(COLUMNS)].to_numpy().tolist()
    )
    heads = ("stratum", "households", "clusters", "to_visit", "margin")
    head = "<tr>" + "".join(f"<th>{_both(key, '<br>')}</th>" for key in heads) + "</tr>"
    what = _both("title", " · ")
    return (
        f'<!doctype html><html lang="km"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
        f"<h1>{escape(title)}</h1><h2>{what}</h2><p>{_both('note', '<br>')}</p>{drawing}<table>{head}{rows}</table></html>\n"
    )


def _both(key: str, between: str) -> str:
    """Return a word of the page in Khmer and in English."""
    return between.join(escape(word("sample", key, lang)) for lang in ("km", "en"))


def _scale(shapes: list[Any], xy: Floats) -> tuple[float, float, float, float] | None:
    """Return west, north, units per metre and height of the drawing; None where nothing has a place."""
    boxes = [shapely.bounds(np.array(shapes, dtype=object)).T] if shapes else []
    points = xy[np.isfinite(xy).all(axis=1)]
    west = np.concatenate([*(box[0] for box in boxes), points[:, 0]])
    if not west.size:
        return None
    south = np.concatenate([*(box[1] for box in boxes), points[:, 1]])
    east = np.concatenate([*(box[2] for box in boxes), points[:, 0]])
    north = np.concatenate([*(box[3] for box in boxes), points[:, 1]])
    per_m = (WIDTH - 2 * MARGIN) / max(float(east.max() - west.min()), 1.0)
    return float(west.min()), float(north.max()), per_m, float(north.max() - south.min()) * per_m + 2 * MARGIN


def _drawing(
    places: pd.DataFrame, shapes: list[Any], clusters: pd.DataFrame, colour: dict[str, str], scale: Any
) -> str:
    """Return the SVG."""
    west, top, per_m, height = scale
    parts = [f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="Map of the sample">']

    def at(x: float, y: float) -> tuple[float, float]:
        return MARGIN + (x - west) * per_m, MARGIN + (top - y) * per_m

    words = list(zip(places["name"], places["name_km"], shapes, strict=True))
    for _, _, shape in words:
        if shape is not None:
            rings = shapely.get_rings(shapely.simplify(shape, SIMPLE_M / max(per_m * 20, 1e-9) ** 0.5))
            lines = [
                "M"
                + " ".join("{:.1f},{:.1f}".format(*at(*p)) for p in shapely.get_coordinates(r).tolist())
                + "Z"
                for r in rings
            ]
            parts.append(f'<path class="place" fill-rule="evenodd" d="{"".join(lines)}"/>')  # fmt: skip
    if len(words) <= MOST_NAMES:
        for name, name_km, shape in words:
            if shape is not None:
                x, y = at(*shapely.get_coordinates(shapely.point_on_surface(shape))[0].tolist())
                parts.append(
                    f'<text class="name" x="{x:.1f}" y="{y:.1f}">{escape(str(name_km or name))}</text>'
                )
    facts = clusters[["cluster", "stratum", "role"]].to_numpy().tolist()
    for (cluster, stratum, role), (x, y) in zip(
        facts, clusters[["x", "y"]].to_numpy(np.float64).tolist(), strict=True
    ):
        if np.isfinite(x) and np.isfinite(y):
            px, py = at(x, y)
            look = (
                f'class="reserve" stroke="{colour[stratum]}"'
                if role == "reserve"
                else f'fill="{colour[stratum]}"'
            )
            parts.append(
                f'<circle {look} cx="{px:.1f}" cy="{py:.1f}" r="5"><title>{escape(cluster)}</title></circle>'
            )
            parts.append(f'<text class="no" x="{px + 7:.1f}" y="{py + 4:.1f}">{escape(cluster)}</text>')
    return "".join([*parts, "</svg>"])
