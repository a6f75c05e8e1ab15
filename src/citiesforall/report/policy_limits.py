"""The first chapter: what the document is made of, and what it cannot say."""

from __future__ import annotations

from dataclasses import replace

from citiesforall.report.blocks import Beside, Block, Bullets, Callout, Heading, Paragraph, Said
from citiesforall.report.policy_evidence import ALL
from citiesforall.report.policy_facts import (
    COMMON,
    HAS_VALUE,
    Facts,
    count,
    declared,
    first_of,
    say,
    title,
    total,
    word,
)
from citiesforall.report.policy_money import assumed
from citiesforall.report.profile_parts import year_of

WEAK = frozenset({"modelled", "assumed"})
NAMED = 4
"""Names given of many."""


def limits_chapter(facts: Facts, *, has_maps: bool) -> list[Block]:
    """Return the chapter.

    Parameters
    ----------
    facts
        The tables.
    has_maps
        Whether there is a ground for maps.
    """
    care = cautions(facts) + ([] if has_maps else [say(facts, "limits.no_maps")])
    return [
        Heading(say(facts, "limits.title"), 1, "limits"),
        Paragraph(say(facts, "limits.lead"), "lead"),
        Paragraph(made_of(facts)),
        Callout(word(facts, "limits.care"), tuple(care), "limit"),
        *_not_judged(facts),
    ]


def made_of(facts: Facts) -> Said:
    """Say what the document is made of."""
    members = facts.members.values()
    people = sum(
        float(row["people"]) for row in members if not row.get("part_of") and row["people"] == row["people"]
    )
    streets = sum(row["kind"] == "streets" for row in members)
    given = {
        "members": count(facts, len(facts.members), "members", "count of rows"),
        "people": total(facts, people, "people", "members", "sum of people where part_of is empty"),
        "streets": count(facts, streets, "members", "count of rows where kind is streets"),
        "registers": count(
            facts, len(facts.members) - streets, "members", "count of rows where kind is registers"
        ),
    }
    if facts.provinces:
        provinces = count(facts, len(facts.provinces), "places", "count of rows where level is province")
        return say(facts, "limits.made", provinces=provinces, **given)
    return say(facts, "limits.made_flat", **given)


def cautions(facts: Facts) -> list[Said]:
    """Return what a reader must keep in mind; only what holds of this nation."""
    said = [_invented(facts), _failed(facts), _weak(facts), _silent(facts), say(facts, "limits.severity")]
    said += [
        say(facts, "limits.overlap"),
        _groups(facts),
        _plans(facts),
        assumed(facts),
        _capacity(facts),
        _rounds(facts),
    ]
    said += [_years(facts), _borders(facts)]
    return [one for one in said if one.text]


def _invented(facts: Facts) -> Said:
    """Say how many administrations are invented."""
    invented = sum(bool(row["invented"]) for row in facts.members.values())
    if not invented:
        return Said("")
    if invented == len(facts.members):
        return say(facts, "limits.all_invented")
    how = "count of rows where invented"
    return say(
        facts,
        "limits.some_invented",
        n=count(facts, invented, "members", how),
        all=count(facts, len(facts.members), "members", "count of rows"),
    )


def _failed(facts: Facts) -> Said:
    """Name the city files that gave no results."""
    failed = facts.evidence.failed
    if not failed:
        return Said("")
    return say(
        facts,
        "limits.failed",
        n=count(facts, len(failed), "nation", "count of failed"),
        files=first_of(facts, sorted(failed), NAMED),
    )


def _weak(facts: Facts) -> Said:
    """Say how many judged challenges are known with low confidence."""
    low = sum(row.get("confidence") == "low" for row in facts.judged)
    if not low:
        return Said("")
    return say(
        facts, "limits.weak",
        n=count(facts, low, COMMON, "count of rows with a rank and confidence low"),
        all=count(facts, len(facts.judged), COMMON, "count of rows with a rank"),
    )  # fmt: skip


def _silent(facts: Facts) -> Said:
    """Say how many challenges nobody could judge."""
    silent = len(declared()) - len(facts.judged)
    if not silent:
        return Said("")
    return say(
        facts, "limits.silent",
        n=count(facts, silent, COMMON, "declared challenges less those with a rank"),
        all=count(facts, len(declared()), COMMON, "count of declared challenges"),
    )  # fmt: skip


def _groups(facts: Facts) -> Said:
    """Say that nobody tells groups of people apart in the whole nation."""
    table = facts.evidence.table("observations")
    if len(table):
        own = table[
            (table["place"] == facts.whole) & (table["group"] != ALL) & table["status"].isin(HAS_VALUE)
        ]
        if len(own):
            return Said("")
    return say(facts, "limits.groups")


def _plans(facts: Facts) -> Said:
    """Say how few plans the costs rest on."""
    rows = facts.records("options/options")
    plans = max(
        (float(row["plans_all"]) for row in rows if row["plans_all"] == row["plans_all"]), default=0.0
    )
    if not plans:
        return say(facts, "limits.no_plans")
    return say(
        facts, "limits.plans",
        plans=count(facts, plans, "options/options", "largest plans_all"),
        members=count(facts, len(facts.members), "members", "count of rows"),
    )  # fmt: skip


def _capacity(facts: Facts) -> Said:
    """Say that no administration has judged itself, where none has."""
    rows = facts.records("options/capacity")
    known = [row for row in rows if float(row["score"]) == float(row["score"])]
    return Said("") if known else say(facts, "limits.no_capacity")


def _rounds(facts: Facts) -> Said:
    """Say that there is one round only."""
    return Said("") if facts.evidence.nation.rounds else say(facts, "limits.one_round")


def _years(facts: Facts) -> Said:
    """Say from which years the sources are, and how many are models."""
    sources = facts.evidence.sources
    years = sorted(year for one in sources.values() if (year := year_of(one)))
    if not years:
        return Said("")
    weak = sum(one.get("grade") in WEAK for one in sources.values())
    return say(
        facts, "limits.years",
        all=count(facts, len(sources), "run", "count of sources of all cities"),
        weak=count(facts, weak, "run", "count of sources whose grade is modelled or assumed"),
        first=years[0], last=years[-1],
    )  # fmt: skip


def _borders(facts: Facts) -> Said:
    """Say how many administrations have no border."""
    places = facts.evidence.table("places")
    if "geometry" not in places:
        return Said("")
    bare = int((places["place"].isin(facts.members) & places["geometry"].isna()).sum())
    if not bare:
        return Said("")
    return say(
        facts, "limits.borders", n=count(facts, bare, "places", "count of administrations without geometry")
    )


def _not_judged(facts: Facts) -> list[Block]:
    """Return which challenges could not be judged."""
    judged = {str(row["challenge"]) for row in facts.judged}
    names = [title(facts, key) for key in declared() if key not in judged]
    if not names:
        return []
    said = Bullets(tuple(Said(one) for one in names))
    half = (len(names) + 1) // 2
    columns = Beside((replace(said, items=said.items[:half]),), (replace(said, items=said.items[half:]),))
    return [
        Paragraph(say(facts, "limits.open_note"), strong=say(facts, "limits.open").text),
        columns,
    ]
