"""A changed city, measured again: by the thought in memory, or whole."""
