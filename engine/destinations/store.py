"""The rows of destinations, of their deliveries as people look at them, and of replays."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, func, select

from engine.base.errors import NotFound
from engine.store.models import Delivery, DeliveryAttempt, Destination, Event, Flow, Replay
from engine.store.tx import Tx

GONE = "deleted"
"""The status of a destination whose deliveries are being wiped; nobody is shown it."""


def row(tx: Tx, project_id: str | None, destination_id: str) -> Destination:
    """A destination of the project, or of the platform for None. Raises `NotFound`."""
    found = tx.session.get(Destination, destination_id)
    if found is None or found.project_id != project_id or found.status == GONE:
        raise NotFound("There is no such destination here.")
    return found


def anybodys(tx: Tx, destination_id: str) -> Destination:
    """A destination of any project, for what everybody may know of it. Raises `NotFound`."""
    found = tx.session.get(Destination, destination_id)
    if found is None or found.status == GONE:
        raise NotFound("There is no such destination.")
    return found


def rows(tx: Tx, project_id: str | None) -> Sequence[Destination]:
    """The destinations of a project, or of the platform for None, by name."""
    question = select(Destination).where(
        col(Destination.project_id) == project_id
        if project_id is not None
        else col(Destination.project_id).is_(None)
    )
    known = question.where(col(Destination.status) != GONE)
    return tx.session.exec(known.order_by(func.lower(Destination.name), Destination.id)).all()


def everything(tx: Tx) -> Sequence[Destination]:
    """All destinations of all projects, those that are being wiped too."""
    return tx.session.exec(select(Destination)).all()


def listeners(tx: Tx) -> bool:
    """Whether there is any destination."""
    return (
        tx.session.exec(select(Destination.id).where(Destination.status != GONE).limit(1)).first() is not None
    )


def held(tx: Tx, ids: Sequence[str]) -> dict[str, int]:
    """How many deliveries each destination holds."""
    count = select(Delivery.destination_id, func.count()).where(
        col(Delivery.destination_id).in_(ids), Delivery.status == "held"
    )
    return {found[0]: found[1] for found in tx.session.exec(count.group_by(Delivery.destination_id))}


def flow(tx: Tx, flow_id: str) -> Flow | None:
    """A flow of any project."""
    return tx.session.get(Flow, flow_id)


def waiting(tx: Tx) -> dict[str, int]:
    """How many deliveries of all destinations are pending, and how many are held."""
    sql = "SELECT count(*) FROM deliveries WHERE status = '{}'"  # as the partial indexes have it
    return {status: tx.execute(sql.format(status)).fetchone()[0] for status in ("pending", "held")}


def count(tx: Tx, destination_id: str, status: str) -> int:
    """How many deliveries of a destination stand so."""
    question = select(func.count()).where(
        Delivery.destination_id == destination_id, Delivery.status == status
    )
    return tx.session.exec(question).one()


# -- deliveries ------------------------------------------------------------------------------------------


def deliveries(
    tx: Tx,
    project_id: str | None,
    wanted: dict[str, str | None],
    span: tuple[str | None, str | None],
    after: str | None,
    limit: int,
    ended: str | None = None,
) -> Sequence[Delivery]:
    """Deliveries to the destinations of a project (or of the platform), newest first.

    `wanted` is values of columns, those that are None are of no matter; `span` is two delivery ids; `ended`
    is when they ended at the earliest.
    """
    of_scope = select(Delivery).join(Destination, col(Destination.id) == col(Delivery.destination_id))
    scope = col(Destination.project_id)
    question = of_scope.where(scope.is_(None) if project_id is None else scope == project_id)
    for name, value in wanted.items():
        if value is not None:
            question = question.where(getattr(Delivery, name) == value)
    least, most = span
    if least is not None:
        question = question.where(col(Delivery.id) >= least)
    if most is not None:
        question = question.where(col(Delivery.id) <= most)
    if ended is not None:
        question = question.where(col(Delivery.finished) >= ended)
    if after is not None:
        question = question.where(col(Delivery.id) < after)
    return tx.session.exec(question.order_by(col(Delivery.id).desc()).limit(limit)).all()


def delivery(tx: Tx, project_id: str | None, delivery_id: str) -> Delivery:
    """A delivery to a destination of the project, or of the platform for None. Raises `NotFound`."""
    found = tx.session.get(Delivery, delivery_id)
    to = None if found is None else tx.session.get(Destination, found.destination_id)
    if found is None or to is None or to.project_id != project_id or to.status == GONE:
        raise NotFound("There is no such delivery here.")
    return found


def attempts(tx: Tx, delivery_id: str) -> Sequence[DeliveryAttempt]:
    """All tries of a delivery, in their order."""
    question = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
    return tx.session.exec(question.order_by(col(DeliveryAttempt.number))).all()


def envelope(tx: Tx, event_id: str) -> bytes | None:
    """The JSON of an event; None once it was forgotten."""
    return tx.session.exec(select(Event.envelope).where(Event.id == event_id)).first()


# -- replays ---------------------------------------------------------------------------------------------


def replays(tx: Tx, destination_id: str) -> Sequence[Replay]:
    """The replays of a destination, newest first."""
    question = select(Replay).where(Replay.destination_id == destination_id)
    return tx.session.exec(question.order_by(col(Replay.id).desc()).limit(50)).all()


def running_replays(tx: Tx) -> Sequence[Replay]:
    """The replays that are not at their end."""
    return tx.session.exec(select(Replay).where(Replay.state == "running").order_by(Replay.id)).all()


def replay_count(tx: Tx, destination_id: str, least: str, most: str, statuses: Any) -> int:
    """How many deliveries between two ids stand in one of these ways."""
    question = select(func.count()).where(
        Delivery.destination_id == destination_id,
        col(Delivery.id) >= least,
        col(Delivery.id) <= most,
        col(Delivery.status).in_(statuses),
    )
    return tx.session.exec(question).one()
