"""Citations: a key of ``data/refs.bib`` as a link, and the page of all of them."""

from __future__ import annotations

from citiesforall.core.indicator import indicators
from citiesforall.core.references import reference, references
from citiesforall.reference.markdown import anchor, page


def cited(key: str, references_page: str, *, whole: bool = False) -> str:
    """Return a reference as a link.

    Parameters
    ----------
    key
        Of ``data/refs.bib``.
    references_page
        Path of the page of references from the page this goes to.
    whole
        Author, year and title instead of author and year.

    Returns
    -------
    str
        Markdown.
    """
    one = reference(key)
    who = f"{_short(one['author'])} {one['year']}"
    return f"[{who}]({references_page}#{key})" + (f": {one['title']}" if whole else "")


def references_page() -> str:
    """Return the page of all references, by key."""
    parts = []
    for key, one in sorted(references().items()):
        where = ", ".join(
            one[name]
            for name in ("journal", "booktitle", "publisher", "institution", "organization")
            if one.get(name)
        )
        link = (
            f" <{one['url']}>"
            if one.get("url")
            else f" <https://doi.org/{one['doi']}>"
            if one.get("doi")
            else ""
        )
        note = f" {one['note']}" if one.get("note") else ""
        said = f"{one['author'].replace(' and ', '; ')} ({one['year']}). {one['title']}." + (
            f" {where}." if where else ""
        )
        parts.append(f"{anchor(key)}**{key}** {said}{link}{note}{_used(key)}")
    return page("References", "What methods, goalposts and error figures rest on (`data/refs.bib`).", *parts)


def _used(key: str) -> str:
    """Return the indicators that cite a reference, in a sentence."""
    using = [f"[{one.title}](indicators/{one.id}.md)" for one in indicators().values() if key in one.cites]
    return f"\n\nCited by: {', '.join(using)}." if using else ""


def _short(author: str) -> str:
    """Return the family name of the first author, ``et al.`` where there are more."""
    names = author.split(" and ")
    family = [name.split(",")[0].strip("{} ") for name in names]
    return family[0] + ("" if len(family) == 1 else " et al.")
