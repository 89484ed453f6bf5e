"""The order of a build's calls: the lowered module as a graph, the search, and the module in that order."""
