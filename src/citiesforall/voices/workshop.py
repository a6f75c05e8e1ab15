"""Workshops: opened by a facilitator, joined by delegates, ballots that replace each other, results, weights to adopt."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field
from sqlalchemy import Connection, Engine, delete, insert, select, update

from citiesforall.core.challenge import challenges
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.source import Frozen
from citiesforall.voices.agree import kendall_w, opinions, weights_of
from citiesforall.voices.database import now, writing
from citiesforall.voices.keeping import new_reference, note_act
from citiesforall.voices.records import CATEGORIES, Plain
from citiesforall.voices.tables import BALLOTS, DELEGATES, WORKSHOPS

GROUPS = (
    "council",
    "officers",
    "community",
    "women",
    "youth",
    "disability",
    "business",
    "civil_society",
    "partners",
)
"""Stakeholder groups; a delegate speaks for one."""
POINTS = 100
LEAST = 3
"""Delegates of a group below which what it thinks is not shown apart."""


class WorkshopIn(Frozen):
    """Hold what a facilitator opens: a title, the challenges on the table, the groups invited."""

    title: Annotated[Plain, Field(min_length=3, max_length=200)]
    challenges: Annotated[tuple[str, ...], Field(min_length=2, max_length=27)]
    groups: Annotated[tuple[str, ...], Field(min_length=1)] = GROUPS


class BallotIn(Frozen):
    """Hold a delegate's whole ballot: points that add up to 100, and scores from 1 to 5 where given."""

    points: dict[str, Annotated[int, Field(ge=0, le=POINTS)]]
    scores: dict[str, Annotated[int, Field(ge=1, le=5)]] = Field(default_factory=dict)


def open_workshop(engine: Engine, asked: WorkshopIn, who: str) -> str:
    """Open a workshop and return its code.

    Parameters
    ----------
    engine
        The database.
    asked
        What is on the table.
    who
        Account of the facilitator.

    Raises
    ------
    InputError
        Challenges or groups that are not known, or named twice.
    """
    known = challenges()
    faults = [
        f"challenge '{key}' is not known. {did_you_mean(key, known)}"
        for key in asked.challenges
        if key not in known
    ]
    faults += [
        f"group '{key}' is not known. {did_you_mean(key, GROUPS)}"
        for key in asked.groups
        if key not in GROUPS
    ]
    named = Counter([*asked.challenges, *asked.groups])
    faults += [f"'{key}' is named twice. Leave one out." for key, n in named.items() if n > 1]
    if faults:
        raise InputError(*(f"workshop: {fault}" for fault in faults))
    code = new_reference()
    with writing(engine) as connection:
        connection.execute(
            insert(WORKSHOPS).values(
                id=code, title=asked.title, challenges=json.dumps(asked.challenges), groups=json.dumps(asked.groups),
                opened_at=now(),
            )
        )  # fmt: skip
        note_act(connection, who, "workshop_opened", code, {})
    return code


def join(engine: Engine, code: str, group: str) -> str:
    """Let a delegate in and return the token that votes.

    Parameters
    ----------
    engine
        The database.
    code
        Of the workshop.
    group
        Whom the delegate speaks for.

    Raises
    ------
    InputError
        The workshop is not there or closed, or the group was not invited.
    """
    token = secrets.token_urlsafe(24)
    with writing(engine) as connection:
        workshop = _open_one(connection, code)
        invited = json.loads(workshop["groups"])
        if group not in invited:
            raise InputError(
                f"workshop {code}: group '{group}' is not invited. {did_you_mean(group, invited)}"
            )
        connection.execute(
            insert(DELEGATES).values(
                id=new_reference(), workshop=code, token_sha256=_sha(token), group=group, joined_at=now()
            )
        )
    return token


def vote(engine: Engine, token: str, ballot: BallotIn) -> None:
    """Take a delegate's ballot in the place of any earlier one.

    Parameters
    ----------
    engine
        The database.
    token
        From `join`.
    ballot
        The whole of it: sent twice, it counts once.

    Raises
    ------
    InputError
        The token is not known, the workshop closed, challenges not on the table, or points that do not add up to 100.
    """
    with writing(engine) as connection:
        delegate = (
            connection.execute(select(DELEGATES).where(DELEGATES.c.token_sha256 == _sha(token)))
            .mappings()
            .one_or_none()
        )
        if delegate is None:
            raise InputError("workshop: this delegate is not known. Join again with the code on the screen.")
        table = json.loads(_open_one(connection, delegate["workshop"])["challenges"])
        faults = [
            f"challenge '{key}' is not on the table. {did_you_mean(key, table)}"
            for key in sorted({*ballot.points, *ballot.scores} - set(table))
        ]
        total = sum(ballot.points.values())
        if total != POINTS:
            faults.append(
                f"points add up to {total}. They must add up to {POINTS}. Take some away or give more."
            )
        if faults:
            raise InputError(*(f"ballot: {fault}" for fault in faults))
        connection.execute(delete(BALLOTS).where(BALLOTS.c.delegate == delegate["id"]))
        at = now()
        connection.execute(
            insert(BALLOTS),
            [
                {
                    "delegate": delegate["id"],
                    "challenge": key,
                    "points": ballot.points.get(key, 0),
                    "score": ballot.scores.get(key),
                    "voted_at": at,
                }
                for key in table
            ],
        )


def close_workshop(engine: Engine, code: str, who: str) -> None:
    """Close a workshop: nobody joins or votes any more.

    Parameters
    ----------
    engine
        The database.
    code
        Of the workshop.
    who
        Account of the facilitator.

    Raises
    ------
    InputError
        It is not there, or closed already.
    """
    with writing(engine) as connection:
        _open_one(connection, code)
        connection.execute(update(WORKSHOPS).where(WORKSHOPS.c.id == code).values(closed_at=now()))
        note_act(connection, who, "workshop_closed", code, {})


def results(connection: Connection, code: str) -> dict[str, Any]:
    """Return what a workshop thinks so far.

    Parameters
    ----------
    connection
        An open transaction.
    code
        Of the workshop.

    Returns
    -------
    dict
        ``title``, ``is_open``, ``table`` and ``invited`` (challenges, groups), ``n_joined``, ``n_voted``, ``groups`` (voted, of
        each), ``agreement`` (Kendall's W), ``challenges`` (each with its opinion, the most points first), ``weights`` of the
        dimensions. What fewer than three delegates of a group think is not shown apart.

    Raises
    ------
    InputError
        There is no such workshop.
    """
    workshop = _one(connection, code)
    table: list[str] = json.loads(workshop["challenges"])
    who, points, scores = _ballots(connection, code, table)
    joined = connection.execute(select(DELEGATES.c.group).where(DELEGATES.c.workshop == code)).scalars().all()
    voted = Counter(who)
    said = {
        "workshop": code, "title": workshop["title"], "is_open": workshop["closed_at"] is None, "n_joined": len(joined),
        "table": table, "invited": json.loads(workshop["groups"]), "n_voted": len(who),
        "groups": dict(sorted(voted.items())), "agreement": None, "challenges": [], "weights": {},
    }  # fmt: skip
    if not who:
        return said
    of = [challenges()[key].dimension for key in table]
    rows: list[dict[str, Any]] = []
    for key, one in zip(table, opinions(points, scores, who), strict=True):
        by = {group: _known(value) for group, value in one.by_group.items() if voted[group] >= LEAST}
        rows.append(
            {"challenge": key, "median": one.median, "low": one.low, "high": one.high, "mean": one.mean,
             "score_median": _known(one.score_median), "by_group": by, "is_split": one.is_split and len(by) > 1}
        )  # fmt: skip
    rows.sort(key=lambda row: (-row["mean"], row["challenge"]))
    return said | {
        "agreement": _known(kendall_w(points)), "challenges": rows, "weights": weights_of(points, of, CATEGORIES),
    }  # fmt: skip


def weights_toml(said: Mapping[str, Any]) -> str:
    """Return the lines a city file adopts, with who agreed on them.

    Parameters
    ----------
    said
        From `results`, with ballots.
    """
    who = ", ".join(f"{n} {group.replace('_', ' ')}" for group, n in said["groups"].items())
    agreement = "" if said["agreement"] is None else f"; Kendall's W {said['agreement']:.2f}"
    title = " ".join(str(said["title"]).split())
    lines = ["[weights]", f"# {title} ({said['workshop']}): {said['n_voted']} delegates ({who}){agreement}."]
    return "\n".join([*lines, *(f"{key} = {value:g}" for key, value in said["weights"].items())]) + "\n"


def _ballots(connection: Connection, code: str, table: Sequence[str]) -> tuple[list[str], Any, Any]:
    """Return the group of each delegate who voted, points and scores. (D, K)"""
    rows = connection.execute(
        select(BALLOTS.c.delegate, DELEGATES.c.group, BALLOTS.c.challenge, BALLOTS.c.points, BALLOTS.c.score)
        .join(DELEGATES, DELEGATES.c.id == BALLOTS.c.delegate)
        .where(DELEGATES.c.workshop == code)
        .order_by(BALLOTS.c.delegate)
    ).all()
    groups = {row[0]: row[1] for row in rows}
    at = {delegate: number for number, delegate in enumerate(groups)}
    column = {key: number for number, key in enumerate(table)}
    points, scores = np.zeros((len(groups), len(table))), np.full((len(groups), len(table)), np.nan)
    for delegate, _, challenge, point, score in rows:
        points[at[delegate], column[challenge]] = point
        if score is not None:
            scores[at[delegate], column[challenge]] = score
    return list(groups.values()), points, scores


def _one(connection: Connection, code: str) -> Mapping[str, Any]:
    """Return a workshop."""
    row = connection.execute(select(WORKSHOPS).where(WORKSHOPS.c.id == code)).mappings().one_or_none()
    if row is None:
        raise InputError(f"workshop {code}: there is none with this code. Look whether it is copied right.")
    return dict(row)


def _open_one(connection: Connection, code: str) -> Mapping[str, Any]:
    """Return a workshop that is open."""
    workshop = _one(connection, code)
    if workshop["closed_at"] is not None:
        raise InputError(f"workshop {code}: it is closed. Ask the facilitator to open another.")
    return workshop


def _known(value: float) -> float | None:
    """Return a number, None where it is not known."""
    return None if math.isnan(value) else value


def _sha(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
