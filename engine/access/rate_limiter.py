"""A rate limiter for guesses (sign-in, codes): a sliding window in memory."""

import math
from collections import deque
from collections.abc import Hashable
from ipaddress import IPv6Address, ip_address, ip_network

from engine.base import clock
from engine.base.errors import Busy

_MAX_KEYS = 20_000


def network_of(ip: str) -> str:
    """What one party can send from: an IPv4 address, or the /64 of an IPv6 address, of which a home has at
    least one (RFC 6177, 2). What is no address is itself."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)


class Throttle:
    """At most `limit` attempts in `window` seconds for each key.

    In memory on purpose: a restart forgives, and guessing costs no write. Each process counts for itself.
    """

    def __init__(self, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._attempts: dict[Hashable, deque[float]] = {}

    def attempt(self, key: Hashable) -> None:
        """Count an attempt before it is made. Raises `Busy`, and counts nothing, with the seconds to wait."""
        now = clock.monotonic()
        times = self._attempts.get(key)
        if times is None:
            self._make_room(now)
            times = self._attempts[key] = deque()
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) >= self._limit:
            wait = max(1, math.ceil(times[0] + self._window - now))
            raise Busy(f"Too many attempts. Try again in {wait} s.", retry_after=wait)
        times.append(now)

    def forgive(self, key: Hashable) -> None:
        """Forget all attempts of a key: it was right."""
        self._attempts.pop(key, None)

    def take_back(self, key: Hashable) -> None:
        """Forget the last attempt of a key: it was no guess."""
        times = self._attempts.get(key)
        if times:
            times.pop()

    def _make_room(self, now: float) -> None:
        if len(self._attempts) < _MAX_KEYS:
            return
        old = [key for key, times in self._attempts.items() if not times or times[-1] <= now - self._window]
        for key in old or list(self._attempts)[: _MAX_KEYS // 10]:  # or the keys seen first
            del self._attempts[key]
