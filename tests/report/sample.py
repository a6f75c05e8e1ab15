"""A document with every kind of block, in both languages, with invented content."""

from citiesforall.report.blocks import (
    Beside,
    Break,
    Bullets,
    Callout,
    Column,
    Document,
    Heading,
    Key,
    KeyFigure,
    KeyFigures,
    Map,
    Number,
    Paragraph,
    Row,
    Said,
    Spot,
    Table,
)
from citiesforall.report.charts import (
    About,
    Point,
    Span,
    bars_chart,
    dots_chart,
    heat_chart,
    lines_chart,
    scatter_chart,
    timeline_chart,
)
from citiesforall.report.numbers import in_words

NAN = float("nan")
NAMES = {
    "en": (
        "Sangkat Voat Phnum",
        "Sangkat Srah Chak",
        "Sangkat Phsar Kandal Ti Muoy",
        "Sangkat Boeng Keng Kang",
    ),
    "km": ("សង្កាត់វត្តភ្នំ", "សង្កាត់ស្រះចក", "សង្កាត់ផ្សារកណ្ដាលទីមួយ", "សង្កាត់បឹងកេងកង"),
}
LONG = {
    "en": "Half of the people who live in the town reach a health centre on foot within thirty minutes; the other half do not. ",
    "km": "ប្រជាជនពាក់កណ្ដាលនៅក្នុងក្រុងអាចដើរទៅដល់មណ្ឌលសុខភាពក្នុងរយៈពេលសាមសិបនាទី ចំណែកពាក់កណ្ដាលទៀតមិនអាចទៅដល់ទេ។ ",
}
SHORT = {"en": "A finding in a sentence", "km": "ការរកឃើញក្នុងមួយប្រយោគ"}
WOMEN_MEN = {"en": ("Women", "Men"), "km": ("ស្រី", "ប្រុស")}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4000 3000"><path d="M0 2000L4000 1500V1800L0 2300Z" fill="#c3d9e6"/></svg>'


def number(value, unit, lang):
    return Number(in_words(value, unit, lang), "observations", (("place", "KH990101"),), "value", value)


def about(name, lang):
    return About(Said(SHORT[lang]), "%, 2026", f"alt of {name}", "OpenStreetMap", name)


def charts(lang):
    names = NAMES[lang]
    shares = (82.25, 31.5, 55.0, NAN)
    one = [(name, [Point(number(v, "%", lang), v - 8, v + 6)]) for name, v in zip(names, shares, strict=True)]
    two = [(name, [*points, Point(number(points[0].value.value + 9, "%", lang))]) for name, points in one]
    years = [
        (
            names[0],
            [Point(number(20.0 + y, "km2", lang), 19.0 + y, 22.0 + 2 * y, x=2020.0 + y) for y in range(6)],
        )
    ]
    cross = [(name, [Point(number(v, "%", lang), x=v / 2)]) for name, v in zip(names, shares, strict=True)]
    cells = [(name, [Point(number(v, "%", lang)) for v in shares]) for name in names]
    spans = [(name, [Span(2026 + at, 2027 + at, Said(str(2026 + at)))]) for at, name in enumerate(names)]
    return (
        dots_chart(about("dots", lang), one, "%", lang, strong=names[:1], reference=((60.0, SHORT[lang]),)),
        dots_chart(about("dumbbells", lang), two, "%", lang, series=WOMEN_MEN[lang]),
        dots_chart(
            about("columns", lang),
            [(n, [*p, p[0]]) for n, p in two],
            "%",
            lang,
            series=("2020", "2023", "2026"),
        ),
        bars_chart(about("bars", lang), two, "%", lang, series=WOMEN_MEN[lang]),
        lines_chart(about("lines", lang), years, "km2", lang),
        scatter_chart(about("scatter", lang), cross, "%", lang, x_unit="USD"),
        heat_chart(about("heat", lang), cells, names, (20, 40, 60, 80), "%", lang),
        timeline_chart(about("timeline", lang), spans, (2026, 2031)),
    )


def map_of(lang):
    names = NAMES[lang]
    words = tuple(Spot(500.0 + 700 * at, 800.0, name) for at, name in enumerate(names))
    signs = (Spot(1000.0, 1500.0, names[0], "dot", "bad"), Spot(2000.0, 1500.0, "3", "number"))
    keys = (
        Key("0-20", "#e4eff1"),
        Key("?", sign="hatch"),
        Key(names[1], sign="cross"),
        Key("-", "#b9b3a8", "line"),
    )
    return Map(
        Said(SHORT[lang]),
        "2026",
        SVG,
        4000.0,
        3000.0,
        (*words, *signs),
        keys,
        500.0,
        "alt of map",
        "OpenStreetMap",
        "map",
    )


def table(lang, *, is_wide=False):
    columns = (Column(SHORT[lang], share=2.0), Column("2026", "right"), Column("%", "right", 0.0))
    rows = [Row((Said(SHORT[lang]),), "head")]
    for at in range(60):
        one = number(at * 1.5, "%", lang)
        tone = ("plain", "good", "watch", "bad", "unknown")[at % 5]
        rows.append(Row((Said(NAMES[lang][at % 4]), Said(one.text, (one,)), Said("-")), tone=tone))
    rows.append(Row((Said(SHORT[lang]), Said("60"), Said("")), "total"))
    return Table(Said(SHORT[lang]), columns, tuple(rows), "OpenStreetMap", LONG[lang], "table", is_wide)


def sample(lang, kind="profile"):
    """Return the document."""
    long, short = LONG[lang], SHORT[lang]
    large = number(1234567.0, "persons", lang)
    drawn = charts(lang)
    blocks = (
        Heading(Said(short), 1, "first"),
        Paragraph(Said(2 * long), "lead"),
        KeyFigures((
            KeyFigure(Said(large.text, (large,)), short, Said("1,200,000 - 1,250,000")),
            KeyFigure(Said(in_words(NAN, "%", lang)), short, tone="unknown"),
            KeyFigure(Said("45.3%"), long, tone="good"),
        )),
        Paragraph(Said(3 * long), strong=short),
        Bullets((Said(long), Said(short))),
        Callout(short, (Said(long), Said(short)), "decision"),
        Callout("", (Said(long),), "limit"),
        Heading(Said(short), 2),
        Beside((Paragraph(Said(2 * long)), drawn[0]), (Paragraph(Said(long), "note"), map_of(lang)), 0.45),
        Break(),
        *drawn[1:],
        Heading(Said(short), 3),
        table(lang),
        table(lang, is_wide=True),
        Paragraph(Said(long)),
    )  # fmt: skip
    return Document(
        kind,
        lang,
        short,
        long,
        NAMES[lang][0],
        "2026",
        ("CC-BY-4.0",),
        True,
        blocks,
        map_of(lang) if kind != "brief" else None,
    )
