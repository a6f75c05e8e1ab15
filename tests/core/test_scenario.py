"""A scenario file is read whole: every fault at once, one clear line each."""

import pytest

from citiesforall.core.changes import KINDS_OF_CHANGE, AddFacility, CloseStreet
from citiesforall.core.errors import DeclarationError
from citiesforall.core.scenario import Scenario, changes_of, inline, read_scenario

GOOD = """
name = "Clinics in the east"
[[change]]
do = "add_facility"
kind = "health_post"
lon = 104
lat = 11.5
name = "Venus"
[[change]]
do = "move_facility"
facility = "register:1"
x = 500100
y = 1300200
[[change]]
do = "remove_facility"
facility = "register:2"
kind = "hospital"
[[change]]
do = "upgrade_facility"
facility = "register:3"
to = "hospital"
[[change]]
do = "add_stop"
mode = "bus"
per_hour = 6
lon = 104
lat = 11.5
[[change]]
do = "remove_stop"
stop = "feed:A"
[[change]]
do = "set_frequency"
mode = "bus"
factor = 2
[[change]]
do = "add_link"
line = [[104, 11.5], [104.001, 11.5]]
class = "footway"
[[change]]
do = "close_street"
flood_class = 2
[[change]]
do = "add_open_space"
lon = 104
lat = 11.5
area_m2 = 20000
[[change]]
do = "set_people"
place = "KH9901"
factor = 1.3
year = 2030
"""


def read(tmp_path, text):
    path = tmp_path / "s.toml"
    path.write_text(text, "utf-8")
    return read_scenario(path)


def faults(tmp_path, text):
    with pytest.raises(DeclarationError) as caught:
        read(tmp_path, text)
    return caught.value.faults


def test_every_kind_of_change_is_read(tmp_path):
    found = read(tmp_path, GOOD)
    assert found.name == "Clinics in the east"
    assert [one.do for one in found.changes] == list(KINDS_OF_CHANGE)
    assert found.changes[0] == AddFacility(
        do="add_facility", kind="health_centre", lon=104, lat=11.5, name="Venus"
    )


def test_a_scenario_without_a_name_is_called_by_its_file(tmp_path):
    assert read(tmp_path, GOOD.replace('name = "Clinics in the east"', "")).name == "s"


def test_all_faults_of_a_file_are_told_at_once(tmp_path):
    text = """
nam = "x"
[[change]]
do = "add_facility"
kind = "helth_centre"
lon = 104
lat = 11.5
[[change]]
do = "ad_facility"
[[change]]
do = "set_frequency"
mode = "bus"
factor = -1
[[change]]
do = "close_street"
edges = [1]
radius_m = 5
"""
    said = faults(tmp_path, text)
    assert len(said) == 5
    assert said[0].startswith("s.toml: nam: this word is not known. Did you mean 'name'?")
    assert said[1].startswith(
        "s.toml: change 1 (add_facility): kind: facility kind 'helth_centre' is not known. Did you mean 'health_centre'?"
    )
    assert said[2].startswith(
        "s.toml: change 2: do = 'ad_facility' is not known. Did you mean 'add_facility'?"
    )
    assert said[3].startswith("s.toml: change 3 (set_frequency): factor: -1")
    assert said[4] == (
        "s.toml: change 4 (close_street): which streets are closed is not said. Give one of edges, polygon, radius_m, flood_class."
    )


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ('do = "add_facility"\nkind = "bank"\nlon = 104', "a place is missing"),
        ('do = "add_facility"\nkind = "bank"', "a place is missing"),
        (
            'do = "add_facility"\nkind = "bank"\nlon = 11.5\nlat = 104',
            "is not longitude, latitude in degrees",
        ),
        ('do = "add_facility"\nkind = "bank"\nlon = nan\nlat = 1', "finite number"),
        ('do = "add_facility"\nkind = "bank"\nlon = 1\nlat = 1\nx = 1\ny = 1', "a place is missing"),
        ('do = "add_facility"\nkind = "bank"\nlon = 1\nlat = 1\narea_m2 = -3', "greater than 0"),
        ('do = "add_stop"\nmode = "buss"\nlon = 1\nlat = 1', "'buss'"),
        ('do = "add_stop"\nper_hour = -1\nlon = 1\nlat = 1', "greater than or equal to 0"),
        ('do = "set_frequency"\nfactor = 2', "whose frequency is not said"),
        ('do = "set_frequency"\nmode = "bus"\nstop = "A"\nfactor = 2', "whose frequency is not said"),
        ('do = "set_frequency"\nmode = "bus"', "the new frequency is not said"),
        ('do = "set_frequency"\nmode = "bus"\nfactor = inf', "finite"),
        ('do = "add_link"\nline = [[104, 11]]', "at least 2"),
        ('do = "add_link"\nline = [[104, 11], [11, 104]]', "is not longitude, latitude"),
        ('do = "close_street"\nradius_m = 10', "the middle of the circle is missing"),
        ('do = "close_street"\nflood_class = 4', "less than or equal to 3"),
        ('do = "close_street"\nedges = [-1]', "greater than or equal to 0"),
        ('do = "add_open_space"\nlon = 1\nlat = 1', "its shape is missing"),
        ('do = "add_open_space"\npolygon = [[1, 1], [2, 2]]', "at least 3"),
        ('do = "set_people"\nplace = "A"', "the new number of people is not said"),
        ('do = "set_people"\nplace = "A"\nfactor = 1\ntotal = 5', "the new number of people is not said"),
        ('do = "set_people"\nplace = "A"\nfactor = -1', "greater than or equal to 0"),
        ('do = "remove_facility"\nfacility = ""', "at least 1 character"),
        ('do = "remove_facility"\nfacility = "a"\nfacilty = "b"', "Did you mean 'facility'?"),
        ('kind = "bank"', "do is missing"),
    ],
)
def test_what_is_badly_said_is_told(tmp_path, words, fault):
    said = faults(tmp_path, f"[[change]]\n{words}\n")
    assert any(fault in one for one in said), said
    assert all(one.startswith("s.toml: change 1") for one in said)


@pytest.mark.parametrize("text", ["", "change = 3", "[change]\ndo = 'remove_stop'", "not toml", 'name = "x"'])
def test_a_file_without_changes_is_refused(tmp_path, text):
    assert len(faults(tmp_path, text)) == 1


@pytest.mark.parametrize("name", ["../../etc", "", "a/b", "..", 3])
def test_a_name_must_be_able_to_name_a_folder(tmp_path, name):
    said = faults(tmp_path, f"name = {name!r}\n[[change]]\ndo = 'remove_stop'\nstop = 'a'\n")
    assert "cannot name a folder" in said[0]


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DeclarationError, match="there is no such file"):
        read_scenario(tmp_path / "none.toml")
    with pytest.raises(DeclarationError, match="there is no such file"):
        read_scenario(tmp_path)


def test_a_word_of_a_command_line():
    assert inline("health_centre@13.36,103.86") == {
        "do": "add_facility", "kind": "health_centre", "lon": 103.86, "lat": 13.36,
    }  # fmt: skip
    assert inline("bus@13.36,103.86")["do"] == "add_stop"
    for wrong in ("health_centre", "health_centre@13.36", "@1,2", "bank@a,b", "bank@1,2,3"):
        with pytest.raises(DeclarationError, match="KIND@LAT,LON"):
            inline(wrong)


def test_records_may_be_given_as_they_are():
    one = CloseStreet(do="close_street", edges=(1, 2))
    assert Scenario(changes=(one,)).changes == (one,)
    found, said = changes_of([{"do": "close_street", "edges": [1, 2]}])
    assert found == (one,)
    assert not said
