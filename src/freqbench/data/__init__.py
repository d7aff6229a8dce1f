"""Data: images, their index, the split, the leakage audit and the patches."""
