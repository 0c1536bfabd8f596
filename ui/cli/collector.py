"""The garbage collector of a server process."""

import gc


def calm_collector() -> None:
    """Keep the garbage collector from what will never be garbage; call it once everything is loaded.

    Some 300,000 objects live as long as the process, and by default they are all looked at again after
    every few hundred events: a third of the time of a busy intake. What a run leaves behind is freed by
    its reference count, so looking for cycles more rarely costs little memory.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
