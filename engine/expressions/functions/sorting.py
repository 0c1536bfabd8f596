"""Sorting that lets others have the interpreter meanwhile."""

from heapq import merge
from typing import Any

from .evaluation import Evaluation

_CHUNK = 4_096  # elements that are sorted at once: some two milliseconds
_MERGED = 5  # units of work to merge one element


def ordered(values: list[Any], evaluation: Evaluation) -> list[Any]:
    """The values in ascending order, the work counted.

    The interpreter's own sort cannot be interrupted, so a long list is sorted in chunks that are merged.
    """
    evaluation.spend(len(values) * len(values).bit_length() // 4)
    if len(values) <= _CHUNK:
        return sorted(values)
    chunks = [sorted(values[start : start + _CHUNK]) for start in _starts(values, evaluation)]
    merged: list[Any] = []
    for value in merge(*chunks):
        if len(merged) % _CHUNK == 0:
            evaluation.spend(_MERGED * _CHUNK)
        merged.append(value)
    return merged


def _starts(values: list[Any], evaluation: Evaluation) -> Any:
    for start in range(0, len(values), _CHUNK):
        evaluation.spend(_CHUNK)  # a look at the clock between two chunks
        yield start
