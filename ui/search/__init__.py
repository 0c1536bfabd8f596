"""One search over everything somebody may want to go to: the palette on every page, and a page of its own."""
