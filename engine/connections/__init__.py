"""Saved credentials: sealed in the store, tested, renewed (OAuth 2.0), and cut out of whatever is recorded.

Nothing here performs an action; a run gets a connection's fields through `engine.piece_context`.
"""
