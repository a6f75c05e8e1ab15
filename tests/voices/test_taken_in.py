"""Photos lose everything but their picture; files of voices are read whole or not at all; Open311 is said as its standard says it."""

import io
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from citiesforall.core.errors import InputError
from citiesforall.voices.accounts import NOBODY, make_account, may, session_of, sign_in, sign_out
from citiesforall.voices.csv_in import as_rows, read_voices
from citiesforall.voices.open311 import as_xml, faults_of, request_of, services
from citiesforall.voices.photo import clean_photo

GPS = 0x8825


def picture(kind="JPEG", size=(2000, 1000), orientation=6):
    """Return a photo with a place, a maker and a way it was held."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010F] = "Maker of phones"
    exif[0x0112] = orientation
    exif.get_ifd(GPS).update({1: "N", 2: (12.0, 38.0, 28.0), 3: "E", 4: (103.0, 31.0, 55.0)})
    out = io.BytesIO()
    image.save(out, kind, exif=exif, comment=b"my house") if kind == "JPEG" else image.save(
        out, kind, exif=exif
    )
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_keeps_its_picture_alone(kind):
    raw = picture(kind)
    assert b"Maker of phones" in raw
    made = clean_photo(raw)
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.format == "JPEG"
        assert dict(image.getexif()) == {}
        assert "comment" not in image.info
        assert (image.width, image.height) == (made.width, made.height) == (800, 1600)  # upright, smaller
        assert image.getpixel((400, 100))[2] > 150  # what was left is on top after a quarter turn
    assert b"Maker" not in made.content
    assert clean_photo(raw).sha256 == made.sha256


@pytest.mark.parametrize(
    "raw", [b"", b"GIF89a", b"<svg onload='x'/>", picture()[:2000], b"\xff\xd8\xff" + b"\0" * 50]
)
def test_a_broken_photo_is_said(raw):
    with pytest.raises(InputError, match="cannot be read"):
        clean_photo(raw)


def test_a_photo_that_is_too_large_is_said(monkeypatch):
    with pytest.raises(InputError, match="too many"):
        clean_photo(b"\xff" * 8_000_001)
    monkeypatch.setattr("citiesforall.voices.photo.MOST_PIXELS", 1000)
    with pytest.raises(InputError, match="too many pixels"):
        clean_photo(picture())


FILE = (
    "\ufeffreport_id,date,category,text_km,text_en,latitude,longitude,sex,consent\n"
    "V1,2025-01-07,economic,យើងរកចំណូលមិនគ្រប់,We earn too little.,12.64,103.53,female,yes\n"
    "V2,2025-01-08,Health,,The clinic is far.,,,male,YES\n"
    "V3,2025-01-09,food,អង្ករថ្លៃ,Rice is dear.,12.6,103.5,male,no\n"
)


def test_a_file_of_voices_is_read():
    voices, n_without = read_voices(FILE.encode(), "voices.csv")
    assert n_without == 1
    assert [(one.category, one.lang, one.text) for one in voices] == [
        ("economic", "km", "យើងរកចំណូលមិនគ្រប់"), ("health", "en", "The clinic is far."),
    ]  # fmt: skip
    assert voices[0].said_at == "2025-01-07T00:00:00Z"
    assert (voices[0].lat, voices[1].lat) == (12.64, None)
    again, _ = read_voices(FILE.encode(), "voices.csv")
    assert [one.key for one in again] == [one.key for one in voices]
    assert len({one.key for one in voices}) == 2


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"a,b\n1,2\n", 1),
        (b"\xff\xfe\x00", 1),
        (b"category,text,lat\nwether,Rain,1\nhealth,x,1\nfood,Rice is dear,north\n", 3),
    ],
)
def test_every_fault_of_a_file_is_said_at_once(content, lines):
    with pytest.raises(InputError) as said:
        read_voices(content, "voices.csv")
    assert len(said.value.faults) == lines
    assert all(fault.startswith("voices.csv") for fault in said.value.faults)


VOICE = {
    "id": "K7QD-3M9P", "category": "health", "text": "Far & <away>\x00", "lang": "en", "lat": 12.64, "lon": 103.53, "place": "A",
    "channel": "web", "said_at": "2026-01-01T08:00:00.123456Z", "kept_at": "2026-01-02T08:00:00.123456Z", "status": "seen",
    "office": None, "answer": None, "answered_at": None, "key": "secret-key",
}  # fmt: skip


def test_open311_says_a_voice_in_json_and_xml():
    said = request_of(VOICE, "en")
    assert said["status"] == "open"
    assert said["requested_datetime"] == "2026-01-01T08:00:00Z"
    assert (said["lat"], said["long"]) == (12.64, 103.53)
    assert "secret-key" not in str(said)
    tree = ET.fromstring(as_xml("service_requests", "request", [said]))
    assert tree.find("request/description").text == "Far & <away>"
    assert tree.find("request/service_request_id").text == "K7QD-3M9P"
    closed = request_of(
        VOICE | {"status": "answered", "answer": "Done", "answered_at": "2026-02-01T00:00:00.000000Z"}, "en"
    )
    assert (closed["status"], closed["status_notes"], closed["updated_datetime"]) == (
        "closed",
        "Done",
        "2026-02-01T00:00:00Z",
    )


def test_open311_lists_the_seven_dimensions_in_both_languages():
    assert [one["service_code"] for one in services("km")][:2] == ["economic", "food"]
    assert len(services("en")) == 7
    assert services("km")[2]["service_name"] != services("en")[2]["service_name"]
    assert faults_of(404, ["none"]) == [{"code": 404, "description": "none"}]


def test_voices_leave_without_keys_and_without_formulas():
    text = as_rows([VOICE | {"text": "=HYPERLINK(1)"}])
    assert "secret-key" not in text
    assert "'=HYPERLINK(1)" in text


def test_accounts_sign_in_and_out(database):
    make_account(database, "sok", "officer", "a long password", "admin")
    assert sign_in(database, "sok", "another password") is None
    assert sign_in(database, "nobody", "a long password") is None
    token, session = sign_in(database, "sok", "a long password")
    assert session_of(database, token) == session
    assert may(session, "officer")
    assert not may(session, "planner")
    assert session_of(database, "no token") == session_of(database, None) == NOBODY
    sign_out(database, token)
    assert session_of(database, token) == NOBODY
    token, _ = sign_in(database, "sok", "a long password")
    make_account(database, "sok", "planner", "a longer password", "admin")
    assert session_of(database, token) == NOBODY
    assert sign_in(database, "sok", "a longer password")[1].role == "planner"


def test_an_account_that_cannot_be_is_said_whole(database):
    with pytest.raises(InputError) as said:
        make_account(database, "public", "king", "short", "admin")
    assert len(said.value.faults) == 3
