"""Signing in, accounts, projects and their members."""
