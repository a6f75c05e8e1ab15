"""The generated reference: pages of every indicator, source, unit, table, method and command, in Khmer and English.

``python -m citiesforall.reference write`` writes ``docs/reference``; nothing here is needed to measure a city.
"""
