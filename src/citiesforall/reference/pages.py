"""Every generated page by its path in ``docs/reference``."""

from __future__ import annotations

from citiesforall.measure import methods
from citiesforall.reference.actions import actions_page
from citiesforall.reference.catalogue import (
    facilities_page,
    methods_page,
    sources_page,
    tables_page,
    units_page,
)
from citiesforall.reference.command import command_page
from citiesforall.reference.frameworks import frameworks_page
from citiesforall.reference.indicators import indicator_pages
from citiesforall.reference.markdown import bullets, page
from citiesforall.reference.references import references_page

assert methods.MODULES, "importing them registers the methods"

CONTENTS = {
    "indicators.md": "every indicator, by dimension of human security",
    "frameworks.md": "SDG 11, human security, UMF and U4SSC, item by item: which indicator answers it",
    "methods.md": "how they are measured",
    "tables.md": "columns of the results, of the layers and of a nation",
    "actions.md": "interventions: what each does, costs and needs, and how far its figures can be trusted",
    "facilities.md": "kinds of facility, and what counts as one",
    "sources.md": "data products with licence, citation, stated error and quirks",
    "units.md": "the closed list of units",
    "cli.md": "the command `cities`",
    "references.md": "papers and standards",
    "glossary.md": "Khmer terms, and the English they stand for",
}


def all_pages() -> dict[str, str]:
    """Return the text of every generated page, by path."""
    listed = bullets(f"[{name.removesuffix('.md')}]({name}): {about}" for name, about in CONTENTS.items())
    return {
        "README.md": page(
            "Reference · ឯកសារយោង", "Made from the registry; a test fails when a page is out of date.", listed
        ),
        **indicator_pages(),
        "frameworks.md": frameworks_page(),
        "methods.md": methods_page(),
        "tables.md": tables_page(),
        "actions.md": actions_page(),
        "facilities.md": facilities_page(),
        "sources.md": sources_page(),
        "units.md": units_page(),
        "cli.md": command_page(),
        "references.md": references_page(),
    }
