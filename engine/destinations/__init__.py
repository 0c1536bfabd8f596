"""Events on their way out: who is told of them, how they are written, signed, sent and sent again."""

from .dispatch import MOST_ON_THEIR_WAY
from .ledger import forget_old as forget_deliveries
from .records import Bucket, Created, DestinationRecord, Preview, ReplayRecord, Statistics, TestResult
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
