"""Finding, checking and fetching source files; against a server on this machine that misbehaves on demand."""

from __future__ import annotations

import hashlib
import http.server
import io
import threading
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiesforall.core.city import City, CityPlace, SourceUse
from citiesforall.core.errors import InputError, MissingSourceError
from citiesforall.core.source import Source, catalogue
from citiesforall.gather import download as downloading
from citiesforall.gather.addresses import addresses_of
from citiesforall.gather.download import Patience, download
from citiesforall.gather.snapshot import fetch, fetch_city, find, find_all, folders_of, sha256_of, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES = bytes(range(256)) * 4096  # 1 MiB
SHA = hashlib.sha256(BYTES).hexdigest()
FAST = Patience(tries=4, wait_s=0.001, timeout_s=5)


def use(**words) -> SourceUse:
    base = {
        "id": "streets", "role": "streets", "file": "city.osm.pbf", "title": "Streets", "provider": "us", "url": "https://example.org/page",
        "licence": "ODbL-1.0", "citation": "us", "format": "osm_pbf", "vintage": "2025",
    }  # fmt: skip
    return SourceUse.model_validate(base | words)


def city(*uses: SourceUse, code: str = "KH0203") -> City:
    roles: dict[str, tuple[SourceUse, ...]] = {}
    for one in uses:
        roles[one.role] = (*roles.get(one.role, ()), one)
    return City(place=CityPlace(code=code, name="Town"), period="2025", sources=roles)


Answer = "Callable[[http.server.BaseHTTPRequestHandler, int], None]"


@contextmanager
def server(answer: Answer) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Run a server that answers every request by a function of the request and its number."""
    asked: list[dict[str, str]] = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            answer(self, len(asked))

        def log_message(self, *words):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}", asked
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def reply(request, code=200, body=b"", *, length=None, ranges=True, **headers) -> None:
    """Send one answer as an orderly server does, honouring Range where asked to."""
    start = 0
    asked = request.headers.get("Range")
    if code == 200 and ranges and asked:
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        code = 206
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
    request.send_response(code)
    request.send_header("Content-Length", str(len(body) - start if length is None else length))
    for name, value in {"ETag": '"one"', **headers}.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body[start:])


# ------------------------------------------------------------------------------------------------- finding and checking
def test_a_file_is_found_beside_the_city_file_in_its_data_folder_and_in_the_shared_one(tmp_path, monkeypatch):
    home, shared = tmp_path / "cities", tmp_path / "shared"
    for folder in (home / "data", home / "own", shared):
        folder.mkdir(parents=True)
    monkeypatch.setenv("CITIES_DATA", str(shared))
    town = City(place=CityPlace(code="KH0203", name="Town"), period="2025", data="own")
    folders = folders_of(home / "town.toml", town)
    assert folders == (home / "own", home, home / "data", shared)
    for number, folder in enumerate(reversed(folders)):
        (folder / "city.osm.pbf").write_bytes(bytes([number]))
        assert find(use(), folders) == folder / "city.osm.pbf"
    monkeypatch.delenv("CITIES_DATA")
    assert folders_of(home / "town.toml", town) == (home / "own", home, home / "data")


def test_a_missing_file_says_where_it_was_looked_for_and_how_to_get_it(tmp_path):
    with pytest.raises(MissingSourceError) as told:
        find(use(), (tmp_path / "one", tmp_path / "two"))
    line = str(told.value)
    assert line.startswith("sources.streets: streets: file 'city.osm.pbf' is not there; looked in ")
    assert str(tmp_path / "one") in line
    assert str(tmp_path / "two") in line
    assert "cities fetch" in line
    assert "https://example.org/page" in line
    assert "\n" not in line
    with pytest.raises(MissingSourceError, match="CITIES_DATA"):
        find(use(url=""), (tmp_path,))


def test_a_glob_may_name_tiles_but_not_where_one_file_is_wanted(tmp_path):
    for name in ("b_2.tif", "b_1.tif", "c.tif"):
        (tmp_path / name).write_bytes(b"x")
    tiles = use(id="pop", role="people", format="raster", file="b_*.tif")
    assert [path.name for path in find_all(tiles, (tmp_path,))] == ["b_1.tif", "b_2.tif"]
    with pytest.raises(InputError, match="names 2 files"):
        find(tiles, (tmp_path,))
    assert find(use(id="pop", role="people", format="raster", file="c*.tif"), (tmp_path,)).name == "c.tif"


def test_a_fingerprint_is_remembered_until_the_file_changes(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    # FIPS 180-2, example B.1
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    memo: dict[str, str] = {}
    assert sha256_of(file, memo) == known
    memo[next(iter(memo))] = "remembered"
    assert sha256_of(file, memo) == "remembered"
    file.write_bytes(b"abcd")
    assert sha256_of(file, memo) not in (known, "remembered")
    assert len(memo) == 2


def test_a_file_is_checked_against_what_its_source_states(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(BYTES)
    verify(file, use())
    verify(file, use(sha256=SHA))
    with pytest.raises(InputError, match=f"expected {'0' * 64}, got {SHA}"):
        verify(file, use(sha256="0" * 64))
    file.write_bytes(b"")
    with pytest.raises(InputError, match="empty"):
        verify(file, use())


# --------------------------------------------------------------------------------------------------------- one download
def test_a_file_is_fetched_once_with_progress_and_no_leavings(tmp_path):
    told = []
    with server(lambda request, _: reply(request, body=BYTES)) as (address, asked):
        where = f"{address}/city.osm.pbf"
        got = fetch(
            use(sha256=SHA),
            tmp_path / "new" / "a.pbf",
            lambda *seen: told.append(seen),
            address=where,
            patience=FAST,
        )
        assert got.read_bytes() == BYTES
        assert fetch(use(sha256=SHA), got, address=where) == got
    assert len(asked) == 1
    assert told[-1] == (len(BYTES), len(BYTES))
    assert [have for have, _ in told] == sorted(have for have, _ in told)
    assert [path.name for path in got.parent.iterdir()] == ["a.pbf"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, len(BYTES) - 1), min_size=1, max_size=3))
def test_wherever_the_connection_is_cut_the_bytes_are_right(tmp_path_factory, cuts):
    def answer(request, number):
        if number <= len(cuts):
            start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            request.send_response(206 if start else 200)
            request.send_header("ETag", '"one"')
            request.send_header("Content-Length", str(len(BYTES) - start))
            if start:
                request.send_header("Content-Range", f"bytes {start}-{len(BYTES) - 1}/{len(BYTES)}")
            request.end_headers()
            request.wfile.write(BYTES[start : max(start, cuts[number - 1])])
            request.close_connection = True
        else:
            reply(request, body=BYTES)

    target = tmp_path_factory.mktemp("cut") / "a"
    with server(answer) as (address, asked):
        download(f"{address}/a", target, sha256=SHA, patience=FAST)
    assert target.read_bytes() == BYTES
    assert asked[-1]["range"] == f"bytes={max(cuts)}-"
    assert asked[-1]["if-range"] == '"one"'


def test_a_cut_that_never_heals_keeps_what_came_and_the_next_run_goes_on(tmp_path):
    half = len(BYTES) // 2
    healed = threading.Event()

    def answer(request, number):
        if healed.is_set():
            return reply(request, body=BYTES)
        if number == 1:
            return reply(request, body=BYTES[:half], length=len(BYTES), ranges=False)
        request.close_connection = True
        return None

    with server(answer) as (address, asked):
        with pytest.raises(
            MissingSourceError, match=rf"4 times in a row. {half:,} bytes are kept as a.part; run again"
        ):
            download(f"{address}/a", tmp_path / "a", sha256=SHA, patience=FAST)
        assert not (tmp_path / "a").exists()
        healed.set()
        download(f"{address}/a", tmp_path / "a", sha256=SHA, patience=FAST)
    assert asked[-1]["range"] == f"bytes={half}-"
    assert (tmp_path / "a").read_bytes() == BYTES


def test_a_server_without_ranges_is_asked_from_the_start(tmp_path):
    def answer(request, number):
        reply(request, body=BYTES[:1000] if number == 1 else BYTES, length=len(BYTES), ranges=False)

    with server(answer) as (address, _):
        download(f"{address}/a", tmp_path / "a", sha256=SHA, patience=FAST)
    assert (tmp_path / "a").read_bytes() == BYTES


def test_a_file_that_changed_between_two_connections_is_taken_anew(tmp_path):
    def answer(request, number):
        if number == 1:
            reply(request, body=b"old" * 1000, length=9000, ranges=False, ETag='"old"')
        else:  # If-Range does not hold any more, so the whole of the new edition is sent
            assert request.headers["If-Range"] == '"old"'
            reply(request, body=BYTES, ranges=False, ETag='"new"')

    with server(answer) as (address, _):
        download(f"{address}/a", tmp_path / "a", patience=FAST)
    assert (tmp_path / "a").read_bytes() == BYTES


def test_a_server_that_names_no_edition_is_never_resumed(tmp_path):
    def answer(request, number):
        assert "Range" not in request.headers
        request.send_response(200)
        request.send_header("Content-Length", str(len(BYTES)))
        request.end_headers()
        request.wfile.write(BYTES[:5000] if number == 1 else BYTES)
        request.close_connection = True

    with server(answer) as (address, _):
        download(f"{address}/a", tmp_path / "a", patience=FAST)
    assert (tmp_path / "a").read_bytes() == BYTES


def test_a_part_longer_than_the_file_is_thrown_away(tmp_path):
    (tmp_path / "a.part").write_bytes(b"x" * (len(BYTES) + 10))
    (tmp_path / "a.part.mark").write_text('"zero"')

    def answer(request, number):
        if number == 1:
            reply(request, 416)
        else:
            reply(request, body=BYTES)

    with server(answer) as (address, _):
        download(f"{address}/a", tmp_path / "a", sha256=SHA, patience=FAST)
    assert (tmp_path / "a").read_bytes() == BYTES


def test_a_wrong_fingerprint_says_what_was_expected_what_came_and_what_was_done(tmp_path):
    (tmp_path / "a").write_bytes(b"what was there before")
    with (
        server(lambda request, _: reply(request, body=BYTES)) as (address, _),
        pytest.raises(InputError, match=f"sha256 expected {'0' * 64}, got {SHA}. It was removed."),
    ):
        fetch(use(sha256="0" * 64), tmp_path / "a", address=f"{address}/a", patience=FAST)
    assert (tmp_path / "a").read_bytes() == b"what was there before"
    assert not (tmp_path / "a.part").exists()


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_an_answer_that_will_not_change_is_asked_for_once(tmp_path, code):
    with server(lambda request, _: reply(request, code)) as (address, asked):
        with pytest.raises(MissingSourceError, match=f"the server answered {code} "):
            download(f"{address}/a", tmp_path / "a", patience=FAST)
        assert len(asked) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_an_answer_that_passes_is_waited_for(tmp_path, code):
    with server(
        lambda request, number: reply(request, code) if number < 3 else reply(request, body=BYTES)
    ) as (address, asked):
        download(f"{address}/a", tmp_path / "a", sha256=SHA, patience=FAST)
    assert len(asked) == 3


def test_a_server_that_stays_broken_is_given_up(tmp_path):
    with (
        server(lambda request, _: reply(request, 500)) as (address, asked),
        pytest.raises(
            MissingSourceError,
            match=r"answered 500 Internal Server Error, 4 times in a row. Run again later.",
        ),
    ):
        download(f"{address}/a", tmp_path / "a", patience=FAST)
    assert len(asked) == 4


def test_a_redirect_is_followed(tmp_path):
    def answer(request, _):
        if request.path == "/a":
            reply(request, 302, Location="/b")
        else:
            reply(request, body=BYTES)

    with server(answer) as (address, asked):
        download(f"{address}/a", tmp_path / "a", sha256=SHA, patience=FAST)
    assert [one["path"] for one in asked] == ["/a", "/b"]


def test_an_empty_answer_is_no_file(tmp_path):
    with (
        server(lambda request, _: reply(request)) as (address, _),
        pytest.raises(InputError, match="sent an empty file"),
    ):
        download(f"{address}/a", tmp_path / "a", patience=FAST)
    assert not (tmp_path / "a").exists()


def test_a_login_page_is_no_file(tmp_path):
    page = {"Content_Type": "text/html; charset=utf-8"}
    with (
        server(lambda request, _: reply(request, body=b"<html>", **page)) as (address, _),
        pytest.raises(MissingSourceError, match="sent a web page, not a file"),
    ):
        download(f"{address}/a.tif", tmp_path / "a.tif", patience=FAST)


def test_nobody_there(tmp_path):
    with server(lambda request, _: reply(request)) as (address, _):
        pass
    with pytest.raises(MissingSourceError, match=r"cannot be reached .*, 4 times in a row"):
        download(f"{address}/a", tmp_path / "a", patience=FAST)
    with pytest.raises(MissingSourceError, match="is no web address"):
        download("file:///etc/hostname", tmp_path / "a", patience=FAST)


def test_a_connection_that_is_not_safe_is_said_plainly(tmp_path):
    with (
        server(lambda request, _: reply(request)) as (address, _),
        pytest.raises(MissingSourceError, match="no safe connection"),
    ):
        download(address.replace("http:", "https:"), tmp_path / "a", patience=FAST)


def test_a_full_disk_is_said_before_and_while_writing(tmp_path, monkeypatch):
    with server(lambda request, _: reply(request, body=BYTES)) as (address, _):
        with monkeypatch.context() as patched:
            patched.setattr(
                downloading.shutil, "disk_usage", lambda _: downloading.shutil._ntuple_diskusage(10, 9, 1)
            )
            with pytest.raises(
                MissingSourceError, match=r"1,048,576 bytes are to come but .* has room for 1"
            ):
                download(f"{address}/a", tmp_path / "a", patience=FAST)
        with monkeypatch.context() as patched:
            patched.setattr(
                downloading,
                "_copy",
                lambda *_: (_ for _ in ()).throw(downloading._no_room(OSError(28, "no space"), "a.part")),
            )
            with pytest.raises(MissingSourceError, match=r"a.part: the disk is full"):
                download(f"{address}/a", tmp_path / "a", patience=FAST)


# ------------------------------------------------------------------------------------------------------- ZIPs and cities
def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        for name, body in files.items():
            held.writestr(name.replace("__", "."), body)
    return out.getvalue()


def test_a_tile_is_taken_out_of_its_zip(tmp_path):
    body = zipped(pop__tif=BYTES, pop__pdf=b"notes")
    raster = use(id="pop", role="people", format="raster", file="pop.tif", sha256=SHA)
    with server(lambda request, _: reply(request, body=body)) as (address, asked):
        got = fetch(raster, tmp_path / "pop.tif", address=f"{address}/tile.zip", patience=FAST)
        assert got.read_bytes() == BYTES
        assert fetch(raster, got, address=f"{address}/tile.zip") == got
        assert len(asked) == 1
        with pytest.raises(InputError, match=f"expected {'1' * 64}"):
            fetch(
                raster.model_copy(update={"sha256": "1" * 64}),
                tmp_path / "other.tif",
                address=f"{address}/tile.zip",
                patience=FAST,
            )
        assert not (tmp_path / "other.tif").exists()


def test_a_zip_without_the_file_or_damaged_is_said(tmp_path):
    two = zipped(a__tif=b"1", b__tif=b"2")
    with server(lambda request, _: reply(request, body=two if request.path == "/two.zip" else two[:40])) as (
        address,
        _,
    ):
        raster = use(id="pop", role="people", format="raster", file="pop.tif")
        with pytest.raises(InputError, match=r"2 of its files could be pop.tif. It holds: a.tif, b.tif"):
            fetch(raster, tmp_path / "pop.tif", address=f"{address}/two.zip", patience=FAST)
        with pytest.raises(InputError, match="damaged"):
            fetch(raster, tmp_path / "pop.tif", address=f"{address}/bad.zip", patience=FAST)
        assert not (tmp_path / "bad.zip").exists()


def known(template: str | None) -> dict[str, Source]:
    return {
        "streets": Source(
            title="Streets",
            provider="us",
            url="https://example.org",
            licence="ODbL-1.0",
            citation="us",
            role="streets",
            format="osm_pbf",
            download=template,
        )
    }


def test_addresses_are_filled_from_the_city():
    template = "https://example.org/{iso3}/{iso3_small}_{vintage}_{tile}.tif"
    assert addresses_of(use(options={"tile": ["a", "b"]}), "KH", known(template)) == (
        "https://example.org/KHM/khm_2025_a.tif",
        "https://example.org/KHM/khm_2025_b.tif",
    )
    with pytest.raises(InputError, match="its address needs iso3, iso3_small, tile"):
        addresses_of(use(), "BR", known(template))
    assert addresses_of(use(), "KH", known(None)) == ()
    assert addresses_of(use(options={"download": "https://own.org/x"}), "KH", known(template)) == (
        "https://own.org/x",
    )


def test_a_city_is_fetched_with_all_faults_together(tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    (here / "there.csv").write_bytes(b"a,b\n1,2\n")
    with server(
        lambda request, _: reply(request, body=BYTES) if request.path.endswith("pbf") else reply(request, 404)
    ) as (address, _):
        good = use(options={"download": f"{address}/x.pbf"}, sha256=SHA)
        on_disk = use(id="census", role="totals", format="table", file="there.csv")
        gone = use(
            id="pop",
            role="people",
            format="raster",
            file="pop.tif",
            options={"download": f"{address}/pop.tif"},
        )
        hand = use(id="pm", role="pm25", format="raster", file="pm.tif")
        wrong = use(id="flood", role="flood", format="raster", file="there.csv", sha256="2" * 64)
        with pytest.raises(MissingSourceError) as told:
            fetch_city(
                city(good, on_disk, gone, hand, wrong),
                tmp_path / "data",
                city_file=here / "town.toml",
                patience=FAST,
            )
        assert len(told.value.faults) == 3
        assert [
            word in str(told.value) for word in ("404", "by hand", "is not the file the source states")
        ] == [True] * 3
        seen = []
        got = fetch_city(
            city(good, on_disk),
            tmp_path / "data",
            city_file=here / "town.toml",
            progress=lambda *told: seen.append(told),
            patience=FAST,
        )
        assert [path.name for path in got] == ["city.osm.pbf", "there.csv"]
        assert seen == []  # fetched by the first run already
        assert fetch_city(
            city(good), tmp_path / "fresh", progress=lambda *told: seen.append(told), patience=FAST
        )
        assert seen[-1] == ("streets", len(BYTES), len(BYTES))


def test_tiles_of_a_glob_are_fetched_each(tmp_path):
    tiles = use(id="pop", role="people", format="raster", file="pop_*.tif", options={"tile": ["1", "2"]})
    with server(lambda request, _: reply(request, body=request.path.encode())) as (address, _):
        raster = {"pop": known(f"{address}/pop_{{tile}}.tif")["streets"]}
        got = fetch_city(city(tiles), tmp_path, known=raster, patience=FAST)
    assert [(path.name, path.read_bytes()) for path in got] == [
        ("pop_1.tif", b"/pop_1.tif"),
        ("pop_2.tif", b"/pop_2.tif"),
    ]


def test_tiles_in_zips_are_unpacked_under_their_own_names(tmp_path):
    tiles = use(
        id="pop", role="people", format="raster", file="pop_*.tif", options={"tile": ["1", "2"]}, sha256=SHA
    )
    with server(lambda request, _: reply(request, body=zipped(inner__tif=request.path.encode()))) as (
        address,
        _,
    ):
        raster = {"pop": known(f"{address}/pop_{{tile}}.zip")["streets"]}
        got = fetch_city(city(tiles), tmp_path, known=raster, patience=FAST)
        assert fetch_city(city(tiles), tmp_path, known={}, patience=FAST) == got
    assert [(path.name, path.read_bytes()) for path in got] == [
        ("pop_1.tif", b"/pop_1.zip"),
        ("pop_2.tif", b"/pop_2.zip"),
    ]


def test_fetching_never_writes_outside_its_folder(tmp_path):
    out = use(file="../out.pbf", options={"download": "http://127.0.0.1:9/x"})
    with pytest.raises(MissingSourceError, match="by hand"):
        fetch_city(city(out), tmp_path / "in", patience=FAST)


def test_every_address_of_the_catalogue_can_be_filled():
    words = {"tile": "R8_C29", "region": "asia/cambodia", "return_period": "100", "sex": "f", "age": "0"}
    for key, source in catalogue().items():
        if source.download is not None:
            one = use(
                id=key,
                role=source.role,
                format=source.format,
                file="x",
                vintage=source.vintage,
                options=words,
            )
            (address,) = addresses_of(one, "KH")
            assert address.startswith("https://")
            assert "{" not in address
