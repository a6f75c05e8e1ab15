"""The document of a nation, made from the finished tables of its steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from citiesforall.nation.given import NationInputs
from citiesforall.report.policy import make_policy
from citiesforall.report.policy_evidence import CityShown, read_nation_evidence


def make_documents(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Write the National Policy Framework: evidence and options, in each language of the nation file.

    Parameters
    ----------
    given
        With every step of the nation that was made, members among them.
    folder
        Where ``policy.<lang>.pdf``, ``numbers.csv`` and ``data/`` go.

    Returns
    -------
    dict
        ``files``: name -> size in bytes.

    Raises
    ------
    DeclarationError
        A text is not translated into one of the languages.
    """
    cities = [CityShown(one.code, one.file, one.folder, one.kind, one.invented) for one in given.cities]
    evidence = read_nation_evidence(given.nation, given.done, cities, given.failed)
    return make_policy(evidence, folder, given.nation.languages)
