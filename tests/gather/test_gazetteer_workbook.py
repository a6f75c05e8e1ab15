"""The gazetteer workbook, older lists, and the comparison of editions."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from citiesforall.core.errors import InputError
from citiesforall.core.place import Place, gazetteer, make_gazetteer, place_changes
from citiesforall.gather.gazetteer_compare import compare, likeness, name_key, stem_of
from citiesforall.gather.gazetteer_workbook import (
    HEADER,
    decree_dates,
    make_place_changes,
    read_workbook,
    write_place_changes,
)

TABLE = Path(__file__).parents[2] / "src" / "citiesforall" / "data" / "kh" / "place_changes.csv"
WORKBOOK = "cambodia/ncdd_gazetteer_2024-10-14.xlsx"


def book(path, *rows, title="2. Battambang", head=HEADER):
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in (("List",), (), head, *rows):
        sheet.append(row)
    made.save(path)
    return path


def test_a_workbook_is_read_with_its_oddities_counted(tmp_path):
    file = book(
        tmp_path / "a.xlsx",
        ("ក្រុង", "203", "បាត់\u200bដំបង", " Battambang ", "", "", ""),
        ("សង្កាត់", "20301", "ទួលតាឯក", "Tuol Ta Ek", "", "អនុក្រឹត្យ ១៥៦ថ្ងៃទី ២០ សីហា ២០២១", ""),
        ("ភូមិ", 2030101, "ភូមិ", "Phum", "", "Sub Degree 579 on 25 Dec 2013", ""),
        ("ភូមិ", "2030101", "ភូមិ", "Again", "", "", ""),
        ("ភូមិ", "20302", "ភូមិ", "Not A Village", "", "", ""),
        ("ឃុំ", "abc", "ឃុំ", "No Code", "", "", ""),
        ("ឃុំ", "30101", "ឃុំ", "Elsewhere", "", "", ""),
        ("", None, None, None, None, None, None),
    )
    read = read_workbook(file)
    assert list(read.places) == ["KH02", "KH0203", "KH020301", "KH020302", "KH030101", "KH02030101"]
    assert read.places["KH0203"] == Place("KH0203", "district", "krong", "Battambang", "បាត់ដំបង", "KH02")
    assert read.places["KH020302"].level == "commune"
    assert [note.what for note in read.notes] == [
        "1 rows have a code of another province than their sheet.",
        "1 rows have a type that does not fit the length of their code; the code counts.",
        "1 rows have no code that can be read and were left out.",
        "1 rows lie in a place that has no row of its own.",
        "1 rows repeat a code and were left out.",
    ]
    assert decree_dates(file) == {"KH020301": "2021-08-20", "KH02030101": "2013-12-25"}


def test_what_is_no_gazetteer_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_workbook(tmp_path / "none.xlsx")
    (tmp_path / "text.xlsx").write_bytes(b"not a workbook")
    with pytest.raises(InputError, match=r"text.xlsx: this is no readable workbook"):
        read_workbook(tmp_path / "text.xlsx")
    with pytest.raises(InputError, match="no sheet is the list of a province"):
        read_workbook(book(tmp_path / "b.xlsx", title="Notes"))
    with pytest.raises(InputError, match="Expected on row 3: Type, Code"):
        read_workbook(book(tmp_path / "c.xlsx", head=("Code", "Type", "x", "y")))
    with pytest.raises(InputError, match="no sheet has rows with codes"):
        read_workbook(book(tmp_path / "d.xlsx", *[("ឃុំ", "?", "x", "y", "", "", "")] * 5))


# ------------------------------------------------------------------------------------------------------------ comparing
def edition(name, communes):
    """Make an edition of communes: code -> (name, names of villages)."""
    places = [Place("KH01", "province", "khaet", "P")]
    places += [
        Place(code, "district", "srok", code, None, "KH01")
        for code in sorted({code[:6] for code in communes})
    ]
    for code, (said, villages) in communes.items():
        places.append(Place(code, "commune", "khum", said, None, code[:6]))
        places += [
            Place(f"{code}{number:02d}", "village", "phum", one, None, code)
            for number, one in enumerate(villages, 1)
        ]
    return make_gazetteer(name, places)


def rows(old, new, level="commune"):
    found = compare(edition("kh@1", old), edition("kh@2", new))
    return [(row.from_code, row.to_code, row.kind, row.share) for row in found if row.level == level]


A, B, C = ["Ang", "Bos", "Chan", "Dey"], ["Kor", "Leu", "Mean"], ["Prey", "Roka", "Sdau", "Thmei", "Veal"]


def test_editions_that_are_alike_have_no_rows():
    same = {"KH010101": ("Ampil", A), "KH010102": ("Bavel", B)}
    assert compare(edition("kh@1", same), edition("kh@2", same)) == ()


def test_two_communes_that_swap_their_codes_are_recoded_not_renamed():
    old = {"KH010101": ("Ampil", A), "KH010102": ("Bavel", B)}
    new = {"KH010101": ("Bavel", B), "KH010102": ("Ampil", A)}
    assert rows(old, new) == [
        ("KH010101", "KH010102", "recoded", 1.0),
        ("KH010102", "KH010101", "recoded", 1.0),
    ]
    assert rows(
        {code: (name, []) for code, (name, _) in old.items()},
        {code: (name, []) for code, (name, _) in new.items()},
    ) == rows(old, new)


def test_a_new_name_over_the_same_villages_is_renamed():
    assert rows({"KH010101": ("Ampil", A)}, {"KH010101": ("Bavel", A)}) == [
        ("KH010101", "KH010101", "renamed", 1.0)
    ]


def test_a_new_commune_takes_the_share_of_its_villages():
    old = {"KH010101": ("Ampil", C)}
    new = {"KH010101": ("Ampil", C[:3]), "KH010102": ("Bavel", [*C[3:], "Fresh"])}
    assert rows(old, new) == [("KH010101", "KH010101", "split", 0.6), ("KH010101", "KH010102", "split", 0.4)]


def test_a_commune_cut_up_into_numbered_ones_is_split_by_villages():
    old = {"KH010101": ("Ampil", ["Ang", "Bos"]), "KH010109": ("Other", C)}
    new = {
        "KH010102": ("Ampil 1", ["Ang 1", "Ang 2", "Bos 1"]),
        "KH010103": ("Ampil 2", ["Bos 2"]),
        "KH010109": ("Other", C),
    }
    assert rows(old, new) == [
        ("KH010101", "KH010102", "split", 0.75),
        ("KH010101", "KH010103", "split", 0.25),
    ]


def test_communes_brought_together_are_merged():
    old = {"KH010101": ("Ampil", A), "KH010102": ("Bavel", B)}
    assert rows(old, {"KH010101": ("Ampil", [*A, *B])}) == [("KH010102", "KH010101", "merged", 1.0)]


def test_what_leads_nowhere_is_abolished_and_what_comes_from_nowhere_is_new():
    assert rows({"KH010101": ("Ampil", A)}, {"KH010202": ("Bavel", B)}) == [
        ("KH010101", None, "abolished", 1.0),
        (None, "KH010202", "new", 1.0),
    ]


def test_districts_follow_their_communes_by_villages():
    old = {"KH010101": ("Ampil", A), "KH010102": ("Bavel", B)}
    new = {"KH010101": ("Ampil", A), "KH010201": ("Bavel", B)}
    # 4 of the 7 villages stay: 4/7 = 0.5714, 3/7 = 0.4286
    assert rows(old, new, "district") == [
        ("KH0101", "KH0101", "split", 0.5714),
        ("KH0101", "KH0102", "split", 0.4286),
    ]


def test_names_are_compared_as_people_read_them():
    assert name_key("Boeng Keng Kang Ti Muoy") == name_key("boeng keng kang ti 1")
    assert name_key("ច្បារអំពៅទី ១") == name_key("ច្បារអំពៅ\u200bទី១") == "ច្បារអំពៅទី1"
    assert name_key("Sangkat Bavet") == name_key("Bavet")
    assert name_key(None) == ""
    assert stem_of(name_key("Chaom Chau 2")) == name_key("Chaom Chau")
    assert stem_of("2") == "2"
    assert likeness(name_key("Kakab 1"), name_key("Kakab 2")) == 0.0
    assert likeness("", "a") == 0.0
    assert likeness("memot", "memut") == pytest.approx(0.8)  # 2 x 4 of 10 letters


# ---------------------------------------------------------------------------------------------------------- real tables
@pytest.mark.real
def test_the_workbook_of_2024_has_every_place(data_root):
    read = read_workbook(data_root / WORKBOOK)
    assert Counter(place.level for place in read.places.values()) == {
        "province": 25,
        "district": 210,
        "commune": 1652,
        "village": 14570,
    }
    assert Counter(place.kind for place in read.places.values()) == {
        "khaet": 25, "srok": 163, "krong": 33, "khan": 14, "khum": 1383, "sangkat": 269, "phum": 14570,
    }  # fmt: skip
    assert [note.what for note in read.notes] == [
        "1 rows have no name in Latin script; their code stands for it."
    ]
    listed = gazetteer("kh@2025").places
    kinds = {code: place.kind for code, place in read.places.items() if place.level == "district"}
    assert {code: listed[code].kind for code in kinds} == kinds


@pytest.mark.real
def test_the_committed_table_is_what_the_tables_say(data_root):
    made = make_place_changes(data_root / "cambodia")
    assert write_place_changes(made) == TABLE.read_text("utf-8")
    assert made == place_changes()
