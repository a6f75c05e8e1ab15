"""Feeds of any content: a table of stops or one clear error, never a traceback of a library."""

import tempfile
import zipfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.gather.assumed_stops import headway_min, running_hours
from citiesforall.gather.kinds import kinds_of, may_be_facility, names_of
from citiesforall.gather.merge import same_name
from citiesforall.gather.transit import RATES, from_gtfs

USE = SourceUse(
    id="x",
    role="transit",
    file="f",
    title="t",
    provider="p",
    licence="GTFS-terms",
    citation="c",
    format="gtfs",
    vintage="2024",
)
COLUMNS = {
    "stops": ["stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station"],
    "routes": ["route_id", "route_short_name", "route_type"],
    "trips": ["route_id", "service_id", "trip_id"],
    "stop_times": ["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type"],
    "calendar": [
        "service_id",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "start_date",
        "end_date",
    ],
    "calendar_dates": ["service_id", "date", "exception_type"],
    "frequencies": ["trip_id", "start_time", "end_time", "headway_secs"],
}
LIKELY = {
    "stop_id": ["s1", "s2", "s3"], "parent_station": ["s3", ""], "trip_id": ["t1", "t2"], "route_id": ["r1", "r2"], "service_id": ["a", "b"],
    "stop_lat": ["11.5", "0", "", "95"], "stop_lon": ["104.9", "0", "", "-200"], "location_type": ["0", "1", "2", ""],
    "route_type": ["0", "2", "3", "702", "1100", "99", ""], "stop_sequence": ["1", "2", "3", "9", ""], "pickup_type": ["0", "1", ""],
    "exception_type": ["1", "2", "3"], "headway_secs": ["600", "0", "-5", ""],
}  # fmt: skip
TIMES = ["07:00:00", "7:5:00", "08:30:00", "25:10:00", "", "noon", "99:59:59"]
DATES = ["20240101", "20240131", "20991231", "20241301", "1", ""]


@st.composite
def tables(draw):
    found = {}
    for name, columns in COLUMNS.items():
        if draw(st.integers(0, 9)) == 0:
            continue
        kept = [c for c in columns if draw(st.integers(0, 19))]
        rows = []
        for _ in range(draw(st.integers(0, 6))):
            row = []
            for column in kept:
                near = LIKELY.get(
                    column, TIMES if "time" in column else DATES if "date" in column else ["1", "0"]
                )
                row.append(
                    draw(st.sampled_from(near))
                    if draw(st.integers(0, 29))
                    else draw(st.text('ab1-.,"\n\u17e1', max_size=4))
                )
            rows.append(",".join(row))
        found[name] = "\n".join([",".join(kept), *rows]) + "\n"
    return found


def gathered(path):
    try:
        return from_gtfs(USE, path, "EPSG:32648")[0], ()
    except InputError as error:
        return None, error.faults


@settings(max_examples=60, deadline=None)
@given(tables())
def test_any_feed(found):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed.zip"
        with zipfile.ZipFile(path, "w") as bundle:
            for name, text in found.items():
                bundle.writestr(f"{name}.txt", text)
        stops, faults = gathered(path)
    if stops is None:
        assert faults
        assert all(fault.startswith("feed.zip: ") for fault in faults)
        return
    assert np.isfinite(stops[["x", "y"]].to_numpy()).all()
    rates = stops[list(RATES)].to_numpy(np.float64)
    assert (np.isnan(rates) | (rates >= 0)).all()
    assert stops["mode"].isin(["bus", "tram", "rail", "metro", "ferry", "brt", "paratransit"]).all()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_any_text(text):
    minutes = headway_min(text)
    assert np.isnan(minutes) or minutes > 0
    span = running_hours(text)
    assert span is None or 0 <= span[0] < span[1] <= 48
    assert same_name((text,), (text,)) in {True, None}


words = st.one_of(
    st.sampled_from(["school", "clinic", "park", "yes", "private", "1;2", "7-9"]), st.text(max_size=8)
)
keys = st.sampled_from(
    [
        "amenity",
        "leisure",
        "isced:level",
        "grades",
        "name",
        "access",
        "fee",
        "disused:amenity",
        "shop",
        "office",
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, words, max_size=5))
def test_any_tags(tags):
    found = kinds_of(tags)
    assert len(set(found)) == len(found)
    assert may_be_facility(tags) or not found
    assert all(name == name.strip() for name in names_of(tags))
