"""What starts runs besides a webhook: schedules, polls, listeners, registration at vendors, topics."""
