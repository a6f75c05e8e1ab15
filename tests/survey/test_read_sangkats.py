"""In which sangkat a household lies: editions, lost zeros, villages, elsewhere."""

import numpy as np
import pytest

from citiesforall.survey.sangkats import Units, resolve

DAMBAE = Units(frozenset({"KH250101", "KH250102"}), "kh@2025", "KH")


def unit(text, units=DAMBAE, edition=None):
    (code,), faults, notes = resolve([text], ("x.csv", np.array([2]), "sangkat_code"), units, edition)
    return code, " ".join(fault.what for fault in faults), " ".join(map(str, notes))


@pytest.mark.parametrize(
    ("text", "code", "note"),
    [
        ("250101", "KH250101", ""),
        ("KH250101", "KH250101", ""),
        ("kh250101 ", "KH250101", ""),
        ("25010103", "KH250101", "were codes of villages"),
        ("KH-25-01-01", "KH250101", "other marks"),
        ("២៥០១០១", "KH250101", "other marks"),
    ],
)
def test_codes_that_mean_a_unit(text, code, note):
    found, fault, said = unit(text)
    assert (found, fault) == (code, "")
    assert note in said


def test_code_of_an_older_edition():
    # Dambae district was of Kampong Cham (03) before the province of Tboung Khmum (25) was made at the end of 2013
    assert "it was one in kh@2008" in unit("030401")[1]
    code, fault, note = unit("030401", edition="kh@2008")
    assert (code, fault) == ("KH250101", "")
    assert "were of edition kh@2008" in note


def test_code_that_was_split_since():
    poipet = Units(frozenset({"KH011002", "KH011003", "KH011005"}), "kh@2025", "KH")
    code, fault, _ = unit("011002", poipet, "kh@2008")
    assert code == ""
    assert "was split into KH011002, KH011003, KH011005" in fault


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no code of a sangkat"),
        ("Dambae", "is no code"),
        ("120101", "lies outside the city"),
        ("259999", "is not known"),
    ],
)
def test_codes_that_mean_nothing_here(text, says):
    code, fault, _ = unit(text)
    assert code == ""
    assert says in fault


def test_cities_without_a_gazetteer():
    units = Units(frozenset({"BR4314902", "BR4314903"}), None, "BR")
    assert unit("4314902", units)[0] == "BR4314902"
    assert "no unit of the city" in unit("4314999", units)[1]
