"""What this machine could do at most: the same server, whose HTTP protocol answers an event from the parser,
without a flow behind it. `/webhooks/ceiling/parse` answers once the body is parsed, and
`/webhooks/ceiling/commit` once it is stored by one insert that is committed with others.

Run as a program: `python -m ui.cli.bench.ceiling PORT FOLDER DURABILITY`.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

import uvicorn
from starlette.responses import PlainTextResponse

from engine.base import jsonbody
from engine.base.errors import SwitchyardError, Unforeseen
from engine.base.ids import new_id
from engine.base.settings import Settings
from engine.intake.addresses import PREFIX, Addresses
from engine.intake.answers import IntakeAnswer, refusal
from engine.intake.request import Request
from engine.intake.webhooks import Intake
from engine.store.bench import BenchStore
from engine.web.http_protocol import with_intake
from engine.web.security_headers import headers_of_anybody
from ui.cli.collector import calm_collector

Part = Literal["parse", "commit"]


def path(part: Part) -> str:
    """Where events are sent to."""
    return f"{PREFIX}ceiling/{part}"


class Ceiling:
    """Takes the place of `Intake` behind the protocol: parses an event, stores it if there is a store, and
    answers 202 with the id of a run that there is not."""

    def __init__(self, settings: Settings, store: BenchStore | None) -> None:
        self._store = store
        self.header_lines = b"".join(b"%b: %b\r\n" % pair for pair in headers_of_anybody(settings))

    def start_at_once(
        self, _flow_id: str, request: Request, answered: Callable[[IntakeAnswer], None]
    ) -> bool:
        jsonbody.loads(request.body)
        run_id = new_id("run")

        def answer(outcome: BaseException | None) -> None:
            if outcome is None:
                content = b'{"run_id":"%b"}' % run_id.encode()
                answered((202, [(b"content-type", b"application/json")], content))
            else:
                answered(refusal(Unforeseen()))

        if self._store is None:
            answer(None)
        else:
            self._store.insert_payload(run_id, request.body, answer)
        return True

    async def receive(self, _flow_id: str, _request: Request) -> IntakeAnswer:
        """Refuse what cannot be answered at once: a ceiling that took another way would be none."""
        return refusal(Unforeseen())

    def refuse(self, _flow_id: str, _request: Request, error: SwitchyardError) -> IntakeAnswer:
        return refusal(error)


def addresses(settings: Settings, store: BenchStore) -> Addresses:
    """Both ceilings, in the place of the intake."""
    parse, commit = (cast(Intake, Ceiling(settings, behind)) for behind in (None, store))
    return Addresses({"parse": parse, "commit": commit})


def main() -> None:
    port, folder, durability = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    settings = Settings(data_dir=folder, port=port)
    store = BenchStore(folder / "ceiling.db", durability)  # type: ignore[arg-type]
    calm_collector()  # as the server itself does
    uvicorn.run(
        PlainTextResponse("ok"),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http=with_intake(addresses(settings, store), settings),
        ws="none",
        server_header=False,
    )
    store.close()


if __name__ == "__main__":
    main()
