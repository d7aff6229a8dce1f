"""Which frequencies of an image a loss sees: without any training, on clean and noisy images."""
