"""One page for a browser: a file with everything in it, that loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from string import Template
from typing import Any

import pandas as pd

from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.core.tables import STATUSES
from citiesforall.report import typeset_colours as shades
from citiesforall.report.evidence import Evidence
from citiesforall.report.numbers import in_words, told
from citiesforall.report.page_markup import Cell, Head, details, esc, table
from citiesforall.report.page_parts import (
    Scene,
    all_indicators,
    challenges,
    figures,
    interval,
    scene_of,
    sources,
)
from citiesforall.report.page_plan import plan, spots
from citiesforall.report.page_shapes import borders, cell_layers, frame_of, main_streets, open_spaces
from citiesforall.report.page_values import (
    group_titles,
    level_titles,
    name_of,
    ordered_places,
    rows_of,
    unit_suffix,
    units_of,
    values_of,
)
from citiesforall.text import registry

LANGUAGES = ("en", "km")
SCRIPT_WORDS = ("page.map.", "page.table.", "page.plan.", "page.nav.", "page.source.caption")
"""Texts that the page's script shows."""
SHADES = ("ink", "soft", "faint", "paper", "accent", "missing", "land", "street", "border")
"""Colours of documents and maps that the page's style names."""


def page_name(lang: str) -> str:
    """Return the name of the page's file in a language; pages of one city link to each other by it."""
    return f"page.{lang}.html"


def page_html(evidence: Evidence, lang: str) -> str:
    """Return the page of a city in a language.

    Parameters
    ----------
    evidence
        Its finished tables.
    lang
        ``en`` or ``km``.

    Returns
    -------
    str
        HTML in one piece: style, script, data and, for Khmer, its letters are inside; the page forbids itself the network
        (``Content-Security-Policy: default-src 'none'``).

    Notes
    -----
    Without scripts the page still shows every value in tables. The same tables give the same page, to the byte.
    """
    places = ordered_places(evidence)
    scene = scene_of(evidence, places, lang)
    style, script = _style(lang), _part("page.js")
    city = scene.names[evidence.whole]
    given = {
        "lang": lang,
        "title": esc(told("page.head.title", lang).format(city=city)),
        "policy": _policy(style, script),
        "style": style,
        "script": script,
        "data": safe_json(_data(scene)),
        "city": esc(city),
        "period": esc(told("page.head.period", lang).format(period=evidence.city.period)),
        "invented": f'<p class="invented" role="note">{esc(told("page.head.invented", lang))}</p>'
        if evidence.city.place.invented
        else "",
        "links": _links(evidence, lang),
        "figures": figures(scene),
        "challenges": challenges(scene),
        "plan": plan(scene),
        "indicators": all_indicators(scene),
        "sources": sources(scene),
        "without_scripts": _without_scripts(scene),
    }
    given |= {
        key.replace("page.", "w_", 1).replace(".", "_"): esc(told(key, lang))
        for key in registry()
        if key.startswith(("page.nav.", "page.head.self", "page.head.no_script"))
    }
    return Template(_part("page.html")).substitute(given)


def safe_json(data: Any) -> str:
    """Return data as JSON that nothing in it can end early, whatever the names in it.

    Parameters
    ----------
    data
        Plain data without nan.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _part(name: str) -> str:
    """Return one file of the page."""
    return files("citiesforall.data").joinpath("report", name).read_text("utf-8")


def _style(lang: str) -> str:
    """Return the style with the colours of the documents and, for Khmer, with its letters."""
    named = {f"class-{at}": colour for at, colour in enumerate(shades.CLASSES)}
    named |= {f"tone-{name}": colour for name, colour in shades.TONES.items()}
    named |= {name: getattr(shades, name.upper()) for name in SHADES}
    colours = "".join(f"--{name}:{one};" for name, one in named.items())
    return f"{_letters() if lang == 'km' else ''}:root{{{colours}}}\n{_part('page.css')}"


def _letters() -> str:
    """Return the Khmer letters as a font inside the style: one variable file, every weight."""
    folder = files("fontpkg_noto_sans_khmer").joinpath("files")
    path = next(one for one in folder.iterdir() if one.name.endswith(".ttf"))
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return (
        '@font-face{font-family:"Noto Sans Khmer";font-weight:100 900;font-display:swap;'
        "unicode-range:U+1780-17FF,U+19E0-19FF,U+200B-200D;"
        f'src:url("data:font/ttf;base64,{data}") format("truetype")}}\n'
    )


def _policy(style: str, script: str) -> str:
    """Return what the page may load: its own style, script and letters, by their checksums, and nothing else."""
    style_sum, script_sum = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii") for text in (style, script)
    )
    return (
        f"default-src 'none'; style-src 'sha256-{style_sum}'; script-src 'sha256-{script_sum}'; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _links(evidence: Evidence, lang: str) -> str:
    """Return links to the same page in the city's other languages."""
    return "".join(
        f'<a class="language" lang="{other}" hreflang="{other}" '
        f'href="{page_name(other)}">{esc(told("page.nav.language", other))}</a>'
        for other in evidence.city.report.languages
        if other != lang
    )


def _data(scene: Scene) -> dict[str, Any]:
    """Return what the script draws."""
    evidence, lang, places = scene.evidence, scene.lang, scene.places
    frame = frame_of(places)
    codes = [str(code) for code in places["place"]]
    shapes = borders(places, frame)
    people = unit_suffix("persons", lang)
    return {
        "lang": lang,
        "words": {key: told(key, lang) for key in registry() if key.startswith(SCRIPT_WORDS)},
        "statuses": [told(f"word.status.{one}", lang) for one in STATUSES],
        "dimensions": [told(f"word.dimension.{one}", lang) for one in DIMENSIONS],
        "people": people,
        "cell_m": evidence.city.choices.cell_m,
        "frame": [frame.width, frame.height],
        "step_m": frame.step_m,
        "places": [
            {"code": code, "name": scene.names[code], "other": other, "rings": rings}
            for code, other, rings in zip(codes, _other_names(places, lang), shapes, strict=True)
        ],
        "levels": level_titles(places, lang),
        "units": units_of(places),
        "groups": group_titles(evidence, lang),
        "indicators": values_of(evidence, codes, lang),
        "sources": {
            key: f"{one['title']} ({one['period'] or one['vintage']})"
            for key, one in evidence.said.get("run", {}).get("sources", {}).items()
        },
        "cells": cell_layers(evidence, codes, frame),
        "streets": main_streets(evidence, frame),
        "open": open_spaces(evidence, frame),
        "plan": _spots(scene, frame),
        "actions": {
            one: told(f"action.{one}.title", lang)
            for one in dict.fromkeys(scene.table("plan/plan").get("action", pd.Series(dtype=str)))
        },
    }


def _spots(scene: Scene, frame: Any) -> list[list[Any]]:
    """Return the plan's sites in steps of the page's grid."""
    return [
        [round((x - frame.west) / frame.step_m), round((frame.north - y) / frame.step_m), *rest]
        for x, y, *rest in spots(scene)
    ]


def _other_names(places: pd.DataFrame, lang: str) -> list[str]:
    """Return each place's name in the other language, empty where it is the same."""
    other = "en" if lang == "km" else "km"
    rows = rows_of(places)
    names = [(name_of(row, lang), name_of(row, other)) for row in rows]
    return [theirs if theirs != ours else "" for ours, theirs in names]


def _without_scripts(scene: Scene) -> str:
    """Return a table for each indicator: every place for everybody, and the city for every group."""
    rows, lang = scene.table("observations"), scene.lang
    rows = rows[rows["value"].notna() & ((rows["group"] == "all") | (rows["place"] == scene.evidence.whole))]
    heads = [
        Head(told(f"page.table.{one}", lang)) for one in ("place", "group", "value", "interval", "status")
    ]
    declared = indicators()
    cells: dict[str, list[list[Cell]]] = {}
    columns = ("indicator", "place", "group", "value", "low", "high", "status")
    for key, place, group, value, low, high, status in zip(
        *(rows[name].tolist() for name in columns), strict=True
    ):
        one = declared[key]
        cells.setdefault(key, []).append(
            [
                Cell(scene.names[place], is_head=True),
                Cell(told(f"group.{group}.title", lang)),
                Cell(in_words(value, one.unit, lang), kind="number"),
                Cell(interval(low, high, one.unit, scene)),
                Cell(told(f"word.status.{status}", lang)),
            ]
        )
    titles = {key: told(f"indicator.{key}.title", lang) for key in sorted(cells)}
    out = [details(title, table(title, heads, cells[key])) for key, title in titles.items()]
    return f"<h3>{esc(told('page.source.places_tables', lang))}</h3>{''.join(out)}"
