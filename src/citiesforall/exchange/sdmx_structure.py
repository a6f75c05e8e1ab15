"""The data structure of a city's indicators in SDMX: concepts, code lists, dimensions, attributes, dataflow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from pysdmx.io import write_sdmx
from pysdmx.io.format import Format
from pysdmx.model import (
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    ItemReference,
    Organisation,
    Role,
)
from pysdmx.model.message import Header

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.tables import STATUSES
from citiesforall.core.units import units
from citiesforall.exchange.codes import sdg_series, sdmx_codes
from citiesforall.exchange.given import Published
from citiesforall.exchange.words import indicator_title, place_names, told

AGENCY, VERSION = "CITIESFORALL", "1.0"
FLOW, STRUCTURE, CONCEPTS = "DF_CITY_INDICATORS", "CITY_INDICATORS", "CITY_CONCEPTS"
NATION_FLOW, NATION_STRUCTURE, NATION_CONCEPTS = (
    "DF_NATION_INDICATORS",
    "NATION_INDICATORS",
    "NATION_CONCEPTS",
)
"""Of a nation: its values say what they cover, so its structure is another."""
PREPARED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands where a message says when it was made, so that the same data have the same bytes."""
OF_SDMX = {"OBS_STATUS": "2.2", "FREQ": "2.1"}
"""Code lists that are SDMX's own, of which only the codes used here are given -> their version."""
NAME = re.compile(
    r'(<(\w+):Code(?:list)? (?:[^>]* )?id="([^"]+)"[^>]*>\s*<com:Name xml:lang="en">[^<]*</com:Name>)'
)


@dataclass(frozen=True)
class Part:
    """Describe one component of the structure.

    Parameters
    ----------
    id
        Of the component and of its concept.
    role
        Dimension, measure or attribute.
    name
        Of the concept, in English.
    codes
        Name of its code list without ``CL_``; empty where it has none.
    kind
        Type of its values where it has no code list.
    level
        Of an attribute: ``O`` (each observation) or the dimensions it belongs to.
    required
        Whether each observation has it.
    """

    id: str
    role: Role
    name: str
    codes: str = ""
    kind: DataType = DataType.STRING
    level: str | None = None
    required: bool = False


D, M, A = Role.DIMENSION, Role.MEASURE, Role.ATTRIBUTE
NUMBER = DataType.DOUBLE
PARTS = (
    Part("FREQ", D, "Frequency of observation", "FREQ", required=True),
    Part("REF_AREA", D, "Place", "PLACE", required=True),
    Part("INDICATOR", D, "Indicator", "INDICATOR", required=True),
    Part("POPULATION_GROUP", D, "Group of people", "GROUP", required=True),
    Part("TIME_PERIOD", D, "Time period", kind=DataType.PERIOD, required=True),
    Part("OBS_VALUE", M, "Observation value", kind=NUMBER),
    Part("UNIT_MEASURE", A, "Unit of measure", "UNIT", level="INDICATOR", required=True),
    Part("OBS_STATUS", A, "Observation status", "OBS_STATUS", level="O", required=True),
    Part("CITY_STATUS", A, "Status in the words of the package", "CITY_STATUS", level="O", required=True),
    Part("LOWER_BOUND", A, "Lower end of the 95% interval", kind=NUMBER, level="O"),
    Part("UPPER_BOUND", A, "Upper end of the 95% interval", kind=NUMBER, level="O"),
    Part("NUMERATOR", A, "Amount above the line of the ratio", kind=NUMBER, level="O"),
    Part("DENOMINATOR", A, "Amount below the line of the ratio", kind=NUMBER, level="O"),
    Part("CASES", A, "Number of cases", kind=NUMBER, level="O"),
    Part("DEFINITION_VERSION", A, "Version of the definition", kind=DataType.INTEGER, level="INDICATOR"),
    Part("SERIES", A, "Series of the global SDG database whose definition is followed", level="INDICATOR"),
    Part("SEX", A, "Sex, as in the global SDG structure", "SEX", level="POPULATION_GROUP"),
    Part("AGE", A, "Age, as in the global SDG structure", "AGE", level="POPULATION_GROUP"),
    Part(
        "DISABILITY_STATUS", A, "Disability status, as in the global SDG structure", "DISABILITY_STATUS",
        level="POPULATION_GROUP",
    ),
    Part("RUN", A, "Run that made the value", level="O"),
)  # fmt: skip
NATION_PARTS = (
    Part("COVERAGE_PEOPLE", A, "Share of the people the value speaks for", kind=NUMBER, level="O"),
    Part("COVERAGE_PLACES", A, "Share of the lowest places the value speaks for", kind=NUMBER, level="O"),
    Part("BASIS", A, "Made from registers, from streets, or from both", level="O"),
    Part("QUALITY", A, "Worst grade of its sources", level="O"),
)


def parts_of(given: Published) -> tuple[Part, ...]:
    """Return the components of the structure; those of a nation say what values cover.

    Parameters
    ----------
    given
        What is published.
    """
    return PARTS + NATION_PARTS if given.is_nation else PARTS


def flow_of(given: Published) -> str:
    """Return the id of the dataflow.

    Parameters
    ----------
    given
        What is published.
    """
    return NATION_FLOW if given.is_nation else FLOW


def code_lists(given: Published) -> dict[str, Codelist]:
    """Return every code list of the structure, by its name without ``CL_``.

    Parameters
    ----------
    given
        Whose places and indicators are listed.

    Returns
    -------
    dict
        Only what the observations use, so a list of another city may be longer: every id means the same in all.
    """
    lists = sdmx_codes()
    names = place_names(given.places, "en")
    made = {
        "PLACE": (
            "Places",
            [Code(id=key, name=name) for key, name in names.items()],
        ),
        "INDICATOR": ("Indicators", _indicator_codes(given)),
        "GROUP": ("Groups of people", [_named(key, f"group.{key}.title") for key in groups()]),
        "UNIT": (
            "Units",
            [Code(id=lists["unit"][key], name=told(f"word.unit.{key}", "en")) for key in units()],
        ),
        "CITY_STATUS": ("Status of a value", [_named(key, f"word.status.{key}") for key in STATUSES]),
    }
    known = {"OBS_STATUS": "Observation status", "FREQ": "Frequency", "SEX": "Sex", "AGE": "Age"} | {
        "DISABILITY_STATUS": "Disability status"
    }
    for name, title in known.items():
        made[name] = (title, [Code(id=key, name=said) for key, said in lists[name.lower()].items()])
    return {name: _codelist(name, title, codes) for name, (title, codes) in made.items()}


def _codelist(name: str, title: str, codes: list[Code]) -> Codelist:
    """Return a code list; one of SDMX's own is said to be a part of it."""
    ours = name not in OF_SDMX
    return Codelist(
        id=f"CL_{name}", name=title, agency=AGENCY if ours else "SDMX", version=OF_SDMX.get(name, VERSION), items=codes,
        is_partial=not ours,
    )  # fmt: skip


def _named(key: str, text: str) -> Code:
    """Return a code whose name is a public text."""
    return Code(id=key, name=told(text, "en"))


def _indicator_codes(given: Published) -> list[Code]:
    """Return the indicators of the observations: title, meaning, SDG codes and series."""
    declared, series, codes = indicators(), sdg_series(), []
    used = set(given.observations["indicator"].unique())
    for key in [*(one for one in declared if one in used), *sorted(used - set(declared))]:
        one = declared.get(key)
        said = [one.meaning] if one else []
        if one and one.sdg:
            said.append(f"SDG {', '.join(one.sdg)}.")
        if key in series:
            said.append(f"Series {series[key]}.")
        codes.append(Code(id=key, name=indicator_title(key, "en"), description=" ".join(said) or None))
    return codes


def structure_of(
    given: Published, lists: Mapping[str, Codelist]
) -> tuple[ConceptScheme, DataStructureDefinition, Dataflow]:
    """Return concepts, data structure and dataflow.

    Parameters
    ----------
    given
        A city or a nation.
    lists
        From `code_lists`.
    """
    parts, concepts = parts_of(given), NATION_CONCEPTS if given.is_nation else CONCEPTS
    name = f"{'National' if given.is_nation else 'City'} indicators by place and group"
    scheme = ConceptScheme(
        id=concepts, name=f"Concepts of {'national' if given.is_nation else 'city'} indicators", agency=AGENCY, version=VERSION,
        items=[Concept(id=one.id, name=one.name) for one in parts],
    )  # fmt: skip
    structure = DataStructureDefinition(
        id=NATION_STRUCTURE if given.is_nation else STRUCTURE, name=name, agency=AGENCY, version=VERSION,
        components=Components([_component(one, lists, concepts) for one in parts]),
    )  # fmt: skip
    flow = Dataflow(
        id=flow_of(given),
        name=name,
        agency=AGENCY,
        version=VERSION,
        structure=structure,
    )
    return scheme, structure, flow


def _component(one: Part, lists: Mapping[str, Codelist], concepts: str) -> Component:
    """Return one component of the structure."""
    concept = ItemReference(sdmx_type="Concept", agency=AGENCY, id=concepts, version=VERSION, item_id=one.id)
    coded: dict[str, Any] = {"local_dtype": one.kind}
    if one.codes:
        codes = lists[one.codes]
        urn = f"urn:sdmx:org.sdmx.infomodel.codelist.Codelist={codes.agency}:{codes.id}({codes.version})"
        coded = {"local_codes": codes, "local_enum_ref": urn}
    return Component(
        id=one.id, required=one.required, role=one.role, concept=concept, attachment_level=one.level, **coded
    )


def structure_message(given: Published, form: Format, khmer: Mapping[str, Mapping[str, str]]) -> str:
    """Return the structure as a message of SDMX-ML, names in both languages.

    Parameters
    ----------
    given
        Whose places and indicators are listed.
    form
        ``STRUCTURE_SDMX_ML_2_1`` or ``STRUCTURE_SDMX_ML_3_0``.
    khmer
        From `khmer_names`.
    """
    lists = code_lists(given)
    header = Header(id=f"CITY_{given.whole}", prepared=PREPARED, sender=Organisation(id=AGENCY))
    message = write_sdmx([*lists.values(), *structure_of(given, lists)], form, header=header)
    assert message is not None, "a message without a path is returned"
    return _with_khmer(message, khmer)


def khmer_names(given: Published) -> dict[str, dict[str, str]]:
    """Return the Khmer names of codes, by code list and id; none where a place has none."""
    own = given.places["name_km"]
    has = given.places[own.notna() & (own != "")]
    units_of = sdmx_codes()["unit"]
    used = given.observations["indicator"].unique()
    return {
        "CL_PLACE": dict(zip(has["place"], has["name_km"], strict=True)),
        "CL_INDICATOR": {key: indicator_title(key, "km") for key in used if key in indicators()},
        "CL_GROUP": {key: told(f"group.{key}.title", "km") for key in groups()},
        "CL_CITY_STATUS": {key: told(f"word.status.{key}", "km") for key in STATUSES},
        "CL_UNIT": {units_of[key]: told(f"word.unit.{key}", "km") for key in units()},
    }


def _with_khmer(message: str, khmer: Mapping[str, Mapping[str, str]]) -> str:
    """Put Khmer names behind the English ones of codes; the library writes one language only."""
    within: dict[str, str] = {}

    def both(found: re.Match[str]) -> str:
        whole, _, key = found.groups()
        if whole.startswith("<str:Codelist"):
            within["list"] = key
            return whole
        name = khmer.get(within.get("list", ""), {}).get(key)
        return f'{whole}<com:Name xml:lang="km">{escape(name)}</com:Name>' if name else whole

    return NAME.sub(both, message)
