"""Many cities as one nation: each city a task, sums at every level, what they share, what to do about it."""
