"""Transit: departures worked by hand, feeds that are broken, lines without stops, paratransit; real feeds' totals."""

import json
import zipfile
from datetime import date

import gtfs_kit
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import mapping

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.gather.assumed_stops import headway_min, running_hours
from citiesforall.gather.departures import seconds, stop_rates
from citiesforall.gather.gtfs import read_feed
from citiesforall.gather.paratransit import on_streets
from citiesforall.gather.transit import COLUMNS, frequency_class, from_gtfs, gather_stops
from citiesforall.gather.vector_file import LONLAT, moved, moved_xy
from citiesforall.network.streets import Streets

UTM48 = "EPSG:32648"
WORLD = shapely.box(-1e7, -1e7, 1e7, 1e7)

TINY = {
    "agency": "agency_id,agency_name,agency_url,agency_timezone\nA,A,http://a.org,Asia/Phnom_Penh\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon\ns1,One,11.55,104.90\ns2,Two,11.56,104.90\ns3,Three,11.57,104.90\n",
    "routes": "route_id,route_short_name,route_type\nr,1,3\n",
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "wk,1,1,1,1,1,0,0,20240101,20240131\nsa,0,0,0,0,0,1,0,20240101,20240131\n",
    "trips": "route_id,service_id,trip_id\nr,wk,t1\nr,wk,t2\nr,wk,t3\nr,sa,t4\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    "t1,07:00:00,07:00:00,s1,1\nt1,07:10:00,07:10:00,s2,2\nt1,07:20:00,07:20:00,s3,3\n"
    "t2,08:00:00,08:00:00,s1,1\nt2,08:10:00,08:10:00,s2,2\nt2,08:20:00,08:20:00,s3,3\n"
    "t3,19:55:00,19:55:00,s1,1\nt3,20:05:00,20:05:00,s2,2\nt3,20:15:00,20:15:00,s3,3\n"
    "t4,09:00:00,09:00:00,s1,1\nt4,09:10:00,09:10:00,s2,2\n",
}  # fmt: skip


def feed(tmp_path, changes=None, name="feed.zip", folder=""):
    """Write the tiny feed with some tables changed; None leaves a table out."""
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as bundle:
        for table, text in {**TINY, **(changes or {})}.items():
            if text is not None:
                bundle.writestr(f"{folder}{table}.txt", text)
    return path


def use(**words):
    base = {
        "id": "bus", "role": "transit", "file": "f", "title": "t", "provider": "p", "licence": "GTFS-terms", "citation": "c", "format": "gtfs",
        "vintage": "2024",
    }  # fmt: skip
    return SourceUse(**{**base, **words})


def stops(path, **words):
    found, notes = from_gtfs(use(**words), path, UTM48)
    return found.set_index(["stop", "mode"] if found["stop"].duplicated().any() else "stop"), " ".join(
        map(str, notes)
    )


class TestTinyFeed:
    def test_departures_per_hour_by_hand(self, tmp_path):
        found, said = stops(feed(tmp_path))
        # s1, weekday, 6-20 h: 7:00, 8:00, 19:55 -> 3 departures / 14 h
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)
        # s2: 7:10, 8:10; 20:05 is past 20 h -> 2 / 14
        assert found.loc["bus:s2", "per_hour_weekday"] == pytest.approx(2 / 14)
        # s3 is the end of every trip: nobody boards -> 0, which is known and not missing
        assert found.loc["bus:s3", "per_hour_weekday"] == 0
        # 7-9 h: two departures in two hours
        assert found.loc["bus:s1", "per_hour_peak"] == 1.0
        # Saturday: one trip, t4, 9:00 at s1; its last stop is s2
        assert found.loc["bus:s1", "per_hour_saturday"] == pytest.approx(1 / 14)
        assert found.loc["bus:s2", "per_hour_saturday"] == 0
        # Sunday: nothing is known
        assert np.isnan(found.loc["bus:s1", "per_hour_sunday"])
        assert "No sunday in the feed's period has a trip" in said
        assert "Typical weekday: 2024-01-01, with 3 trips (median of 23 days)" in said

    def test_positions_are_metres(self, tmp_path):
        found, _ = stops(feed(tmp_path))
        x, y = moved_xy(np.array([104.9]), np.array([11.55]), LONLAT, UTM48)
        assert found.loc["bus:s1", ["x", "y"]].tolist() == [x[0], y[0]]
        assert found.loc["bus:s1", "name"] == "One"

    def test_hours_of_the_city_file(self, tmp_path):
        found, _ = stops(feed(tmp_path), options={"hours": [7, 9]})
        assert found.loc["bus:s1", "per_hour_weekday"] == 1.0
        with pytest.raises(InputError, match="is no span of a day"):
            stops(feed(tmp_path), options={"hours": [9, 7]})

    def test_a_feed_inside_a_folder_and_with_bom(self, tmp_path):
        path = feed(tmp_path, {"stops": "\ufeff" + TINY["stops"]}, folder="gtfs/")
        assert len(stops(path)[0]) == 3

    def test_a_holiday_does_not_make_the_typical_day(self, tmp_path):
        # On 23 weekdays three trips run; on 1 January service wk is off and sa runs instead: one trip. The median is three.
        dates = "service_id,date,exception_type\nwk,20240101,2\nsa,20240101,1\n"
        found, said = stops(feed(tmp_path, {"calendar_dates": dates}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)
        assert "Typical weekday: 2024-01-02" in said

    def test_a_feed_of_dates_only(self, tmp_path):
        dates = "service_id,date,exception_type\nwk,20240103,1\nwk,20240104,1\nsa,20240106,1\n"
        found, _ = stops(feed(tmp_path, {"calendar": None, "calendar_dates": dates}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)
        assert found.loc["bus:s1", "per_hour_saturday"] == pytest.approx(1 / 14)

    def test_frequencies_are_spread_out(self, tmp_path):
        # t1 every 15 minutes from 7:00 until before 9:00: 8 runs. Its own 7:00 is only a pattern.
        # s1: 8 + 8:00 + 19:55 = 10 in 14 h; in the peak 8 + 1 = 9 in 2 h. s2: 7:10 ... 8:55, 8 runs, + 8:10 = 9.
        found, _ = stops(
            feed(
                tmp_path,
                {"frequencies": "trip_id,start_time,end_time,headway_secs\nt1,07:00:00,09:00:00,900\n"},
            )
        )
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(10 / 14)
        assert found.loc["bus:s1", "per_hour_peak"] == pytest.approx(9 / 2)
        assert found.loc["bus:s2", "per_hour_weekday"] == pytest.approx(9 / 14)

    def test_bad_frequencies_are_left_out(self, tmp_path):
        rows = "t1,07:00:00,09:00:00,0\nt9,07:00:00,09:00:00,900\nt1,09:00:00,07:00:00,900\n"
        found, said = stops(
            feed(tmp_path, {"frequencies": f"trip_id,start_time,end_time,headway_secs\n{rows}"})
        )
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)
        assert "3 rows of frequencies.txt" in said

    def test_blank_times_lie_evenly_between(self, tmp_path):
        times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,06:50:00,06:50:00,s1,1\nt1,,,s2,2\nt1,07:20:00,07:20:00,s3,3\n"
        found, said = stops(feed(tmp_path, {"stop_times": times}))
        # half-way between 6:50 and 7:20 is 7:05: in the peak, while 6:50 is before it
        assert found.loc["bus:s2", "per_hour_peak"] == 0.5
        assert found.loc["bus:s1", "per_hour_peak"] == 0.0
        assert "1 of 3 stop times are blank" in said

    def test_times_past_midnight_count_in_the_morning_after(self, tmp_path):
        times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,25:00:00,25:00:00,s1,1\nt1,31:00:00,31:00:00,s2,2\nt1,32:00:00,32:00:00,s3,3\n"
        found, _ = stops(feed(tmp_path, {"stop_times": times}))
        assert found.loc["bus:s1", "per_hour_weekday"] == 0
        assert found.loc["bus:s2", "per_hour_weekday"] == pytest.approx(1 / 14)

    def test_no_boarding_is_no_departure(self, tmp_path):
        times = "trip_id,departure_time,stop_id,stop_sequence,pickup_type\nt1,07:00:00,s1,1,0\nt1,07:10:00,s2,2,1\nt1,07:20:00,s3,3,\n"
        found, _ = stops(feed(tmp_path, {"stop_times": times}))
        assert found["per_hour_peak"].tolist() == [0.5, 0.0, 0.0]

    def test_sequences_may_jump_and_be_out_of_order(self, tmp_path):
        lines = TINY["stop_times"].strip().split("\n")
        jumped = [line[:-1] + str(int(line[-1]) * 10) for line in reversed(lines[1:])]
        found, _ = stops(feed(tmp_path, {"stop_times": "\n".join([lines[0], *jumped])}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)
        assert found.loc["bus:s3", "per_hour_weekday"] == 0

    def test_modes(self, tmp_path):
        routes = "route_id,route_short_name,route_type\nr,1,3\nm,M,1\nx,X,702\nf,F,1000\ng,G,99\na,A,1100\nb,B1,3\n"
        trips = TINY["trips"] + "m,wk,t5\nx,wk,t6\nf,wk,t7\ng,wk,t8\na,wk,t9\nb,wk,t10\n".replace("\n", "\n")
        times = TINY["stop_times"] + "".join(
            f"t{n},07:00:00,07:00:00,s1,1\nt{n},07:30:00,07:30:00,s2,2\n" for n in range(5, 11)
        )
        found, notes = from_gtfs(
            use(options={"brt_routes": ["B1"]}),
            feed(tmp_path, {"routes": routes, "trips": trips, "stop_times": times}),
            UTM48,
        )
        assert sorted(found[found["stop"] == "bus:s1"]["mode"]) == ["brt", "bus", "ferry", "metro"]
        bus = found[(found["stop"] == "bus:s1") & (found["mode"] == "bus")]
        # t1, t2, t6 (702) and t8 (unknown type, taken as a bus) in the peak: 4 / 2 h; the air route does not count
        assert bus["per_hour_peak"].tolist() == [2.0]
        assert "1 routes are of a type that is not known" in " ".join(map(str, notes))


STATION = {
    "routes": "route_id,route_type\nr,2\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "s1,Platform 1,11.55,104.90,0,P\ns2,Platform 2,11.5501,104.90,,P\ns3,Far,11.57,104.90,,\n"
    "P,Central,11.5500,104.9001,1,\nE1,North gate,11.5510,104.90,2,P\nE2,South gate,11.5490,104.90,2,P\n",
}


class TestStations:
    def test_platforms_are_one_station_with_its_entrances(self, tmp_path):
        found, _ = from_gtfs(use(), feed(tmp_path, STATION), UTM48)
        central = found[found["stop"] == "bus:P"]
        assert len(central) == 2  # two gates
        # s1: 3 departures, s2: 2 -> 5 / 14 for the station, at each of its gates
        assert central["per_hour_weekday"].tolist() == pytest.approx([5 / 14, 5 / 14])
        assert central["name"].tolist() == ["Central", "Central"]
        _, y = moved_xy(np.array([104.90, 104.90]), np.array([11.5510, 11.5490]), LONLAT, UTM48)
        assert sorted(central["y"]) == sorted(y)

    def test_buses_keep_their_poles(self, tmp_path):
        found, _ = from_gtfs(use(), feed(tmp_path, {"stops": STATION["stops"]}), UTM48)
        assert sorted(found["stop"]) == ["bus:s1", "bus:s2", "bus:s3"]

    def test_a_stop_at_zero_takes_the_place_of_its_station(self, tmp_path):
        text = STATION["stops"].replace("s1,Platform 1,11.55,104.90", "s1,Platform 1,0,0")
        found, said = stops(feed(tmp_path, {"stops": text}))
        x, _ = moved_xy(np.array([104.9001]), np.array([11.55]), LONLAT, UTM48)
        assert found.loc["bus:s1", "x"] == x[0]
        assert "1 stops without a position take that of their station" in said


class TestRepairs:
    def test_a_stop_at_zero_without_station_is_left_out(self, tmp_path):
        found, said = stops(
            feed(tmp_path, {"stops": TINY["stops"].replace("s1,One,11.55,104.90", "s1,One,0.0,0.0")})
        )
        assert list(found.index) == ["bus:s2", "bus:s3"]
        assert "1 served stops have no position" in said

    def test_a_stop_never_served_is_left_out(self, tmp_path):
        found, said = stops(feed(tmp_path, {"stops": TINY["stops"] + "s4,Four,11.58,104.9\n"}))
        assert "bus:s4" not in found.index
        assert "1 of 4 stops are never served" in said

    def test_without_calendar_stops_stay_and_rates_are_unknown(self, tmp_path):
        found, said = stops(feed(tmp_path, {"calendar": None}))
        assert len(found) == 3
        assert found["per_hour_weekday"].isna().all()
        assert "no calendar" in said

    def test_an_unknown_service_is_not_counted(self, tmp_path):
        found, said = stops(feed(tmp_path, {"trips": TINY["trips"].replace("r,wk,t3", "r,??,t3")}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(2 / 14)
        assert "1 of 3 services run on no day of any calendar: their 1 trips" in said

    def test_all_services_unknown(self, tmp_path):
        found, _ = stops(feed(tmp_path, {"trips": TINY["trips"].replace("wk", "x").replace("sa", "y")}))
        assert found["per_hour_weekday"].isna().all()

    def test_rows_that_point_nowhere(self, tmp_path):
        times = TINY["stop_times"] + "t99,07:00:00,07:00:00,s1,1\nt1,07:30:00,07:30:00,s99,4\n"
        found, said = stops(feed(tmp_path, {"stop_times": times, "trips": TINY["trips"] + "q,wk,t8\n"}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)
        assert "1 of 5 trips are of a route that is not listed" in said
        assert "stop times are of a trip that is not listed" in said
        assert "stop times are at a stop that is not listed" in said

    def test_doubled_stops_and_trips(self, tmp_path):
        found, said = stops(feed(tmp_path, {"stops": TINY["stops"] + "s1,Again,12.0,104.0\n"}))
        assert found.loc["bus:s1", "name"] == "One"
        assert "1 of 4 stops have no id or one that stands twice" in said

    def test_times_that_are_none(self, tmp_path):
        times = TINY["stop_times"].replace("07:00:00,07:00:00", "soon,soon")
        found, said = stops(feed(tmp_path, {"stop_times": times}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(2 / 14)
        assert "stop times are no times" in said

    def test_an_excerpt_is_noticed(self, tmp_path):
        _, said = stops(feed(tmp_path))
        assert (
            "nothing leaves any stop in 10 of the 14 hours" in said
            or "nothing leaves any stop in 11 of the 14 hours" in said
        )

    def test_a_calendar_until_2099(self, tmp_path):
        found, _ = stops(feed(tmp_path, {"calendar": TINY["calendar"].replace("20240131", "20991231")}))
        assert found.loc["bus:s1", "per_hour_weekday"] == pytest.approx(3 / 14)

    def test_bad_dates(self, tmp_path):
        found, _ = stops(feed(tmp_path, {"calendar": TINY["calendar"].replace("20240101", "2024-99")}))
        assert found["per_hour_weekday"].isna().all()


class TestBroken:
    @pytest.mark.parametrize("table", ["stops", "routes", "trips", "stop_times"])
    @pytest.mark.parametrize("how", ["absent", "empty", "header"])
    def test_a_table_that_must_be_there(self, tmp_path, table, how):
        text = {"absent": None, "empty": "", "header": TINY[table].split("\n")[0] + "\n"}[how]
        with pytest.raises(InputError, match=rf"{table}\.txt is missing or has no rows"):
            read_feed(feed(tmp_path, {table: text}))

    def test_every_missing_table_is_said_at_once(self, tmp_path):
        with pytest.raises(InputError) as error:
            read_feed(feed(tmp_path, {"stops": None, "stop_times": None}))
        assert len(error.value.faults) == 2

    def test_columns_that_must_be_there(self, tmp_path):
        with pytest.raises(InputError, match=r"trips\.txt has no column service_id"):
            read_feed(feed(tmp_path, {"trips": "route_id,trip_id\nr,t1\n"}))
        with pytest.raises(InputError, match="neither departure_time nor arrival_time"):
            read_feed(feed(tmp_path, {"stop_times": "trip_id,stop_id,stop_sequence\nt1,s1,1\n"}))

    def test_nothing_fits_together(self, tmp_path):
        with pytest.raises(InputError, match="no stop time belongs to a listed trip and stop"):
            read_feed(feed(tmp_path, {"trips": "route_id,service_id,trip_id\nr,wk,z\n"}))

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"stop_id,stop_name\n", b"\x00" * 500])
    def test_no_zip(self, tmp_path, content):
        path = tmp_path / "feed.zip"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"feed\.zip: "):
            read_feed(path)

    def test_a_truncated_zip(self, tmp_path):
        path = feed(tmp_path)
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(InputError, match="cannot be read as a GTFS feed"):
            read_feed(path)

    def test_no_file(self, tmp_path):
        with pytest.raises(InputError, match="there is no such file"):
            read_feed(tmp_path / "none.zip")

    def test_latin_1_and_words_for_numbers(self, tmp_path):
        path = tmp_path / "feed.zip"
        with zipfile.ZipFile(path, "w") as bundle:
            for table, text in TINY.items():
                bundle.writestr(f"{table}.txt", text.replace("One", "Três").encode("latin-1"))
        with pytest.raises(InputError, match="UTF-8"):
            read_feed(path)
        with pytest.raises(InputError, match="cannot be read as a GTFS feed"):
            read_feed(feed(tmp_path, {"stops": TINY["stops"].replace("11.55", "north")}))


class TestTimes:
    def test_seconds(self):
        given = pd.Series(["00:00:00", "7:05:09", " 25:00:00", "", None, "noon", "07:61:00", "07:05"])
        assert seconds(given)[[0, 1, 2, 7]].tolist() == [0.0, 25509.0, 90000.0, 25500.0]
        assert np.isnan(seconds(given)[3:7]).all()

    @pytest.mark.parametrize(
        ("text", "minutes"),
        [("15-20 minutes", 17.5), ("5-10 minutes", 7.5), ("every 10 min", 10), ("1 hour", 60), ("1-2 hours", 90), ("៥-១០ នាទី", 7.5), ("30", 30),
         ("Not found", np.nan), ("", np.nan), ("0 minutes", np.nan), ("7,5 min", 7.5), ("15 to 20 minutes", 17.5)],
    )  # fmt: skip
    def test_headways(self, text, minutes):
        assert headway_min(text) == pytest.approx(minutes, nan_ok=True)

    @pytest.mark.parametrize(
        ("text", "hours"),
        [("5:30 AM-20:30 PM", (5.5, 20.5)), ("6:00-22:00", (6, 22)), ("5 AM - 8:30 PM", (5, 20.5)), ("22:00-4:00", (22, 28)), ("all day", None),
         ("12:00 AM-12:00 PM", (0, 12)), ("", None)],
    )  # fmt: skip
    def test_hours_of_running(self, text, hours):
        assert running_hours(text) == hours

    def test_classes(self):
        given = np.array([10.1, 10.0, 4.0, 3.9, 0.0, np.nan])
        assert frequency_class(given).tolist() == ["high", "medium", "medium", "low", "low", "unknown"]


def lines(tmp_path, *rows):
    """Write lines with name, headway, hours and number of stops."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}
    body = [
        {
            "type": "Feature",
            "properties": dict(zip("nfhs", row[1:], strict=True)),
            "geometry": mapping(shapely.LineString(row[0])),
        }
        for row in rows
    ]
    path = tmp_path / "lines.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": body}))
    return path


COLUMNS_OF_LINES = {"name": "n", "headway": "f", "hours": "h", "stops": "s"}


class TestLines:
    X, Y = 490_000, 1_280_000

    def gathered(self, path, **words):
        given = use(format="lines", kind="bus", columns=COLUMNS_OF_LINES, **words)
        return gather_stops(
            [(given, path)], UTM48, shapely.box(self.X - 9000, self.Y - 9000, self.X + 9000, self.Y + 9000)
        )

    def test_stops_every_400_m(self, tmp_path):
        path = lines(
            tmp_path,
            (
                [(self.X, self.Y), (self.X + 2000, self.Y)],
                "1",
                "15-20 minutes",
                "5:30 AM-20:30 PM",
                "Not found",
            ),
        )
        found, notes = self.gathered(path)
        assert (found["x"] - self.X).round().tolist() == [0, 400, 800, 1200, 1600, 2000]
        assert found["estimated"].all()
        # 60 / 17.5 = 3.43 an hour, one way; 5:30-20:30 covers 6-20 h and the peak
        assert found["per_hour_weekday"].to_numpy() == pytest.approx(60 / 17.5)
        assert found["per_hour_sunday"].to_numpy() == pytest.approx(60 / 17.5)
        assert found["per_hour_peak"].to_numpy() == pytest.approx(60 / 17.5)
        assert "6 are assumed along them, on 0 lines by their published number, on 1 every 400 m" in " ".join(
            map(str, notes)
        )

    def test_the_published_number(self, tmp_path):
        path = lines(tmp_path, ([(self.X, self.Y), (self.X + 2000, self.Y)], "1", "10 min", "", "5"))
        assert (self.gathered(path)[0]["x"] - self.X).round().tolist() == [0, 500, 1000, 1500, 2000]

    def test_hours_that_do_not_fill_the_day(self, tmp_path):
        path = lines(
            tmp_path, ([(self.X, self.Y), (self.X + 400, self.Y)], "1", "10 minutes", "8:00-15:00", "")
        )
        found, _ = self.gathered(path)
        # 6 an hour in 7 of 14 hours -> 3; in the peak one hour of two -> 3
        assert found["per_hour_weekday"].tolist() == [3.0, 3.0]
        assert found["per_hour_peak"].tolist() == [3.0, 3.0]

    def test_what_cannot_be_read_is_unknown(self, tmp_path):
        path = lines(tmp_path, ([(self.X, self.Y), (self.X + 400, self.Y)], "13", "Not found", "", ""))
        found, notes = self.gathered(path)
        assert found["per_hour_weekday"].isna().all()
        assert "cannot be read for 1 of 1 lines: 13 ('Not found')" in " ".join(map(str, notes))

    def test_lines_on_one_street_share_their_stops(self, tmp_path):
        one = [(self.X, self.Y), (self.X + 2000, self.Y)]
        two = [(self.X + 150, self.Y + 10), (self.X + 1850, self.Y + 10)]
        path = lines(tmp_path, (one, "1", "10 minutes", "", ""), (two, "2", "20 minutes", "", ""))
        found, _ = self.gathered(path)
        # Line 1 stops at 0, 400 ... 2000; line 2 at those between 400 and 1600 and at its own ends, 150 and 1850.
        assert sorted((found["x"] - self.X).round()) == [0, 150, 400, 800, 1200, 1600, 1850, 2000]
        # 60 / 10 + 60 / 20 = 9 an hour where both pass; the ends of line 1 lie 150 m from line 2.
        assert found[found["name"] == "1, 2"]["per_hour_weekday"].tolist() == pytest.approx([9.0] * 6)
        assert found[found["name"] == "1"]["per_hour_weekday"].tolist() == pytest.approx([6.0] * 2)

    def test_out_and_back_on_one_street_is_one_row_of_stops(self, tmp_path):
        there = [(self.X, self.Y), (self.X + 800, self.Y), (self.X + 800, self.Y + 5), (self.X, self.Y + 5)]
        assert len(self.gathered(lines(tmp_path, (there, "1", "10 min", "", "")))[0]) == 3

    def test_far_stops_are_left_out(self, tmp_path):
        path = lines(tmp_path, ([(self.X, self.Y), (self.X + 40_000, self.Y)], "1", "10 min", "", ""))
        found, notes = self.gathered(path)
        assert found["x"].max() <= self.X + 14_000
        assert "lie more than 5 km outside the city" in " ".join(map(str, notes))

    @pytest.mark.parametrize(
        ("words", "message"),
        [({"kind": "buss"}, "Did you mean 'bus'"), ({"options": {"stop_spacing_m": 0}}, "is no distance"), ({"columns": {"name": "x"}}, "no such column")],
    )  # fmt: skip
    def test_wrong_words(self, tmp_path, words, message):
        path = lines(tmp_path, ([(self.X, self.Y), (self.X + 400, self.Y)], "1", "", "", ""))
        with pytest.raises(InputError, match=message):
            gather_stops([(use(**{"format": "lines", **words}), path)], UTM48, WORLD)


class TestParatransit:
    def streets(self):
        return Streets(
            node_x=np.array([0.0, 100.0, 220.0]), node_y=np.zeros(3), edge_u=np.array([0, 1], np.int32), edge_v=np.array([1, 2], np.int32),
            edge_m=np.array([100.0, 120.0]), edge_class=np.array([0, 1], np.int8), edge_walk=np.ones(2, bool), vertex_start=np.array([0, 2, 4]),
            vertex_x=np.array([0.0, 100.0, 100.0, 220.0]), vertex_y=np.zeros(4), component=np.zeros(3, np.int32), classes=("primary", "residential"),
        )  # fmt: skip

    def test_a_point_for_every_50_m(self):
        words = use(kind="paratransit", format="lines", options={"classes": ["primary"]})
        found, notes = on_streets(words, self.streets())
        # 100 m in two pieces of 50 m: their middles
        assert found["x"].tolist() == [25.0, 75.0]
        assert found["mode"].tolist() == ["paratransit"] * 2
        assert found["estimated"].all()
        assert found["per_hour_weekday"].isna().all()
        assert notes[0].kind == "doubt"

    def test_counted_vehicles(self):
        words = use(
            kind="paratransit",
            format="lines",
            options={"classes": ["primary", "residential"], "per_hour": 12},
        )
        found, _ = on_streets(words, self.streets())
        assert len(found) == 4
        assert (found["per_hour_peak"] == 12).all()

    def test_along_the_lines_of_a_file(self, tmp_path):
        x, y = 490_000, 1_280_000
        path = lines(
            tmp_path, ([(x, y), (x + 100, y)], "", "", "", ""), ([(x, y), (x, y + 30)], "", "", "", "")
        )
        words = use(kind="paratransit", format="lines", options={"stop_spacing_m": 50})
        found, notes = gather_stops([(words, path)], UTM48, WORLD)
        # 100 m in two pieces, 30 m in one
        assert sorted((found["x"] - x + found["y"] - y).round()) == [15, 25, 75]
        assert set(found["mode"]) == {"paratransit"}
        assert "0.1 km of lines of the file: 3 points" in str(notes[0])

    def test_wrong_classes_and_no_streets(self):
        words = use(kind="paratransit", format="lines", options={"classes": ["primery"]})
        with pytest.raises(InputError, match="Did you mean 'primary'"):
            on_streets(words, self.streets())
        with pytest.raises(InputError, match="the city has none"):
            on_streets(words, None)


def test_no_source_is_an_empty_layer():
    found, notes = gather_stops([], UTM48, WORLD)
    assert list(found.columns) == list(COLUMNS)
    assert found.empty
    assert notes == []


FEEDS = {
    "porto_alegre/poa_eptc.zip": 3986, "porto_alegre/poa_trensurb.zip": 24,
    "las_palmas/gtfs_es_las_palmas_de_gran_canaria_guaguas_20230222.zip": 792,
}  # fmt: skip


class TestRealFeeds:
    @pytest.mark.parametrize(("name", "count"), FEEDS.items())
    def test_stops_and_departures_agree_with_gtfs_kit(self, data_root, name, count):
        path = data_root / name
        feed, _ = read_feed(path)
        rates, notes = stop_rates(feed)
        assert rates["stop_id"].nunique() == count
        said = next(str(note) for note in notes if "Typical weekday" in str(note))
        day = date.fromisoformat(said.split("Typical weekday: ")[1][:10]).strftime("%Y%m%d")
        other = gtfs_kit.read_feed(path, dist_units="km")
        # Independent: the library's own choice of the trips of that day.
        trips = set(other.get_trips(day)["trip_id"])
        assert f"with {len(trips)} trips" in said
        times = other.stop_times[other.stop_times["trip_id"].isin(trips)].sort_values(
            ["trip_id", "stop_sequence"]
        )
        times = times[times["trip_id"].duplicated(keep="last")]  # the last stop of a trip is no departure
        if times["departure_time"].notna().all():
            clock = times["departure_time"].str.split(":", expand=True).astype(int) @ [3600, 60, 1] % 86_400
            expected = times[(clock >= 6 * 3600) & (clock < 20 * 3600)].groupby("stop_id").size() / 14
            ours = rates.set_index("stop_id")["per_hour_weekday"]
            assert np.allclose(ours, expected.reindex(ours.index, fill_value=0))
        else:
            # Most times are blank: every trip of this excerpt lies between 11 and 18 h, so all departures count.
            assert rates["per_hour_weekday"].sum() * 14 == pytest.approx(len(times))
            assert rates["per_hour_peak"].isna().all()

    def test_the_layer_of_porto_alegre(self, data_root):
        folder = data_root / "porto_alegre"
        uses = [(use(id="eptc"), folder / "poa_eptc.zip"), (use(id="rail"), folder / "poa_trensurb.zip")]
        found, _ = gather_stops(uses, "EPSG:32722", WORLD)
        assert found["mode"].value_counts().to_dict() == {"bus": 3986, "rail": 24}
        assert not found[["x", "y"]].isna().any().any()

    def test_bus_lines_of_phnom_penh(self, data_root):
        path = data_root / "phnom_penh_centre" / "bus_routes.geojson"
        words = use(
            format="lines",
            kind="bus",
            columns={"name": "name", "headway": "frequency", "hours": "operating1", "stops": "total_stop"},
        )
        centre = moved([shapely.box(104.88, 11.52, 104.95, 11.60)], LONLAT, UTM48)[0]
        found, notes = gather_stops([(words, path)], UTM48, centre)
        said = " ".join(map(str, notes))
        assert "17 lines" in said
        assert "on 0 lines by their published number" in said
        assert "1 of 17 lines: Line 13 ('Not found')" in said
        assert found["estimated"].all()
        assert 300 < len(found) < 600
