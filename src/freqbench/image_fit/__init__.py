"""One clean image fitted by a small network under several objectives: which frequencies come when."""
