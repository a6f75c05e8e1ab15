"""Reading places from boundary files in the states they really are in."""

import h3
import numpy as np
import pytest
import shapely

from citiesforall.core.errors import InputError
from citiesforall.gather.boundaries import choose_crs, gather_places, metric_crs, overlap_share


@pytest.fixture
def boundaries(made):
    def make(**words):
        columns = {"code": "code", "name": "name"}
        return made.use("boundaries", "vector", **({"columns": columns} | words))

    return make


def rows_of(**shapes):
    return [({"code": code, "name": f"Unit {code[-2:]}"}, shape) for code, shape in shapes.items()]


SQUARE = shapely.box(500_000, 1_000_000, 500_300, 1_000_200)
EAST = shapely.box(500_300, 1_000_000, 500_400, 1_000_200)


def test_city_is_the_union_of_its_units(tmp_path, made, boundaries):
    path = made.geojson(tmp_path / "b.geojson", rows_of(KH990101=SQUARE, KH990102=EAST))
    places, notes = gather_places(boundaries(), path, made.city(), made.crs)
    assert places["place"].tolist() == ["KH99", "KH990101", "KH990102"]
    assert places["parent"].tolist() == [None, "KH99", "KH99"]
    assert places["area_m2"].tolist() == pytest.approx([80_000, 60_000, 20_000])
    assert places["level"].tolist() == ["city", "commune", "commune"]
    assert [note.kind for note in notes] == ["figure"]


def test_codes_get_their_prefix_and_their_leading_zero(tmp_path, made, boundaries):
    path = made.geojson(
        tmp_path / "b.geojson", [({"code": 10201, "name": "a"}, SQUARE), ({"code": 10202, "name": "b"}, EAST)]
    )
    places, notes = gather_places(boundaries(code_prefix="KH"), path, made.city("KH0102"), made.crs)
    assert places["place"].tolist() == ["KH0102", "KH010201", "KH010202"]
    assert "2 codes had lost their leading zero" in str(notes[0])


def test_a_single_feature_is_both_city_and_unit(tmp_path, made, boundaries):
    path = made.geojson(tmp_path / "b.geojson", rows_of(X=SQUARE))
    places, _ = gather_places(boundaries(columns={}), path, made.city(), made.crs)
    assert places[["place", "level", "parent"]].to_numpy().tolist() == [["KH99", "city", None]]


def test_only_members_are_taken_and_unknown_ones_are_all_named(tmp_path, made, boundaries):
    path = made.geojson(tmp_path / "b.geojson", rows_of(KH990101=SQUARE, KH990102=EAST))
    places, _ = gather_places(boundaries(), path, made.city(members=("KH990102",)), made.crs)
    assert places["place"].tolist() == ["KH99", "KH990102"]
    with pytest.raises(InputError) as caught:
        gather_places(boundaries(), path, made.city(members=("KH990103", "KH880101")), made.crs)
    assert len(caught.value.faults) == 2
    assert (
        "Did you mean 'KH990102'?" in caught.value.faults[0]
        or "Did you mean 'KH990101'?" in caught.value.faults[0]
    )


def test_a_ring_that_crosses_itself_is_mended_and_said(tmp_path, made, boundaries):
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    path = made.geojson(
        tmp_path / "b.geojson", rows_of(KH990101=bow_tie, KH990102=shapely.box(200, 0, 300, 100))
    )
    places, notes = gather_places(boundaries(), path, made.city(), made.crs)
    # two triangles of 100 x 50 / 2 = 2,500 m2 each; the crossing ring itself counts them against each other: 0
    assert places["area_m2"].iloc[1] == pytest.approx(5_000)
    assert "rings of KH990101 crossed themselves; mended, area changed by 5,000.0 m2." in str(notes[0])
    assert notes[0].kind == "repair"


def test_land_two_units_claim_goes_to_the_smaller(tmp_path, made, boundaries):
    large, small = shapely.box(0, 0, 1000, 1000), shapely.box(900, 0, 1200, 1000)
    path = made.geojson(tmp_path / "b.geojson", rows_of(KH990101=large, KH990102=small))
    places, notes = gather_places(boundaries(), path, made.city(), made.crs)
    # 100 x 1000 m of 1,300,000 m2 claimed: 7.692 %
    assert places["area_m2"].tolist() == pytest.approx([1_200_000, 900_000, 300_000])
    assert "1 pairs of units overlap, 7.692% of the area" in str(notes[0])


def test_two_units_of_one_shape_are_refused(tmp_path, made, boundaries):
    path = made.geojson(tmp_path / "b.geojson", rows_of(KH990101=SQUARE, KH990102=SQUARE))
    with pytest.raises(InputError, match="KH990101 and KH990102 have the same shape"):
        gather_places(boundaries(), path, made.city(), made.crs)


def test_features_of_one_code_are_joined(tmp_path, made, boundaries):
    rows = [*rows_of(KH990101=SQUARE), *rows_of(KH990101=EAST)]
    path = made.geojson(tmp_path / "b.geojson", rows)
    places, notes = gather_places(boundaries(), path, made.city(), made.crs)
    assert places["area_m2"].tolist() == pytest.approx([80_000, 80_000])
    assert "joined into one unit each" in str(notes[0])


def test_units_without_geometry_are_left_out_and_said(tmp_path, made, boundaries):
    path = made.geojson(
        tmp_path / "b.geojson", [*rows_of(KH990101=SQUARE), ({"code": "KH990102", "name": "b"}, None)]
    )
    places, notes = gather_places(boundaries(), path, made.city(), made.crs)
    assert places["place"].tolist() == ["KH99", "KH990101"]
    assert str(notes[0]) == "b.geojson: no area is given for KH990102; left out."


def test_places_between_units_and_city_are_joined_from_the_units(tmp_path, made, boundaries):
    rows = [
        ({"code": code, "name": code, "up": up}, shape)
        for code, up, shape in [("KH990101", "KH9901", SQUARE), ("KH990201", "KH9902", EAST)]
    ]
    path = made.geojson(tmp_path / "b.geojson", rows)
    use = boundaries(columns={"code": "code", "name": "name", "parent": "up"})
    places, _ = gather_places(use, path, made.city(), made.crs)
    assert places[["place", "parent"]].to_numpy().tolist() == [
        ["KH99", None], ["KH9901", "KH99"], ["KH9902", "KH99"], ["KH990101", "KH9901"], ["KH990201", "KH9902"],
    ]  # fmt: skip
    assert places["area_m2"].iloc[1] == pytest.approx(60_000)


def test_missing_code_column_names_the_columns_there_are(tmp_path, made, boundaries):
    path = made.geojson(tmp_path / "b.geojson", rows_of(KH990101=SQUARE, KH990102=EAST))
    with pytest.raises(InputError, match=r"columns\.code = one of: code, name"):
        gather_places(boundaries(columns={}), path, made.city(), made.crs)


@pytest.mark.parametrize("text", ["", "not a map", '{"type": "FeatureCollection", "features": []}'])
def test_files_that_are_no_maps_give_one_line(tmp_path, made, boundaries, text):
    path = tmp_path / "b.geojson"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        gather_places(boundaries(), path, made.city(), made.crs)
    assert str(caught.value).startswith("b.geojson: ")
    assert all(fault.startswith("b.geojson: ") for fault in caught.value.faults)


def hexagons(tmp_path, resolution=9):
    ids = h3.grid_disk(h3.latlng_to_cell(-30.03, -51.2, resolution), 3)
    path = tmp_path / "hex.csv"
    path.write_text("id,population\n" + "".join(f"{one},10\n" for one in sorted(ids)))
    return path, ids


def test_hexagons_make_a_boundary_and_their_parents_units(tmp_path, made):
    path, ids = hexagons(tmp_path)
    use = made.use("boundaries", "h3", options={"unit_resolution": 8})
    city = made.city("BR43")
    crs = choose_crs(use, path, city)
    assert crs == "EPSG:32722"
    places, _ = gather_places(use, path, city, crs)
    parents = {h3.cell_to_parent(one, 8) for one in ids}
    assert set(places["name"][1:]) == {f"H3 {one}" for one in parents}
    assert places["area_m2"][1:].sum() == pytest.approx(places["area_m2"].iloc[0])
    # 37 hexagons; h3 gives their areas on the sphere, the projection is within 0.5 % of it
    assert places["area_m2"].iloc[0] == pytest.approx(sum(h3.cell_area(one, "m^2") for one in ids), rel=5e-3)


def test_ids_that_are_no_hexagons_are_quoted(tmp_path, made):
    path = tmp_path / "hex.csv"
    path.write_text("id,population\nabc,1\n")
    with pytest.raises(InputError, match="1 ids are not H3 hexagons"):
        gather_places(made.use("boundaries", "h3"), path, made.city("BR43"), "EPSG:32722")


def test_unit_resolution_must_be_coarser_than_the_hexagons(tmp_path, made):
    path, _ = hexagons(tmp_path)
    use = made.use("boundaries", "h3", options={"unit_resolution": 11})
    with pytest.raises(InputError, match="write a whole number from 0 to 9"):
        gather_places(use, path, made.city("BR43"), "EPSG:32722")


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (104.9, 11.5, "EPSG:32648"),
        (-51.2, -30, "EPSG:32722"),
        (-15.4, 28.1, "EPSG:32628"),
        (180, 1, "EPSG:32660"),
    ],
)
def test_utm_zone_of_a_point(lon, lat, crs):
    assert metric_crs(lon, lat) == crs


def test_a_cambodian_city_has_the_countrys_reference_system(tmp_path, made, boundaries):
    assert choose_crs(boundaries(), tmp_path / "not read.geojson", made.city("KH0203")) == "EPSG:32648"
    assert (
        choose_crs(boundaries(), tmp_path / "not read", made.city("KH0203", crs="EPSG:32647")) == "EPSG:32647"
    )


def test_overlap_share_tells_data_of_another_place(made):
    places, _ = made.town()
    assert overlap_share(places, (500_000, 1_000_000, 500_200, 1_000_200)) == pytest.approx(0.5)
    assert overlap_share(places, (0, 0, 1, 1)) == 0
    assert overlap_share(places, (np.inf, 0, 1, 1)) == 0


@pytest.mark.real
def test_the_45_sangkats_of_the_centre_of_phnom_penh(data_root, made, boundaries):
    path = data_root / "cambodia" / "communes.geojson"
    members = tuple(f"KH1202{number:02}" for number in range(1, 12))
    use = boundaries(columns={"code": "code", "name": "name_gazetteer"})
    places, _ = gather_places(use, path, made.city("KH1202", members=members), "EPSG:32648")
    assert len(places) == 12
    assert places["area_m2"].iloc[0] == pytest.approx(places["area_m2"][1:].sum(), rel=1e-9)
