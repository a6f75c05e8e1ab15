"""The first challenges as a council reads them, in Khmer and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from citiesforall.core.indicator import indicators
from citiesforall.core.references import references
from citiesforall.text import digits, say_key

SHOWN = 5
"""Challenges told in full; the others by title."""
MOST_NAMED = 5
"""Places named of one challenge."""
HUNDRED = 100
MET = "standard_met"
"""Word of a challenge whose standard is met: it is named, not told."""


def write_briefs(cards: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write the brief in each language: ``challenges_en.txt`` and ``challenges_km.txt``.

    Parameters
    ----------
    cards
        Challenges in order of rank, those nothing is known of last.
    folder
        Where the files go.
    """
    for lang in ("en", "km"):
        (folder / f"challenges_{lang}.txt").write_text("\n".join(brief(cards, lang)) + "\n", "utf-8")


def brief(cards: Sequence[Mapping[str, Any]], lang: str) -> list[str]:
    """Return the brief, line by line.

    Parameters
    ----------
    cards
        Challenges in order of rank, those nothing is known of last.
    lang
        ``en`` or ``km``.
    """
    known = [card for card in cards if card["rank"] is not None]
    unknown = [card for card in cards if card["rank"] is None]
    met = [card for card in known if MET in card["notes"]]
    short = [card for card in known if MET not in card["notes"]]
    lines = [_say("judged", lang, known=str(len(known)), all=str(len(cards)))]
    lines += ["", _say("first", lang)] if short else []
    for card in short[:SHOWN]:
        lines += ["", *told(card, lang)]
    if short[SHOWN:]:
        lines += ["", _say("then", lang)]
        lines += [_title(card, lang) for card in short[SHOWN:]]
    if met:
        lines += ["", _say("met", lang, titles=_listed([card["title"][lang] for card in met]))]
    if unknown:
        lines += ["", _say("unknown", lang)]
        lines += [
            _say("fill", lang, title=card["title"][lang], source=_words("needs", card["filled_by"], lang))
            for card in unknown
        ]
    voiced = sorted((c for c in known if c["perceived_rank"] is not None), key=lambda c: c["perceived_rank"])
    if voiced:
        lines += ["", _say("voiced", lang, titles=_listed([card["title"][lang] for card in voiced[:SHOWN]]))]
    lines += ["", _say("how", lang)]
    return [digits(line, lang) for line in lines]


def told(card: Mapping[str, Any], lang: str) -> list[str]:
    """Tell one challenge.

    Parameters
    ----------
    card
        A challenge something is known of.
    lang
        ``en`` or ``km``.
    """
    measure = say_key(f"indicator.{card['lead']}.title", lang)
    severity = _say(
        "severity", lang, severity=_whole(card["severity"]), measure=measure, value=_value(card, lang)
    )
    lines = [
        _title(card, lang),
        _rank(card, lang),
        f"{severity} {_standard(card, lang)}",
        *_about(card, lang),
    ]
    for side in ("protection", "empowerment"):
        titles = [say_key(f"action.{key}.title", lang) for key in card[side]]
        lines += [_say(side, lang, actions=_listed(titles))]
    return [lines[0], *("   " + line for line in lines[1:])]


def _title(card: Mapping[str, Any], lang: str) -> str:
    """Return rank and title of a challenge."""
    return _say("short", lang, rank=_whole(card["rank"]), title=card["title"][lang])


def _rank(card: Mapping[str, Any], lang: str) -> str:
    """Tell how sure the rank of a challenge is."""
    low, high = _whole(card["rank_low"]), _whole(card["rank_high"])
    said = {
        "low": low, "judged": str(card["judged"]), "all": str(card["common"]),
        "confidence": _word("confidence", card["confidence"], lang),
    }  # fmt: skip
    if low == high:
        return _say("rank_sure", lang, **said)
    return _say("rank", lang, high=high, chance=_whole(HUNDRED * card["chance_top3"]), **said)


def _standard(card: Mapping[str, Any], lang: str) -> str:
    """Tell what 0 and 100 of the severity stand for, and who says so."""
    unit = say_key(f"word.unit_short.{indicators()[card['lead']].unit}", lang)
    said = card["standard"]
    goal, floor = (
        f"{_number(said[word], lang, 0 if said[word] % 1 == 0 else 1)} {unit}" for word in ("goal", "floor")
    )
    stated = references().get(said["said_by"])
    if stated is None:
        return _say("standard_ours", lang, goal=goal, floor=floor)
    return _say("standard", lang, goal=goal, floor=floor, source=f"{stated['author']} {stated['year']}")


def _about(card: Mapping[str, Any], lang: str) -> list[str]:
    """Tell how many people, where, for whom, what people say and since when, as far as it is known."""
    lines = []
    if card["people"] is not None:
        lines.append(_say("people", lang, people=_range(card, "people", lang)))
    if card["places"]:
        lines.append(
            _say(
                card["where_found"],
                lang,
                places=_listed([_name(p, lang) for p in card["places"][:MOST_NAMED]]),
            )
        )
    if card["clusters"]:
        spots = [
            _say(
                "cluster",
                lang,
                place=_name(one, lang),
                people=_number(_rounded(one["people"]), lang, 0),
            )
            for one in card["clusters"][:MOST_NAMED]
        ]
        of = say_key(f"indicator.{card['clusters'][0]['indicator']}.title", lang)
        lines.append(_say("clusters", lang, places=_listed(spots), measure=of))
    if card["who"]:
        lines.append(_say("who", lang, group=say_key(f"group.{card['who']}.title", lang)))
    if card["perceived_rank"] is not None:
        lines.append(_say("said", lang, rank=_whole(card["perceived_rank"])))
    lines += [_say(word, lang) for word in ("not_counted", "not_said") if word in card["notes"]]
    if card["trend"] != "unknown":
        lines.append(_word("trend", card["trend"], lang))
    return lines


def _name(place: Mapping[str, Any], lang: str) -> str:
    """Return the name of a place in a language, its code where it has none."""
    own = place["name_km"] if lang == "km" else ""
    return str(own or place["name"] or place["place"])


def _value(card: Mapping[str, Any], lang: str) -> str:
    """Return the leading measure with its unit and interval."""
    line = next(row for row in card["evidence"] if row["indicator"] == card["lead"])
    unit = say_key(f"word.unit_short.{indicators()[card['lead']].unit}", lang)
    value = _number(line["value"], lang, 1)
    if line["low"] is None or line["high"] is None:
        return f"{value} {unit}"
    return f"{value} {unit} ({_number(line['low'], lang, 1)} - {_number(line['high'], lang, 1)})"


def _range(card: Mapping[str, Any], word: str, lang: str) -> str:
    """Return a number of people with its interval, rounded to three digits that count."""
    value = _number(_rounded(card[word]), lang, 0)
    low, high = card[f"{word}_low"], card[f"{word}_high"]
    if low is None or high is None:
        return value
    return f"{value} ({_number(_rounded(low), lang, 0)} - {_number(_rounded(high), lang, 0)})"


def _rounded(value: float) -> float:
    """Round to three digits: more would claim what nobody knows."""
    return float(f"{value:.3g}")


def _number(value: float, lang: str, decimals: int) -> str:
    """Write a number: Khmer administration parts thousands by a dot and decimals by a comma."""
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "km" else text


def _whole(value: float) -> str:
    """Write a number without decimals."""
    return f"{value:.0f}"


def _listed(names: Sequence[str]) -> str:
    """Write names one after the other."""
    return ", ".join(names)


def _words(section: str, names: Sequence[str], lang: str) -> str:
    """Return several words of a section."""
    return _listed([_word(section, name, lang) for name in names])


def _word(section: str, name: str, lang: str) -> str:
    """Return one word of the room."""
    return say_key(f"diagnose.{section}.{name}", lang)


def _say(line: str, lang: str, **words: str) -> str:
    """Return one line of the brief."""
    return Template(_word("brief", line, lang)).substitute(words)
