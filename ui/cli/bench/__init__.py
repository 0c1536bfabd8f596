"""`switchyard bench`: what this machine accepts and completes, beside what it could do at most.

Here live the load generator, the flow under test, the servers that a measurement starts and the measurement.
Everything runs on loopback. Benchmarks for developers (deliveries, the editor) are in `tests/bench`.
"""
