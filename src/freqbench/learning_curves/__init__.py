"""Metrics of test patches over the iterations of a training (Fig. 4 of the FRC loss paper)."""
