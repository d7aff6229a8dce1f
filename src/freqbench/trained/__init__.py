"""Trained generators on disk: finding them, reading them without trust, and what is known of their training."""
