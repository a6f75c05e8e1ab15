"""Whatever a register's file holds, it is read or refused in clear lines; sums never invent or lose anything."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import CitiesError
from citiesforall.gather.register_layer import read_one
from citiesforall.gather.register_numbers import parse
from citiesforall.gather.register_places import where_of
from citiesforall.measure.register_sums import complete, depths

COMMUNES = [f"KH0102{number:02d}" for number in range(1, 14)]
WHERE = where_of(
    pd.DataFrame({"place": ["KH0102", *COMMUNES], "parent": [None, *["KH0102"] * 13]}, dtype=object),
    "kh@2025",
)
RESIDENTS = pd.Series(dict.fromkeys(COMMUNES, 1000.0))
FEW = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def use(options, suffix):
    return SourceUse(
        id="poor", role="registers", file=f"poor.{suffix}", title="Poor", provider="Council", licence="own-data", citation="Council",
        format="table", vintage="2022", edition="kh@2025", options=options,
        columns={"code": "code", "households": "hh", "poor_households": "poor", "people_deprived_food": "food"},
    )  # fmt: skip


def attempt(path, options):
    """Read a file; return the register, or None where it is refused in clear lines."""
    try:
        found = read_one(use(options, path.suffix[1:]), path, WHERE, RESIDENTS, "2022")
    except CitiesError as error:
        found = None
        lines = error.faults
    else:
        lines = ()
    assert (found is None) == bool(lines)
    for line in lines:
        assert line.startswith((path.name, "options.", "sources.")), line
        assert line.rstrip().endswith((".", "?")), line
        assert "Traceback" not in line
    return found


CODE = st.one_of(
    st.sampled_from([code[2:] for code in COMMUNES]),
    st.sampled_from(["10201", "KH010202", "០១០២០៣", "999999", "", "x", "0102", "01020101"]),
)
NUMBER = st.one_of(
    st.integers(-5, 5000).map(str),
    st.floats(-1, 200, allow_nan=False).map(lambda x: f"{x:.3f}"),
    st.sampled_from(
        [
            "",
            "-",
            "1,234",
            "១២",
            "45%",
            "#REF!",
            "=A1",
            "nan",
            "inf",
            "1e400",
            "12o",
            "1.234.567",
            "0,5",
            "\u200b7",
            "n/a",
        ]
    ),
)
ROW = st.tuples(CODE, NUMBER, NUMBER, NUMBER)
OPTIONS = st.fixed_dictionaries(
    {"faults": st.sampled_from(["stop", "list"]), "repeated": st.sampled_from(["stop", "sum"])},
    optional={
        "shares": st.just(["people_deprived_food"]), "percent": st.just(["people_deprived_food"]), "blank_is_zero": st.booleans(),
        "zero_is_missing": st.just(["households"]), "level": st.sampled_from(["commune", "village"]),
        "sum_to": st.sampled_from(["commune", "district"]), "count": st.just("villages"),
    },
)  # fmt: skip


@FEW
@given(rows=st.lists(ROW, min_size=0, max_size=25), options=OPTIONS)
def test_any_table_is_read_or_refused_in_clear_lines(rows, options, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "poor.csv"
    text = "\n".join(";".join(row) for row in [("code", "hh", "poor", "food"), *rows])
    path.write_text(text + "\n", "utf-8")
    found = attempt(path, options)
    if found is None:
        return
    table = found.table
    known = table[table["value"].notna()]
    assert (known["value"] >= 0).all()
    assert set(table["status"]) <= {"ok", "estimated", "missing"}
    assert (table["value"].isna() == (table["status"] == "missing")).all()
    assert (table.loc[table["status"] == "missing", "reason"] != "").all()
    assert not table.duplicated(["amount", "place"]).any()
    wide = known.pivot_table(index="place", columns="amount", values="value")
    if (
        {"households", "poor_households"} <= set(wide)
        and options["repeated"] == "stop"
        and "count" not in options
    ):
        both = wide.dropna()
        single = table[(table["amount"] == "households") & (table["n"] == 1)]["place"]
        both = both[both.index.isin(single)]
        assert (both["poor_households"] <= both["households"] * (1 + 1e-6)).all()


@FEW
@given(raw=st.binary(max_size=400), suffix=st.sampled_from(["csv", "json", "xlsx", "parquet"]))
def test_any_bytes_are_refused_in_clear_lines(raw, suffix, tmp_path_factory):
    path = tmp_path_factory.mktemp("bytes") / f"poor.{suffix}"
    path.write_bytes(raw)
    assert attempt(path, {"faults": "stop"}) is None


@FEW
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["code", "hh", "poor", "food", "DataList"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_refused_or_read(value, tmp_path_factory):
    path = tmp_path_factory.mktemp("json") / "poor.json"
    path.write_text(json.dumps(value), "utf-8")
    attempt(path, {"faults": "list"})


@FEW
@given(texts=st.lists(st.none() | st.text(max_size=8), min_size=1, max_size=20))
def test_a_text_is_a_number_or_blank_or_bad(texts):
    found = parse(pd.Series([one if one is None or one.strip() else None for one in texts], dtype=object))
    assert not np.isinf(found.numbers).any()
    assert (np.isnan(found.numbers) | ~found.bad).all()


@FEW
@given(number=st.integers(0, 10**9))
def test_a_count_is_read_alike_however_it_is_written(number):
    khmer = str(number).translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    written = [
        str(number),
        f"{number:,}",
        khmer,
        f" {number} ",
        f"{number:,}".replace(",", " "),
        f"+{number}",
    ]
    assert parse(pd.Series(written, dtype=object)).numbers.tolist() == [float(number)] * len(written)


@FEW
@given(values=st.lists(st.floats(0, 1e6), min_size=6, max_size=6), unknown=st.sets(st.integers(0, 5)))
def test_a_place_is_the_sum_of_its_parts_or_unknown(values, unknown):
    parent = np.array([-1, 0, 0, 1, 1, 1, 2, 2, 2])
    own = np.full((1, 9), np.nan)
    own[0, 3:] = values
    own[0, [3 + one for one in unknown]] = np.nan
    out = complete(own, parent, depths(parent))[0]
    assert out[1] == pytest.approx(own[0, 3:6].sum(), nan_ok=True)
    assert out[2] == pytest.approx(own[0, 6:].sum(), nan_ok=True)
    assert out[0] == pytest.approx(own[0, 3:].sum(), nan_ok=True)
