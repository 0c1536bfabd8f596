"""The drawing of a draft in the editor, with where its samples go: made once for each state of the draft.

An edit needs the drawing before and after it, and whoever opens a step the one that is there; to make it,
the samples are followed through the whole flow.
"""

from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from engine.analysis.coverage import RouterCoverage
from engine.authoring.flow_reader import FlowRecord
from engine.base.offload import is_large, offload
from engine.expressions import apart, evaluated
from engine.flow import Problem
from pieces import Registry
from ui.drawing.canvas import Drawing, draw
from ui.drawing.run_view import Overlay

from . import branch
from . import flow as editor_flow

_KEPT = 32  # states of drafts, of all flows together


class Drawn(NamedTuple):
    """A drawing that nobody changes any more, and the samples at each router."""

    drawing: Drawing
    cover: Mapping[str, RouterCoverage]


class _Kept(NamedTuple):
    problems: list[Problem]
    drawn: Drawn


_kept: OrderedDict[tuple[str, int], _Kept] = OrderedDict()


async def prepare(pieces: Registry, flow: FlowRecord) -> None:
    """Follow the samples through the draft where that is not known yet; beside the event loop if it is
    costly."""
    key = (flow.id, flow.revision)
    known = _kept.get(key)
    if known is None or known.problems != flow.problems:
        follow = partial(branch.covered, flow.definition, pieces)
        large = is_large(flow.definition)
        cover = await (apart(follow) if large else evaluated(follow))
        made = await offload(partial(_made, pieces, flow, cover), large=large)
        _keep(key, _Kept(list(flow.problems), made))


def drawn(pieces: Registry, flow: FlowRecord, overlay: Overlay | None = None) -> Drawn:
    """The drawing of the draft, with the light of a run where one is shown."""
    key = (flow.id, flow.revision)
    known = _kept.pop(key, None)
    if known is None or known.problems != flow.problems:
        known = _Kept(list(flow.problems), _made(pieces, flow, branch.covered(flow.definition, pieces)))
    _keep(key, known)
    return known.drawn if overlay is None else _made(pieces, flow, known.drawn.cover, overlay)


def _keep(key: tuple[str, int], known: _Kept) -> None:
    _kept[key] = known
    _kept.move_to_end(key)
    if len(_kept) > _KEPT:
        _kept.popitem(last=False)


def _made(
    pieces: Registry, flow: FlowRecord, cover: Mapping[str, RouterCoverage], overlay: Overlay | None = None
) -> Drawn:
    drawing = draw(flow.definition, pieces, flow.problems, overlay)
    editor_flow.mark_samples(drawing, cover)
    return Drawn(drawing, cover)
