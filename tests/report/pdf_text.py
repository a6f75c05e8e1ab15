"""What a PDF of ours says, as a reader of its tags hears it: `ActualText` where it stands, else the glyphs' own letters."""

import io
import re

from pypdf import PdfReader
from pypdf.generic import ContentStream

SPACE = re.compile(r"[\s\u200b]+")
TWICE = re.compile(r"([\u1780-\u17d3]{2,}?)\1+")
"""Khmer letters, two or more, that follow themselves."""


def squeezed(text: str) -> str:
    """Return a text without spaces and break marks (lines break where they must) and without Khmer letters said twice.

    typst 0.15 writes a cluster of Khmer letters that takes several glyphs several times: each glyph stands for all of it. What
    is compared is squeezed on both sides; digits and signs are never squeezed.
    """
    text = SPACE.sub("", text)
    while (less := TWICE.sub(r"\1", text)) != text:
        text = less
    return text


def pages_of(pdf: bytes) -> list[str]:
    """Return the text of each page, squeezed."""
    reader = PdfReader(io.BytesIO(pdf))
    known: dict = {}
    return [squeezed(_page(page, reader, known)) for page in reader.pages]


def _page(page, reader, known) -> str:
    fonts = {}
    for name, font in page["/Resources"].get("/Font", {}).items():
        at = font.indirect_reference.idnum
        known[at] = known.get(at) or _letters(font.get_object())
        fonts[name] = known[at]
    said, letters, inside, before = [], {}, None, None
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"Tf":
            letters = fonts[operands[0]]
        elif operator == b"BDC" and operands[0] == "/Span" and "/ActualText" in operands[1]:
            inside = str(operands[1]["/ActualText"])
            if inside != before:
                said.append(inside)
            before = inside
        elif operator == b"EMC":
            inside = None
        elif operator in {b"Tj", b"TJ"} and inside is None:
            before = None
            parts = operands[0] if operator == b"TJ" else [operands[0]]
            said += [_decoded(part, letters) for part in parts if not isinstance(part, int | float)]
    return "".join(said)


def _decoded(part, letters) -> str:
    raw = part.original_bytes if hasattr(part, "original_bytes") else bytes(part)
    return "".join(
        letters.get(int.from_bytes(raw[at : at + letters["size"]], "big"), "")
        for at in range(0, len(raw), letters["size"])
    )


def _letters(font) -> dict:
    """Return code -> letters of a font, from its ToUnicode map."""
    table = font["/ToUnicode"].get_object().get_data().decode("latin-1")
    size = len(re.search(r"begincodespacerange\s*<([0-9A-Fa-f]+)>", table).group(1)) // 2
    found = {"size": size}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, letters in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, letters in re.findall(
            r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block
        ):
            begin = int(letters, 16)
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = (
                    (begin + step).to_bytes(len(letters) // 2, "big").decode("utf-16-be")
                )
    return found
