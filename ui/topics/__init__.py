"""Pages of topics: what was published, publishing by hand, reading again."""
