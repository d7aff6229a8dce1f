"""The noise of a data set, from its repeated captures."""
