"""Pages of what the intake did not run: rejected requests, and events that disabled flows hold."""
