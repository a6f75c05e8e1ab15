"""Peers: which similar administration does better on what."""

from __future__ import annotations

from collections.abc import Sequence

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Number, Said
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import Facts, indicator_title, name, num
from citiesforall.report.policy_parts import known

PEERS = "kinds/peers"
LIKELY = 0.8
"""A peer does better from this chance on."""


def better(facts: Facts) -> list[Record]:
    """Return the pairs in which the peer likely does better, the surest first; one for each administration and challenge."""
    rows = [
        row
        for row in facts.records(PEERS)
        if known(row["chance_better"]) and float(row["chance_better"]) >= LIKELY and _helps(row)
    ]
    rows = sorted(
        rows,
        key=lambda row: (
            -float(row["chance_better"]),
            -abs(float(row["difference"])),
            str(row["member"]),
            str(row["peer"]),
        ),
    )
    found: dict[tuple[str, str], Record] = {}
    for row in rows:
        found.setdefault((str(row["member"]), str(row["challenge"])), row)
    return list(found.values())


def _helps(row: Record) -> bool:
    """Say whether a pair has both values of a declared indicator."""
    return str(row["indicator"]) in indicators() and known(row["own"]) and known(row["peer_value"])


def peers_of(facts: Facts, challenge: str, most: int) -> list[Record]:
    """Return pairs on one challenge: first those administrations in which it is most severe.

    Parameters
    ----------
    facts
        The tables.
    challenge
        Its id.
    most
        How many.
    """
    severity = {str(row["member"]): float(row["severity"]) for row in facts.of_challenge.get(challenge, ())}
    rows = [row for row in better(facts) if row["challenge"] == challenge]
    rows.sort(key=lambda row: (-severity.get(str(row["member"]), 0.0), str(row["member"])))
    found: list[Record] = []
    seen: set[str] = set()
    for row in rows:
        if str(row["peer"]) not in seen:
            seen.add(str(row["peer"]))
            found.append(row)
    return found[:most]


def peer_cells(facts: Facts, row: Record) -> Sequence[Said | Number | str]:
    """Return a pair as cells: who, which peer, on what, own value, the peer's, chance."""
    key = str(row["indicator"])
    unit = indicators()[key].unit
    return (
        name(facts, str(row["member"])),
        name(facts, str(row["peer"])),
        indicator_title(facts, key),
        num(facts, PEERS, row, "own", unit),
        num(facts, PEERS, row, "peer_value", unit),
        num(facts, PEERS, row, "chance_better", "chance"),
    )
