"""The seven dimensions of human security in the nation: what is known of each, its worst challenge, what answers it."""

from __future__ import annotations

from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.report.blocks import Block, Callout, Heading, Number, Paragraph, Row, Said, Table
from citiesforall.report.charts import About, Point, heat_chart
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    COMMON,
    NAN,
    NOTHING,
    Facts,
    action_title,
    band,
    count,
    declared,
    dimension,
    first_of,
    heads,
    is_known,
    name,
    num,
    row_of,
    say,
    source,
    title,
    word,
)
from citiesforall.report.policy_maps import SEVERITY
from citiesforall.report.policy_numbers import number_of
from citiesforall.report.policy_parts import PRIORITIES, SEVERITY_BAND, actions_of, known

SEVEN = tuple(one for one in DIMENSIONS if one != "city")
HEADS = (
    "dimension:2.3",
    "known_all:>1.3",
    "judged_all:>1.3",
    "first_challenge:3",
    "severity_band:>2",
    "have_it:>1.3",
)
PRINCIPLES = ("people", "comprehensive", "context", "prevention")
NAMED = 3


def security_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    judged = {one: [row for row in facts.judged if row["dimension"] == one] for one in SEVEN}
    with_any = [one for one in SEVEN if judged[one]]
    lead = say(
        facts, "security.lead",
        n=count(facts, len(with_any), COMMON, "count of dimensions with a row with a rank"),
        all=count(facts, len(SEVEN), COMMON, "count of dimensions"),
    )  # fmt: skip
    return [
        Heading(say(facts, "security.title"), 1, "security"),
        Paragraph(lead, "lead"),
        _table(facts, judged),
        Callout(
            word(facts, "security.principles"),
            tuple(say(facts, f"security.{one}") for one in PRINCIPLES),
            "method",
        ),
        *_heat(facts),
        _matrix(facts),
    ]


def _table(facts: Facts, judged: dict[str, list[Record]]) -> Table:
    """Return a row for each dimension; of those nothing is known of, that."""
    rows = tuple(_dimension_row(facts, one, judged[one]) for one in SEVEN)
    silent = [dimension(facts, one) for one in SEVEN if not judged[one]]
    heading = say(facts, "security.all_known")
    if silent:
        heading = say(facts, "security.silent", names=first_of(facts, silent, len(SEVEN)))
    note = word(facts, "security.note")
    return Table(heading, heads(facts, *HEADS), rows, source(facts, "observations", COMMON), note, "security")


def _dimension_row(facts: Facts, one: str, judged: list[Record]) -> Row:
    """Return a dimension: indicators known, challenges judged, the first of them."""
    keys = [key for key, each in indicators().items() if each.dimension == one]
    what, how = f"indicators of dimension {one}", f"challenges of dimension {one}"
    have = count(
        facts, sum(is_known(facts, key) for key in keys), "observations", f"count of {what} with a value"
    )
    every = count(facts, len(keys), "observations", f"count of declared {what}")
    some = count(facts, len(judged), COMMON, f"count of {how} with a rank")
    named = sum(each.dimension == one for each in declared().values())
    all_of = count(facts, named, COMMON, f"count of declared {how}")
    said = (dimension(facts, one), _of(have, every), _of(some, all_of))
    if not judged:
        return row_of((*said, word(facts, "security.none"), NOTHING, NOTHING), "unknown")
    first = judged[0]
    severity = band(facts, COMMON, first, SEVERITY_BAND, "score")
    return row_of(
        (
            *said,
            title(facts, str(first["challenge"])),
            severity,
            num(facts, COMMON, first, "members_with", "exact"),
        )
    )


def _of(some: Number, every: Number) -> Said:
    """Return two numbers as ``3 / 40``."""
    return Said(f"{some.text} / {every.text}", (some, every))


def _heat(facts: Facts) -> list[Block]:
    """Return the most severe judged challenge of each dimension in every province."""
    worst: dict[tuple[str, str], Record] = {}
    for row in facts.records(PRIORITIES, level="province"):
        challenge = declared().get(str(row["challenge"]))
        if challenge is None or not known(row["severity"]):
            continue
        key = (str(row["place"]), challenge.dimension)
        if key not in worst or float(row["severity"]) > float(worst[key]["severity"]):
            worst[key] = row
    places = [code for code in facts.provinces if any((code, one) in worst for one in SEVEN)]
    if not places:
        return []
    lines = [
        (name(facts, code), [_point(facts, worst.get((code, one)), code) for one in SEVEN]) for code in places
    ]
    heading = say(facts, "security.heat")
    alt = f"{heading.text} " + "; ".join(
        f"{label}: {', '.join(point.value.text for point in points)}" for label, points in lines
    )
    about = About(
        heading, word(facts, "security.heat_unit"), alt, source(facts, PRIORITIES), "dimensions_heat"
    )
    return [heat_chart(about, lines, [dimension(facts, one) for one in SEVEN], SEVERITY, "index", facts.lang)]


def _point(facts: Facts, row: Record | None, place: str) -> Point:
    """Return a cell of the chart; unknown where nothing of the dimension was judged."""
    given = row or {"level": "province", "place": place, "challenge": "", "severity": NAN}
    return Point(
        number_of(PRIORITIES, given, ("level", "place", "challenge"), "severity", ("score", facts.lang))
    )


def _matrix(facts: Facts) -> Table:
    """Return, by dimension, what the catalogue holds that protects and that empowers."""
    rows = []
    for one in SEVEN:
        keys = [key for key, each in declared().items() if each.dimension == one]
        cells = []
        for side in ("protection", "empowerment"):
            named = list(dict.fromkeys(action for key in keys for action in actions_of(key, side)))
            cells.append(first_of(facts, [action_title(facts, key) for key in named], NAMED))
        rows.append(row_of((dimension(facts, one), *cells)))
    columns = heads(facts, "dimension:1.6", "protects:4", "empowers:4")
    return Table(
        say(facts, "security.matrix"),
        columns,
        tuple(rows),
        word(facts, "shown.catalogue"),
        word(facts, "security.matrix_note"),
        "security_matrix",
    )
