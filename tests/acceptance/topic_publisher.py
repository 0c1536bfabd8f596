"""An instance that publishes without end, for a test that kills it: each line is a message that is kept."""

import asyncio
import sys
from pathlib import Path

from engine.base.actor import Actor
from engine.base.settings import Settings
from engine.instance import Switchyard

FLOW = {
    "format": 1,
    "name": "Reader",
    "triggers": [{"name": "news", "piece": "topic", "trigger": "subscribe", "input": {"topic": "orders.>"}}],
    "start": "keep",
    "steps": {
        "keep": {
            "type": "action",
            "piece": "data",
            "action": "compose",
            "input": {"value": "{{ trigger.body }}"},
            "next": None,
        }
    },
}


async def main(data_dir: Path) -> None:
    sy = Switchyard(Settings(data_dir=data_dir, durability="fast"))
    await sy.start()
    (project,) = await sy.access.projects.list(Actor.system())
    actor = Actor.system(project.id)
    if not (await sy.flows.list(project.id)).data:
        made = await sy.flows.create(actor, FLOW)
        await sy.flows.publish(actor, made.id)

    async def publish(number: int) -> None:
        while True:
            done = await sy.topics.publish(project.id, f"orders.n{number}", number, source="api:test")
            print(done.id, flush=True)

    await asyncio.gather(*map(publish, range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
