"""OpenStreetMap extracts: tagged things, streets by the rules, and files that are no extracts."""

from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from osmium.osm import mutable

from citiesforall.core.errors import InputError
from citiesforall.gather.osm import read_areas, read_features
from citiesforall.gather.osm_ways import read_ways
from citiesforall.gather.streets import build_streets
from citiesforall.gather.ways import street_rules

CRS = "EPSG:32648"
LON, LAT = 104.9, 11.55
STEP = 0.001  # about 109 m east, 111 m north


def write(
    path: Path, nodes: dict[int, tuple], ways: dict[int, tuple], relations: dict[int, tuple] | None = None
) -> Path:
    """Write an extract: node id -> (column, row, tags); way id -> (nodes, tags); relation id -> (members, tags)."""
    with osmium.SimpleWriter(str(path)) as writer:
        for key, (column, row, tags) in nodes.items():
            writer.add_node(mutable.Node(id=key, location=(LON + column * STEP, LAT + row * STEP), tags=tags))
        for key, (refs, tags) in ways.items():
            writer.add_way(mutable.Way(id=key, nodes=list(refs), tags=tags))
        for key, (members, tags) in (relations or {}).items():
            writer.add_relation(mutable.Relation(id=key, members=list(members), tags=tags))
    return path


def line(n: int = 2) -> dict[int, tuple]:
    """Return nodes 1, 2, ... in a row to the east."""
    return {at + 1: (at, 0, {}) for at in range(n)}


def one_way(tmp_path: Path, **tags: str):
    """Return the ways of an extract with a residential street and one more way with the tags."""
    nodes = line(3)
    return read_ways(
        write(tmp_path / "one.osm.pbf", nodes, {1: ((1, 2), {"highway": "residential"}), 2: ((2, 3), tags)}),
        CRS,
    )


@pytest.mark.parametrize(
    ("tags", "walk"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"highway": "primary"}, True),
        ({"highway": "trunk"}, True),
        ({"highway": "trunk_link"}, True),
        ({"highway": "motorway"}, False),
        ({"highway": "motorway_link"}, False),
        ({"highway": "motorway", "foot": "yes"}, True),
        ({"highway": "busway"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "no"}, False),
        ({"highway": "service", "access": "customers"}, True),
        ({"highway": "service", "access": "private", "foot": "designated"}, True),
        ({"highway": "service", "service": "private"}, False),
        ({"highway": "service", "service": "alley"}, True),
        ({"highway": "primary", "foot": "no"}, False),
        ({"highway": "primary", "foot": "use_sidepath"}, False),
        ({"highway": "trunk", "motorroad": "yes"}, False),
        ({"highway": "steps"}, True),
        ({"highway": "never_heard_of"}, True),
    ],
)
def test_who_may_walk(tmp_path, tags, walk):
    ways = one_way(tmp_path, **tags)
    assert len(ways.way_walk) == 2
    assert bool(ways.way_walk[1]) is walk
    named = tags["highway"] if tags["highway"] in street_rules().classes else "unknown"
    assert ways.classes[ways.way_class[1]] == named


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "construction"},
        {"highway": "proposed"},
        {"highway": "raceway"},
        {"highway": "pedestrian", "area": "yes"},
        {"highway": "service", "route": "ferry"},
        {"route": "ferry"},
        {"waterway": "canal"},
    ],
)
def test_what_is_no_street(tmp_path, tags):
    assert len(one_way(tmp_path, **tags).way_walk) == 1


def test_lengths_are_metres_of_the_zone(tmp_path):
    ways = read_ways(write(tmp_path / "m.osm.pbf", line(3), {7: ((1, 2, 3), {"highway": "path"})}), CRS)
    # 0.002 degrees of longitude at 11.55 N: 0.002 x 111,320 m x cos 11.55 = 218.13 m; UTM scale here 0.9996
    assert build_streets(ways).edge_m == pytest.approx([218.13 * 0.9996], rel=2e-3)


def test_bridges_do_not_meet_what_they_cross(tmp_path):
    nodes = {1: (0, 1, {}), 2: (2, 1, {}), 3: (1, 0, {}), 4: (1, 2, {})}
    ways = {1: ((1, 2), {"highway": "primary", "bridge": "yes"}), 2: ((3, 4), {"highway": "primary"})}
    streets = build_streets(read_ways(write(tmp_path / "b.osm.pbf", nodes, ways), CRS))
    assert (streets.n_nodes, streets.n_edges) == (4, 2)
    assert sorted(streets.component.tolist()) == [0, 0, 1, 1]


def test_ways_that_leave_the_extract_keep_what_is_known(tmp_path):
    nodes = {key: place for key, place in line(7).items() if key != 4}
    ways = {1: ((1, 2, 3, 4, 5, 6), {"highway": "primary"}), 2: ((4, 7), {"highway": "primary"})}
    ways = read_ways(write(tmp_path / "cut.osm.pbf", nodes, ways), CRS)
    streets = build_streets(ways)
    # 1-2-3 and 5-6 remain; way 2 has one point left and goes
    assert (streets.n_nodes, streets.n_edges) == (4, 2)
    assert streets.edge_m.sum() == pytest.approx(3 * 109.0, rel=2e-3)
    assert [note.kind for note in ways.notes] == ["repair"]
    assert "2 ways leave the extract: 2 of their points" in str(ways.notes[0])


def test_order_in_the_file_does_not_matter(tmp_path):
    ways = {
        5: ((3, 4), {"highway": "primary"}),
        2: ((1, 2, 3), {"highway": "path"}),
        9: ((2, 4), {"highway": "path"}),
    }
    nodes = line(4) | {4: (1, 1, {})}
    one = read_ways(write(tmp_path / "one.osm.pbf", nodes, ways), CRS)
    back = {key: nodes[key] for key in reversed(nodes)}
    two = read_ways(write(tmp_path / "two.osm.pbf", back, dict(reversed(ways.items()))), CRS)
    for name in ("start", "x", "y", "node", "way_class", "way_walk"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_things_with_a_key(tmp_path):
    square = {1: (0, 0, {}), 2: (2, 0, {}), 3: (2, 2, {}), 4: (0, 2, {})}
    hole = {5: (0.5, 0.5, {}), 6: (1.5, 0.5, {}), 7: (1.5, 1.5, {}), 8: (0.5, 1.5, {})}
    nodes = square | hole | {9: (5, 5, {"amenity": "bank"}), 10: (6, 5, {"shop": "yes"})}
    ways = {
        1: ((1, 2, 3, 4, 1), {"amenity": "school"}),
        2: ((1, 3), {"amenity": "fence"}),
        3: ((1, 2, 3, 4, 1), {}),
        4: ((5, 6, 7, 8, 5), {}),
        5: ((1, 2, 3, 4, 1), {"amenity": "track", "area": "no"}),
        6: ((1, 3, 2, 4, 1), {"amenity": "bow_tie"}),
        7: ((1, 99), {"amenity": "half"}),
    }
    relations = {
        1: ((("w", 3, "outer"), ("w", 4, "inner")), {"type": "multipolygon", "amenity": "market"}),
        2: ((("w", 77, "outer"),), {"type": "multipolygon", "amenity": "far"}),
        3: ((("n", 9, ""),), {"type": "site", "amenity": "site"}),
    }
    table = read_features(write(tmp_path / "f.osm.pbf", nodes, ways, relations), ("amenity",))
    assert list(table.columns) == ["osm_type", "osm_id", "tags", "lon", "lat", "geometry"]
    found = {tags["amenity"]: row for tags, row in zip(table["tags"], table.itertuples(), strict=True)}
    assert list(found) == ["bank", "school", "fence", "track", "bow_tie", "half", "market", "far", "site"]
    shapes = {name: getattr(row.geometry, "geom_type", None) for name, row in found.items()}
    assert shapes == {
        "bank": "Point", "school": "Polygon", "fence": "LineString", "track": "LineString", "bow_tie": "MultiPolygon",
        "half": None, "market": "Polygon", "far": None, "site": None,
    }  # fmt: skip
    assert (found["bank"].lon, found["bank"].lat) == pytest.approx((LON + 5 * STEP, LAT + 5 * STEP))
    assert found["market"].geometry.area == pytest.approx((4 - 1) * STEP**2)
    assert found["market"].geometry.contains(found["market"].geometry.representative_point())
    # half-way along the fence, the square's middle
    assert (found["fence"].lon, found["fence"].lat) == pytest.approx((LON + STEP, LAT + STEP))
    assert np.isnan([found["half"].lon, found["far"].lat, found["site"].lon]).all()
    assert read_features(tmp_path / "f.osm.pbf", ("shop", "amenity")).shape[0] == len(found) + 1
    assert read_features(tmp_path / "f.osm.pbf", ("tourism",)).shape == (0, 6)


def by_loop(pbf: Path, keys: tuple[str, ...]) -> list[tuple]:
    """Read kind, id, tags and shape of each thing one by one with osmium, rings that cross themselves unmended."""
    wkb = osmium.geom.WKBFactory()
    rows, areas = [], {}
    has_key = osmium.filter.KeyFilter(*keys)
    for thing in osmium.FileProcessor(str(pbf)).with_areas(has_key).with_filter(has_key):
        shape = None
        try:
            if thing.is_area() and not thing.from_way():
                areas[thing.orig_id()] = wkb.create_multipolygon(thing)
            elif thing.is_node():
                shape = wkb.create_point(thing)
            elif thing.is_way():
                shape = wkb.create_linestring(thing)
        except osmium.InvalidLocationError:
            known = [(ref.lon, ref.lat) for ref in thing.nodes if ref.location.valid()]
            shape = shapely.LineString(known).wkb_hex if len(set(known)) > 1 else None
        except RuntimeError:
            pass  # a way of one place, rings that make no area
        if not thing.is_area():
            is_closed = thing.is_way() and thing.is_closed() and thing.tags.get("area") != "no"
            rows.append(("nwr".index(thing.type_str()), thing.id, dict(thing.tags), shape, is_closed))
    rows.sort(key=lambda row: row[:2])
    shapes = shapely.from_wkb([areas.get(key) if kind == 2 else wkb for kind, key, _, wkb, _ in rows])
    return [
        (kind, key, tags, polygon_of(shape) if is_closed else shape)
        for (kind, key, tags, _, is_closed), shape in zip(rows, shapes, strict=True)
    ]


def polygon_of(shape):
    """Return the area inside a closed line, any other shape as it is."""
    is_ring = shape is not None and shape.is_closed and shapely.get_num_points(shape) >= 4
    return shapely.Polygon(shape.coords) if is_ring else shape


def assert_same(table, rows: list[tuple]) -> None:
    """Hold a table to the rows of the loop."""
    kinds = ["node", "way", "relation"]
    assert table["osm_type"].tolist() == [kinds[row[0]] for row in rows]
    assert table["osm_id"].tolist() == [row[1] for row in rows]
    assert table["tags"].tolist() == [row[2] for row in rows]
    one, two = table["geometry"].to_numpy(), np.array([row[3] for row in rows], dtype=object)
    assert (shapely.is_missing(one) == shapely.is_missing(two)).all()
    there = ~shapely.is_missing(two) & shapely.is_valid(two)
    np.testing.assert_array_equal(shapely.get_dimensions(one[there]), shapely.get_dimensions(two[there]))
    np.testing.assert_allclose(shapely.area(one[there]), shapely.area(two[there]), rtol=1e-9, atol=0)
    np.testing.assert_allclose(shapely.length(one[there]), shapely.length(two[there]), rtol=1e-9, atol=0)
    places = shapely.get_coordinates(shapely.centroid(one[there]))
    np.testing.assert_allclose(
        places, shapely.get_coordinates(shapely.centroid(two[there])), rtol=0, atol=1e-9
    )
    mended = one[~shapely.is_missing(two) & ~shapely.is_valid(two)]
    assert shapely.is_valid(mended).all()


@pytest.mark.parametrize(
    ("path", "keys", "n_least"),
    [
        ("las_palmas/example_las_palmas_2023_osm_20230221.pbf", ("building", "amenity", "water", "barrier"), 25_000),
        ("porto_alegre/poa_osm.pbf", ("amenity", "leisure", "natural", "building", "public_transport"), 800),
        ("bench/liechtenstein-latest.osm.pbf", ("landuse", "natural", "boundary", "leisure", "highway"), 4_000),
    ],
)  # fmt: skip
def test_agrees_with_a_loop_over_everything(data_root, path, keys, n_least):
    rows = by_loop(data_root / path, keys)
    assert len(rows) > n_least
    assert_same(read_features(data_root / path, keys), rows)


def odd_extract(path: Path) -> Path:
    """Write relations and ways of many odd forms; all carry the key ``x``."""
    square = {1: (0, 0, {}), 2: (9, 0, {}), 3: (9, 9, {}), 4: (0, 9, {})}
    hole = {5: (2, 2, {}), 6: (4, 2, {}), 7: (4, 4, {}), 8: (2, 4, {})}
    nodes = square | hole | {9: (9, 0, {}), 10: (12, 0, {"x": "node"}), 11: (12, 9, {}), 12: (0, 0, {})}
    ways = {
        1: ((1, 2, 3), {}), 2: ((3, 4, 1), {"x": "half of a ring"}), 3: ((5, 6, 7, 8, 5), {}), 4: ((2, 10, 11, 3), {}),
        5: ((2, 3), {}), 6: ((1, 12), {"x": "one place"}), 7: ((1, 12, 2, 9, 3, 4, 1), {"x": "points again"}),
        8: ((1, 2, 99, 3, 4, 1), {"x": "cut ring"}), 9: ((1, 2, 3, 12), {"x": "closed by place only"}),
        10: ((1, 2, 1), {"x": "there and back"}), 11: ((99, 1, 12), {"x": "cut to one place"}),
        12: ((5, 6, 8, 7, 5), {}), 13: ((1, 2, 3, 4, 1), {"x": "no area", "area": "no"}), 14: ((1, 2, 3, 4, 99), {}),
    }  # fmt: skip
    areas = {
        1: ("multipolygon", (1, 2, 3)), 2: ("boundary", (1, 2)), 3: ("multipolygon", (1, 2, 5, 4)),
        4: ("multipolygon", (1, 2, 4)), 5: ("multipolygon", (1,)), 6: ("multipolygon", (12,)), 7: ("route", (1, 2)),
        8: ("multipolygon", (3, 3)), 9: ("multipolygon", (1, 2, 77)), 10: ("multipolygon", ()), 11: ("multipolygon", (14, 3)),
        12: ("public_transport", (1, 2, 3, 5)),
    }  # fmt: skip
    roles = ("inner", "", "outer", "a b,c@d")  # that no one need believe
    relations = {
        key: ([("w", way, roles[(key + way) % 4]) for way in members], {"type": what, "x": str(key)})
        for key, (what, members) in areas.items()
    }
    relations[1][0].append(("n", 10, "label"))
    return write(path, nodes, ways, relations)


def test_odd_forms_agree_with_the_loop(tmp_path):
    path = odd_extract(tmp_path / "odd.osm.pbf")
    rows = by_loop(path, ("x",))
    assert sum(row[0] == 2 and row[3] is not None for row in rows) == 4
    assert_same(read_features(path, ("x",)), rows)


@pytest.mark.parametrize(
    ("value", "is_read"),
    [
        ("bank", True), ("atm", True), ("bank;cafe", True), ("cafe; atm", True), ("cafe;x,bank", True), ("cafe", False),
        ("bank,atm", False), ("banker", False), ("cafe;banker", False), ("", False), (";", False),
    ],
)  # fmt: skip
def test_values_that_count(tmp_path, value, is_read):
    nodes = {1: (0, 0, {"amenity": value}), 2: (0, 0, {"shop": value}), 3: (0, 0, {"name": "bank"})}
    path = write(tmp_path / "v.osm.pbf", nodes, {})
    found = read_features(path, ("amenity", "shop"), {"amenity": {"bank", "atm"}})
    assert found["osm_id"].tolist() == ([1, 2] if is_read else [2])


def test_areas_only(tmp_path):
    nodes = {1: (0, 0, {}), 2: (1, 0, {}), 3: (1, 1, {}), 4: (0, 1, {"building": "yes"})}
    ways = {
        1: ((1, 2, 3, 1), {"building": "house"}),
        2: ((1, 2, 3, 4, 1), {"building": "no"}),
        3: ((1, 2), {"building": "yes"}),
    }
    tags, shapes = read_areas(write(tmp_path / "b.osm.pbf", nodes, ways), ("building",))
    assert [one["building"] for one in tags] == ["house", "no"]
    np.testing.assert_allclose(shapely.area(shapes) / STEP**2, [0.5, 1.0], rtol=1e-6)
    assert read_areas(write(tmp_path / "none.osm.pbf", nodes, {}), ("building",))[0] == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    """Return the bytes of an extract with many nodes and ways."""
    nodes = {at + 1: (at % 100, at // 100, {}) for at in range(9000)}
    ways = {at: ((at, at + 1), {"highway": "path"}) for at in range(1, 8999)}
    return write(tmp_path_factory.mktemp("whole") / "whole.osm.pbf", nodes, ways).read_bytes()


BOTH = [lambda path: read_ways(path, CRS), lambda path: read_features(path, ("highway",))]


@pytest.mark.parametrize("read", BOTH)
def test_files_that_are_no_extracts(tmp_path, whole, read):
    path = tmp_path / "bad.osm.pbf"
    with pytest.raises(InputError, match="no such file"):
        read(path)
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path)
    for content, text in (
        (b"", "is empty"),
        (b"this is a text" * 99, "not an OpenStreetMap pbf"),
        (b"\x00\x00\x00\x0d", "not an OpenStreetMap pbf"),
        (whole[:-7], "cut off or damaged"),
        (whole[: len(whole) // 2], "cut off or damaged"),
        (whole + b"\x00\x00", "cut off or damaged"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=text) as caught:
            read(path)
        assert len(caught.value.faults) == 1
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("read", BOTH)
def test_damage_inside_is_one_clear_line(tmp_path, whole, read):
    path = tmp_path / "bad.osm.pbf"
    rng = np.random.default_rng(4)
    for at in rng.integers(200, len(whole), 12):
        content = bytearray(whole)
        content[at] ^= 0x55
        path.write_bytes(content)
        text = "bad.osm.pbf: "
        try:
            read(path)
        except InputError as error:  # some flipped bits hurt nothing
            text = str(error)
        assert text.startswith("bad.osm.pbf: ")
        assert "\n" not in text
    path.write_bytes(whole)  # a bad file leaves nothing behind that spoils the next
    read(path)


def test_extract_without_streets(tmp_path):
    path = write(tmp_path / "sea.osm.pbf", line(2), {1: ((1, 2), {"natural": "coastline"})})
    with pytest.raises(InputError, match="no streets in it"):
        read_ways(path, CRS)
    path = write(tmp_path / "points.osm.pbf", line(2), {})
    with pytest.raises(InputError, match="no streets in it"):
        read_ways(path, CRS)
    path = write(tmp_path / "far.osm.pbf", line(1), {1: ((98, 99), {"highway": "path"})})
    with pytest.raises(InputError, match="no streets in it"):
        read_ways(path, CRS)
