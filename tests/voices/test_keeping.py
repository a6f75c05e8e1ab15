"""Voices are kept once, coarse, and handled with a trail; the same in SQLite and in PostgreSQL."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError
from sqlalchemy import event, func, select
from sqlalchemy.exc import DatabaseError

from citiesforall.core.errors import InputError
from citiesforall.voices.database import BusyError, FullError, open_database
from citiesforall.voices.keeping import handle_voice, keep_voice, read_voice
from citiesforall.voices.records import HandlingIn, VoiceIn
from citiesforall.voices.tables import ACTS, VOICES


def voice(key="phone-0001", **more):
    """Return a voice."""
    return VoiceIn(
        **{
            "key": key,
            "category": "health",
            "text": "មណ្ឌលសុខភាពនៅឆ្ងាយពេក",
            "lat": 12.6412,
            "lon": 103.5321,
            "consent": "2026-1",
            **more,
        }
    )


def test_a_voice_is_kept_once_and_coarse(database):
    first, is_new = keep_voice(database, voice(), place="KH990101")
    again, is_newer = keep_voice(database, voice())
    assert (is_new, is_newer) == (True, False)
    assert first == again
    with database.connect() as connection:
        kept = read_voice(connection, first)
        assert connection.execute(select(func.count()).select_from(VOICES)).scalar() == 1
    assert kept["text"] == "មណ្ឌលសុខភាពនៅឆ្ងាយពេក"
    assert kept["status"] == "received"
    assert kept["place"] == "KH990101"
    assert 0 < abs(kept["lat"] - 12.6412) < 0.0014  # half of 300 m
    assert kept["lat"] != 12.6412


def test_the_same_voice_from_many_at_once_is_kept_once(database):
    with ThreadPoolExecutor(8) as many:
        told = list(many.map(lambda _: keep_voice(database, voice()), range(24)))
    assert len({reference for reference, _ in told}) == 1
    assert sum(is_new for _, is_new in told) == 1


def test_voices_of_many_at_once_are_all_kept(database):
    with ThreadPoolExecutor(8) as many:
        told = list(many.map(lambda n: keep_voice(database, voice(f"phone-{n:04d}"))[0], range(60)))
    assert len(set(told)) == 60
    with database.connect() as connection:
        assert connection.execute(select(func.count()).select_from(VOICES)).scalar() == 60


def test_an_answer_reaches_the_citizen_and_leaves_a_trail(database):
    reference, _ = keep_voice(database, voice())
    handle_voice(database, reference, HandlingIn(status="seen", office="Health office"), "sok")
    done = handle_voice(
        database, reference, HandlingIn(status="answered", answer="A nurse comes each Monday."), "sok"
    )
    assert (done["status"], done["office"], done["answer"]) == (
        "answered",
        "Health office",
        "A nurse comes each Monday.",
    )
    assert done["answered_at"] > done["kept_at"]
    with database.connect() as connection:
        acts = connection.execute(
            select(ACTS.c.who, ACTS.c.act, ACTS.c.on, ACTS.c.said).order_by(ACTS.c.number)
        ).all()
    assert [(who, act, on) for who, act, on, _ in acts] == [
        ("public", "voice_kept", reference), ("sok", "voice_handled", reference), ("sok", "voice_handled", reference),
    ]  # fmt: skip
    assert json.loads(acts[1][3])["status"] == "seen"
    assert not any("មណ្ឌល" in said for *_, said in acts)


def test_the_trail_is_only_added_to(database):
    keep_voice(database, voice())
    for change in (ACTS.update().values(who="other"), ACTS.delete()):
        with pytest.raises(DatabaseError, match="only added to"), database.begin() as connection:
            connection.execute(change)


@pytest.mark.parametrize(
    ("handling", "said"),
    [
        ({"status": "closed"}, "cannot follow 'received'"),
        ({"status": "answered"}, "needs an answer"),
        ({"status": "duplicate"}, "go together"),
        ({"duplicate_of": "AAAA-AAAA"}, "go together"),
        ({"status": "duplicate", "duplicate_of": "AAAA-AAAA"}, "is no other voice"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(database, handling, said):
    reference, _ = keep_voice(database, voice())
    with pytest.raises(InputError, match=said):
        handle_voice(database, reference, HandlingIn(**handling), "sok")
    with database.connect() as connection:
        assert read_voice(connection, reference)["status"] == "received"
        assert connection.execute(select(func.count()).select_from(ACTS)).scalar() == 1


def test_a_duplicate_names_the_first_and_not_another_duplicate(database):
    one, two, three = (keep_voice(database, voice(f"phone-000{n}"))[0] for n in range(3))
    assert (
        handle_voice(database, two, HandlingIn(status="duplicate", duplicate_of=one), "sok")["duplicate_of"]
        == one
    )
    with pytest.raises(InputError, match=f"repeats '{one}' itself"):
        handle_voice(database, three, HandlingIn(status="duplicate", duplicate_of=two), "sok")
    back = handle_voice(database, two, HandlingIn(status="received"), "sok")
    assert back["duplicate_of"] is None


def test_an_unknown_reference_is_said(database):
    with pytest.raises(InputError, match="no voice has this reference"):
        handle_voice(database, "XXXX-XXXX", HandlingIn(status="seen"), "sok")


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "weather"}, {"text": " "}, {"text": "x" * 2001}, {"lat": 95}, {"lon": float("nan")}, {"consent": "no"},
        {"key": "a b c d e f"}, {"key": "short"}, {"said_at": "yesterday"}, {"phone": "012 345 678"},
    ],
)  # fmt: skip
def test_what_is_not_a_voice_is_refused(wrong):
    with pytest.raises(ValidationError):
        voice(**wrong)


def test_a_locked_database_says_so_and_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("citiesforall.voices.database.WAIT_S", 0.1)
    engine = open_database(tmp_path / "voices.db")
    other = sqlite3.connect(tmp_path / "voices.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="Send it again in a moment"):
        keep_voice(engine, voice())
    other.execute("ROLLBACK")
    other.close()
    assert keep_voice(engine, voice())[1]
    engine.dispose()


def test_a_full_disk_says_so_and_keeps_what_was_kept(tmp_path):
    engine = open_database(tmp_path / "voices.db")
    first, _ = keep_voice(engine, voice())
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    event.listen(
        engine, "begin", lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 1}")
    )
    n = 1
    with pytest.raises(FullError, match="nothing was kept"):  # noqa: PT012 - how many fit first is the database's business
        for n in range(1, 200):
            keep_voice(engine, voice(f"phone-{n:05d}", text="x" * 2000))
    with engine.connect() as connection:
        assert read_voice(connection, first)["status"] == "received"
        assert connection.execute(select(func.count()).select_from(VOICES)).scalar() == n
    engine.dispose()


@pytest.mark.parametrize(
    "address", ["mysql://somebody:secret@nowhere/x", "postgresql://somebody:secret@127.0.0.1:1/x"]
)
def test_an_address_that_cannot_be_opened_is_said_without_its_password(address):
    with pytest.raises(InputError, match="cannot be opened") as said:
        open_database(address)
    assert "secret" not in str(said.value)
