"""Words that every package uses.

Errors, ids, the clock, settings, secrets, the actor, journals, pub/sub and timings.

What lives here knows no flow, no database and no HTTP, and imports nothing else of the engine.
"""
