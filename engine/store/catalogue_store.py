"""The SQL of the catalogues that projects add; every look-up names the project."""

from sqlmodel import col, func, select

from .models import CustomCatalogue, Flow
from .tx import Tx


def find(tx: Tx, project_id: str, name: str) -> CustomCatalogue | None:
    return tx.session.exec(
        select(CustomCatalogue).where(CustomCatalogue.project_id == project_id, CustomCatalogue.name == name)
    ).first()


def all_of(tx: Tx, project_id: str) -> list[CustomCatalogue]:
    """A project's catalogues by name."""
    return list(
        tx.session.exec(
            select(CustomCatalogue)
            .where(CustomCatalogue.project_id == project_id)
            .order_by(col(CustomCatalogue.name))
        ).all()
    )


def count(tx: Tx, project_id: str) -> int:
    question = select(func.count()).where(CustomCatalogue.project_id == project_id)
    return tx.session.exec(question).one()


def handler_flow(tx: Tx, project_id: str, flow_id: str) -> Flow | None:
    """A flow that was generated from a catalogue; None for any other."""
    return tx.session.exec(
        select(Flow).where(
            Flow.project_id == project_id, Flow.id == flow_id, col(Flow.catalogue).is_not(None)
        )
    ).first()
