"""Maps: pictures without words, classes that hold the values, squares where cells are, names where they belong."""

import math
import re
import xml.etree.ElementTree as ET
from bisect import bisect_right

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.tables import read_parquet
from citiesforall.report.blocks import Document, Key, Number, Said
from citiesforall.report.charts import About
from citiesforall.report.maps import (
    Pin,
    base_map,
    choropleth,
    class_map,
    cover_map,
    points_map,
    scale_length,
    value_map,
)
from citiesforall.report.maps_classes import MOST_CLASSES, class_bounds
from citiesforall.report.maps_ground import CELL_BITS, CELL_OFFSET, Frame, frame_of, ground, squares
from citiesforall.report.typeset import to_pdf
from citiesforall.report.typeset_colours import CLASSES
from tests.report.pdf_text import pages_of, squeezed

ABOUT = About(Said("Near in the west"), "%, 2026", "alt", "source", "near")
INDICATOR = "drinking_water_point_access"
LARGEST = 400_000


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], (2, 4, 6, 8)),
        ([5, 5, 5], ()),
        ([float("nan")], ()),
        ([0, 100], (50,)),
        ([0, 0, 0, 0, 0, 100], (50,)),
        ([0, 0, 0, 0, 50, 100], (20, 60)),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 100000], (2.8, 4.6, 6.4, 8.2)),
    ],
)
def test_bounds_of_classes(values, bounds):
    assert class_bounds(values) == pytest.approx(bounds)


@given(st.lists(st.floats(-1e6, 1e6), max_size=60))
def test_no_class_is_empty_and_none_too_many(values):
    bounds = class_bounds(values)
    assert len(bounds) < MOST_CLASSES
    assert list(bounds) == sorted(set(bounds))
    if bounds:
        assert {bisect_right(bounds, one) for one in values} == set(range(len(bounds) + 1))


def test_cells_side_by_side_are_one_rectangle():
    frame = Frame(0.0, 1000.0, 1000.0, 1000.0)
    cells = [
        ((c + CELL_OFFSET) << CELL_BITS) | (r + CELL_OFFSET) for c, r in ((0, 0), (1, 0), (3, 0), (1, 1))
    ]
    # row 0 lies 900 m below the upper edge: two cells from 0, one from 300; row 1 lies 800 m below
    assert (
        squares(np.array(cells), 100.0, frame)
        == "M0 900h200v100h-200zM300 900h100v100h-100zM100 800h100v100h-100z"
    )


def test_a_frame_leaves_room_below_for_the_scale():
    frame = frame_of(shapely.box(1000, 2000, 2000, 2500))
    # the longer side is 1,000 m: 30 m left, right and above, 70 m below: 30 + 500 + 70
    assert (frame.west, frame.north, frame.width_m, frame.height_m) == pytest.approx((970, 2530, 1060, 600))
    assert frame.at(1000, 2500) == pytest.approx((30, 30))


@pytest.mark.parametrize(
    ("width", "scale"), [(7698.0, 1000.0), (12202.0, 2000.0), (900.0, 100.0), (2600.0, 500.0)]
)
def test_the_scale_bar_is_a_round_length(width, scale):
    assert scale_length(width) == scale


def drawn(one):
    assert len(one.svg) < LARGEST
    root = ET.fromstring(one.svg)
    assert not [each for each in root.iter() if each.tag.endswith("text")]
    assert root.get("viewBox") == f"0 0 {one.width_m:.0f} {one.height_m:.0f}"
    return root


def check_by_place(evidence, lang):
    table = evidence.tables["observations"]
    rows = table[(table["indicator"] == INDICATOR) & (table["group"] == "all")].set_index("place")
    made = choropleth(evidence, lang, INDICATOR, ABOUT)
    drawn(made)
    base = ground(evidence)
    assert {dict(one.key)["place"] for one in made.numbers} == set(base.codes) & set(rows.index)
    for one in made.numbers:
        value = rows.loc[dict(one.key)["place"], "value"]
        assert one.value == value or (math.isnan(one.value) and math.isnan(value))
    return made


@pytest.mark.parametrize("lang", ["en", "km"])
def test_a_map_by_place_holds_the_table_and_hatches_what_is_unknown(evidence_of, lang):
    made = check_by_place(evidence_of, lang)
    unknown = any(math.isnan(one.value) for one in made.numbers) or len(made.numbers) < len(
        ground(evidence_of).codes
    )
    assert ('fill="url(#hatch)"' in made.svg) == unknown
    assert any(key.sign == "hatch" for key in made.keys) == unknown


def test_places_of_a_class_have_its_colour_and_the_others_are_hatched(evidence_of):
    base = ground(evidence_of)
    made = class_map(evidence_of, "en", {base.codes[1]: 1}, ("low", "high"), ABOUT)
    fills = dict(re.findall(r'<path d="([^"]+)" fill="([^"]+)" fill-rule="evenodd"/>', made.svg))
    assert fills[base.outlines[1]] == CLASSES[-1]
    assert fills["".join(path for path in base.outlines if path != base.outlines[1])] == "url(#hatch)"
    assert [key.label for key in made.keys[:3]] == ["low", "high", "unknown"]


def test_alike_values_are_one_class_with_its_value(evidence_of):
    codes = ground(evidence_of).codes
    values = {code: Number("5.0%", "observations", (("place", code),), "value", 5.0) for code in codes}
    made = value_map(evidence_of, "en", values, "%", ABOUT)
    assert made.keys[0].label == "5.0%"
    assert "url(#hatch)" not in made.svg.partition("</defs>")[2]


def test_a_map_by_cell_holds_every_cell_that_has_a_value(evidence_of):
    made = choropleth(evidence_of, "en", INDICATOR, ABOUT, by="cell")
    drawn(made)
    table = read_parquet(evidence_of.folders["measure"] / "cell_values.parquet")
    known = table[table[INDICATOR].notna()]
    assert {dict(one.key)["cell"] for one in made.numbers} == set(known["cell"].astype(str))


def test_names_stand_on_their_places_and_the_whole_is_inside_the_picture(evidence_of):
    base = ground(evidence_of)
    table = evidence_of.tables["places"].set_index("place")
    for code, (x, y) in zip(base.codes, base.anchors, strict=True):
        shape = shapely.from_wkb(table.loc[code, "geometry"])
        assert shapely.contains_xy(shape, base.frame.west + x, base.frame.north - y)
    made = base_map(evidence_of, "km", ABOUT)
    assert {spot.label for spot in made.spots} == set(table.loc[list(base.codes), "name_km"])


def test_signs_stand_where_they_are_and_their_words_reach_the_page(evidence_of):
    base = ground(evidence_of)
    x, y = base.frame.west + 300.0, base.frame.north - 200.0
    made = points_map(
        evidence_of, "en", [Pin(x, y, "New tap", "dot", "good")], ABOUT, [Key("Tap", sign="dot")]
    )
    assert (made.spots[0].x_m, made.spots[0].y_m) == pytest.approx((300.0, 200.0))
    page = Document("brief", "en", "t", "", "p", "2026", (), False, (made,))
    said = "".join(pages_of(to_pdf(page)))
    for word in ("New tap", "Tap", "Near in the west", "Source: source"):
        assert squeezed(word) in said


def test_the_cover_has_no_word(evidence_of):
    made = cover_map(evidence_of, "The city seen from above")
    drawn(made)
    assert made.spots == ()
    assert made.alt == "The city seen from above"


@pytest.mark.real
@pytest.mark.parametrize("code", ["kh12_centre", "br4314902_sample"])
def test_maps_of_real_cities_are_small(real_evidence, code):
    evidence = real_evidence(code)
    for by in ("place", "cell"):
        drawn(choropleth(evidence, "km", "health_centre_access", ABOUT, by=by))
