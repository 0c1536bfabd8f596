"""A connection of the HTTP piece names the hosts that may receive its secret.

Those of existing connections are the hosts of the literal addresses in the steps that use them, in drafts and
published versions. Where a step's host comes from an expression it is not added: that step then fails and
names the connection, until an admin adds the host.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.migrations.portable import varchar

revision = "0015"
down_revision = "0014"

_DEFINITIONS = (
    "SELECT project_id, draft FROM flows WHERE draft LIKE '%\"connection\"%' "
    "UNION ALL SELECT f.project_id, v.definition FROM flows f JOIN flow_versions v "
    "ON v.flow_id = f.id AND v.number = f.published_version WHERE v.definition LIKE '%\"connection\"%'"
)
# The authority of an address is complete before any expression begins.
_LITERAL = re.compile(
    r"(https?)://(?:[^@/?#{}\s]*@)?(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?(?=[/?#]|$)", re.IGNORECASE
)


def upgrade() -> None:
    op.add_column("connections", varchar("hosts", null=True))
    connection = op.get_bind()
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for project_id, definition in connection.execute(sa.text(_DEFINITIONS)):
        for name, host in _uses(definition):
            found[project_id, name].add(host)
    for (project_id, name), hosts in found.items():
        connection.execute(
            sa.text(
                "UPDATE connections SET hosts = :hosts "
                "WHERE project_id = :project_id AND name = :name AND piece = 'http'"
            ),
            {"hosts": json.dumps(sorted(hosts)), "project_id": project_id, "name": name},
        )


def _uses(definition: str) -> Iterator[tuple[str, str]]:
    """(connection, host) of each step of the HTTP piece whose host is written out."""
    steps: Any = json.loads(definition).get("steps")
    for step in steps.values() if isinstance(steps, dict) else ():
        if not isinstance(step, dict) or step.get("piece") != "http":
            continue
        name, values = step.get("connection"), step.get("input")
        url = values.get("url") if isinstance(values, dict) else None
        host = _host(url) if isinstance(url, str) else None
        if isinstance(name, str) and host is not None:
            yield name, host


def _host(url: str) -> str | None:
    """The host as it is listed: a port is named unless it is that of https."""
    literal = _LITERAL.match(url.strip())
    if literal is None:
        return None
    scheme, host, port = literal[1].lower(), literal[2].lower().rstrip("."), literal[3]
    number = int(port) if port else 443 if scheme == "https" else 80
    if not host or not 0 < number < 65_536:
        return None
    return host if (scheme, number) == ("https", 443) else f"{host}:{number}"
