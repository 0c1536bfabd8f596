"""Pages of runs: the list, one run, its values, its stream of changes."""
