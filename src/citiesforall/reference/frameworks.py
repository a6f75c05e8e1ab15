"""The page of the frameworks: every item in both languages, the indicators that answer it, the source that fills it."""

from __future__ import annotations

from citiesforall.core.framework import Framework, Item, answered_by, frameworks
from citiesforall.core.indicator import indicators
from citiesforall.core.units import units
from citiesforall.pipeline.frameworks import fillers
from citiesforall.reference.markdown import anchor, code, page, table
from citiesforall.reference.references import cited
from citiesforall.text import digits, say_key, word

REFERENCES = "references.md"
SAYS = (
    "What others ask a city to report, item by item: which indicators answer it, and which source must be there for a value. "
    "`cities indicators --framework NAME --city RUN` says the same of a finished run: what is measured, what is missing. "
    "An indicator names the items it answers by its tags `sdg`, `hs`, `umf` and `u4ssc`."
)
HEAD = ("Code", "English", "ខ្មែរ", "Unit", "Indicators", "Filled by")


def frameworks_page() -> str:
    """Return the page of all frameworks."""
    listed = table(
        ("Framework", "Items", "With an indicator", "Without"),
        [_summary(one) for one in frameworks().values()],
    )
    parts = [SAYS, listed]
    for one in frameworks().values():
        parts += _framework(one)
    return page("Frameworks · ក្របខ័ណ្ឌ", *parts)


def _summary(one: Framework) -> tuple[str, ...]:
    """Return one line of the summary."""
    answered = answered_by(one)
    without = [item for item, keys in answered.items() if not keys]
    return (
        f"[{one.title}](#{one.name}) ({code(one.name)})",
        str(len(one.items)),
        str(len(one.items) - len(without)),
        ", ".join(without) or "none",
    )


def _framework(one: Framework) -> list[str]:
    """Return the section of one framework."""
    answered = answered_by(one)
    parts = [
        f"{anchor(one.name)}\n## {one.title} ({code(one.name)})",
        digits(say_key(f"framework.{one.name}.title", "km"), "km"),
        f"{one.note} Source: {cited(one.said_by, REFERENCES)}.",
    ]
    for part, title in one.parts.items():
        khmer = digits(say_key(f"framework.{one.name}.part.{part}", "km"), "km")
        rows = [_row(one, item, answered[item.code]) for item in one.items.values() if item.part == part]
        parts += [f"### {part}: {title} · {khmer}", table(HEAD, rows)]
    return parts


def _row(one: Framework, item: Item, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return one item."""
    links = ", ".join(f"[{indicators()[key].title}](indicators/{key}.md)" for key in keys)
    unit = word("unit_short", item.unit, "en") if item.unit in units() else ""
    return (
        code(item.code),
        item.title,
        digits(say_key(f"framework.{one.name}.item.{item.code}", "km"), "km"),
        unit,
        links or f"none yet. {item.why}",
        fillers(item, keys, "en", held=False),
    )
