"""Events on their way out: who is told of them, how they are written, signed, sent and sent again."""

from .delivery_store import forget_old as forget_deliveries
from .records import Bucket, Created, DestinationRecord, Preview, ReplayRecord, Statistics, TestResult
from .scheduler import MOST_ON_THEIR_WAY
from .service import Destinations

__all__ = [
    "MOST_ON_THEIR_WAY",
    "Bucket",
    "Created",
    "DestinationRecord",
    "Destinations",
    "Preview",
    "ReplayRecord",
    "Statistics",
    "TestResult",
    "forget_deliveries",
]
