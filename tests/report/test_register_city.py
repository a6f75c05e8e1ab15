"""Documents of a place known by registers alone: no grid, no streets, no plan, some places or all without a border."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.city import read_city
from citiesforall.core.place import gazetteer
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.pipeline.run import run_city
from citiesforall.report.blocks import Map
from citiesforall.report.brief import brief
from citiesforall.report.concept import concept
from citiesforall.report.evidence import Evidence, has_grid, on_grid, read_evidence
from citiesforall.report.making_data import blocks_of, data_csvs, numbers_csv
from citiesforall.report.maps_ground import ground, is_drawable
from citiesforall.report.page import page_html
from citiesforall.report.page_shapes import borders, cell_layers, frame_of
from citiesforall.report.profile import profile
from citiesforall.report.typeset import to_pdf
from tests.report.conftest import folders_of
from tests.report.pdf_text import pages_of

DISTRICT = "KH0102"
NOT_DRAWN = {
    "en": "2 of 13 places have no border in any source",
    "km": "ទីកន្លែងចំនួន 2 ក្នុងចំណោម 13",
}
CITY = """
period = "2022"
data = "."

[place]
code = "KH0102"
name = "Mongkol Borei"
edition = "kh@2025"
invented = true

[choices]
draws = 4

[sources.boundaries]
id = "borders"
title = "Borders"
provider = "A test"
citation = "A test"
licence = "own-data"
file = "borders.geojson"
format = "gazetteer"
vintage = "2025"
edition = "kh@2025"
columns = { code = "code" }
options = { unit_level = "commune" }

[[sources.people]]
id = "people"
title = "People"
provider = "A test"
citation = "A test"
licence = "own-data"
file = "people.csv"
format = "table"
vintage = "2022"
edition = "kh@2025"
columns = { code = "code", value = "people" }

[[sources.registers]]
id = "poor"
title = "Poor households"
provider = "A test"
citation = "A test"
licence = "own-data"
file = "poor.csv"
format = "table"
vintage = "2022"
edition = "kh@2025"
columns = { code = "code", households = "hh", poor_households = "poor" }
"""


def box(at):
    """Return a square of a tenth of a degree in a row of them."""
    west, south = 102.8 + 0.1 * (at % 4), 13.4 + 0.1 * (at // 4)
    ring = [(0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1), (0, 0)]
    return [[[round(west + x, 1), round(south + y, 1)] for x, y in ring]]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Return the city file and results of a district of 13 communes: two have no border."""
    folder = tmp_path_factory.mktemp("register_city")
    units = sorted(
        one.code
        for one in gazetteer("kh@2025").places.values()
        if one.level == "commune" and one.code.startswith(DISTRICT)
    )
    shapes = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "Polygon", "coordinates": box(at)},
        }
        for at, code in enumerate(units[:-2])
    ]
    (folder / "borders.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": shapes}), "utf-8"
    )
    rows = [f"{code},{8000 + 100 * at},{1600 + 20 * at},{60 + 40 * at}" for at, code in enumerate(units)]
    for name, head, columns in (("people", "code,people", (0, 1)), ("poor", "code,hh,poor", (0, 2, 3))):
        cells = (",".join(row.split(",")[column] for column in columns) for row in rows)
        (folder / f"{name}.csv").write_text("\n".join([head, *cells]) + "\n", "utf-8")
    file = folder / "district.toml"
    file.write_text(CITY, "utf-8")
    run_city(file, folder / "out", threads=1, through="run")
    return file, folder / "out"


@pytest.fixture(scope="module")
def evidence(out) -> Evidence:
    """Return its finished tables."""
    file, folder = out
    return read_evidence(read_city(file), folders_of(folder, DISTRICT.lower()))


@pytest.fixture(scope="module")
def bare(evidence, tmp_path_factory) -> Evidence:
    """Return the same district where no source draws any border."""
    folder = tmp_path_factory.mktemp("bare")
    places = read_parquet(evidence.folders["places"] / "places.parquet").assign(geometry=None)
    write_parquet(places, folder / "places.parquet", {"crs": "EPSG:32648"})
    tables = {**evidence.tables, "places": evidence.tables["places"].assign(geometry=None)}
    return replace(evidence, folders={**evidence.folders, "places": folder}, tables=tables)


def test_a_run_makes_documents_and_data_for_others(out):
    folder = out[1] / DISTRICT.lower()
    made = {path.name for path in (folder / "report").iterdir()}
    assert {f"{one}.{lang}.pdf" for one in ("profile", "concept", "brief") for lang in ("en", "km")} <= made
    assert (folder / "export").is_dir()


@pytest.mark.parametrize("lang", ["en", "km"])
def test_the_profile_draws_what_has_a_border_and_says_what_has_none(evidence, lang):
    document = profile(evidence, lang)
    maps = [one for one in blocks_of(document.blocks) if isinstance(one, Map)]
    assert maps
    assert all(NOT_DRAWN[lang] in one.note for one in maps)
    assert len(ground(evidence).outlines) == 11
    assert document.cover is not None
    assert {one.id for one in maps} <= set(data_csvs(document))
    text = " ".join(pages_of(to_pdf(document)))
    assert "nan" not in text.lower().split()


def test_what_a_map_does_not_draw_stands_in_the_tables(evidence):
    rows = evidence.tables["observations"]
    bare_units = evidence.tables["places"].query("geometry.isna()")["place"]
    poor = rows[(rows["indicator"] == "idpoor_households") & rows["place"].isin(bare_units)]
    assert poor["value"].notna().sum() == 2


@pytest.mark.parametrize("lang", ["en", "km"])
def test_without_any_border_documents_have_no_map_and_all_their_numbers(evidence, bare, lang):
    assert is_drawable(evidence)
    assert not is_drawable(bare)
    for make in (profile, concept, brief):
        document, drawn = make(bare, lang), make(evidence, lang)
        assert document.cover is None
        assert not [one for one in blocks_of(document.blocks) if isinstance(one, Map)]
        assert len(pages_of(to_pdf(document))) >= 1
        others = [one for one in numbers_csv([drawn]).splitlines() if ",Map," not in one]
        assert numbers_csv([document]).splitlines() == others


def test_parts_without_a_grid_are_no_cells(evidence):
    assert not has_grid(evidence)
    places = evidence.tables["places"]
    assert cell_layers(evidence, places["place"].tolist(), frame_of(places)) is None
    assert on_grid(np.array([10201, (1 << 30 << 32) + (1 << 30)])).tolist() == [False, True]


def test_the_page_opens_with_and_without_borders(evidence, bare):
    for one in (evidence, bare):
        page = page_html(one, "en")
        assert "Mongkol Borei" in page
    places = evidence.tables["places"]
    rings = dict(zip(places["place"], borders(places, frame_of(places)), strict=True))
    with_border = set(places.loc[places["geometry"].notna(), "place"])
    assert {code for code, found in rings.items() if found} == with_border
    assert borders(pd.DataFrame(bare.tables["places"]), frame_of(bare.tables["places"])) == [
        [] for _ in rings
    ]
