"""National Policy Framework for Smart and Sustainable Cities: evidence and options, from the finished tables of a nation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from citiesforall.core.inputs import remember
from citiesforall.report.blocks import Block, Document
from citiesforall.report.making_data import data_csvs, numbers_csv
from citiesforall.report.policy_challenge import challenge_pages
from citiesforall.report.policy_cities import cities_chapter
from citiesforall.report.policy_common import common_chapter
from citiesforall.report.policy_coverage import coverage_chapter
from citiesforall.report.policy_evidence import NationEvidence
from citiesforall.report.policy_facts import DASH, Facts, as_is, gather, name, word
from citiesforall.report.policy_gaps import gaps_chapter
from citiesforall.report.policy_kinds import kinds_chapter
from citiesforall.report.policy_limits import limits_chapter
from citiesforall.report.policy_maps import Atlas, atlas_of, cover
from citiesforall.report.policy_method import annex, method_chapter, sources_chapter
from citiesforall.report.policy_options import options_chapter
from citiesforall.report.policy_priorities import priorities_chapter
from citiesforall.report.policy_progress import progress_chapter
from citiesforall.report.policy_road import monitoring_chapter, road_chapter
from citiesforall.report.policy_sdg import sdg_chapter
from citiesforall.report.policy_security import security_chapter
from citiesforall.report.policy_summary import summary_chapter
from citiesforall.report.policy_unequal import unequal_chapter
from citiesforall.report.typeset import to_pdf

NAME = "policy"


def policy(evidence: NationEvidence, lang: str, atlas: Atlas | None = None) -> Document:
    """Return the document of a nation.

    Parameters
    ----------
    evidence
        Finished tables; what was never made is said to be unknown.
    lang
        ``en`` or ``km``.
    atlas
        Ground of the maps; worked out where None.

    Returns
    -------
    Document
        Limits first, a summary of two pages, then cities, evidence, challenges, inequality, kinds, priorities, options, gaps,
        progress, the road ahead, monitoring, SDG 11, method, sources and an annex of every administration.

    Raises
    ------
    DeclarationError
        A text is missing in the language.
    """
    facts = gather(evidence, lang)
    ground = atlas if atlas is not None else atlas_of(evidence)
    return Document(
        "policy", lang, word(facts, "cover.title"), word(facts, "cover.subtitle"), name(facts, facts.whole),
        evidence.nation.period, imprint(facts), is_invented(evidence), tuple(_blocks(facts, ground)),
        cover(ground, word(facts, "cover.alt")),
    )  # fmt: skip


def is_invented(evidence: NationEvidence) -> bool:
    """Say whether nothing in the nation is real: then every page says so."""
    members = evidence.table("members")
    return evidence.nation.place.invented or (len(members) > 0 and bool(members["invented"].all()))


def imprint(facts: Facts) -> tuple[str, ...]:
    """Return the lines at the foot of the cover."""
    cities = str(len(facts.evidence.cities) or len(facts.members))
    lines = [
        as_is(
            facts, "cover.made", n=cities, software=", ".join(facts.evidence.said.get("software", ())) or DASH
        ),
        word(facts, "cover.options"),
        word(facts, "cover.licence"),
    ]
    return (*lines, word(facts, "cover.draft")) if facts.lang == "km" else tuple(lines)


def _blocks(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return every chapter."""
    return [
        *limits_chapter(facts, has_maps=atlas is not None),
        *summary_chapter(facts, atlas),
        *cities_chapter(facts, atlas),
        *coverage_chapter(facts),
        *common_chapter(facts),
        *challenge_pages(facts, atlas),
        *security_chapter(facts),
        *unequal_chapter(facts),
        *kinds_chapter(facts, atlas),
        *priorities_chapter(facts, atlas),
        *options_chapter(facts),
        *gaps_chapter(facts),
        *progress_chapter(facts, atlas),
        *road_chapter(facts),
        *monitoring_chapter(facts),
        *sdg_chapter(facts),
        *method_chapter(facts),
        *sources_chapter(facts),
        *annex(facts),
    ]


def make_policy(
    evidence: NationEvidence, folder: Path, langs: Sequence[str] = ("en", "km")
) -> dict[str, Any]:
    """Write the document in each language, and the data behind it.

    Parameters
    ----------
    evidence
        Finished tables of the nation.
    folder
        Where ``policy.<lang>.pdf``, ``numbers.csv`` and ``data/policy.<lang>/<id>.csv`` go.
    langs
        Languages.

    Returns
    -------
    dict
        ``files``: name -> size in bytes.
    """
    atlas = atlas_of(evidence)
    made = []
    for lang in langs:
        document = policy(evidence, lang, atlas)
        (folder / f"{NAME}.{lang}.pdf").write_bytes(to_pdf(document))
        data = folder / "data" / f"{NAME}.{lang}"
        data.mkdir(parents=True)
        for block, text in data_csvs(document).items():
            (data / f"{block}.csv").write_text(text, "utf-8")
        made.append(document)
    (folder / "numbers.csv").write_text(numbers_csv(made), "utf-8")
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
    return remember([], [], files=sizes)
