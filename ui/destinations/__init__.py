"""Pages of destinations and deliveries, their statistics and plots."""
