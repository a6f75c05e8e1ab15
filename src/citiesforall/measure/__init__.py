"""From layers to observations: methods, draws, rows."""
