"""Water and buildings of an extract: read once, the same as each alone."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from tests.gather.test_osm import CRS, write

from citiesforall.core.city import SourceUse
from citiesforall.gather.polygons import read_polygons

EXTENT = shapely.box(0, 0, 1_000_000, 10_000_000)
NODES = {1: (0, 0, {}), 2: (10, 0, {}), 3: (10, 10, {}), 4: (0, 10, {}), 5: (20, 0, {})}
WAYS = {
    1: ((1, 2, 3, 1), {"building": "house"}),
    2: ((1, 2, 3, 4, 1), {"building": "no"}),
    3: ((1, 2, 4, 1), {"natural": "water"}),
    4: ((1, 5, 3, 1), {"natural": "water", "intermittent": "yes"}),
    5: ((1, 5, 4, 1), {"landuse": "reservoir", "building": "yes"}),
    6: ((1, 2), {"building": "yes"}),
}


def used(role: str, path: Path) -> tuple[SourceUse, Path]:
    """Return a source of an extract."""
    said = {"title": "t", "provider": "p", "licence": "ODbL-1.0", "citation": "c", "vintage": "2023"}
    return SourceUse(id=role, role=role, file=path.name, format="osm_pbf", **said), path


def areas(shapes: object) -> list[float]:
    """Return areas in hectares."""
    return np.round(shapely.area(shapes) / 1e4, 6).tolist()


def test_what_counts(tmp_path):
    path = write(tmp_path / "w.osm.pbf", NODES, WAYS)
    found = read_polygons([used("water", path), used("buildings", path)], CRS, EXTENT)
    assert len(found["buildings"]) == 2, "the house, and the building over the reservoir"
    assert len(found["water"]) == 2, "the lake and the reservoir; what floods in some seasons is land"


@pytest.mark.parametrize("role", ["water", "buildings"])
def test_together_as_alone(tmp_path, role):
    path = write(tmp_path / "w.osm.pbf", NODES, WAYS)
    both = read_polygons([used("water", path), used("buildings", path)], CRS, EXTENT)
    assert areas(both[role]) == areas(read_polygons([used(role, path)], CRS, EXTENT)[role])


def test_only_near_the_city(tmp_path):
    path = write(tmp_path / "w.osm.pbf", NODES, WAYS)
    assert not len(read_polygons([used("water", path)], CRS, shapely.box(0, 0, 1, 1))["water"])
