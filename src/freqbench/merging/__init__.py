"""Combine results of one study that several machines computed."""
