"""What Switchyard says of itself: registry, schemas, outbox, audit log, listeners.

Events are raised in the transaction of the change they report. Who receives them is `engine.destinations`.
"""
