"""The city in a browser: evidence, what-if, voices and workshops over HTTP; no arithmetic of its own."""
