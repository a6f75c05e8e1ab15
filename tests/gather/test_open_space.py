"""Open public space: areas that count once, and what is not public."""

import json

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.gather import osm_facilities
from citiesforall.gather.kinds import kinds_of
from citiesforall.gather.open_space import COLUMNS, dissolved, from_osm, gather_open_space
from citiesforall.gather.vector_file import LONLAT, moved

UTM48 = "EPSG:32648"
X, Y = 490_000, 1_280_000
WIDE = shapely.box(X - 10_000, Y - 10_000, X + 10_000, Y + 10_000)


def use(**words):
    base = {
        "id": "parks", "role": "open_space", "file": "f", "title": "t", "provider": "p", "licence": "CC-BY-4.0", "citation": "c", "format": "vector",
        "vintage": "2020",
    }  # fmt: skip
    return SourceUse(**{**base, **words})


def table(*rows):
    """Make spaces of (id, kind, name, shape, rank)."""
    return pd.DataFrame({
        "space": [r[0] for r in rows], "kind": [r[1] for r in rows], "name": [r[2] for r in rows],
        "geometry": pd.Series([r[3] for r in rows], dtype=object), "source": "s", "rank": [r[4] if len(r) > 4 else 0 for r in rows], "area_m2": np.nan,
    })  # fmt: skip


def write(path, shapes, properties=None):
    rows = [
        {
            "type": "Feature",
            "properties": (properties or [{}] * len(shapes))[i],
            "geometry": s and shapely.geometry.mapping(s),
        }
        for i, s in enumerate(shapes)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": rows}))
    return path


class TestDissolved:
    def test_a_playground_in_a_park_is_the_park(self):
        spaces, notes = dissolved(
            table(
                ("a", "park", "Big", shapely.box(0, 0, 100, 100)),
                ("b", "open_space", "Swings", shapely.box(10, 10, 20, 20)),
            )
        )
        assert spaces[["space", "kind", "name", "area_m2"]].to_numpy().tolist() == [
            ["a", "park", "Big", 10_000.0]
        ]
        assert "0.000 km2 were drawn twice" in " ".join(map(str, notes))

    def test_a_small_overlap_stays_with_the_larger(self):
        # 100 x 100 and 50 x 100 share 10 x 100: 10,000 + 5,000 - 1,000 = 14,000 in all
        spaces, _ = dissolved(
            table(
                ("a", "park", "", shapely.box(0, 0, 100, 100)),
                ("b", "park", "", shapely.box(90, 0, 140, 100)),
            )
        )
        assert spaces.set_index("space")["area_m2"].to_dict() == {"a": 10_000.0, "b": 4_000.0}

    def test_the_same_park_of_two_sources_is_one(self):
        spaces, _ = dissolved(
            table(
                ("osm:w1", "open_space", "", shapely.box(0, 0, 90, 100), 1),
                ("city:7", "park", "Wat Botum", shapely.box(0, 0, 100, 100), 0),
            )
        )
        assert spaces[["space", "kind", "name", "area_m2"]].to_numpy().tolist() == [
            ["city:7", "park", "Wat Botum", 10_000.0]
        ]

    def test_a_crossed_ring_is_mended(self):
        bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])  # two triangles of 25 m2
        spaces, _ = dissolved(table(("a", "park", "", bow)))
        assert spaces["area_m2"].tolist() == [50.0]

    def test_slivers_go_and_small_spaces_stay(self):
        spaces, _ = dissolved(
            table(("a", "park", "", shapely.box(0, 0, 0.5, 1)), ("b", "park", "", shapely.box(10, 0, 14, 5)))
        )
        assert spaces["space"].tolist() == ["b"]

    def test_nothing(self):
        spaces, _ = dissolved(table())
        assert list(spaces.columns) == list(COLUMNS)
        assert spaces.empty

    box = st.tuples(
        st.integers(0, 60), st.integers(0, 60), st.integers(1, 40), st.integers(1, 40), st.integers(0, 1)
    )

    @settings(max_examples=40, deadline=None)
    @given(st.lists(box, max_size=9))
    def test_areas_add_up_to_the_union(self, boxes):
        rows = [
            (f"p{i}", "park", "", shapely.box(x, y, x + w, y + h), rank)
            for i, (x, y, w, h, rank) in enumerate(boxes)
        ]
        spaces, _ = dissolved(table(*rows))
        shapes = shapely.from_wkb(spaces["geometry"].to_numpy(dtype=object))
        union = shapely.union_all([r[3] for r in rows]).area
        assert spaces["area_m2"].sum() == pytest.approx(union, abs=1.0 * max(len(rows), 1))
        assert shapely.union_all(shapes).area == pytest.approx(spaces["area_m2"].sum(), abs=1e-6)


class TestOsm:
    def features(self, *rows):
        shapes = moved([r[1] for r in rows], UTM48, LONLAT)
        return pd.DataFrame({
            "osm_type": "way", "osm_id": range(1, len(rows) + 1), "tags": [r[0] for r in rows],
            "kinds": pd.Series([kinds_of(r[0]) for r in rows], dtype=object), "lon": 104.9, "lat": 11.5,
            "geometry": pd.Series(list(shapes), dtype=object),
        })  # fmt: skip

    def test_what_is_public(self):
        square = shapely.box(X, Y, X + 100, Y + 100)
        found, notes = from_osm(
            self.features(
                ({"leisure": "park", "name": "Wat Phnom"}, square), ({"place": "square"}, square), ({"leisure": "park", "fee": "yes"}, square),
                ({"leisure": "park", "access": "private"}, square), ({"leisure": "garden"}, square), ({"leisure": "park"}, square.exterior),
                ({"natural": "beach"}, square), ({"leisure": "golf_course"}, square),
            ),
            use(id="osm", format="osm_pbf"), UTM48,
        )  # fmt: skip
        assert found[["space", "kind", "name"]].to_numpy().tolist() == [
            ["osm:w1", "park", "Wat Phnom"], ["osm:w2", "open_space", ""], ["osm:w7", "open_space", ""],
        ]  # fmt: skip
        assert "1 open spaces are drawn without an area" in str(notes[1])

    def test_gathered_from_an_extract(self, monkeypatch, tmp_path):
        square = shapely.box(X, Y, X + 100, Y + 100)
        far = shapely.box(X + 50_000, Y, X + 50_100, Y + 100)
        table = self.features(({"leisure": "park"}, square), ({"leisure": "park"}, far))
        monkeypatch.setattr(osm_facilities, "read_features", lambda *_: table)
        (tmp_path / "a.pbf").write_bytes(b"")
        spaces, _ = gather_open_space([(use(id="osm", format="osm_pbf"), tmp_path / "a.pbf")], UTM48, WIDE)
        osm_facilities.forget_features()
        assert spaces["space"].tolist() == ["osm:w1"]
        assert spaces["area_m2"][0] == pytest.approx(10_000, rel=1e-6)


class TestVector:
    def test_a_file_of_parks(self, tmp_path):
        path = write(
            tmp_path / "p.geojson",
            [shapely.box(X, Y, X + 10, Y + 10), shapely.Point(X, Y)],
            [{"n": "A", "c": 1}, {"n": "B", "c": 2}],
        )
        spaces, notes = gather_open_space(
            [(use(kind="park", columns={"name": "n", "id": "c"}), path)], UTM48, WIDE
        )
        assert spaces[["space", "kind", "name", "area_m2", "source"]].to_numpy().tolist() == [
            ["parks:1", "park", "A", 100.0, "parks"]
        ]
        assert "1 of 2 rows are no polygons" in str(notes[0])

    def test_a_crossed_ring_is_said(self, tmp_path):
        bow = shapely.Polygon([(X, Y), (X + 10, Y + 10), (X + 10, Y), (X, Y + 10)])
        _, notes = gather_open_space([(use(), write(tmp_path / "p.geojson", [bow]))], UTM48, WIDE)
        assert "1 polygons cross themselves: mended" in str(notes[0])

    def test_points_only_are_refused(self, tmp_path):
        with pytest.raises(InputError, match="has no polygons"):
            gather_open_space([(use(), write(tmp_path / "p.geojson", [shapely.Point(X, Y)]))], UTM48, WIDE)


def test_no_source_is_an_empty_layer():
    spaces, _ = gather_open_space([], UTM48, WIDE)
    assert list(spaces.columns) == list(COLUMNS)


def test_las_palmas(data_root):
    pbf = data_root / "las_palmas" / "example_las_palmas_2023_osm_20230221.pbf"
    town = moved([shapely.box(-15.50, 28.05, -15.38, 28.18)], LONLAT, "EPSG:32628")[0]
    spaces, _ = gather_open_space([(use(id="osm", format="osm_pbf"), pbf)], "EPSG:32628", town)
    osm_facilities.forget_features()
    shapes = shapely.from_wkb(spaces["geometry"].to_numpy(dtype=object))
    assert shapely.is_valid(shapes).all()
    assert len(spaces) > 500
    assert shapely.union_all(shapes).area == pytest.approx(spaces["area_m2"].sum(), rel=1e-6)
    assert spaces["space"].is_unique
