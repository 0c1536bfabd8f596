"""The store on a PostgreSQL server: its tables, its order of texts, and connections that are lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from engine.base.errors import Unavailable
from engine.store import migrations
from engine.store.database import Database
from engine.store.dialects.base import Connection, Execute
from engine.store.dialects.postgresql import PostgreSQL
from engine.store.errors import StoreConflict, StoreError, StoreUnavailable, StoreUnreachable
from engine.store.models import Project, StoreItem
from engine.store.problems import UNREACHABLE
from engine.store.tx import Tx
from tests.support.postgres import postgres_server
from tests.support.stores import Databases
from tests.support.waiting import polled_async

pytestmark = pytest.mark.postgres


@pytest.fixture
async def db(databases: Databases, tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(databases.at(tmp_path / "db"))
    made.open()
    yield made
    await asyncio.to_thread(made.close)
    databases.drop_below(tmp_path)


def add(*ids: str) -> Any:
    def change(tx: Tx) -> None:
        for id in ids:
            tx.execute("INSERT INTO projects (id, name, created) VALUES (?, ?, ?)", (id, id, ""))

    return change


def ids(tx: Tx) -> list[str]:
    return [id for (id,) in tx.execute("SELECT id FROM projects ORDER BY id")]


def drop_connections(url: str) -> None:
    """End every session of the database, as a server does that is restarted."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# -- tables and values -----------------------------------------------------------------------------------


def differs(context: Any, _column: Any, wanted: Any, found: Any, _type: Any) -> bool:
    """Whether a column has another type than it is created with."""
    created = context.dialect.type_compiler_instance.process(wanted.type, type_expression=wanted)
    stored = found.compile(dialect=context.dialect)
    return bool(created != stored.replace("DOUBLE PRECISION", "FLOAT"))  # one type, two names


async def test_the_tables_are_those_of_the_models(db: Database) -> None:
    """By alembic's own comparison: tables, columns, types, NOT NULL, indexes, keys."""
    with closing(db.dialect.connect()) as connection:
        engine = db.dialect.engine(connection)
        with engine.connect() as wrapped:
            context = MigrationContext.configure(wrapped, opts={"compare_type": differs})
            assert compare_metadata(context, SQLModel.metadata) == []
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert revision == migrations.head()


async def test_partial_indexes_have_the_conditions_of_the_models(db: Database) -> None:
    def stored(tx: Tx) -> dict[str, bool]:
        found = tx.execute(
            "SELECT c.relname, i.indpred IS NOT NULL FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()"
        )
        return dict(found.fetchall())

    partial = {
        str(index.name): index.dialect_options["sqlite"]["where"] is not None
        for table in SQLModel.metadata.tables.values()
        for index in table.indexes
    }
    found = await db.read(stored)
    assert partial.items() <= found.items() and sum(partial.values()) > 10


async def test_every_whole_number_has_64_bits_and_every_text_is_compared_by_its_bytes(db: Database) -> None:
    def columns(tx: Tx) -> list[Any]:
        return tx.execute(
            "SELECT table_name, column_name, data_type, collation_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name <> 'alembic_version'"
        ).fetchall()

    found = await db.read(columns)
    assert {kind for _, _, kind, _ in found} == {
        "bigint", "boolean", "bytea", "character varying", "double precision",
    }  # fmt: skip
    assert [row for row in found if row[2] == "character varying" and row[3] != "C"] == []


async def test_texts_sort_as_in_python_whatever_the_servers_language(db: Database) -> None:
    names = ["b", "A", "a_b", "a", "B", "ä", "aB", "Z", "~", "a b"]
    await db.submit(add(*names))
    (server,) = await db.read(lambda tx: tx.execute("SELECT 'a' < 'B'").fetchone())
    assert server, "the server itself sorts as a dictionary does"
    assert await db.read(ids) == sorted(names)


async def test_a_nul_in_a_text_is_stored_and_found_again(db: Database) -> None:
    await db.submit(add("a\0b"))
    one = await db.read(lambda tx: tx.execute("SELECT id FROM projects WHERE id = ?", ("a\0b",)).fetchone())
    by_session = await db.read(lambda tx: tx.session.get(Project, "a\0b"))
    assert one == ("a␀b",) and by_session is not None


@pytest.mark.parametrize("number", [0, 2**31, -(2**40), 2**62])
async def test_whole_numbers_come_back_whatever_their_size(db: Database, number: int) -> None:
    await db.write(lambda tx: tx.execute("INSERT INTO cursors (name, at) VALUES (?, ?)", ("a", number)))
    await db.write(lambda tx: tx.execute("INSERT INTO cursors (name, at) VALUES (?, ?)", ("b", 1)))
    total = await db.read(lambda tx: tx.execute("SELECT sum(at) FROM cursors").fetchone()[0])
    assert total == number + 1 and isinstance(total, int)


async def test_rows_of_nothing_but_null_in_a_column_are_stored(db: Database) -> None:
    """PostgreSQL takes the type of a list's column from its values: of nulls alone it is text."""
    columns = "id, email, name, password_hash, platform_admin, disabled, created, totp_step"
    rows = [(f"u{n}", f"u{n}", "", "", False, False, "", None) for n in range(3)]
    await db.submit(lambda tx: tx.rows(f"INSERT INTO users ({columns})", rows))
    counts = "SELECT count(totp_step), count(*) FROM users"
    assert await db.read(lambda tx: tx.execute(counts).fetchone()) == (0, 3)


async def test_an_error_in_one_change_does_not_end_the_transaction_of_the_others(db: Database) -> None:
    done = await asyncio.gather(
        db.submit(add("a")),
        db.submit(lambda tx: tx.execute("SELECT * FROM nowhere")),
        db.write(
            lambda tx: tx.session.add(StoreItem(project_id="p", flow_id="", key="k", value="1", updated=""))
        ),
        db.submit(add("a")),
        db.submit(add("b")),
        return_exceptions=True,
    )
    assert [type(one) for one in done if isinstance(one, Exception)] == [StoreError, StoreConflict]
    assert await db.read(ids) == ["a", "b"]
    assert (await db.read(lambda tx: tx.execute("SELECT count(*) FROM store_items").fetchone())) == (1,)


# -- several writers -------------------------------------------------------------------------------------


async def test_writers_of_two_processes_take_turns(
    db: Database, databases: Databases, tmp_path: Path
) -> None:
    """What a change reads is still so when it writes, and positions become visible in their order."""
    other = Database(databases.at(tmp_path / "db"))
    other.open()

    def count(tx: Tx) -> None:
        found = tx.session.get(StoreItem, ("p", "", "k"))
        assert found is not None
        found.value = str(int(found.value) + 1)
        tx.session.add(found)

    item = StoreItem(project_id="p", flow_id="", key="k", value="0", updated="")
    await db.write(lambda tx: tx.session.add(item))
    await asyncio.gather(*(store.write(count) for _ in range(25) for store in (db, other)))
    found = await db.read(lambda tx: tx.execute("SELECT value FROM store_items").fetchone())
    await asyncio.to_thread(other.close)
    assert found == ("50",)


async def test_who_loses_the_connection_loses_the_lease_and_writes_nothing_without_it(
    databases: Databases, tmp_path: Path
) -> None:
    first, second = (Database(databases.at(tmp_path / "db")) for _ in range(2))
    first.open(alone=True)
    drop_connections(databases.url(tmp_path / "db"))
    await asyncio.to_thread(second.open, alone=True)
    with pytest.raises(Unavailable, match="already running"):
        await first.submit(add("a"))
    await asyncio.to_thread(second.close)

    async def stores() -> bool:
        try:
            await first.submit(add("b"))
        except Unavailable:  # the server has not noticed yet that the other one is gone
            return False
        return True  # it has the lease again

    await polled_async(stores)
    assert await first.read(ids) == ["b"]
    await asyncio.to_thread(first.close)
    databases.drop_below(tmp_path)


# -- connections that are lost ---------------------------------------------------------------------------


async def test_connections_that_the_server_ended_are_replaced_unseen(
    db: Database, databases: Databases, tmp_path: Path
) -> None:
    await db.submit(add("a"))
    assert await db.read(ids) == await db.search(ids) == ["a"]
    for _ in range(2):
        await asyncio.to_thread(drop_connections, databases.url(tmp_path / "db"))
        assert await asyncio.gather(*(db.read(ids) for _ in range(8))) == [["a"]] * 8
        await db.submit(lambda tx: tx.execute("UPDATE projects SET name = 'x'"))
    assert db.files.problem is None


async def test_a_transaction_whose_connection_is_lost_stores_nothing(
    db: Database, databases: Databases, tmp_path: Path
) -> None:
    def change(tx: Tx) -> None:
        add("a")(tx)
        drop_connections(databases.url(tmp_path / "db"))
        add("b")(tx)

    with pytest.raises(StoreUnreachable):
        await db.submit(change)
    assert db.files.problem is UNREACHABLE
    assert db.files.look() is None, "the next look finds that it answers"
    await db.submit(add("c"))
    assert await db.read(ids) == ["c"]


class Interrupted(PostgreSQL):
    """The connection is lost as a commit is sent: before or after the server has it."""

    when: str | None = None

    def execute(self, connection: Connection) -> Execute:
        real = super().execute(connection)

        def execute(sql: str, *parameters: Any) -> Any:
            when = self.when if sql == "COMMIT" else None
            if when == "after":
                real(sql)
            if when is not None:
                self.when = None
                connection.close()
            return real(sql, *parameters)

        return execute


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_commit_without_an_answer_is_stored_or_not_as_the_server_says(
    databases: Databases, tmp_path: Path, when: str
) -> None:
    dialect = Interrupted(databases.url(tmp_path / "db"))
    db = Database(dialect)
    db.open()
    dialect.when = when
    done = await asyncio.gather(db.submit(add("a")), return_exceptions=True)
    assert (await db.read(ids) == ["a"]) == (when == "after") == (done == [None])
    if when == "before":
        assert isinstance(done[0], StoreUnreachable)
    await asyncio.to_thread(db.close)
    databases.drop_below(tmp_path)


async def test_a_server_that_is_killed_is_unreachable_until_it_is_back_and_loses_nothing() -> None:
    with postgres_server() as server:
        assert server is not None
        db = Database(PostgreSQL(server.create_database()))
        db.open()
        await db.submit(add("a"))
        server.kill()
        for ask in (db.submit(add("b")), db.read(ids), db.search(ids)):
            with pytest.raises(StoreUnavailable, match="does not answer"):
                await ask
        assert db.files.look() is UNREACHABLE
        with pytest.raises(StoreUnavailable):
            db.files.require()
        await asyncio.to_thread(server.start)
        assert db.files.look() is None
        await db.submit(add("c"))
        assert await db.read(ids) == await db.search(ids) == ["a", "c"]
        await asyncio.to_thread(db.close)


# -- what cannot be opened -------------------------------------------------------------------------------


async def test_a_database_that_does_not_exist_says_so_without_a_password(databases: Databases) -> None:
    url = databases.server.url("nowhere").replace("postgres@", "postgres:hunter2@")
    with pytest.raises(Unavailable, match='"nowhere" does not exist') as raised:
        Database(PostgreSQL(url)).open()
    assert "hunter2" not in str(raised.value)


async def test_a_database_of_a_newer_schema_is_left_alone(databases: Databases, tmp_path: Path) -> None:
    url = databases.url(tmp_path / "newer")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    with pytest.raises(Unavailable, match="has schema 9999"):
        Database(PostgreSQL(url)).open()
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables.fetchone() == (1,)
    databases.drop_below(tmp_path)
