"""The city profile: what a council, a ministry and a statistician want to know of a city, with what it cannot say first."""

from __future__ import annotations

from citiesforall.core.indicator import DIMENSIONS
from citiesforall.report.blocks import Block, Document
from citiesforall.report.evidence import Evidence
from citiesforall.report.profile_challenges import challenges_chapter
from citiesforall.report.profile_dimension import SHOWN, Setting, dimension_chapter
from citiesforall.report.profile_facts import DASH, Facts, gather_facts, place_name, say_so, word_of
from citiesforall.report.profile_growth import CLASSES, FIGURES, LAND, growth_chapter
from citiesforall.report.profile_limits import limits_chapter
from citiesforall.report.profile_maps import cover_of
from citiesforall.report.profile_method import annex, method_chapter
from citiesforall.report.profile_page import page_chapter
from citiesforall.report.profile_parts import run_of
from citiesforall.report.profile_sdg import sdg_chapter, told_indicators
from citiesforall.report.profile_select import picks, worst_groups, worst_places
from citiesforall.report.profile_threats import threats_chapter
from citiesforall.report.profile_unequal import unequal_chapter
from citiesforall.report.profile_voices import voices_chapter

OF_SECURITY = tuple(one for one in DIMENSIONS if one != "city")
"""The seven dimensions of human security, in the order of the reports on it."""


def profile(evidence: Evidence, lang: str) -> Document:
    """Return the city profile as a document.

    Parameters
    ----------
    evidence
        Finished tables of the city; diagnosis and plan may be absent, which is said.
    lang
        ``en`` or ``km``.

    Returns
    -------
    Document
        Limits first, then the city on one page, urbanisation, the seven dimensions, inequality, SDG 11, threats and prevention,
        what citizens said, challenges, method and sources, and every value in an annex.

    Raises
    ------
    DeclarationError
        A text is missing in the language.
    """
    facts = gather_facts(evidence, lang)
    city = evidence.city.place
    return Document(
        "profile",
        lang,
        word_of(facts, "cover.title"),
        word_of(facts, "cover.subtitle"),
        place_name(facts, facts.whole),
        evidence.city.period,
        tuple(imprint(facts)),
        city.invented,
        tuple(_blocks(facts)),
        cover_of(facts),
    )


def imprint(facts: Facts) -> list[str]:
    """Return the lines at the foot of the cover."""
    run = run_of(facts)
    said = [
        say_so(
            facts, "cover.run", run=str(run.get("run", DASH)), software=str(run.get("software", DASH))
        ).text
    ]
    return [
        *said,
        word_of(facts, "cover.licence"),
        *([word_of(facts, "cover.draft")] if facts.lang == "km" else []),
    ]


def _blocks(facts: Facts) -> list[Block]:
    """Return every chapter."""
    worst, gaps = worst_places(facts), worst_groups(facts)
    given = Setting(worst, gaps)
    blocks = [*limits_chapter(facts), *page_chapter(facts, worst, gaps), *growth_chapter(facts)]
    for dimension in OF_SECURITY:
        blocks += dimension_chapter(facts, dimension, given)
    blocks += unequal_chapter(facts, worst, gaps)
    blocks += sdg_chapter(facts)
    blocks += threats_chapter(facts)
    blocks += voices_chapter(facts)
    blocks += challenges_chapter(facts)
    shown = {one.indicator for key in OF_SECURITY for one in picks(facts, key, SHOWN)}
    shown |= {*told_indicators(facts), *LAND, *FIGURES, *CLASSES}
    shown |= {f"threat_{key}_affected" for key in OF_SECURITY}
    return [*blocks, *method_chapter(facts), *annex(facts, shown)]
