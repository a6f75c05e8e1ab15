"""Our figures beside the peers', each engine in a process of its own: ``python -m benchmarks``."""
