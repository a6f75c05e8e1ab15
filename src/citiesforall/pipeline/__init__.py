"""The verbs of one city, in order; the only room that knows all steps."""
