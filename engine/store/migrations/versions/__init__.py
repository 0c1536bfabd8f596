"""The migrations, one module each. alembic loads them by path, in the order of their `down_revision`.

A new one is `NNNN_what.py`: `revision` is the next number, `down_revision` the last one, and `upgrade()` is
written with `alembic.op` and `..portable`, so that it runs on SQLite and PostgreSQL. Change
`engine.store.models` to match, and add a dump of a store of the last schema to `tests/data`
(`tests/support/store_dump.py`). A migration is never changed after a release contains it, and imports none of
our code that may change: the models are today's, not those of its time.
"""
