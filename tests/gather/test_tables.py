"""Tables in every encoding, line end and separator seen in the data of Cambodian councils."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from citiesforall.core.errors import InputError
from citiesforall.gather.tables import codes, column, numbers, read_table

KH_DIGITS = (2, 4, 6, 8)
ROWS = "code,name,people\n010201,Poïpet,1200\n010202,Ou,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_encoding_line_end_and_separator_gives_the_same_table(tmp_path, made, encoding, end, separator):
    path = tmp_path / "t.csv"
    path.write_bytes(ROWS.replace(",", separator).replace("\n", end).encode(encoding))
    table, notes = read_table(path, made.use("totals"))
    assert table.to_numpy().tolist() == [["010201", "Poïpet", "1200"], ["010202", "Ou", None]]
    said = " ".join(map(str, notes))
    assert ("line ends" in said) == (end == "\r")
    assert ("not valid UTF-8" in said) == (encoding in ("latin-1", "cp1252", "utf-16"))


def test_workbooks_keep_codes_as_text(tmp_path, made):
    book = openpyxl.Workbook()
    book.active.append(["code", "people"])
    book.active.append(["010201", 1200])
    book.active.append([10202, 7.5])
    book.save(tmp_path / "t.xlsx")
    table, _ = read_table(tmp_path / "t.xlsx", made.use("totals"))
    assert table.to_numpy().tolist() == [["010201", "1200"], ["10202", "7.5"]]


def test_json_with_a_list_inside_is_read(tmp_path, made):
    (tmp_path / "t.json").write_text(
        '{"DataList": [{"code": 10201, "hh": 5.0}, {"code": 10202, "other": null}]}'
    )
    table, _ = read_table(tmp_path / "t.json", made.use("totals"))
    assert table.to_numpy().tolist() == [["10201", "5", None], ["10202", None, None]]


def test_parquet_is_read_as_text(tmp_path, made):
    pd.DataFrame({"code": ["010201"], "people": [12.0]}).to_parquet(tmp_path / "t.parquet")
    table, _ = read_table(tmp_path / "t.parquet", made.use("totals"))
    assert table.to_numpy().tolist() == [["010201", "12"]]


def test_only_rows_asked_for_are_kept(tmp_path, made):
    (tmp_path / "t.csv").write_text("code,year,people\n01,2008,5\n01,2019,6\n02,2019,7\n")
    table, _ = read_table(tmp_path / "t.csv", made.use("totals", where={"year": 2019, "code": ["01", "03"]}))
    assert table["people"].tolist() == ["6"]


def test_rows_of_uneven_length_are_mended_and_said(tmp_path, made):
    (tmp_path / "t.csv").write_text("code,people\n01,5,\n02\n03,7\n")
    table, notes = read_table(tmp_path / "t.csv", made.use("totals"))
    assert table.to_numpy().tolist() == [["01", "5"], ["02", None], ["03", "7"]]
    assert "2 of 3 rows do not have 2 values" in str(notes[0])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b""),
        ("t.csv", b"\n\n"),
        ("t.csv", b"code,people\n"),
        ("t.csv", b"\x00\x01\x02"),
        ("t.xlsx", b"this is no workbook"),
        ("t.json", b"{"),
        ("t.json", b"[1, 2]"),
        ("t.json", b"{}"),
        ("t.parquet", b"PAR1"),
    ],
)
def test_files_that_are_no_tables_give_one_line(tmp_path, made, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / name, made.use("totals"))
    assert len(caught.value.faults) == 1
    assert str(caught.value).startswith(f"{name}: ")


def test_a_file_that_is_not_there_is_said(tmp_path, made):
    with pytest.raises(InputError, match=r"no.csv: there is no such file"):
        read_table(tmp_path / "no.csv", made.use("totals"))


def test_missing_columns_are_all_named_with_those_there_are(tmp_path, made):
    (tmp_path / "t.csv").write_text(ROWS)
    use = made.use("totals", columns={"code": "cod", "value": "persons"}, where={"year": 1})
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "t.csv", use)
    assert len(caught.value.faults) == 3
    assert "Did you mean 'code'? Known: code, name, people." in caught.value.faults[0]


def test_a_column_not_said_is_asked_for(tmp_path, made):
    (tmp_path / "t.csv").write_text(ROWS)
    use = made.use("totals")
    table, _ = read_table(tmp_path / "t.csv", use)
    assert column(table, tmp_path / "t.csv", use, "code") == "code"
    with pytest.raises(InputError, match=r"Write columns.value = one of: code, name, people"):
        column(table, tmp_path / "t.csv", use, "value")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", 1200),
        ("1,200", 1200),
        ("1,234,567.5", 1234567.5),
        ("0,25", 0.25),
        ("1 200", 1200),
        ("១២", 12),
        ("-3e2", -300),
        (None, np.nan),
    ],
)
def test_numbers_as_they_are_written(text, value):
    assert_array_equal(numbers(pd.DataFrame({"a": [text]}, dtype=object), "a", Path("t.csv")), [value])


def test_columns_are_added_and_a_missing_part_is_missing():
    table = pd.DataFrame({"men": ["1", "2"], "women": ["3", None], "a + b": ["7", "8"]}, dtype=object)
    assert_array_equal(numbers(table, "men + women", Path("t.csv")), [4, np.nan])
    assert_array_equal(numbers(table, "a + b", Path("t.csv")), [7, 8])


def test_words_among_numbers_are_quoted():
    with pytest.raises(InputError, match=r"t.csv: column 'a': 2 values are not numbers \('many', 'few'\)"):
        numbers(pd.DataFrame({"a": ["many", "1", "few"]}, dtype=object), "a", Path("t.csv"))


@pytest.mark.parametrize(
    "raw", ["010201", "10201", "10201.0", "KH010201", "KH10201", "kh010201", " 010201 ", "០១០២០១"]
)
def test_codes_have_one_form(raw):
    assert codes(pd.Series([raw], dtype=object), "KH", KH_DIGITS)[0] == ["KH010201"]


def test_only_lost_zeros_are_counted_as_repairs():
    found, n_repaired = codes(
        pd.Series(["10201", "010202", "1", "12", None, "1201011"], dtype=object), "KH", KH_DIGITS
    )
    assert found == ["KH010201", "KH010202", "KH01", "KH12", "", "KH01201011"]
    assert n_repaired == 3


def test_codes_of_another_make_stay():
    found, n_repaired = codes(
        pd.Series(["35016", "ES35016", "KH12_CENTRE", "Town hall"], dtype=object), "", ()
    )
    assert found == ["35016", "ES35016", "KH12_CENTRE", "TOWN HALL"]
    assert n_repaired == 0


@pytest.mark.real
def test_the_real_tables_are_read_with_their_quirks(data_root, made):
    table, notes = read_table(data_root / "cambodia" / "idpoor_2010_round.csv", made.use("totals"))
    assert len(table) == 6419
    assert len(notes) == 2
    table, _ = read_table(data_root / "cambodia" / "idpoor_2022-07.json", made.use("totals"))
    from_numbers, n_repaired = codes(table["Adm3_NCDD"], "KH", KH_DIGITS)
    assert from_numbers == codes(table["Adm3_text"], "KH", KH_DIGITS)[0]
    assert n_repaired == 763
