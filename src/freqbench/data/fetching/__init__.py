"""Bring published images here: download, check, unpack, recognise what is complete."""
