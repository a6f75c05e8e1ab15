"""The same interviews in every shape a server gives them make the same layer."""

import json

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import InputError
from citiesforall.pipeline.survey_read import report
from citiesforall.survey.answers import ANSWERS, NUMBERS
from citiesforall.survey.export import read_export
from citiesforall.survey.making import make_households, read_layer
from citiesforall.survey.values import date, number
from tests.survey import interviews as make


@pytest.fixture(scope="module")
def data():
    return make.interviews(12)


@pytest.fixture(scope="module")
def plain(data, tmp_path_factory):
    """Read the interviews from an XLSX with XML values and headers."""
    path = make.write_xlsx(make.kobo_sheets(data), tmp_path_factory.mktemp("plain") / "kobo.xlsx")
    return read(path)


def read(*paths, **words):
    use = make.a_use(**words)
    return read_layer(make.given(use, *paths), use, list(paths))


@pytest.mark.parametrize(
    ("dialect", "split"),
    [
        ("xml", "summary"),
        ("xml", "details"),
        ("en", "both"),
        ("en", "summary"),
        ("km", "summary"),
        ("km", "details"),
    ],
)
def test_kobo_xlsx(data, plain, tmp_path, dialect, split):
    make.same(plain, read(make.write_xlsx(make.kobo_sheets(data, dialect, split), tmp_path / "kobo.xlsx")))


@pytest.mark.parametrize("split", ["both", "summary", "details"])
def test_odk_zip(data, plain, tmp_path, split):
    make.same(plain, read(make.write_zip(make.odk_files(data, split), tmp_path / "city.zip"), format="odk"))


@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_csv_files_of_sheets(data, plain, tmp_path, sep):
    files = {f"{name}.csv": lines for name, lines in make.kobo_sheets(data).items()}
    make.same(plain, read(make.write_zip(files, tmp_path / "kobo.zip", sep, bom=True)))


def test_true_and_false_for_options(data, plain, tmp_path):
    sheets = make.kobo_sheets(data, split="details")
    at = [place for place, name in enumerate(sheets["City survey"][0]) if "/benefits_12m/" in name]
    for line in sheets["City survey"][1:]:
        for place in at:
            line[place] = {"1": "True", "0": "False"}.get(line[place], "")
    make.same(plain, read(make.write_xlsx(sheets, tmp_path / "kobo.xlsx")))


def test_options_in_a_row_of_tags_and_khmer_digits(data, plain, tmp_path):
    sheets = make.kobo_sheets(data)
    main = sheets["City survey"]
    main.insert(1, ["#meta"] * len(main[0]))
    at = main[0].index("household/household_size")
    for line in main[2:]:
        line[at] = line[at].translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    make.same(plain, read(make.write_xlsx(sheets, tmp_path / "kobo.xlsx")))


def test_groups_left_out_of_names(data, plain, tmp_path):
    sheets = make.kobo_sheets(data)
    for lines in sheets.values():
        lines[0] = [
            name if name.startswith("_") else name.removeprefix("members/").removeprefix("threats/")
            for name in lines[0]
        ]
        lines[0] = [
            name.split("/", 1)[-1] if name.split("/")[0] in make.bank().modules else name for name in lines[0]
        ]
    make.same(plain, read(make.write_xlsx(sheets, tmp_path / "kobo.xlsx")))


def test_layer_is_written_as_contracted(data, tmp_path):
    path = make.write_xlsx(make.kobo_sheets(data), tmp_path / "kobo.xlsx")
    folder = tmp_path / "out"
    folder.mkdir()
    info = make_households(make.given(make.a_use(), path), folder)
    households = pd.read_parquet(folder / "households.parquet")
    assert list(households)[:8] == [
        "household",
        "unit",
        "stratum",
        "cluster",
        "weight",
        "size",
        "adults",
        "date",
    ]
    assert set(households["unit"]) == set(make.UNITS)
    respondents, members = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("respondents", "members")
    )
    assert len(respondents) == len(households) == info["n"] == 12
    np.testing.assert_allclose(respondents["weight"], households["weight"] * households["adults"])
    assert list(members)[:5] == ["row", "sex", "age", "disabled", "migrant"]
    np.testing.assert_array_equal(np.bincount(members["row"]), households["size"])
    assert list(pd.read_parquet(folder / "threats.parquet")) == [
        "row", "threat", "dimension", "affected", "severity", "likelihood", "coping", "helped_by",
    ]  # fmt: skip
    draws = np.load(folder / "replicates.npy")
    assert draws.shape == (9, 12)
    np.testing.assert_array_equal(draws[0], households["weight"])
    json.dumps(info)
    for name, table in info["answers"].items():
        assert name in {"households": households, "respondents": respondents, "members": members}[table]


def test_answers_are_shares_or_unknown(plain):
    for table, names in ANSWERS.items():
        for name in set(names) & set(plain.tables[table]):
            known = plain.tables[table][name].dropna()
            assert (known >= 0).all(), name
            assert (known <= NUMBERS.get(name, 1.0)).all(), name


def test_threats_hold_what_was_asked(data, plain):
    threats = plain.tables["threats"]
    assert len(threats) == 12 * 29
    assert threats["affected"].sum() == len(data[2])
    assert threats.loc[threats["affected"] == 1, "severity"].notna().all()
    assert threats.loc[threats["affected"] == 0, "severity"].isna().all()


def test_nothing_of_who_they_are_enters(data, tmp_path):
    path = make.write_xlsx(make.kobo_sheets(data), tmp_path / "kobo.xlsx")
    folder = tmp_path / "out"
    folder.mkdir()
    info = make_households(make.given(make.a_use(), path), folder)
    tables = [
        pd.read_parquet(folder / f"{name}.parquet").to_csv()
        for name in ("households", "respondents", "members", "threats")
    ]
    everything = "\n".join([*tables, json.dumps(info)])
    for secret in ("Sok Dara", "012 345 678", "13.1", "103.2", "u0001"):
        assert secret not in everything


def test_telephone_numbers_are_no_ids(data, tmp_path):
    main, members, threats = data
    main = [row | {"household_id": f"01234567{at:02d}"} for at, row in enumerate(main)]
    found = read(make.write_xlsx(make.kobo_sheets((main, members, threats)), tmp_path / "kobo.xlsx"))
    assert not found.tables["households"]["household"].str.contains("01234567").any()
    assert found.tables["households"]["household"].is_unique


def test_values():
    assert [number(text) for text in ("1,200", "0,5", "1,25", "១២", "1 200", "12.5", "-3")] == [
        1200,
        0.5,
        1.25,
        12,
        1200,
        12.5,
        -3,
    ]
    assert all(np.isnan(number(text)) for text in ("", "two", "1_000", "nan", "inf", "1.2.3"))
    assert (
        date("2026-02-03T08:15:00.000+07:00")
        == date("03/02/2026")
        == date("46056")
        == date("២០២៦-០២-០៣")
        == "2026-02-03"
    )
    assert date("31/02/2026") is date("soon") is date("12") is None


def test_answers_do_not_depend_on_the_order_of_rows(data, tmp_path):
    main, members, threats = data
    turned = [
        main[::-1],
        [row | {"_parent": 11 - row["_parent"]} for row in members],
        [row | {"_parent": 11 - row["_parent"]} for row in threats],
    ]
    found = read(make.write_xlsx(make.kobo_sheets(tuple(turned)), tmp_path / "a.xlsx"))
    plain = read(make.write_xlsx(make.kobo_sheets(data), tmp_path / "b.xlsx"))
    one, other = (
        layer.tables["households"].sort_values("household", ignore_index=True) for layer in (found, plain)
    )
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("name", "raw"),
    [("a.xlsx", b""), ("a.xlsx", b"PK\x03\x04junk"), ("a.zip", b"none"), ("a.csv", b""), ("a.csv", b"\x00\x01"), ("a.csv", b'a,b\n"1,2'),
     ("a.csv", b"a,b\n1,2,3,4\n"), ("a.pdf", b"%PDF")],
)  # fmt: skip
def test_files_that_are_no_tables(tmp_path, name, raw):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_export([tmp_path / name])
    assert name in str(caught.value)


def test_report_of_the_verb(plain):
    said = report(plain, "City survey")
    assert said.startswith("City survey, 2026: 12 interviews, ")
    for part in (
        "Visits: completed 12. Response rate 100.0%",
        "2 strata",
        "Not brought to the census.",
        "Answers of members:",
        "doubt: ",
    ):
        assert part in said
