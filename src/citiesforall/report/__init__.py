"""Documents from finished tables: a profile, a concept with its roadmap, a brief, in Khmer and English."""
