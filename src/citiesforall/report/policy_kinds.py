"""Kinds of cities: which administrations are alike, and which of them does better on what."""

from __future__ import annotations

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Block, Heading, Paragraph, Row, Table
from citiesforall.report.charts import About, Point, heat_chart
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    Facts,
    count,
    first_of,
    head_of,
    heads,
    name,
    num,
    row_of,
    say,
    source,
    text_or,
    title,
    word,
)
from citiesforall.report.policy_maps import Atlas, kind_map
from citiesforall.report.policy_parts import known
from citiesforall.report.policy_peers import PEERS, better, peer_cells

KINDS, MEMBERS, PROFILE = "kinds/kinds", "kinds/member_kinds", "kinds/kind_profile"
BOUNDS = (-1.0, -0.35, 0.35, 1.0)
"""Inner bounds of the classes of how far a kind stands from the nation. [standard deviations]"""
STABLE = 0.75
"""A kind whose resamples are this alike is called stable (Hennig 2007)."""
PAIRS = 12
OF_EACH = 2
FEATURES = 10
EXAMPLES = 4


def kinds_chapter(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return the chapter."""
    rows = facts.records(KINDS)
    heading: list[Block] = [Heading(say(facts, "kinds.title"), 1, "kinds")]
    if not rows:
        return [*heading, Paragraph(say(facts, "kinds.none"), "lead")]
    stable = sum(known(row["stability"]) and float(row["stability"]) >= STABLE for row in rows)
    lead = say(
        facts, "kinds.lead",
        n=count(facts, len(rows), KINDS, "count of rows"),
        stable=count(facts, stable, KINDS, f"count of rows with stability from {STABLE}"),
    )  # fmt: skip
    return [
        *heading,
        Paragraph(lead, "lead"),
        _table(facts, rows),
        *_map(facts, atlas, rows),
        *_profile(facts, rows),
        *_pairs(facts),
    ]


def label_of(facts: Facts, row: Record) -> str:
    """Return what a kind is called: its code and, where it has one, its name."""
    own = row.get("name_km") if facts.lang == "km" else row.get("name")
    return f"{row['kind']} {own}" if isinstance(own, str) and own else str(row["kind"])


def feature_name(facts: Facts, feature: str) -> str:
    """Return the name of a feature: an indicator's title, a challenge's, or a word of the kinds."""
    if feature in indicators():
        return text_or(f"indicator.{feature}.title", feature, facts.lang)
    for key in (f"common.feature.{feature}", f"challenge.{feature}.title"):
        found = text_or(key, "", facts.lang)
        if found:
            return found
    return feature


def _of_kind(facts: Facts) -> dict[str, list[Record]]:
    """Return the administrations of each kind, those that belong to it most surely first."""
    found: dict[str, list[Record]] = {}
    rows = [row for row in facts.records(MEMBERS) if isinstance(row["kind"], str) and row["kind"]]
    for row in sorted(
        rows, key=lambda row: (-float(row["chance"]) if known(row["chance"]) else 0.0, str(row["member"]))
    ):
        found.setdefault(str(row["kind"]), []).append(row)
    return found


def _table(facts: Facts, rows: list[Record]) -> Table:
    """Return the kinds with their size, their stability and examples."""
    inside = _of_kind(facts)
    made = []
    for row in rows:
        examples = [name(facts, str(one["member"])) for one in inside.get(str(row["kind"]), ())[:EXAMPLES]]
        cells = (
            label_of(facts, row), num(facts, KINDS, row, "members", "exact"), num(facts, KINDS, row, "people", "thousand"),
            num(facts, KINDS, row, "stability", "score2"), num(facts, KINDS, row, "silhouette", "score2"),
            first_of(facts, examples, EXAMPLES),
        )  # fmt: skip
        made.append(row_of(cells))
    largest = max(rows, key=lambda row: float(row["members"]))
    heading = say(
        facts, "kinds.table", label=str(largest["kind"]), n=num(facts, KINDS, largest, "members", "exact")
    )
    columns = heads(
        facts,
        "kind:4.2",
        "members:>1.5",
        "people_thousand:>1.3",
        "stability:>1.1",
        "silhouette:>1.2",
        "examples:2.6",
    )
    return Table(heading, columns, tuple(made), source(facts, KINDS), word(facts, "kinds.note"), "kinds")


def _map(facts: Facts, atlas: Atlas | None, rows: list[Record]) -> list[Block]:
    """Return the map of kinds."""
    if atlas is None:
        return []
    order = {str(row["kind"]): at for at, row in enumerate(rows)}
    at = {
        str(one["member"]): order[kind]
        for kind, found in _of_kind(facts).items()
        for one in found
        if kind in order
    }
    heading = say(facts, "kinds.map")
    labels = [label_of(facts, row) for row in rows]
    alt = f"{heading.text} " + "; ".join(labels)
    about = About(heading, word(facts, "kinds.map_unit"), alt, source(facts, MEMBERS), "kinds_map")
    return [kind_map(atlas, facts.lang, at, labels, about, facts.names)]


def _profile(facts: Facts, rows: list[Record]) -> list[Block]:
    """Return how far each kind stands from the nation, feature by feature, those that tell kinds apart first."""
    profile = [row for row in facts.records(PROFILE) if known(row["z"])]
    if not profile:
        return []
    cells = {(str(row["kind"]), str(row["feature"])): row for row in profile}
    spread: dict[str, float] = {}
    for row in profile:
        feature = str(row["feature"])
        spread[feature] = max(spread.get(feature, 0.0), abs(float(row["z"])))
    features = sorted(spread, key=lambda one: (-spread[one], one))[:FEATURES]
    kinds = [row for row in rows if any((str(row["kind"]), one) in cells for one in features)]
    lines = [
        (
            feature_name(facts, one),
            [_point(facts, cells.get((str(row["kind"]), one)), str(row["kind"]), one) for row in kinds],
        )
        for one in features
    ]
    heading = say(facts, "kinds.profile", feature=feature_name(facts, features[0]))
    alt = f"{heading.text} " + "; ".join(
        f"{label}: {', '.join(point.value.text for point in points)}" for label, points in lines
    )
    about = About(heading, word(facts, "kinds.profile_unit"), alt, source(facts, PROFILE), "kind_profile")
    return [heat_chart(about, lines, [str(row["kind"]) for row in kinds], BOUNDS, "ratio", facts.lang)]


def _point(facts: Facts, row: Record | None, kind: str, feature: str) -> Point:
    """Return a cell of the profile."""
    return Point(num(facts, PROFILE, row or {"kind": kind, "feature": feature, "z": float("nan")}, "z", "z"))


def _pairs(facts: Facts) -> list[Block]:
    """Return whom to learn from: the surest pairs, no peer and no administration more than once for a challenge."""
    rows = better(facts)
    lead = {str(row["challenge"]): str(row["indicator"]) for row in reversed(rows)}
    rows = [row for row in rows if lead[str(row["challenge"])] == row["indicator"]]
    heading = Heading(say(facts, "peers.title"), 2, "peers")
    if not rows:
        return [heading, Paragraph(say(facts, "peers.none"))]
    made = []
    seen: dict[str, int] = {}
    for row in rows:
        if seen.get(str(row["challenge"]), 0) >= OF_EACH:
            continue
        seen[str(row["challenge"])] = seen.get(str(row["challenge"]), 0) + 1
        made.append((str(row["challenge"]), row))
    order = {str(row["challenge"]): at for at, row in enumerate(facts.judged)}
    made.sort(key=lambda pair: order.get(pair[0], len(order)))
    table: list[Row] = []
    last = ""
    for challenge, row in made[:PAIRS]:
        who, peer, measure, own, there, chance = peer_cells(facts, row)
        if challenge != last:
            last = challenge
            table.append(head_of(f"{title(facts, challenge)}: {measure}"))
        table.append(row_of((who, peer, own, there, chance)))
    columns = heads(facts, "where:2.4", "peer:2.4", "own:>1.6", "there:>1.6", "chance_better:>1.2")
    found = say(
        facts,
        "peers.finding",
        n=count(
            facts, len(rows), PEERS, "pairs with chance_better from 0.8, one for each member and challenge"
        ),
    )
    return [
        heading,
        Paragraph(say(facts, "peers.how")),
        Table(found, columns, tuple(table), source(facts, PEERS), word(facts, "peers.note"), "peers_table"),
    ]


def kind_names(facts: Facts) -> dict[str, str]:
    """Return the kind of each administration."""
    return {
        str(row["member"]): str(row["kind"]) for row in facts.records(MEMBERS) if isinstance(row["kind"], str)
    }
