"""The smart-city concept and its roadmap: from who is worst off to what is built, with which money, and how sure it is."""

from __future__ import annotations

from citiesforall.report.blocks import Block, Document
from citiesforall.report.concept_care import duties, risks, sides, watching
from citiesforall.report.concept_chain import chain
from citiesforall.report.concept_forms import annexes, sources
from citiesforall.report.concept_map import cover, site_map
from citiesforall.report.concept_money import money, trade
from citiesforall.report.concept_now import challenges, vision
from citiesforall.report.concept_pillars import pillars
from citiesforall.report.concept_plan import actions, left_out
from citiesforall.report.concept_proof import proof
from citiesforall.report.concept_results import results, served
from citiesforall.report.concept_words import FILES, NOTHING, Case, name, open_case, plan_of, span, words
from citiesforall.report.evidence import Evidence


def concept(evidence: Evidence, lang: str) -> Document:
    """Return the smart-city concept and roadmap of a city.

    Parameters
    ----------
    evidence
        Its finished tables; without a plan the document says what is needed for one.
    lang
        ``en`` or ``km``.

    Returns
    -------
    Document
        Content without layout; every number knows its table.

    Raises
    ------
    DeclarationError
        The language lacks a text.
    """
    case = open_case(evidence, lang)
    plan = plan_of(case)
    years = span(plan["years"]) if plan else evidence.city.period
    subtitle = "concept.title.subtitle" if plan else "concept.title.no_plan"
    return Document(
        kind="concept", lang=lang, title=words(case, "concept.title.title"), subtitle=words(case, subtitle),
        place=name(case, evidence.whole), period=years, imprint=imprint(case), is_invented=evidence.city.place.invented,
        blocks=_chapters(case), cover=cover(case),
    )  # fmt: skip


def _chapters(case: Case) -> tuple[Block, ...]:
    """Return all chapters in their order."""
    return (
        *vision(case), *pillars(case), *challenges(case), *actions(case), *chain(case), *site_map(case),
        *left_out(case),
        *money(case), *trade(case), *proof(case),
        *results(case), *served(case), *risks(case), *sides(case), *duties(case), *watching(case), *sources(case), *annexes(case),
    )  # fmt: skip


def imprint(case: Case) -> tuple[str, ...]:
    """Return the lines at the foot of a cover: what it is made from, the budget's standing, who signs.

    Parameters
    ----------
    case
        The city.
    """
    run, budget = case.evidence.said.get("run", {}), case.evidence.city.budget
    lines = [
        words(case, "concept.imprint.made").format(
            software=run.get("software", "citiesforall"), run=run.get("run", NOTHING)
        ),
        words(case, "concept.imprint.numbers").format(file=FILES["numbers"]),
    ]
    if budget is not None:
        lines.append(
            words(case, "concept.imprint.budget").format(
                grade=words(case, f"plan.budget_grade.{budget.grade}")
            )
        )
    return (*lines, words(case, "concept.imprint.draft"))
