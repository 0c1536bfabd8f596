"""The only way out of the process: egress, the HTTP client, its connection pool, checked addresses, lineage.

Every connection that a user's setting leads to is opened through `egress`, which refuses private addresses.
Nothing here knows flows or the database.
"""
