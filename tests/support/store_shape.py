"""The shape of a store: what two stores of one schema have in common, whatever the order of their columns."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def shape(path: Path) -> dict[str, Any]:
    """Of each table the columns (type, NOT NULL, default, position in the primary key), foreign keys, unique
    constraints, indexes with their conditions, and whether its numbers are used once; and the revisions."""
    with closing(sqlite3.connect(path)) as connection:

        def pragma(name: str, of: str) -> list[Any]:
            return connection.execute(f"PRAGMA {name}({of})").fetchall()

        sql = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())
        found: dict[str, Any] = {}
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            indexes = pragma("index_list", table)
            columns = {name: [row[2] for row in pragma("index_info", name)] for _, name, *_ in indexes}
            found[table] = {
                "columns": {row[1]: tuple(row[2:6]) for row in pragma("table_info", table)},
                "foreign keys": sorted((row[3], row[2], row[4]) for row in pragma("foreign_key_list", table)),
                "unique": sorted(columns[name] for _, name, _, origin, _ in indexes if origin == "u"),
                "indexes": {
                    name: (columns[name], unique, " ".join(sql[name].split()).partition(" WHERE ")[2])
                    for _, name, unique, origin, _ in indexes
                    if origin == "c"
                },
                "numbers once": "AUTOINCREMENT" in sql.get(table, ""),
            }
        found["user_version"] = connection.execute("PRAGMA user_version").fetchone()
        found["revision"] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        return found
