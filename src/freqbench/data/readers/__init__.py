"""Which file is paired with which, for each layout of images."""
