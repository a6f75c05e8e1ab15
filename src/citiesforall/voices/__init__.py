"""Citizens' voices and workshops: what is taken in, how it is kept, handled, counted and weighed; no web, no map."""
