"""What needs a person in a project, and who is mailed about it."""
