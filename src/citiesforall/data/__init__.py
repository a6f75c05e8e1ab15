"""Tables the package reads: units, groups, indicators, sources, references."""
