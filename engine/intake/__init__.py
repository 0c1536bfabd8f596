"""The intake: `/webhooks/{flow_id}` and its variants, from the first byte to the answer.

Parsing, verification, handshakes and deduplication end in `queue.put`, which makes the event durable. Nothing
here executes a flow.
"""
