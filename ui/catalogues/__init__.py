"""Pages of event catalogues."""
