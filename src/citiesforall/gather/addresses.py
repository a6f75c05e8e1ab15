"""Addresses of sources: the catalogue's templates with their blanks filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from citiesforall.core.codes import country
from citiesforall.core.errors import InputError
from citiesforall.core.source import catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from citiesforall.core.city import SourceUse
    from citiesforall.core.source import Source

BLANK = re.compile(r"\{(\w+)\}")


def addresses_of(
    use: SourceUse, country_code: str = "", known: Mapping[str, Source] | None = None
) -> tuple[str, ...]:
    """Return where a source can be fetched, with the blanks of its address filled in.

    Parameters
    ----------
    use
        The source as the city uses it; ``options.download`` wins over the catalogue's address. An option with a
        list (``tile = ["R8_C29", "R9_C29"]``) gives one address for each.
    country_code
        ISO 3166 code of the city's country, for ``{iso3}``.
    known
        The catalogue; None means ours.

    Returns
    -------
    tuple of str
        Addresses, none where the provider has no fixed one.

    Raises
    ------
    InputError
        A blank of the address is not given.
    """
    found = (catalogue() if known is None else known).get(use.id)
    template = use.options.get("download") or (found.download if found is not None else None)
    if not template:
        return ()
    here = country(country_code) if country_code else None
    words: dict[str, Any] = {
        "vintage": use.vintage,
        **({"iso3": here.iso3} if here is not None else {}),
        **use.options,
    }
    if "iso3" in words:
        words["iso3_small"] = str(words["iso3"]).lower()
    blanks = dict.fromkeys(BLANK.findall(str(template)))
    missing = [blank for blank in blanks if not words.get(blank)]
    if missing:
        raise InputError(
            f"sources.{use.role}: {use.id}: its address needs {', '.join(missing)}. Add it under options, for "
            f'instance options = {{ {missing[0]} = "..." }}; {use.url} lists what there is.'
        )
    addresses = [str(template)]
    for blank in blanks:
        values = words[blank] if isinstance(words[blank], list) else [words[blank]]
        addresses = [one.replace(f"{{{blank}}}", str(value)) for one in addresses for value in values]
    return tuple(addresses)
