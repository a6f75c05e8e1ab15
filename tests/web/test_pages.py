"""The built pages as they are sent: packed once, kept for good by their name, nothing outside their folder."""

import gzip

import pytest
from fastapi.testclient import TestClient

from citiesforall.web.app import make_app

SCRIPT = b"export const a = 1;\n" * 200
NAME = "assets/live-DHEvLo6F.js"


@pytest.fixture
def client(house, tmp_path):
    """Return a client of a server with three files, one of them packed."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Map</title>", "utf-8")
    (folder / NAME).write_bytes(SCRIPT)
    (folder / f"{NAME}.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (folder / f"{NAME}.br").write_bytes(b"as brotli has it")
    (tmp_path / "secret.txt").write_text("no", "utf-8")
    with TestClient(make_app(house, folder)) as made:
        yield made


def test_a_packed_file_is_sent_as_the_browser_takes_it(client):
    plain = client.get(NAME, headers={"accept-encoding": "identity"})
    zipped = client.get(NAME, headers={"accept-encoding": "gzip, deflate"})
    with client.stream("GET", NAME, headers={"accept-encoding": "gzip, br"}) as smallest:
        raw = b"".join(smallest.iter_raw())
    assert plain.content == zipped.content == SCRIPT
    assert (zipped.headers["content-encoding"], smallest.headers["content-encoding"]) == ("gzip", "br")
    assert raw == b"as brotli has it"
    assert "content-encoding" not in plain.headers
    for answer in (plain, zipped, smallest):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "Accept-Encoding" in answer.headers["vary"]
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_page_is_asked_for_again_and_not_sent_twice(client):
    first = client.get("/")
    assert "Map" in first.text
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/index.html", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head("/").content == b""


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/nothing.html", f"/{NAME}.gz", "/assets", "/a%00b"]
)
def test_nothing_else_is_sent(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "no page" in answer.json()["faults"][0] or "Not Found" in answer.json()["faults"][0]


def test_pages_are_only_read(client):
    assert client.post("/index.html").status_code == 405
