"""What the code cites is in the list of references."""

import re
from importlib import resources

from citiesforall.core.references import references

KEY = re.compile(r"\[([a-z_]+_\d{4})\]")


def test_cited_works_are_listed():
    texts = [
        file.read_text("utf-8")
        for file in resources.files("citiesforall.estimation").iterdir()
        if file.name.endswith(".py")
    ]
    cited = {key for text in texts for key in KEY.findall(text)}
    assert len(cited) > 20
    assert cited <= set(references())
