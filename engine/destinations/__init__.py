"""Events on their way out: who is told of them, how they are written, signed, sent and sent again."""

from .records import Bucket, Created, DestinationRecord, Preview, ReplayRecord, Statistics, TestResult
from .service import Destinations

__all__ = [
    "Bucket",
    "Created",
    "DestinationRecord",
    "Destinations",
    "Preview",
    "ReplayRecord",
    "Statistics",
    "TestResult",
]
