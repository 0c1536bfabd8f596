"""The queue, the worker and the executor: an accepted event becomes a run and reaches its end.

`queue.put` → `worker.run_one` → `executor.execute` → `attempt.perform`. The queue stores runs by `run_queue`
and lets them take turns by `scheduler`. SQL is in `engine.store`; what starts a run is `engine.intake` and
`engine.triggers`.
"""
