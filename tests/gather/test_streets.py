"""From drawn lines to a network: cut, joined, measured; and files of lines."""

import json
import zipfile
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.gather.lines import read_lines
from citiesforall.gather.streets import build_streets, gather_streets, streets_near
from citiesforall.gather.ways import Ways, Words, bridge_lines, on_bridge, street_rules, take_ragged

CRS = "EPSG:32648"
CLASSES = ("path", "road")


def use(**words) -> SourceUse:
    given = {"id": "roads", "role": "streets", "file": "x", "title": "t", "provider": "p", "licence": "ODbL-1.0",
             "citation": "c", "format": "lines", "vintage": "2026"}  # fmt: skip
    return SourceUse(**(given | words))


def ways(*rows, places=None, kinds=None, walk=None) -> Ways:
    """Return ways over places named by number; -1 is a place that is not known."""
    places = places or {at: (at * 10.0, 0.0) for at in range(12)}
    x, y = (np.array([places[at][axis] for at in sorted(places)], float) for axis in (0, 1))
    return Ways(
        start=np.cumsum([0, *map(len, rows)]),
        node=np.array([at for row in rows for at in row], np.int32),
        x=x,
        y=y,
        way_class=np.array(kinds or [0] * len(rows), np.int8),
        way_walk=np.array(walk or [True] * len(rows), bool),
        classes=CLASSES,
    )


def lengths(streets) -> list[float]:
    return sorted(np.round(streets.edge_m, 9).tolist())


def check(streets) -> None:
    """Assert what holds for every network: lines start and end in the edge's nodes and are as long as it says."""
    starts, ends = streets.vertex_start[:-1], streets.vertex_start[1:] - 1
    assert (ends > starts).all()
    for node, at in ((streets.edge_u, starts), (streets.edge_v, ends)):
        np.testing.assert_array_equal(streets.vertex_x[at], streets.node_x[node])
        np.testing.assert_array_equal(streets.vertex_y[at], streets.node_y[node])
    step = np.hypot(np.diff(streets.vertex_x), np.diff(streets.vertex_y))
    for edge in range(streets.n_edges):
        assert streets.edge_m[edge] == pytest.approx(step[starts[edge] : ends[edge]].sum(), abs=1e-9)
    assert set(np.concatenate([streets.edge_u, streets.edge_v])) == set(range(streets.n_nodes))
    assert len(streets.component) == streets.n_nodes


def test_ways_in_a_row_are_one_edge_with_its_line():
    streets = build_streets(ways((0, 1, 2), (4, 3, 2)))  # the second is drawn towards the first
    check(streets)
    assert (streets.n_nodes, streets.n_edges, lengths(streets)) == (2, 1, [40])
    assert streets.vertex_x.tolist() == [0, 10, 20, 30, 40]


def test_a_crossing_cuts_and_a_mere_vertex_does_not():
    places = {0: (0, 0), 1: (10, 0), 2: (20, 0), 3: (10, 30), 4: (10, -5)}
    streets = build_streets(ways((0, 1, 2), (3, 1, 4), places=places))
    check(streets)
    assert (streets.n_nodes, lengths(streets)) == (5, [5, 10, 10, 30])


def test_another_class_or_another_rule_of_walking_is_another_edge():
    assert lengths(build_streets(ways((0, 1), (1, 3), kinds=[0, 1]))) == [10, 20]
    streets = build_streets(ways((0, 1), (1, 3), walk=[True, False]))
    check(streets)
    assert streets.edge_walk[np.argsort(streets.edge_m)].tolist() == [True, False]
    assert streets.component[np.argsort(streets.node_x)].tolist() == [
        0,
        0,
        1,
    ]  # beyond the motorway nobody walks


def test_ring_that_touches_nothing_is_a_loop():
    places = {0: (0, 0), 1: (10, 0), 2: (10, 10), 3: (0, 10)}
    for rows in (((0, 1, 2, 3, 0),), ((0, 1, 2), (2, 3, 0)), ((0, 1), (2, 1), (2, 3), (0, 3))):
        streets = build_streets(ways(*rows, places=places))
        check(streets)
        assert (streets.n_nodes, streets.n_edges, lengths(streets)) == (1, 1, [40])
        assert streets.edge_u[0] == streets.edge_v[0]


def test_lollipop_keeps_stick_and_loop():
    places = {0: (0, 0), 1: (10, 0), 2: (20, 5), 3: (20, -5)}
    streets = build_streets(ways((0, 1, 2, 3, 1), places=places))
    check(streets)
    # stick 10; loop sqrt(125) + 10 + sqrt(125)
    assert (streets.n_nodes, lengths(streets)) == (2, [10, round(2 * 125**0.5 + 10, 9)])


def test_two_ways_between_the_same_nodes_stay_two():
    places = {0: (0, 0), 1: (40, 0), 2: (20, 15), 3: (-10, 0), 4: (50, 0)}
    streets = build_streets(ways((0, 1), (0, 2, 1), (3, 0), (1, 4), places=places))
    check(streets)
    assert lengths(streets) == [10, 10, 40, 50]


def test_points_twice_in_a_row_and_places_twice():
    places = {0: (0, 0), 1: (10, 0), 2: (10, 0), 3: (30, 0)}
    streets = build_streets(ways((0, 0, 1, 1, 2, 3, 3), places=places))
    check(streets)
    assert (streets.vertex_x.tolist(), lengths(streets)) == ([0, 10, 30], [30])
    # the last point stands at the place of the one before: the edge still ends in its own node
    streets = build_streets(ways((0, 1, 2), (3, 2, 1), places=places))
    check(streets)


def test_edge_without_length_joins_and_loop_without_length_goes():
    places = {0: (0, 0), 1: (10, 0), 2: (10, 0), 3: (30, 0), 4: (10, 5), 5: (10, -5)}
    streets = build_streets(ways((0, 1), (1, 2), (2, 3), (1, 4), (2, 5), (0, 0), places=places))
    check(streets)
    assert lengths(streets) == [0, 5, 5, 10, 20]
    assert streets.component.tolist() == [0] * streets.n_nodes
    streets = build_streets(ways((0, 1), (1, 2, 1), (1, 3), places=places))
    check(streets)
    assert lengths(streets)[-2:] == [10, 20]


def test_unknown_points_end_a_run():
    streets = build_streets(ways((0, 1, -1, 3, 4), (-1, 5), (-1, -1, 6, 7), (8,)))
    check(streets)
    assert lengths(streets) == [10, 10, 10]


def test_no_ways_no_streets():
    streets = build_streets(ways())
    assert (streets.n_nodes, streets.n_edges) == (0, 0)
    assert build_streets(ways((0,), (1, 1))).n_edges == 0


def test_order_and_direction_of_ways_do_not_change_the_network():
    rng = np.random.default_rng(0)
    places = {at: tuple(rng.uniform(0, 100, 2)) for at in range(40)}
    rows = [tuple(rng.integers(0, 40, rng.integers(2, 6)).tolist()) for _ in range(30)]
    one = build_streets(ways(*rows, places=places))
    two = build_streets(ways(*[row[::-1] for row in rows[::-1]], places=places))
    check(one)
    assert lengths(one) == pytest.approx(lengths(two))
    np.testing.assert_array_equal(one.node_x, two.node_x)
    np.testing.assert_array_equal(one.component, two.component)


def test_rows_of_a_ragged_array():
    start, at = take_ragged(np.array([0, 2, 2, 5]), np.array([2, 1, 0]))
    assert (start.tolist(), at.tolist()) == ([0, 3, 3, 5], [2, 3, 4, 0, 1])


ROADS = {
    "kind": ["primary", "RESIDENTIAL ", None, "motorway", "construction"],
    "use": [1, 1, 1, 1, 0],
    "geometry": [
        shapely.LineString([(500000, 1280000), (500100, 1280000)]),
        shapely.MultiLineString(
            [[(500100, 1280000.004), (500100, 1280050)], [(500200, 1280000), (500300, 1280000)]]
        ),
        None,
        shapely.LineString([(500100, 1280000, 7), (500100, 1279900, 8)]),
        shapely.LineString([(500100, 1280050), (500100, 1280250)]),
    ],
}


@pytest.fixture
def roads() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(ROADS, crs=CRS)


@pytest.mark.parametrize("name", ["roads.gpkg", "roads.geojson", "roads.shp", "roads.zip"])
def test_files_of_lines_touch_to_the_centimetre(tmp_path, roads, name):
    stem = tmp_path / name
    if name.endswith("json"):
        roads.to_crs(4326).to_file(stem)
    elif name.endswith("zip"):
        roads.to_file(tmp_path / "in.shp")
        with zipfile.ZipFile(stem, "w") as archive:
            for part in tmp_path.glob("in.*"):
                archive.write(part, f"folder/{part.name}")
    else:
        roads.to_file(stem)
    read = read_lines(stem, CRS, use(columns={"class": "kind"}))
    streets = build_streets(read)
    check(streets)
    np.testing.assert_allclose(lengths(streets), [50, 100, 100, 100], atol=0.011)
    names = {streets.classes[at] for at in streets.edge_class}
    assert names == {"primary", "residential", "motorway"}
    assert streets.edge_walk.sum() == 3
    assert [str(note) for note in read.notes] == [f"{name}: 1 rows are not lines, or are empty: left out."]


def test_rows_and_class_as_the_source_says(tmp_path, roads):
    path = tmp_path / "roads.gpkg"
    roads.to_file(path)
    read = read_lines(
        path, CRS, use(where={"kind": ["motorway", "primary"]}, options={"class": "residential"})
    )
    streets = build_streets(read)
    assert lengths(streets) == [200]  # without classes they are one street, walkable
    assert streets.edge_walk.all()
    assert "taken as 'residential'" in str(read.notes[-1])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"columns": {"class": "kin"}}, "column 'kin' is not there. Did you mean 'kind'"),
        ({"columns": {"clas": "kind"}}, "Did you mean 'class'"),
        ({"options": {"class": "boulevard"}}, "options.class: 'boulevard' is no class of streets"),
        ({"options": {"layer": "none"}}, "layer 'none'"),
        ({"where": {"use": 5}}, "no streets in it"),
    ],
)
def test_wrong_words_are_named(tmp_path, roads, words, text):
    path = tmp_path / "roads.gpkg"
    roads.to_file(path)
    with pytest.raises(InputError, match=text) as caught:
        read_lines(path, CRS, use(**words))
    assert "\n" not in str(caught.value)


def test_files_that_are_no_lines(tmp_path, roads):
    with pytest.raises(InputError, match="no such file"):
        read_lines(tmp_path / "none.gpkg", CRS, use())
    for name, content in (
        ("a.geojson", b""),
        ("b.gpkg", b"junk"),
        ("c.zip", b"junk"),
        ("d.geojson", b'{"type": "Fea'),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name) as caught:
            read_lines(tmp_path / name, CRS, use())
        assert str(tmp_path) not in str(caught.value)
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.writestr("read me.txt", "nothing")
    with pytest.raises(InputError, match="holds 0 vector files"):
        read_lines(tmp_path / "e.zip", CRS, use())
    polygons = roads.iloc[[0]].set_geometry([shapely.box(0, 0, 1, 1)], crs=CRS)
    polygons.to_file(tmp_path / "f.gpkg")
    with pytest.raises(InputError, match="no streets in it"):
        read_lines(tmp_path / "f.gpkg", CRS, use())


def test_reference_system_is_needed_and_checked(tmp_path, roads):
    path = tmp_path / "roads.shp"
    roads.to_file(path)
    (tmp_path / "roads.prj").unlink()
    with pytest.raises(InputError, match="states no reference system"):
        read_lines(path, CRS, use())
    assert lengths(build_streets(read_lines(path, CRS, use(crs=CRS))))[-1] > 100
    with pytest.raises(InputError, match="cannot be placed"):
        read_lines(path, CRS, use(crs="EPSG:4326"))


def test_gathering_says_what_it_saw(tmp_path, roads):
    path = tmp_path / "roads.gpkg"
    roads.to_file(path)
    streets, notes = gather_streets((use(columns={"class": "kind"}),), {"roads": path}, CRS)
    text = "\n".join(map(str, notes))
    assert "7 nodes" not in text
    # nodes: (500000), (500100) crossing, (.., 1280050), (500200), (500300), (.., 1279900)
    assert "6 nodes, 4 edges, 0.3 km of streets, of which 0.2 km may be walked" in text
    assert "primary 0.1" in text
    # walkable 100 + 50 joined, 100 apart: 3 of 5 nodes, 150 of 250 m
    assert "largest of 2 connected parts holds 60.0% of the nodes and 60.0% of the length" in text
    assert "no streets of class secondary, tertiary, unclassified, service, footway" in text
    assert streets.n_edges == 4
    with pytest.raises(InputError, match="2 sources are given"):
        gather_streets((use(), use()), {"roads": path}, CRS)
    roads.iloc[[3]].to_file(tmp_path / "fast.gpkg")
    with pytest.raises(InputError, match="no street in it may be walked"):
        gather_streets((use(columns={"class": "kind"}),), {"roads": tmp_path / "fast.gpkg"}, CRS)


def test_bridges_are_the_straight_parts_of_ways_that_say_so():
    one = ways((0, 1, 2), (2, -1, 3, 4), (5, 6))
    assert bridge_lines(one) is None  # a source that says nothing of bridges is not one without bridges
    said = replace(one, way_bridge=np.array([False, True, True]))
    assert bridge_lines(said).tolist() == [[30, 0, 40, 0], [50, 0, 60, 0]]
    words = {"bridge": Words(np.array([-1, 0, 1, 2], np.int32), ("yes", "no", "viaduct"))}
    assert on_bridge(words).tolist() == [False, True, False, True]
    assert on_bridge({"bridge": Words(np.array([-1], np.int32), ())}) is None


def test_table_of_streets_is_whole():
    rules = street_rules()
    assert len(rules.classes) == len(set(rules.classes)) < 127  # positions are int8
    assert "unknown" in rules.classes
    assert set(rules.every_city) <= {
        name for name, walk in zip(rules.classes, rules.walk, strict=True) if walk
    }
    assert (rules.width_m >= 0).all()
    assert not rules.not_streets["highway"] & set(rules.classes)
    assert not rules.access["foot_yes"] & rules.access["foot_no"]


@pytest.mark.real
def test_phnom_penh_is_what_its_file_holds(data_root):
    path = data_root / "phnom_penh_centre" / "roads.geojson"
    streets, notes = gather_streets((use(),), {"roads": path}, CRS)
    assert (streets.n_nodes, streets.n_edges) == (6833, 9407)
    # every segment of every line is in one edge: the sum of the file's own lines in the same system
    lines = gpd.read_file(path).to_crs(CRS)
    assert len(lines) == len(json.loads(path.read_text())["features"])
    assert streets.edge_m.sum() == pytest.approx(lines.length.sum(), rel=1e-6)
    assert any("taken as 'unknown'" in str(note) and note.kind == "doubt" for note in notes)
    assert any("largest of 23 connected parts holds 89.8%" in str(note) for note in notes)


def test_streets_near_a_city_keep_every_walk_that_starts_there(data_root):
    from citiesforall.gather.osm_ways import read_ways  # noqa: PLC0415
    from citiesforall.network.search import Seeds, nearest_m  # noqa: PLC0415
    from citiesforall.network.streets import walk_csr  # noqa: PLC0415

    whole = build_streets(
        read_ways(data_root / "las_palmas" / "example_las_palmas_2023_osm_20230221.pbf", "EPSG:32628")
    )
    x, y = np.median(whole.node_x), np.median(whole.node_y)
    bounds, reach_m = (x - 500.0, y - 500.0, x + 500.0, y + 500.0), 1500.0
    near = streets_near(whole, bounds, reach_m)
    assert near.n_edges < whole.n_edges / 2
    # From one and the same street node in the box, every node within reach is as far on the cut network as on the whole.
    found = []
    for streets in (whole, near):
        start = int(np.hypot(streets.node_x - x, streets.node_y - y).argmin())
        seed = Seeds(np.array([start], np.int32), np.zeros(1), np.zeros(1, np.int32))
        metres = nearest_m(walk_csr(streets), seed, reach_m)
        reached = np.isfinite(metres)
        found.append(
            sorted(
                zip(
                    streets.node_x[reached].round(3),
                    streets.node_y[reached].round(3),
                    metres[reached],
                    strict=True,
                )
            )
        )
    assert found[0] == found[1]
