"""The catalogue of sources: complete, honest, and right about the files we have."""

from __future__ import annotations

import hashlib
import re

import pytest

from citiesforall.core.references import references
from citiesforall.core.source import FORMATS, LICENCES, catalogue

CATALOGUE = catalogue()
#: Where the files of the catalogue lie in the folder of real data.
REAL = {
    "osm_phnom_penh_roads": "phnom_penh_centre/roads.geojson",
    "osm_phnom_penh_buildings": "phnom_penh_centre/buildings.gpkg",
    "osm_phnom_penh_water": "phnom_penh_centre/water.geojson",
    "phnom_penh_bus_2018": "phnom_penh_centre/bus_routes.geojson",
    "eviction_sites": "phnom_penh_centre/Eviction_hotspot_Area.zip",
    "moh_health_centres_2010": "cambodia/moh2010_health_center.geojson",
    "moh_health_posts_2010": "cambodia/moh2010_health_post.geojson",
    "moh_referral_hospitals_2010": "cambodia/moh2010_referral_hospital.geojson",
    "nis_census_2019": "cambodia/census_provinces_2008_2019.csv",
    "commune_deprivation_kh": "cambodia/commune_deprivation.csv",
    "idpoor_2022": "cambodia/idpoor_2022-07.json",
    "cdb_2011": "cambodia/cdb2011_commune.csv",
    "villages_moeys": "cambodia/villages.gpkg",
    "flood_index_kh": "cambodia/flood_hazard_index.json",
    "vulnerability_kh": "cambodia/vulnerability_index.json",
    "health_feedback_kh": "cambodia/health_feedback_2018_2023.csv",
    "ncdd_gazetteer": "cambodia/ncdd_gazetteer_2024-10-14.xlsx",
    "poa_eptc_2019": "porto_alegre/poa_eptc.zip",
    "poa_trensurb_2019": "porto_alegre/poa_trensurb.zip",
    "poa_hexgrid": "porto_alegre/poa_hexgrid.csv",
    "poa_osm_2019": "porto_alegre/poa_osm.pbf",
    "las_palmas_osm_2023": "las_palmas/example_las_palmas_2023_osm_20230221.pbf",
    "las_palmas_guaguas_2023": "las_palmas/gtfs_es_las_palmas_de_gran_canaria_guaguas_20230222.zip",
    "las_palmas_boundary": "las_palmas/las_palmas_boundary.geojson",
}


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_product_says_everything_a_number_made_from_it_must_show(key):
    one = CATALOGUE[key]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
    assert one.licence in LICENCES
    assert one.format in FORMATS[one.role]
    assert one.url.startswith("https://")
    assert len(one.title) > 5
    assert one.provider
    assert one.citation.endswith(".")
    assert one.note
    assert one.vintage or key == "gtfs"


@pytest.mark.parametrize("key", [key for key, one in CATALOGUE.items() if one.error is not None])
def test_an_error_says_who_states_it(key):
    said_by = CATALOGUE[key].error.said_by
    assert said_by in references() or (said_by.startswith("ours: ") and len(said_by) > 30)
    for cited in re.findall(r"\(([a-z_]+_\d{4})\)", said_by):
        assert cited in references()


@pytest.mark.parametrize(
    "key",
    [key for key, one in CATALOGUE.items() if one.role in ("people", "people_past", "facilities", "transit")],
)
def test_uncertain_roles_state_an_error(key):
    one = CATALOGUE[key]
    assert one.error is not None
    assert (one.error.relative_sd if one.role.startswith("people") else one.error.gone_share) is not None


def test_an_address_names_the_edition_or_the_edition_is_fixed():
    for key, one in CATALOGUE.items():
        if one.download is not None:
            assert one.download.startswith("https://"), key
            assert one.sha256 or "{vintage}" in one.download or one.vintage in ("2020", "2.1", "2014"), key


@pytest.mark.real
@pytest.mark.parametrize("key", REAL)
def test_stated_fingerprints_are_those_of_real_files(data_root, key):
    assert hashlib.sha256((data_root / REAL[key]).read_bytes()).hexdigest() == CATALOGUE[key].sha256


def test_no_fingerprint_is_stated_that_nobody_computed():
    assert {key for key, one in CATALOGUE.items() if one.sha256} == set(REAL)
