"""What a sample says of everybody: weights, replicates, intervals, scales and small areas; arrays only, no files, no names."""
