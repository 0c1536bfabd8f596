"""Pages of connections: their form, testing them, connecting an account."""
