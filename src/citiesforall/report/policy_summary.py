"""The executive summary: two pages, for whoever reads no further."""

from __future__ import annotations

from citiesforall.report.blocks import (
    Beside,
    Block,
    Break,
    Bullets,
    Callout,
    Heading,
    KeyFigure,
    KeyFigures,
    Number,
    Paragraph,
    Said,
    Table,
)
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    COMMON,
    Facts,
    count,
    declared,
    ends,
    heads,
    joined,
    listed,
    name,
    num,
    say,
    source,
    title,
    total,
    word,
)
from citiesforall.report.policy_maps import Atlas
from citiesforall.report.policy_money import costs, is_planned
from citiesforall.report.policy_parts import (
    CHALLENGE_HEADS,
    PRIORITIES,
    RANK_ENDS,
    challenge_row,
    how_sure,
    known,
    severity_map,
    worst_provinces,
)

SHOWN = 10
"""Challenges in the table of the first page."""
WHERE = 6
"""Challenges whose worst provinces are named."""
NAMED = 3


def summary_chapter(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return the chapter: a page of what is common and how sure, a page of where, at what cost, and what is not known.

    Parameters
    ----------
    facts
        The tables.
    atlas
        Ground of the maps.
    """
    sure = how_sure(facts)
    blocks: list[Block] = [
        Heading(say(facts, "summary.title"), 1, "summary"),
        Paragraph(headline(facts), "lead"),
        _figures(facts),
    ]
    if facts.judged:
        shown = facts.judged[:SHOWN]
        heading = say(
            facts, "summary.table" if len(shown) < len(facts.judged) else "summary.table_all",
            n=count(facts, len(shown), COMMON, "first rows by rank"),
            all=count(facts, len(facts.judged), COMMON, "count of rows with a rank"),
        )  # fmt: skip
        rows = tuple(challenge_row(facts, row) for row in shown)
        blocks.append(
            Table(
                heading,
                heads(facts, *CHALLENGE_HEADS),
                rows,
                source(facts, COMMON),
                word(facts, "common.note"),
                "summary_table",
            )
        )
    blocks += [sure] if sure else []
    return [*blocks, Break(), *_where(facts, atlas), *_cost(facts), _unknown(facts), *_questions(facts)]


def headline(facts: Facts) -> Said:
    """Return the first sentence of the summary: the challenge that comes first, and how many share it."""
    if not facts.judged:
        return say(facts, "summary.nothing")
    first = facts.judged[0]
    given: dict[str, Number | str] = {
        "title": title(facts, str(first["challenge"])),
        "with": num(facts, COMMON, first, "members_with", "exact"),
        "judged": num(facts, COMMON, first, "members_judged", "exact"),
    }
    if not known(first["people"]):
        return say(facts, "summary.lead_uncounted", **given)
    return say(facts, "summary.lead", people=num(facts, COMMON, first, "people", "people"), **given)


def _figures(facts: Facts) -> KeyFigures:
    """Return the figures of the first page."""
    rows = facts.members.values()
    people = sum(float(row["people"]) for row in rows if not row.get("part_of") and known(row["people"]))
    figures = [
        _figure(
            total(facts, people, "people", "members", "sum of people where part_of is empty"),
            word(facts, "figure.people"),
            _of_provinces(facts),
        ),
        _figure(
            count(facts, len(facts.members), "members", "count of rows"),
            word(facts, "figure.members"),
            _by_kind(facts),
        ),
        _figure(
            count(facts, len(facts.judged), COMMON, "count of rows with a rank"),
            word(facts, "figure.judged"),
            say(
                facts,
                "figure.of_all",
                all=count(facts, len(declared()), COMMON, "count of declared challenges"),
            ),
        ),
    ]
    if facts.judged:
        most = max(facts.judged, key=lambda row: (float(row["members_with"]), -float(row["rank"])))
        shared = num(facts, COMMON, most, "members_with", "exact")
        figures.append(
            _figure(
                shared,
                word(facts, "figure.shared"),
                say(facts, "figure.shared_note", title=title(facts, str(most["challenge"]))),
            )
        )
    return KeyFigures(tuple(figures))


def _figure(number: Number, label: str, note: Said) -> KeyFigure:
    """Return a figure with what it is."""
    return KeyFigure(Said(number.text, (number,)), label, note)


def _of_provinces(facts: Facts) -> Said:
    """Say in how many provinces the people live."""
    if not facts.provinces:
        return Said("")
    return say(
        facts,
        "figure.provinces",
        n=count(facts, len(facts.provinces), "places", "count of rows where level is province"),
    )


def _by_kind(facts: Facts) -> Said:
    """Say how many administrations are measured on their streets."""
    streets = sum(row["kind"] == "streets" for row in facts.members.values())
    return say(
        facts, "figure.streets", n=count(facts, streets, "members", "count of rows where kind is streets")
    )


def _where(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return where the nation should act: the worst provinces of the first challenges, and the map of the first."""
    if not facts.judged:
        return []
    first = str(facts.judged[0]["challenge"])
    items = [said for row in facts.judged[:WHERE] if (said := _worst(facts, row)).text]
    left = severity_map(
        facts, atlas, first, say(facts, "summary.map", title=title(facts, first)), "summary_map"
    )
    right: list[Block] = [Paragraph(say(facts, "summary.where_lead")), Bullets(tuple(items))] if items else []
    heading = Heading(say(facts, "summary.where"), 2, "summary_where")
    if left and right:
        return [heading, Beside(tuple(left), tuple(right), 0.48)]
    return [heading, *left, *right] if left or right else []


def _worst(facts: Facts, row: Record) -> Said:
    """Say where a challenge is most severe: in provinces, or in administrations where there are none."""
    challenge = str(row["challenge"])
    rows = worst_provinces(facts, challenge, NAMED)
    table = PRIORITIES
    if not rows:
        rows = list(facts.of_challenge.get(challenge, ())[:NAMED])
        table = "common/challenge_members"
    if not rows:
        return Said("")
    parts = []
    for one in rows:
        number = num(facts, table, one, "severity", "score")
        parts.append(
            Said(f"{name(facts, str(one.get('place', one.get('member'))))} {number.text}", (number,))
        )
    return say(
        facts,
        "summary.worst",
        title=title(facts, challenge),
        places=listed(facts, parts),
        ranks=ends(facts, COMMON, row, RANK_ENDS, "exact"),
    )


def _cost(facts: Facts) -> list[Block]:
    """Return what it would cost and change, as far as plans say."""
    heading = Heading(say(facts, "summary.cost"), 2, "summary_cost")
    if not is_planned(facts):
        return [heading, Paragraph(say(facts, "summary.no_cost"))]
    return [heading, *costs(facts)]


def _unknown(facts: Facts) -> Callout:
    """Return what is not known."""
    silent = len(declared()) - len(facts.judged)
    items = (
        [
            say(
                facts,
                "limits.silent",
                n=count(facts, silent, COMMON, "declared challenges less those with a rank"),
                all=count(facts, len(declared()), COMMON, "count of declared challenges"),
            )
        ]
        if silent
        else []
    )
    streets = sum(row["kind"] == "streets" for row in facts.members.values())
    if streets < len(facts.members):
        how = "count of rows where kind is registers"
        items.append(
            say(facts, "summary.registers", n=count(facts, len(facts.members) - streets, "members", how))
        )
    items.append(say(facts, "summary.no_voice"))
    return Callout(word(facts, "summary.unknown"), tuple(items), "limit")


def _questions(facts: Facts) -> list[Block]:
    """Return what the framework has to settle, from the gaps that were found."""
    if not facts.judged:
        return []
    items = [
        say(facts, "question.name", n=count(facts, len(facts.judged), COMMON, "count of rows with a rank"))
    ]
    for kind in ("mandate", "finance", "evidence", "capacity"):
        rows = facts.records("options/gaps", kind=kind)
        if rows:
            items.append(
                say(
                    facts,
                    f"question.{kind}",
                    n=count(facts, len(rows), "options/gaps", f"count of rows where kind is {kind}"),
                )
            )
    return [
        Callout(
            word(facts, "question.title"), (joined(items),) if len(items) == 1 else tuple(items), "decision"
        )
    ]
