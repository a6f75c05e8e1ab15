"""A city file is checked as a whole, and every fault is one clear line."""

import pytest

from citiesforall.core.city import read_city
from citiesforall.core.errors import DeclarationError

SOURCE = 'file = "x.csv"\nformat = "table"\ntitle = "T"\nprovider = "P"\nlicence = "CC0-1.0"\ncitation = "C"\nvintage = "2020"\n'
GOOD = f'period = "2025"\n[place]\ncode = "KH0203"\nname = "Battambang"\n[[sources.people]]\n{SOURCE}'


def faults(tmp_path, text):
    file = tmp_path / "town.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as caught:
        read_city(file)
    return caught.value.faults


def test_a_good_file_is_read(tmp_path):
    file = tmp_path / "town.toml"
    file.write_text(GOOD, encoding="utf-8")
    city = read_city(file)
    assert city.of("people")[0].id == "people"
    assert city.of("streets") == ()
    assert city.choices.walk_m_s == 1.2


def test_misspelt_words_are_named_with_the_nearest(tmp_path):
    (line,) = faults(tmp_path, GOOD.replace("vintage", "vintag"))[-1:]
    assert "town.toml: sources.people" in line
    said = faults(tmp_path, GOOD + "\n[choices]\nwalk_speed = 1.2\n")
    assert len(said) == 1
    assert "choices.walk_speed: this word is not known. " in said[0]
    said = faults(tmp_path, GOOD.replace("sources.people", "sources.peeple"))
    assert "Did you mean 'people'?" in said[0]


def test_all_faults_come_at_once(tmp_path):
    text = (
        GOOD.replace("KH0203", "0203").replace('"2025"', '"25"').replace("CC0-1.0", "CC0")
        + "\n[choices]\nwalk_m_s = 9\n"
    )
    said = faults(tmp_path, text)
    assert len(said) == 4
    assert all(line.startswith("town.toml: ") for line in said)
    assert any("licence 'CC0' is not known. Did you mean 'CC0-1.0'?" in line for line in said)


def test_a_wrong_format_says_which_are_allowed(tmp_path):
    said = faults(tmp_path, GOOD.replace('"table"', '"gtfs"'))
    assert "format 'gtfs' cannot be used for people" in said[0]
    assert "h3, raster, table" in said[0]


def test_an_unknown_catalogue_id(tmp_path):
    said = faults(tmp_path, GOOD.replace(SOURCE, 'catalogue = "worldpopp"\nfile = "x.tif"\n'))
    assert "'worldpopp' is not known" in said[0]


@pytest.mark.parametrize("text", ["period = ", "\x00", "period = 2025\n"])
def test_what_is_not_toml_or_not_a_city(tmp_path, text):
    assert all(line.startswith("town.toml: ") for line in faults(tmp_path, text))


def test_a_missing_file(tmp_path):
    with pytest.raises(DeclarationError, match="no such file"):
        read_city(tmp_path / "none.toml")
