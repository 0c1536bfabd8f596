"""How SQLAlchemy writes for PostgreSQL what the models say, so that a column means what it means in SQLite.

Whole numbers have 64 bits. Texts are compared by their bytes, whatever the database's own collation: ids and
times sort as they do in Python, and an index serves the beginning of a text. An enum is a text, since a type
of its own can only be extended by DDL.
https://www.postgresql.org/docs/current/collation.html
"""

from typing import Any

import sqlalchemy
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

URL = "postgresql+switchyard://"
"""For `create_engine`: this dialect of SQLAlchemy's, on a connection that its caller has."""


class _Types(PGTypeCompiler):
    def visit_INTEGER(self, type_: Any, **kw: Any) -> str:
        return "BIGINT" if _is_column(kw) else "INTEGER"

    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:
        written: str = super().visit_VARCHAR(type_, **kw)
        return f'{written} COLLATE "C"' if _is_column(kw) else written


def _is_column(kw: dict[str, Any]) -> bool:
    return isinstance(kw.get("type_expression"), sqlalchemy.Column)


class _Tables(PGDDLCompiler):
    def get_column_specification(self, column: Any, **kwargs: Any) -> str:
        written: str = super().get_column_specification(column, **kwargs)  # type: ignore[no-untyped-call]
        return written.replace(" SERIAL ", " BIGSERIAL ")


class _WholeNumber(sqlalchemy.Integer):
    """Without the cast to INTEGER that SQLAlchemy adds: psycopg sends as many bits as a number needs."""


class Schema(PGDialect_psycopg):
    """SQLAlchemy's dialect with these tables and types."""

    supports_statement_cache = True
    supports_native_enum = False
    colspecs = {**PGDialect_psycopg.colspecs, sqlalchemy.Integer: _WholeNumber}  # noqa: RUF012 - as in its base
    ddl_compiler = _Tables
    type_compiler_cls = _Types


registry.register("postgresql.switchyard", __name__, "Schema")
