"""The report of a study: one HTML file that holds everything and needs nothing from the network."""
