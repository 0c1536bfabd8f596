"""`switchyard audit`: whether the ledger agrees with a count of the tables."""

import json

from rich.console import Console
from rich.table import Table

from engine import administration
from engine.base.settings import Settings


async def main(settings: Settings, as_json: bool) -> int:
    """Print each difference; 1 when there is one. A running server goes on meanwhile."""
    async with administration.opened(settings) as here:
        found = await here.balance.differences()
    if as_json:
        print(json.dumps({"differences": [one._asdict() for one in found]}))
    elif not found:
        print("The books balance: the ledger agrees with the tables.")
    else:
        table = Table("project", "flow", "environment", "what", "ledger", "counted", box=None)
        for one in found:
            table.add_row(
                one.project_id, one.flow_id, one.environment, one.what, str(one.ledger), str(one.counted)
            )
        Console(highlight=False).print(table)
    return int(bool(found))
