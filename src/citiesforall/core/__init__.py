"""The vocabulary: records and tables every room shares; imports nothing of ours outside itself."""
