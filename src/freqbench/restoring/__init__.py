"""Restore images of any size and format with a trained generator."""
