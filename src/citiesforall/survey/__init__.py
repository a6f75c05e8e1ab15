"""Household surveys: the form, the sample, and interviews read back as answers with weights."""
