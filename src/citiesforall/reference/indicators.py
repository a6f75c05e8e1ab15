"""Pages of the indicators: an index by dimension, and one page each in English and Khmer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from citiesforall.core.group import groups
from citiesforall.core.indicator import DIMENSIONS, Indicator, indicators
from citiesforall.core.units import unit
from citiesforall.measure.method import METHODS, Method
from citiesforall.reference.docstring import docstring, entries, prose
from citiesforall.reference.markdown import bullets, code, page, table
from citiesforall.reference.references import cited
from citiesforall.text import digits, registry, say_key, word

#: Field of an indicator -> the framework its code belongs to.
FRAMEWORKS: Mapping[str, str] = {
    "sdg": "SDG indicator",
    "umf": "UN-Habitat Global Urban Monitoring Framework",
    "u4ssc": "United for Smart Sustainable Cities (ITU-T Y.4903)",
    "hs": "Human security profile",
    "related": "Near to, but not the same as, SDG indicator",
}
HOW_ADDED = {
    "cell": "summed over the grid cells of the place; both sums add up, so a city's value is made of its units' sums.",
    "total": "summed over the grid cells of the place; a city's value is the sum of its units'.",
    "row": "worked out for each place on its own; a city's value is not a sum or mean of its units'.",
}
INTERVAL_SAYS = (
    "Interval: the 2.5 and 97.5 percentiles of draws in which people and facilities err as their sources state "
    "([sources](../sources.md)); empty where no source that is read states an error."
)
SURVEY_INTERVAL_SAYS = (
    "Interval: design-based, from the strata, clusters and weights of the survey; with fewer than 30 answers the value is "
    "withheld."
)
AMOUNTS = re.compile(r"num = (?P<num>.+?), den = (?P<den>.+?)(?:;|\.|$)")
INDEX_SAYS = (
    "Each page gives the meaning in English and Khmer, the unit, what scores 0 and 100, the method and its limits. "
    "An indicator is ten lines in `data/indicators/`; its Khmer text is in `locale/km.po`."
)
VERSION_SAYS = (
    "(method, options and unit). The version rises when the definition changes; values of different versions are not "
    "compared."
)
REFERENCES = "../references.md"


def indicator_pages() -> dict[str, str]:
    """Return the index and the page of every indicator, by path in the reference."""
    pages = {"indicators.md": _index()}
    return pages | {f"indicators/{one.id}.md": _page(one) for one in indicators().values()}


def _index() -> str:
    """Return the table of all indicators by dimension."""
    parts = [f"{len(indicators())} indicators. {INDEX_SAYS}"]
    for dimension in DIMENSIONS:
        inside = [one for one in indicators().values() if one.dimension == dimension]
        if inside:
            parts += [
                f"## {word('dimension', dimension, 'en')} · {word('dimension', dimension, 'km')}",
                table(("Indicator", "សូចនាករ", "Unit", "Good is", "SDG"), [_index_row(one) for one in inside]),
            ]
    return page("Indicators · សូចនាករ", *parts)


def _index_row(one: Indicator) -> tuple[str, ...]:
    """Return one line of the index."""
    return (
        f"[{one.title}](indicators/{one.id}.md)",
        digits(say_key(f"indicator.{one.id}.title", "km"), "km"),
        word("unit_short", one.unit, "en"),
        {"context": ""}.get(one.better, one.better),
        ", ".join(one.sdg),
    )


def _page(one: Indicator) -> str:
    """Return the page of one indicator."""
    return page(
        one.title,
        one.meaning,
        table(("", ""), _facts(one, "en")),
        "## How it is measured",
        *_method(one, METHODS[one.method]),
        *_codes(one),
        *_references(one),
        "## Version",
        f"Version {one.version}, fingerprint of the definition {code(one.definition_sha())} {VERSION_SAYS}",
        "## ជាភាសាខ្មែរ",
        f"**{digits(say_key(f'indicator.{one.id}.title', 'km'), 'km')}**",
        digits(say_key(f"indicator.{one.id}.meaning", "km"), "km"),
        table(("", ""), _facts(one, "km")),
        f"*{word('label', 'draft_khmer', 'km')}*",
    )


def _facts(one: Indicator, lang: str) -> list[tuple[str, str]]:
    """Return what is known of an indicator in short, in one language."""
    unit = word("unit", one.unit, lang)
    rows = [
        (word("label", "id", lang), code(one.id)),
        (word("label", "dimension", lang), word("dimension", one.dimension, lang)),
        (
            word("label", "unit", lang),
            f"{unit} ({code(one.unit)})" if lang == "en" and unit != one.unit else unit,
        ),
        (word("label", "better", lang), word("better", one.better, lang)),
    ]
    if one.goalposts is not None:
        post = one.goalposts
        by = word("label", "ours", lang) if post.said_by == "ours" else cited(post.said_by, REFERENCES)
        zero, full = (digits(f"{value:g}", lang) for value in (post.floor, post.goal))
        labels = [digits(word("label", name, lang), lang) for name in ("scores_0", "scores_100")]
        ours = word("label", "ours", lang)
        rows.append(
            (word("label", "goalposts", lang), f"{labels[0]}: {zero} ({ours}); {labels[1]}: {full} ({by})")
        )
    asked = ", ".join(say_key(f"group.{key}.title", lang) for key in _groups(one))
    rows.append((word("label", "groups", lang), digits(asked, lang) or word("label", "no_groups", lang)))
    return rows


def _groups(one: Indicator) -> list[str]:
    """Return the groups an indicator can be asked of: those of its survey, or those the cells count."""
    if not one.groups:
        return []
    of_survey = "households" in METHODS[one.method].reads
    return [
        key
        for key, group in groups().items()
        if (group.survey is not None if of_survey else group.people is not None)
    ]


def _method(one: Indicator, method: Method) -> list[str]:
    """Return the words on the method: what is counted, with which options, its notes and when it is missing."""
    said = docstring(method.function)
    given = entries(said.sections.get("Parameters", ""))
    known = {name: text for names, text in given.items() for name in names.split(", ")}
    amounts = " ".join(entries(said.sections.get("Returns", "")).values())
    missing = " ".join(entries(said.sections.get("Raises", "")).values())
    lines = [
        *(
            f"With {code(key)} = {_option(value)}. {prose(known.get(key, ''))}".strip()
            for key, value in one.options.items()
        ),
        f"Formula: {_formula(one, amounts)}, {HOW_ADDED[method.level]}",
        f"Layers read: {', '.join(method.reads)}.",
        f"Missing when: {prose(missing) or 'never.'}",
        SURVEY_INTERVAL_SAYS if "households" in method.reads else INTERVAL_SAYS,
    ]
    return [
        f"Method [{code(method.name)}](../methods.md#{method.name}): {prose(said.summary)}",
        bullets(lines),
        prose(said.sections.get("Notes", ""), REFERENCES),
    ]


def _formula(one: Indicator, amounts: str) -> str:
    """Return the value in the declared unit: amounts as the method's docstring names them, or as the options do."""
    found = AMOUNTS.search(amounts)
    num, den = (found["num"], found["den"]) if found else ("num", "den")
    if "of" in one.options and (found is None or num == "the amount"):
        of = one.options["of"]
        num = " + ".join(map(_title, of if isinstance(of, list) else [of]))
        den = _title(one.options["per"]) if "per" in one.options else den
    factor = unit(one.unit).per_si
    scaled = (
        f"({num})"
        if factor == 1
        else f"{factor:,.7g} x ({num})"
        if factor > 1
        else f"({num}) / {1 / factor:,.7g}"
    )
    return f"value = {scaled}" + ("" if den.startswith("1") else f" / ({den})")


def _title(name: str) -> str:
    """Return what a kind or a column is called, within a sentence; the name itself where it has no title."""
    for key in (f"kind.{name}.title", f"word.made_kind.{name}", f"word.cell_column.{name}"):
        if key in registry():
            return registry()[key][0].lower() + registry()[key][1:]
    return name


def _option(value: Any) -> str:
    """Return an option in words: kinds and columns by their titles, distances in metres, numbers as they are."""
    if isinstance(value, dict):
        return "; ".join(f"{_option(kind)} within {limit:g} m" for kind, limit in value.items())
    if isinstance(value, list):
        return ", ".join(_option(item) for item in value)
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return code(shown) if _title(shown) == shown else f"{_title(shown)} ({code(shown)})"


def _codes(one: Indicator) -> list[str]:
    """Return the codes in other frameworks, nothing where there are none."""
    rows = [
        f"{name}: {', '.join(getattr(one, field))}"
        for field, name in FRAMEWORKS.items()
        if getattr(one, field)
    ]
    return ["## Codes in other frameworks", bullets(rows)] if rows else []


def _references(one: Indicator) -> list[str]:
    """Return the references, nothing where there are none."""
    return (
        ["## References", bullets(cited(key, REFERENCES, whole=True) for key in one.cites)]
        if one.cites
        else []
    )
