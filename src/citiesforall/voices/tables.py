"""The tables of voices, workshops and scenarios, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    event,
)

META = MetaData()
TIME = String(27)
"""Times are texts in ISO 8601, UTC, with microseconds: they sort as they happened, in both databases."""

VOICES = Table(
    "voices", META,
    Column("id", String(9), primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("category", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("lang", String(2), nullable=False),
    Column("lat", Float), Column("lon", Float),
    Column("place", String(16)),
    Column("consent", String(16), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("said_at", TIME, nullable=False),
    Column("kept_at", TIME, nullable=False),
    Column("status", String(12), nullable=False),
    Column("office", String(200)),
    Column("answer", Text),
    Column("answered_at", TIME),
    Column("duplicate_of", String(9), ForeignKey("voices.id")),
    Column("is_shown", Integer, nullable=False, default=0),
    Index("voices_by_status", "status", "kept_at"),
    Index("voices_by_category", "category", "place"),
)  # fmt: skip
PHOTOS = Table(
    "photos", META,
    Column("voice", String(9), ForeignKey("voices.id"), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False), Column("height", Integer, nullable=False),
)  # fmt: skip
SOUNDS = Table(
    "sounds", META,
    Column("voice", String(9), ForeignKey("voices.id"), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("content", LargeBinary, nullable=False),
)  # fmt: skip
WORKSHOPS = Table(
    "workshops", META,
    Column("id", String(9), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("challenges", Text, nullable=False),
    Column("groups", Text, nullable=False),
    Column("opened_at", TIME, nullable=False),
    Column("closed_at", TIME),
)  # fmt: skip
DELEGATES = Table(
    "delegates", META,
    Column("id", String(9), primary_key=True),
    Column("workshop", String(9), ForeignKey("workshops.id"), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("group", String(40), nullable=False),
    Column("joined_at", TIME, nullable=False),
)  # fmt: skip
BALLOTS = Table(
    "ballots", META,
    Column("delegate", String(9), ForeignKey("delegates.id"), primary_key=True),
    Column("challenge", String(40), primary_key=True),
    Column("points", Integer, CheckConstraint("points between 0 and 100"), nullable=False),
    Column("score", Integer, CheckConstraint("score between 1 and 5")),
    Column("voted_at", TIME, nullable=False),
)  # fmt: skip
ACCOUNTS = Table(
    "accounts", META,
    Column("name", String(60), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password", String(200), nullable=False),
)  # fmt: skip
SESSIONS = Table(
    "sessions", META,
    Column("token_sha256", String(64), primary_key=True),
    Column("account", String(60), ForeignKey("accounts.name"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("ends_at", TIME, nullable=False),
)  # fmt: skip
SCENARIOS = Table(
    "scenarios", META,
    Column("id", String(9), primary_key=True),
    Column("city", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("changes", Text, nullable=False),
    Column("made_by", String(60), nullable=False),
    Column("made_at", TIME, nullable=False),
    Index("scenarios_by_city", "city", "made_at"),
)  # fmt: skip
ACTS = Table(
    "acts", META,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", TIME, nullable=False),
    Column("who", String(60), nullable=False),
    Column("act", String(40), nullable=False),
    Column("on", String(60), nullable=False),
    Column("said", Text, nullable=False),
)  # fmt: skip
"""Who did what to which record: only ever added to. No text of a citizen stands in it."""

for _word in ("UPDATE", "DELETE"):
    event.listen(
        ACTS,
        "after_create",
        DDL(  # type: ignore[no-untyped-call]  # the library has no types here
            f"CREATE TRIGGER acts_no_{_word.lower()} BEFORE {_word} ON acts "
            "BEGIN SELECT RAISE(ABORT, 'the trail of acts is only added to'); END"
        ).execute_if(dialect="sqlite"),
    )
event.listen(
    ACTS,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]  # as above
        "CREATE FUNCTION acts_stay() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the trail of acts is only added to'; END $$ "
        "LANGUAGE plpgsql; "
        "CREATE TRIGGER acts_no_change BEFORE UPDATE OR DELETE ON acts FOR EACH ROW EXECUTE FUNCTION acts_stay()"
    ).execute_if(dialect="postgresql"),
)
