"""Who may do what: accounts with a role and a password, sessions that end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.voices.database import now, writing
from citiesforall.voices.keeping import note_act
from citiesforall.voices.tables import ACCOUNTS, SESSIONS

ROLES = ("public", "officer", "planner", "administrator")
"""Each may do what those before it may."""
HOURS = 12
SHORTEST = 10
SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True)
class Session:
    """Hold who asks: the account, its role, and the word that must come with what it changes."""

    account: str
    role: str
    csrf: str


NOBODY = Session("public", "public", "")


def may(session: Session, role: str) -> bool:
    """Say whether somebody may do what a role may."""
    return ROLES.index(session.role) >= ROLES.index(role)


def make_account(engine: Engine, name: str, role: str, password: str, who: str) -> None:
    """Make an account, or give it another role and password; its sessions end.

    Parameters
    ----------
    engine
        The database.
    name, role, password
        Of the account.
    who
        The administrator.

    Raises
    ------
    InputError
        The role is not known, the password too short, the name empty.
    """
    faults = [] if role in ROLES[1:] else [f"role '{role}' is not known. {did_you_mean(role, ROLES[1:])}"]
    if len(password) < SHORTEST:
        faults.append(f"the password has fewer than {SHORTEST} signs. Choose a longer one.")
    if not name.strip() or name == "public":
        faults.append(f"name '{name}' cannot be taken. Choose another.")
    if faults:
        raise InputError(*(f"account {name}: {fault}" for fault in faults))
    row = {"role": role, "password": _hashed(password, secrets.token_bytes(16))}
    with writing(engine) as connection:
        if connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(**row)).rowcount == 0:
            connection.execute(insert(ACCOUNTS).values(name=name, **row))
        connection.execute(delete(SESSIONS).where(SESSIONS.c.account == name))
        note_act(connection, who, "account_made", name, {"role": role})


def has_accounts(engine: Engine) -> bool:
    """Say whether anybody has an account."""
    with engine.connect() as connection:
        return connection.execute(select(ACCOUNTS.c.name).limit(1)).first() is not None


def sign_in(engine: Engine, name: str, password: str) -> tuple[str, Session] | None:
    """Begin a session; None where name and password do not go together.

    Parameters
    ----------
    engine
        The database.
    name, password
        As typed.

    Returns
    -------
    tuple or None
        Token for a cookie, and the session. Working a password out takes as long for a name that is not there.
    """
    with engine.connect() as connection:
        row = connection.execute(
            select(ACCOUNTS.c.role, ACCOUNTS.c.password).where(ACCOUNTS.c.name == name)
        ).one_or_none()
    kept = row[1] if row is not None else _hashed("", b"0" * 16)
    salt = base64.b64decode(kept.partition("$")[0])
    is_right = hmac.compare_digest(kept, _hashed(password, salt))
    if row is None or not is_right:
        return None
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    ends = (datetime.now(UTC) + timedelta(hours=HOURS)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    with writing(engine) as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.ends_at < now()))
        connection.execute(
            insert(SESSIONS).values(token_sha256=_sha(token), account=name, csrf=csrf, ends_at=ends)
        )
        note_act(connection, name, "signed_in", name, {})
    return token, Session(name, row[0], csrf)


def session_of(engine: Engine, token: str | None) -> Session:
    """Return whose session a token is; nobody's where it is not known or has ended.

    Parameters
    ----------
    engine
        The database.
    token
        From a cookie.
    """
    if not token:
        return NOBODY
    asked = (
        select(SESSIONS.c.account, ACCOUNTS.c.role, SESSIONS.c.csrf)
        .join(ACCOUNTS, ACCOUNTS.c.name == SESSIONS.c.account)
        .where(SESSIONS.c.token_sha256 == _sha(token), SESSIONS.c.ends_at > now())
    )
    with engine.connect() as connection:
        row = connection.execute(asked).one_or_none()
    return NOBODY if row is None else Session(*row)


def sign_out(engine: Engine, token: str) -> None:
    """End a session.

    Parameters
    ----------
    engine
        The database.
    token
        From its cookie.
    """
    with writing(engine) as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.token_sha256 == _sha(token)))


def _hashed(password: str, salt: bytes) -> str:
    """Return what is kept of a password."""
    made = hashlib.scrypt(password.encode(), salt=salt, **SCRYPT)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(made).decode()}"


def _sha(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
