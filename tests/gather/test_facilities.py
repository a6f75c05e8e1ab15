"""Facilities: which kinds a feature is, registers with their quirks, tables of counts, the layer as a whole."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from citiesforall.core.city import City, SourceUse
from citiesforall.core.errors import DeclarationError, InputError
from citiesforall.gather import facilities, osm_facilities
from citiesforall.gather.facilities import COLUMNS, from_osm, gather_facilities
from citiesforall.gather.kinds import kind_of, kinds, kinds_of, may_be_facility, osm_keys, school_levels_of
from citiesforall.gather.registers import from_points, from_table
from citiesforall.gather.vector_file import LONLAT, moved

UTM48 = "EPSG:32648"
WIDE = shapely.box(400_000, 1_200_000, 600_000, 1_400_000)


def use(**words):
    base = {
        "id": "register", "role": "facilities", "file": "f", "title": "t", "provider": "p", "licence": "CC-BY-4.0", "citation": "c",
        "format": "points", "vintage": "2010", "kind": "health_centre",
    }  # fmt: skip
    return SourceUse(**{**base, **words})


def city(reach_m=10_000):
    return City.model_validate(
        {"place": {"code": "KH12", "name": "X"}, "period": "2020", "choices": {"reach_m": reach_m}}
    )


def features(*rows):
    """Make a table as `facility_features` does: (type, id, tags, geometry in metres of UTM 48)."""
    shapes = moved([row[3] for row in rows], UTM48, LONLAT)
    points = shapely.point_on_surface(shapes)
    return pd.DataFrame({
        "osm_type": [r[0] for r in rows], "osm_id": [r[1] for r in rows], "tags": [r[2] for r in rows],
        "kinds": pd.Series([kinds_of(r[2]) for r in rows], dtype=object), "lon": shapely.get_x(points), "lat": shapely.get_y(points), "geometry": pd.Series(list(shapes), dtype=object),
    })  # fmt: skip


def geojson(path: Path, rows, crs="EPSG::32648") -> Path:
    body = {
        "type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:{crs}"}},
        "features": [{"type": "Feature", "properties": p, "geometry": g and {"type": "Point", "coordinates": g}} for p, g in rows],
    }  # fmt: skip
    path.write_text(json.dumps(body))
    return path


class TestKinds:
    def test_every_kind_can_be_found_or_is_a_union_or_known_by_school_level(self):
        for kind in kinds().values():
            assert kind.any_of or kind.union_of or kind.school_level, kind.id
            assert set(kind.union_of) <= set(kinds())
            assert kind.title[0].isupper()

    def test_the_kinds_others_count_on_are_there(self):
        asked = """
            health_centre hospital public_health pharmacy primary_school secondary_school kindergarten school university market food_shop
            park open_space bus_stop rail_station ferry_terminal police fire_station place_of_worship public_toilet drinking_water
            waste_point one_window_office bank post_office library community_centre social_facility shelter
        """
        assert set(asked.split()) <= set(kinds())

    @pytest.mark.parametrize(
        ("tags", "expected"),
        [
            ({"amenity": "clinic"}, ("health_centre",)),
            ({"amenity": "clinic", "operator:type": "private"}, ()),
            ({"amenity": "clinic", "access": "private"}, ()),
            ({"amenity": "clinic", "disused:amenity": "clinic"}, ()),
            ({"disused:amenity": "clinic"}, ()),
            ({"amenity": "hospital"}, ("hospital",)),
            ({"amenity": "clinic;pharmacy"}, ("health_centre", "pharmacy")),
            ({"amenity": "marketplace"}, ("market",)),
            ({"shop": "supermarket"}, ("food_shop",)),
            ({"leisure": "park"}, ("open_space", "park")),
            ({"leisure": "park", "fee": "yes"}, ()),
            ({"leisure": "garden"}, ()),
            ({"leisure": "garden", "name": "Jardim Botânico"}, ("open_space", "park")),
            ({"leisure": "pitch"}, ()),
            ({"leisure": "pitch", "access": "yes"}, ("open_space",)),
            ({"place": "square"}, ("open_space",)),
            ({"highway": "residential"}, ()),
            ({"highway": "bus_stop"}, ("bus_stop",)),
            ({"amenity": "shelter", "shelter_type": "public_transport"}, ()),
            ({"office": "government", "name": "ការិយាល័យច្រកចេញចូលតែមួយ"}, ("one_window_office",)),
            ({"office": "government", "name": "Ministry of Mines"}, ()),
            ({"amenity": "townhall"}, ("one_window_office",)),
        ],
    )
    def test_tags(self, tags, expected):
        assert kinds_of(tags) == expected
        assert may_be_facility(tags) or not expected

    @pytest.mark.parametrize(
        ("tags", "levels"),
        [
            ({"isced:level": "1"}, ("primary_school",)),
            ({"isced:level": "1;2"}, ("primary_school", "secondary_school")),
            ({"isced:level": "0-3"}, ("kindergarten", "primary_school", "secondary_school")),
            ({"school:level": "primary"}, ("primary_school",)),
            ({"grades": "7-9"}, ("secondary_school",)),
            ({"grades": "1-9"}, ("primary_school", "secondary_school")),
            ({"name": "សាលាបឋមសិក្សា វត្តភ្នំ"}, ("primary_school",)),
            ({"name": "អនុវិទ្យាល័យ ទួលទំពូង"}, ("secondary_school",)),
            ({"name": "សាកលវិទ្យាល័យ ភូមិន្ទ"}, ()),
            ({"name": "Chey Chumneah High School"}, ("secondary_school",)),
            ({"name": "CEIP Alcaravaneras"}, ("primary_school",)),
            ({"name": "IES Isabel de España"}, ("secondary_school",)),
            ({"name": "Escola Estadual de Ensino Fundamental Rio Branco"}, ("primary_school",)),
            ({"name": "EMEI Jardim Salomoni"}, ("kindergarten",)),
            ({"name": "Northbridge"}, ()),
            # The tag wins over the name.
            ({"isced:level": "2", "name": "Hun Sen Primary School"}, ("secondary_school",)),
        ],
    )
    def test_school_levels(self, tags, levels):
        assert school_levels_of(tags) == levels

    def test_a_school_without_level_is_a_school_only(self):
        assert kinds_of({"amenity": "school", "name": "Northbridge"}) == ("school",)
        assert kinds_of({"amenity": "school", "isced:level": "1"}) == ("primary_school", "school")

    def test_an_unknown_kind_names_the_nearest(self):
        assert kind_of("health_post").id == "health_centre"
        with pytest.raises(DeclarationError, match="Did you mean 'market'"):
            kind_of("markt")

    def test_keys_to_read(self):
        assert {"amenity", "shop", "leisure", "highway"} <= set(osm_keys())


class TestOsm:
    def test_records_have_metres_ids_and_one_row_per_kind(self):
        table = features(
            (
                "node",
                1,
                {"amenity": "school", "isced:level": "1", "name": "A"},
                shapely.Point(490_000, 1_280_000),
            ),
            ("way", 2, {"amenity": "hospital"}, shapely.box(491_000, 1_280_000, 491_100, 1_280_100)),
            ("node", 3, {"amenity": "bench"}, shapely.Point(490_000, 1_280_000)),
            ("node", 4, {"amenity": "bank"}, shapely.Point(390_000, 1_280_000)),
        )
        records, notes = from_osm(table, use(id="osm", format="osm_pbf"), UTM48, WIDE)
        assert records[["facility", "kind"]].to_numpy().tolist() == [
            ["osm:n1", "primary_school"], ["osm:n1", "school"], ["osm:w2", "hospital"],
        ]  # fmt: skip
        assert np.allclose(records["x"], [490_000, 490_000, 491_050], atol=0.01)
        assert records["geometry"].isna().tolist() == [True, True, False]
        assert "1 lie further away" in str(notes[0])

    def test_a_feature_cut_off_by_the_extract_is_counted(self):
        table = features(("node", 1, {"amenity": "bank"}, shapely.Point(490_000, 1_280_000)))
        gone = table.assign(osm_id=2, lon=np.nan, lat=np.nan, geometry=None)
        _, notes = from_osm(
            pd.concat([table, gone], ignore_index=True), use(id="osm", format="osm_pbf"), UTM48, WIDE
        )
        assert notes[1].kind == "repair"
        assert "1 features have parts outside the extract" in str(notes[1])

    def test_a_private_hospital_is_no_public_health_facility(self, monkeypatch, tmp_path):
        table = features(
            (
                "node",
                1,
                {"amenity": "hospital", "operator:type": "private"},
                shapely.Point(490_000, 1_280_000),
            ),
            ("node", 2, {"amenity": "hospital"}, shapely.Point(495_000, 1_280_000)),
        )
        monkeypatch.setattr(osm_facilities, "read_features", lambda *_: table)
        (tmp_path / "x.pbf").write_bytes(b"")
        found, _ = gather_facilities(
            [(use(id="osm", format="osm_pbf"), tmp_path / "x.pbf")], city(), UTM48, WIDE
        )
        assert found.groupby("kind")["facility"].apply(list).to_dict() == {
            "hospital": ["osm:n1", "osm:n2"],
            "public_health": ["osm:n2"],
        }


class TestPoints:
    def test_bad_positions_are_left_out_and_said(self, tmp_path):
        rows = [
            ({"n": "good", "c": 1}, [490_000.0, 1_280_000.0]),
            ({"n": "zero", "c": 2}, [0.0, 0.0]),
            ({"n": "none", "c": 3}, None),
            ({"n": "far", "c": 4}, [590_000.0, 1_500_000.0]),
            ({"n": "elsewhere", "c": 5}, [-9_000_000.0, 1_280_000.0]),
        ]
        records, notes = from_points(
            use(columns={"name": "n", "id": "c"}), geojson(tmp_path / "r.geojson", rows), UTM48, WIDE
        )
        assert records["facility"].tolist() == ["register:1"]
        said = " ".join(map(str, notes))
        assert "1 of 5 rows have no position" in said
        assert "1 of 5 rows lie at 0, 0" in said
        assert "1 of 5 rows lie outside the part of the world" in said
        assert "1 of 5 rows lie further from the city than people walk" in said

    def test_any_crs_and_the_error_of_the_source(self, tmp_path):
        rows = [({"n": "x"}, [104.9, 11.55])]
        words = use(columns={"name": "n"}, error={"gone_share": 0.1, "said_by": "ours"})
        records, _ = from_points(words, geojson(tmp_path / "r.geojson", rows, "OGC:1.3:CRS84"), UTM48, WIDE)
        assert (
            abs(records["x"][0] - 489_092) < 5
        )  # 104.9 E lies 0.1 degree, 10.9 km, west of the zone's middle at 500 km
        assert records["gone_share"].tolist() == [0.1]

    def test_doubled_ids_stay_apart(self, tmp_path):
        rows = [({"c": "7"}, [490_000.0, 1_280_000.0]), ({"c": "7"}, [495_000.0, 1_280_000.0])]
        records, notes = from_points(
            use(columns={"id": "c"}), geojson(tmp_path / "r.geojson", rows), UTM48, WIDE
        )
        assert records["facility"].tolist() == ["register:7", "register:7#2"]
        assert any("1 rows carry an id that another row has too" in str(note) for note in notes)

    def test_a_kind_per_row(self, tmp_path):
        rows = [
            ({"k": "health_post"}, [490_000.0, 1_280_000.0]),
            ({"k": "referral_hospital"}, [495_000.0, 1_280_000.0]),
        ]
        records, _ = from_points(
            use(kind=None, columns={"kind": "k"}), geojson(tmp_path / "r.geojson", rows), UTM48, WIDE
        )
        assert records["kind"].tolist() == ["health_centre", "hospital"]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ({"kind": None}, "does not say what kind of facility"),
            ({"kind": "helth_centre"}, "Did you mean 'health_centre'"),
            ({"columns": {"name": "nam"}}, "there is no such column. Did you mean 'name'"),
            ({"where": {"sort": 1}}, "where.sort"),
            ({"crs": "EPSG:99999"}, "is not known"),
        ],
    )
    def test_wrong_words(self, tmp_path, words, message):
        path = geojson(tmp_path / "r.geojson", [({"name": "x"}, [490_000.0, 1_280_000.0])])
        with pytest.raises((InputError, DeclarationError), match=message):
            from_points(use(**words), path, UTM48, WIDE)

    @pytest.mark.parametrize(
        "content",
        [b"", b"not a vector file", b'{"type": "FeatureCollection", "features": [{]}', b"\x00" * 40],
    )
    def test_a_broken_file_is_one_clear_line(self, tmp_path, content):
        path = tmp_path / "r.geojson"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"r\.geojson: "):
            from_points(use(), path, UTM48, WIDE)

    def test_a_latitude_beyond_the_pole_is_no_position(self, tmp_path):
        rows = [({}, [104.9, 11.55]), ({}, [104.9, 1155.0])]
        records, notes = from_points(
            use(), geojson(tmp_path / "r.geojson", rows, "OGC:1.3:CRS84"), UTM48, WIDE
        )
        assert len(records) == 1
        assert "1 of 2 rows have no position" in str(notes[0])

    def test_rows_are_chosen_by_where(self, tmp_path):
        rows = [({"t": 1}, [490_000.0, 1_280_000.0]), ({"t": 2}, [491_000.0, 1_280_000.0])]
        records, _ = from_points(use(where={"t": ["2"]}), geojson(tmp_path / "r.geojson", rows), UTM48, WIDE)
        assert records["x"].round().tolist() == [491_000]


class TestTable:
    def csv(self, tmp_path, text):
        path = tmp_path / "t.csv"
        path.write_text(text)
        return path

    def test_counts_make_that_many_estimated_facilities(self, tmp_path):
        path = self.csv(
            tmp_path,
            "id,lon,lat,schools\na,104.90,11.55,2\nb,104.91,11.55,0\nc,104.92,11.55,\nd,104.93,11.55,1\n",
        )
        words = use(
            format="table", kind="school", columns={"id": "id", "value": "schools"}, options={"count": True}
        )
        records, notes = from_table(words, path, UTM48, WIDE)
        assert records["facility"].tolist() == ["register:a:1", "register:a:2", "register:d:1"]
        assert records["estimated"].all()
        said = " ".join(map(str, notes))
        assert "1 cells do not say how many" in said
        assert "3 facilities are known as counts of 2 cells" in said

    def test_one_facility_a_row_without_count(self, tmp_path):
        path = self.csv(tmp_path, "lon,lat\n104.90,11.55\n0,0\n")
        records, notes = from_table(use(format="table"), path, UTM48, WIDE)
        assert len(records) == 1
        assert not records["estimated"].any()
        assert "lie at 0, 0" in str(notes[0])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("x,y\n1,2\n", "which column is 'lon' is not said"),
            ("lon,lat,n\n104.9,11.5,-1\n", "1 counts of facilities are negative"),
            ("lon,lat,n\n104.9,eleven,1\n", "1 values are not numbers"),
            ("", "is empty"),
        ],
    )
    def test_wrong_tables(self, tmp_path, text, message):
        words = use(
            format="table",
            kind="school",
            columns={"value": "n"} if ",n" in text else {},
            options={"count": True},
        )
        with pytest.raises(InputError, match=message):
            from_table(words, self.csv(tmp_path, text), UTM48, WIDE)


class TestLayer:
    def test_no_source_is_an_empty_layer(self):
        found, _ = gather_facilities([], city(), UTM48, WIDE)
        assert list(found.columns) == list(COLUMNS)
        assert found.empty

    def test_a_town_of_two_registers(self, tmp_path):
        first = geojson(tmp_path / "a.geojson", [({"n": "Tuol Kork HC"}, [490_000.0, 1_280_000.0])])
        second = geojson(
            tmp_path / "b.geojson",
            [
                ({"n": "Toul Kork Health Centre"}, [490_200.0, 1_280_000.0]),
                ({"n": "Daun Penh"}, [490_210.0, 1_280_000.0]),
            ],
        )
        uses = [(use(id="a", columns={"name": "n"}), first), (use(id="b", columns={"name": "n"}), second)]
        found, notes = gather_facilities(uses, city(), UTM48, WIDE)
        centres = found[found["kind"] == "health_centre"]
        assert centres["name"].tolist() == ["Tuol Kork HC", "Daun Penh"]
        assert centres["sources"].tolist() == ["a;b", "b"]
        assert set(found["kind"]) == {"health_centre", "public_health"}
        assert any("health_centre 3 to 2" in str(note) for note in notes)

    def test_codes_that_disagree_with_the_geometry_are_a_figure(self, tmp_path):
        rows = [({"c": 120101.0}, [490_050.0, 1_280_050.0]), ({"c": 120102.0}, [490_060.0, 1_280_060.0])]
        path = geojson(tmp_path / "a.geojson", rows)
        square = shapely.box(490_000, 1_280_000, 490_100, 1_280_100)
        places = pd.DataFrame({
            "place": ["KH12", "KH120101"], "parent": [None, "KH12"], "geometry": [shapely.to_wkb(square)] * 2,
        })  # fmt: skip
        _, notes = gather_facilities(
            [(use(columns={"code": "c"}), path)], city(), UTM48, square, None, {"places": places}
        )
        assert any(
            "1 of 2 records in the city carry the code of another place" in str(note) for note in notes
        )

    def test_people_walk_over_the_border(self, tmp_path):
        path = geojson(
            tmp_path / "a.geojson", [({}, [490_000.0, 1_280_000.0]), ({}, [494_000.0, 1_280_000.0])]
        )
        town = shapely.box(489_900, 1_279_900, 490_100, 1_280_100)
        found, _ = gather_facilities([(use(kind="police"), path)], city(5000), UTM48, town)
        assert len(found) == 2
        found, _ = gather_facilities([(use(kind="police"), path)], city(500), UTM48, town)
        assert len(found) == 1

    def test_open_spaces_are_facilities_with_their_area(self):
        spaces = pd.DataFrame({
            "space": ["osm:w1", "osm:w2"], "kind": ["park", "open_space"], "name": ["P", ""], "area_m2": [20_000.0, 400.0],
            "geometry": [shapely.to_wkb(shapely.box(0, 0, 200, 100)), shapely.to_wkb(shapely.box(500, 0, 520, 20))], "source": "osm",
        })  # fmt: skip
        found, _ = gather_facilities([], city(), UTM48, WIDE, None, {"open_space": spaces})
        assert found[["kind", "facility", "area_m2"]].to_numpy().tolist() == [
            ["open_space", "osm:w1", 20_000.0], ["open_space", "osm:w2", 400.0], ["park", "osm:w1", 20_000.0],
        ]  # fmt: skip


class TestRealData:
    def test_health_registers_of_the_country(self, data_root):
        folder = data_root / "cambodia"
        country = shapely.box(0, 0, 1_000_000, 2_000_000)
        counts = {"health_center": 956, "health_post": 89, "referral_hospital": 76}
        for name, count in counts.items():
            words = use(
                id=name,
                kind="hospital" if "hospital" in name else "health_centre",
                columns={"name": "FACILITNAM", "id": "FACILITCOD"},
            )
            records, _ = from_points(words, folder / f"moh2010_{name}.geojson", UTM48, country)
            assert len(records) == count
            assert records["facility"].is_unique

    def test_counts_in_hexagons(self, data_root):
        path = data_root / "porto_alegre" / "poa_hexgrid.csv"
        raw = pd.read_csv(path)
        words = use(
            format="table", kind="school", columns={"id": "id", "value": "schools"}, options={"count": True}
        )
        records, _ = from_table(words, path, "EPSG:32722", shapely.box(-1e7, -1e7, 1e7, 1e7))
        assert len(records) == raw["schools"].sum()

    def test_las_palmas(self, data_root):
        pbf = data_root / "las_palmas" / "example_las_palmas_2023_osm_20230221.pbf"
        town = moved([shapely.box(-15.50, 28.05, -15.38, 28.18)], LONLAT, "EPSG:32628")[0]
        table = osm_facilities.facility_features(pbf)  # kept, so that the extract is read once
        found, notes = gather_facilities(
            [(use(id="osm", format="osm_pbf", kind=None), pbf)], city(), "EPSG:32628", town
        )
        tagged = sum(
            "pharmacy" in (tags.get("amenity"), tags.get("healthcare"), tags.get("shop"))
            for tags in table["tags"]
        )
        known = found.groupby("kind")["facility"].nunique()
        assert not any("stripped" in str(note) for note in notes)
        assert 0.9 * tagged <= known["pharmacy"] <= tagged
        assert known["school"] >= known["primary_school"]
        assert not found.duplicated(["kind", "facility", "x", "y"]).any()
        assert found[["x", "y"]].notna().all().all()

    def test_an_extract_stripped_to_transport_is_doubted(self, data_root):
        pbf = data_root / "porto_alegre" / "poa_osm.pbf"
        town = moved([shapely.box(-51.3, -30.3, -51.0, -29.9)], LONLAT, "EPSG:32722")[0]
        _, notes = gather_facilities(
            [(use(id="osm", format="osm_pbf", kind=None), pbf)], city(), "EPSG:32722", town
        )
        assert any(note.kind == "doubt" and "no school, no pharmacy" in str(note) for note in notes)


def test_the_module_offers_its_readers():
    assert facilities.from_points is from_points
    assert facilities.from_table is from_table
