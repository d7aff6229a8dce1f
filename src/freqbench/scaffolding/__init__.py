"""Starting files for a loss or a data set of one's own, each with its test."""
