"""Feeds every reader of the package spoilt files for a given time: ``python -m fuzz --minutes 10``."""
