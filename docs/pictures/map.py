"""Draw the README's picture from a finished run: python docs/pictures/map.py out/kh99/city.gpkg daily_needs_15_min picture.png

Needs matplotlib and geopandas; the package itself does not.
"""

import sys

import geopandas as gpd
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

gpkg, indicator, picture = sys.argv[1:4]
layers = {name: gpd.read_file(gpkg, layer=name) for name in ("cells", "places", "streets", "facilities")}
units = layers["places"][layers["places"]["parent"].notna()]
city = layers["places"][layers["places"]["parent"].isna()].iloc[0]

figure, axes = plt.subplots(figsize=(8.2, 6.6), dpi=110)
homes = layers["cells"][layers["cells"]["people"] > 0.3]
homes.plot(
    ax=axes, column=indicator, cmap="YlGnBu", vmin=0, vmax=100, legend=True, missing_kwds={"color": "#d9d9d9"},
    legend_kwds={"shrink": 0.55, "label": "% of daily needs"},
)
streets = layers["streets"]
streets[streets["walkable"]].clip(units.union_all()).plot(ax=axes, color="#444444", alpha=0.45, linewidth=0.3)
units.boundary.plot(ax=axes, color="white", linewidth=1.8)
units.boundary.plot(ax=axes, color="#222222", linewidth=0.7)
clinics = layers["facilities"][layers["facilities"]["kind"] == "public_health"].clip(units.union_all())
clinics.plot(ax=axes, color="#c51b1b", marker="P", markersize=45, edgecolor="white", linewidth=0.7, zorder=5)
for row in units.itertuples():
    point = row.geometry.representative_point()
    axes.annotate(
        row.name, (point.x, point.y), ha="center", fontsize=7.5, bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1}
    )
x0, y0, x1, _ = units.total_bounds
axes.plot([x1 - 2000, x1], [y0, y0], color="#222222", linewidth=2)
axes.annotate("2 km", (x1 - 1000, y0 + 90), ha="center", fontsize=8)
axes.legend(
    handles=[
        Line2D([], [], marker="P", color="#c51b1b", linestyle="", markersize=8, label="public health facility"),
        Patch(color="#d9d9d9", label="unknown: no mapped street near"),
    ],
    loc="upper left", fontsize=8, frameon=False,
)
axes.set_title(f"{city['name']}: daily needs within a 15-minute walk", loc="left", fontsize=11)
axes.set_axis_off()
figure.tight_layout()
figure.savefig(picture)
