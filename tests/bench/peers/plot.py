"""The result of a run as a plot in SVG, which is readable on light and on dark pages."""

import statistics
from xml.sax.saxutils import escape

from .peer import CASES
from .report import Result

_WIDTH, _LEFT, _BAR, _GAP, _HEAD = 720, 48, 14, 18, 64
_COLORS = {
    "Node-RED": ("#b03a48", "#f0808c"),
    "n8n": ("#a8641e", "#e6a85c"),
    "Switchyard": ("#1f6fb2", "#6cb6f5"),
    "Commit ceiling": ("#5f6b76", "#9aa7b3"),
}
"""On light and on dark pages."""


def plot(result: Result) -> str:
    """Bars of the completed events by case, and how the rounds scattered."""
    peers = [peer for peer in result.versions if any(result.of(peer, case) for case in CASES)]
    rates = {
        (peer, case): [one.completed_per_s for one in result.of(peer, case)]
        for peer in peers
        for case in CASES
    }
    highest = {case: max((max(rates[peer, case], default=0) for peer in peers), default=0) for case in CASES}
    body, y = [], _HEAD
    for case in CASES:
        shown = [peer for peer in peers if rates[peer, case]]
        if not shown:
            continue
        body.append(f'<text class="case" x="12" y="{y + 12}">{case}</text>')
        for peer in shown:
            body += _bar(peer, rates[peer, case], highest[case], y)
            y += _BAR + 4
        y += _GAP
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" '
            f'aria-labelledby="title">',
            f'<title id="title">Events completed per second by case: {escape(", ".join(peers))}</title>',
            _style(peers),
            f'<rect class="page" width="{_WIDTH}" height="{y}" rx="6"/>',
            '<text class="head" x="12" y="22">Events completed per second, median and range of the rounds. '
            "Each case has a scale of its own.</text>",
            *_legend(peers),
            *body,
            "</svg>",
            "",
        ]
    )


def _bar(peer: str, values: list[float], highest: float, y: int) -> list[str]:
    room = _WIDTH - _LEFT - 96
    scale = room / max(highest, 1)
    middle = statistics.median(values)
    low, high = _LEFT + min(values) * scale, _LEFT + max(values) * scale
    at = y + _BAR / 2
    return [
        f'<rect class="{_class(peer)}" x="{_LEFT}" y="{y}" width="{middle * scale:.1f}" '
        f'height="{_BAR}" rx="2"/>',
        f'<path class="range" d="M{low:.1f} {at}H{high:.1f}M{low:.1f} {at - 4}v8M{high:.1f} {at - 4}v8"/>',
        f'<text class="value" x="{high + 8:.1f}" y="{y + 11}">{middle:,.0f}</text>',
    ]


def _legend(peers: list[str]) -> list[str]:
    found, x = [], 12.0
    for peer in peers:
        found.append(f'<rect class="{_class(peer)}" x="{x:.0f}" y="36" width="12" height="12" rx="2"/>')
        found.append(f'<text class="value" x="{x + 18:.0f}" y="46">{escape(peer)}</text>')
        x += 42 + 7.5 * len(peer)
    return found


def _class(peer: str) -> str:
    return "peer-" + peer.lower().replace(" ", "-")


def _style(peers: list[str]) -> str:
    light, dark = (
        "".join(f".{_class(peer)}{{fill:{_COLORS[peer][number]}}}" for peer in peers) for number in (0, 1)
    )
    return (
        "<style>text{font:12px system-ui,sans-serif;fill:#1d2733}.case{font-weight:700;font-size:14px}"
        f".head{{font-weight:600}}.page{{fill:#fff}}.range{{stroke:#1d2733;fill:none;opacity:.65}}{light}"
        "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#12181f}"
        f".range{{stroke:#e6edf3}}{dark}}}</style>"
    )
