"""Streets as arrays, and fast walking on them; knows nothing of files of others, of names or of tags."""
