"""From sources in their real formats to the layers of a city."""
