"""Codes, the gazetteer of 2025, and codes brought from one edition to another."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.core.place import (
    ancestors,
    children,
    country,
    editions,
    gazetteer,
    normalise_code,
    normalise_codes,
    parent,
    place_changes,
    translate,
)

NEW = gazetteer("kh@2025")


# ---------------------------------------------------------------------------------------------------------------- codes
@pytest.mark.parametrize(
    ("written", "code"),
    [
        (1, "KH01"), ("1", "KH01"), ("01", "KH01"), ("KH-01", "KH01"), ("KH01", "KH01"), ("kh 01", "KH01"), ("12", "KH12"),
        (102, "KH0102"), ("0102", "KH0102"), (1201, "KH1201"), ("KH 0102", "KH0102"), ("KH102", "KH0102"),
        (10201, "KH010201"), ("10201", "KH010201"), (10201.0, "KH010201"), ("10201.0", "KH010201"), ("010201", "KH010201"),
        ("១០២០១", "KH010201"), ("ខ១០២០១"[1:], "KH010201"), (" 0102\u200b01 ", "KH010201"), ("\ufeff010201", "KH010201"), ("'010201", "KH010201"),
        (1020101, "KH01020101"), ("01020101", "KH01020101"), (12100101, "KH12100101"), ("KH12_CENTRE", "KH12_CENTRE"),
    ],
)  # fmt: skip
def test_a_code_is_mended_where_its_length_leaves_no_doubt(written, code):
    assert normalise_code(written) == code


@pytest.mark.parametrize(
    "written",
    [
        "",
        None,
        "x",
        0,
        "00",
        -102,
        10.5,
        float("nan"),
        float("inf"),
        True,
        "KH",
        "012345678",
        123456789,
        "01O2",
        "TH0102",
        "²",
    ],
)
def test_what_is_no_code_is_refused(written):
    with pytest.raises(InputError, match="this is no place code of Cambodia"):
        normalise_code(written)


@given(st.sampled_from(sorted(NEW.places)))
def test_every_code_survives_the_loss_of_its_leading_zero(code):
    digits = code.removeprefix("KH")
    if digits.isdecimal():
        assert normalise_code(int(digits)) == code
        assert normalise_code(float(digits)) == code
        assert normalise_code(digits.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))) == code
    assert normalise_code(code) == code


@given(st.text() | st.floats() | st.integers() | st.none())
def test_any_text_gives_a_code_or_a_fault(written):
    try:
        code = normalise_code(written)
    except InputError:
        return
    assert normalise_code(code) == code
    assert code.startswith("KH")


def test_a_country_without_a_folder_keeps_its_own_codes():
    assert country("BR") is None
    assert normalise_code("4314902", "BR") == "BR4314902"
    assert normalise_code("BR4314902", "BR") == "BR4314902"
    assert normalise_code("lpa", "ES") == "ESLPA"
    with pytest.raises(InputError, match="Write BR and the national code"):
        normalise_code("4314/902", "BR")


def test_a_column_is_mended_with_a_note_or_refused_with_every_row():
    assert normalise_codes(["0102", "KH0103"], "a.csv") == (["KH0102", "KH0103"], ())
    codes, notes = normalise_codes([102, "KH-0103", "0104"], "a.csv")
    assert codes == ["KH0102", "KH0103", "KH0104"]
    assert [(note.kind, note.what.split()[0]) for note in notes] == [("repair", "2")]
    with pytest.raises(InputError) as told:
        normalise_codes(["0102", "x", None], "a.csv")
    assert [fault.split(": code")[0] for fault in told.value.faults] == ["a.csv: row 2", "a.csv: row 3"]


# ------------------------------------------------------------------------------------------------------------ gazetteer
def test_the_edition_of_2025_has_every_place_in_both_scripts():
    assert Counter(place.level for place in NEW.places.values()) == {
        "province": 25, "district": 210, "commune": 1661, "village": 14576,
    }  # fmt: skip
    assert all(place.name and place.name_km for place in NEW.places.values())
    assert Counter(place.kind for place in NEW.places.values() if place.level == "district") == {
        "srok": 163,
        "krong": 33,
        "khan": 14,
    }
    assert NEW.places["KH12"].kind == "reach theani"
    assert NEW.places["KH01"].kind == "khaet"
    battambang = NEW.places["KH0203"]
    assert (battambang.kind, battambang.name, battambang.name_km, battambang.parent) == (
        "krong",
        "Battambang",
        "បាត់ដំបង",
        "KH02",
    )
    assert NEW.places["KH020301"].kind == "sangkat"
    assert NEW.places["KH010201"].kind == "khum"


def test_villages_whose_codes_are_broken_are_kept_and_said():
    note, mended = NEW.notes
    assert (note.kind, mended.kind) == ("doubt", "repair")
    assert mended.what == "villages of KH120913, which is not listed, were put into KH120912, which had none."
    assert len(children(NEW, "KH120912")) == 13
    assert note.what.startswith("87 of 14576 villages in 20 communes")
    provisional = [code for code in NEW.places if "_" in code]
    assert len(provisional) == 87
    assert {NEW.places[code].parent for code in provisional} <= {
        code.split("_")[0] for code in provisional
    } | {"KH120912"}


@given(st.sampled_from(sorted(NEW.places)))
def test_the_tree_hangs_together(code):
    place = NEW.places[code]
    above = parent(NEW, code)
    assert above == place.parent
    assert list(ancestors(NEW, code)) == sorted(ancestors(NEW, code), key=len, reverse=True)
    if above is not None:
        assert code.startswith(above) or above == "KH120912"
        assert code in children(NEW, above)
        assert code in children(NEW, ancestors(NEW, code)[-1], place.level)


def test_children_of_a_level():
    assert len(children(NEW, "KH0203")) == 10
    assert children(NEW, "KH02", "commune")[:2] == ("KH020101", "KH020102")
    assert (
        sum(len(children(NEW, province, "village")) for province in NEW.places if len(province) == 4) == 14576
    )
    assert children(NEW, "KH010201", "district") == ()
    with pytest.raises(InputError, match="Did you mean 'commune'"):
        children(NEW, "KH02", "comune")
    with pytest.raises(InputError, match=r"has no such place.*KH020"):
        parent(NEW, "KH0299")
    with pytest.raises(InputError, match=r"has no such place.*KH19"):
        ancestors(NEW, "KH99")


def test_an_edition_that_is_not_listed_says_what_can_be_done():
    assert editions() == ("kh@2008", "kh@2011", "kh@2014", "kh@2019", "kh@2024", "kh@2025")
    with pytest.raises(InputError, match="translate its codes"):
        gazetteer("kh@2014")
    with pytest.raises(InputError, match="Did you mean 'kh@2025'"):
        gazetteer("kh@2026")


# -------------------------------------------------------------------------------------------------------------- changes
def test_the_shares_of_every_place_add_up_to_one():
    shares: dict[tuple[str, str, str], float] = {}
    for row in place_changes():
        if row.from_code is not None and row.to_code is not None:
            key = (row.from_edition, row.to_edition, row.from_code)
            shares[key] = shares.get(key, 0.0) + row.share
    assert shares
    assert all(abs(share - 1) < 5e-4 for share in shares.values())  # four decimals in the table


def test_rows_are_whole():
    for row in place_changes():
        assert (row.from_code is None) == (row.kind == "new")
        assert (row.to_code is None) == (row.kind == "abolished")
        assert 0 < row.share <= 1
        assert row.kind != "split" or row.basis in ("villages", "people", "equal")
        assert row.kind != "renamed" or row.from_code == row.to_code


@given(
    st.lists(st.sampled_from(sorted(NEW.places)), max_size=20),
    st.sampled_from(["kh@2008", "kh@2011", "kh@2014", "kh@2019", "kh@2024", "kh@2025"]),
)
def test_shares_add_up_and_nothing_is_lost_in_silence(codes, edition):
    found = translate(codes, edition, "kh@2025")
    assert set(found.codes) | set(found.unmatched) == set(codes)
    assert set(found.assumed) <= set(found.codes)
    for code, parts in found.codes.items():
        assert sum(share for _, share in parts) == pytest.approx(1, abs=1e-12)
        assert all(new in NEW.places for new, _ in parts)
        assert (len(parts) > 1) <= (code in found.assumed)


@given(st.lists(st.sampled_from(sorted(NEW.places)), max_size=20))
def test_an_edition_translates_to_itself(codes):
    found = translate(codes, "kh@2025", "kh@2025")
    assert dict(found.codes) == {code: ((code, 1.0),) for code in codes}
    assert (found.unmatched, found.assumed) == ((), ())


@given(st.lists(st.sampled_from([code for code in NEW.places if len(code) == 8]), max_size=20))
def test_codes_no_change_names_stay(codes):
    changed = {
        row.from_code
        for row in place_changes()
        if (row.from_edition, row.to_edition) == ("kh@2024", "kh@2025")
    }
    found = translate(codes, "kh@2024", "kh@2025")
    assert all(found.codes[code] == ((code, 1.0),) for code in codes if code not in changed)


def test_phnom_penhs_outer_khans_changed_their_codes():
    found = translate(["KH1210", "KH121001", "KH12100101", "KH010201"], "kh@2024", "kh@2025")
    # Chrouy Changvar is 1210 in the gazetteer of 2024 and 1211 in the list of 2025, where 1210 is Chbar Ampov.
    assert dict(found.codes) == {
        "KH1210": (("KH1211", 1.0),),
        "KH121001": (("KH121102", 1.0),),
        "KH010201": (("KH010201", 1.0),),
    }
    assert NEW.places["KH121102"].name == "Chrouy Changvar"
    assert found.unmatched == ("KH12100101",)  # its number inside the commune may mean another village now


def test_known_changes_are_there():
    # Twenty communes of Kandal went to Phnom Penh in 2010.
    gone = [
        "080110", "080114", "080119", "080124", "080126", "080205", "080209", "080210", "080212", "080701", "080702",
        "080802", "080805", "080806", "080810", "080812", "080815", "080908", "080909", "080912",
    ]  # fmt: skip
    found = translate([f"KH{code}" for code in gone], "kh@2008", "kh@2025")
    assert [parts[0][0][:4] for parts in found.codes.values()] == ["KH12"] * 20
    # Tboung Khmum was split from Kampong Cham at the end of 2013: 776,841 / (899,791 + 776,841) = 0.4633 of the people.
    assert dict(translate(["KH03"], "kh@2011", "kh@2025").codes) == {
        "KH03": (("KH03", 0.5367), ("KH25", 0.4633))
    }
    # Kandal gave (1,501,725 - 1,327,615) / 1,265,280 = 0.1376 of its people of 2008 to Phnom Penh.
    assert translate(["KH08"], "kh@2008", "kh@2025").codes["KH08"][1] == ("KH12", 0.1376)
    # Odongk was split into the krong Odongk Maechay and the srok Samkkei Munichay.
    assert [new for new, _ in translate(["KH0505"], "kh@2019", "kh@2025").codes["KH0505"]] == [
        "KH0509",
        "KH0510",
    ]
    assert translate(["KH030901"], "kh@2011", "kh@2025").codes["KH030901"] == (("KH250201", 1.0),)


def test_there_and_back_again():
    # The list of 2025 carries eight communes called Kokir, one for each village of the one of 2024.
    there = translate(["KH250307"], "kh@2024", "kh@2025")
    assert len(there.codes["KH250307"]) == 8
    assert there.assumed == ("KH250307",)
    back = translate([new for new, _ in there.codes["KH250307"]], "kh@2025", "kh@2024")
    assert set(back.codes.values()) == {(("KH250307", 1.0),)}


def test_ways_that_do_not_exist_are_said():
    with pytest.raises(
        InputError, match=r"cannot be brought from kh@2025 to kh@2014. Known: .*kh@2014 to kh@2024"
    ):
        translate(["KH01"], "kh@2025", "kh@2014")
    with pytest.raises(InputError, match="edition 'kh@1998' is not known"):
        translate(["KH01"], "kh@1998", "kh@2025")
    assert translate([], "kh@2014", "kh@2025").codes == {}
    assert translate(["KH99", "KH"], "kh@2014", "kh@2025").unmatched == ("KH99", "KH")


# ---------------------------------------------------------------------------------------------------------- real tables
def _rows(path):
    return csv.DictReader(io.StringIO(path.read_bytes().decode("latin-1").removeprefix("ï»¿"), newline=None))


def real_codes(folder, table):
    match table:
        case "deprivation":
            return "kh@2014", [row["commune_code"] for row in _rows(folder / "commune_deprivation.csv")]
        case "idpoor":
            return "kh@2019", [
                row["Adm3_NCDD"]
                for row in json.loads((folder / "idpoor_2022-07.json").read_text())["DataList"]
            ]
        case "cdb":
            return "kh@2011", [row["NCDD_CodeC"] for row in _rows(folder / "cdb2011_commune.csv")]
        case "vulnerability":
            return "kh@2019", [
                row["Adm3_text"]
                for row in json.loads((folder / "vulnerability_index.json").read_text())["DataList"]
            ]
        case _:
            drawn = json.loads((folder / "communes.geojson").read_text("utf-8"))["features"]
            return "kh@2014", [one["properties"]["code"] for one in drawn if one["properties"]["code"]]


@pytest.mark.real
@pytest.mark.parametrize(
    ("table", "rows", "before", "after", "assumed"),
    [
        ("deprivation", 1633, 1544, 1633, 14),  # 94.6 % -> 100 %
        ("idpoor", 1646, 1594, 1646, 5),  # 96.8 % -> 100 %
        ("cdb", 1621, 1460, 1621, 18),  # 90.1 % -> 100 %
        ("communes", 1613, 1527, 1613, 14),  # 94.7 % -> 100 %
        ("vulnerability", 1652, 1602, 1651, 5),  # 97.0 % -> 99.9 %; KH100411 is in no other list
    ],
)
def test_real_tables_find_their_communes(data_root, table, rows, before, after, assumed):
    edition, written = real_codes(data_root / "cambodia", table)
    codes, _ = normalise_codes(written, table)
    found = translate(codes, edition, "kh@2025")
    assert len(codes) == rows
    assert sum(code in NEW.places for code in codes) == before
    assert len(found.codes) == after
    assert len(found.assumed) <= assumed


@pytest.mark.real
def test_without_translation_codes_would_name_other_places(data_root):
    """Counted, so that nobody joins by code alone: a code found is not a code that means the same place."""
    _, written = real_codes(data_root / "cambodia", "deprivation")
    found = translate([normalise_code(code) for code in written], "kh@2014", "kh@2025")
    elsewhere = [
        code
        for code, parts in found.codes.items()
        if code in NEW.places and code not in {new for new, _ in parts}
    ]
    assert len(elsewhere) == 33
    assert sum(code.startswith("KH12") for code in elsewhere) == 16
