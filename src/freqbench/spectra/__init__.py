"""Spectra of restored images: Fourier ring correlation and power by frequency, and the resolution they show."""
