"""A disk that takes no writes under a whole instance: it says so in a sentence wherever people and machines
look, and goes on once the disk is mended."""

import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from engine.base.actor import Role
from engine.store import watch
from tests.conftest import OURS, PASSWORD, Instance, serve

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.sqlite]

CATCH = {"name": "webhook", "piece": "webhook", "trigger": "catch", "input": {"verify": {"scheme": "none"}}}
STEPS = {"a": {"type": "action", "piece": "data", "action": "compose", "input": {"value": 1}, "next": None}}
FLOW = {"format": 1, "name": "Any", "triggers": [CATCH], "start": "a", "steps": STEPS}


@pytest_asyncio.fixture(loop_scope="module")
async def instance(tmp_path: Path) -> AsyncIterator[Instance]:
    async with serve(tmp_path) as made:
        yield made


@contextmanager
def failing_disk() -> Iterator[None]:
    """Every write to a file is refused by the kernel, as by a broken disk: SQLite reports an I/O error.
    https://man7.org/linux/man-pages/man2/setrlimit.2.html (RLIMIT_FSIZE; Python ignores SIGXFSZ)"""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def sign_in(instance: Instance) -> httpx.Response:
    form = {"email": "ann@example.com", "password": PASSWORD}
    answer = await instance.http.post("/sign-in", data=form, headers={**OURS, "accept": "text/html"})
    instance.http.cookies.clear()
    return answer


async def test_a_disk_with_errors_is_said_in_a_sentence_and_events_are_taken_once_it_is_mended(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    flow = await instance.publish(FLOW)
    cookie = {"Cookie": f"switchyard_session={await instance.cookie_of('ann@example.com', Role.editor)}"}
    accepted = (await instance.send(flow["id"], {"n": 1})).json()["run_id"]
    assert (await instance.ended(accepted))["status"] == "succeeded"
    caplog.clear()
    with failing_disk():
        refused = await instance.send(flow["id"], {"n": 2})
        assert refused.status_code == 503 and int(refused.headers["retry-after"]) > 0
        assert refused.json()["error"]["message"] == "The event could not be stored. Send it again later."
        ready = await instance.http.get("/readyz")
        assert (ready.status_code, ready.headers["retry-after"]) == (503, "30")
        assert ready.json()["error"]["message"] == watch.UNWRITABLE.message
        again = await instance.send(flow["id"], {"n": 3})
        assert again.json()["error"]["message"] == watch.UNWRITABLE.message
        signing_in = await sign_in(instance)
        assert signing_in.status_code == 503 and watch.UNWRITABLE.message in signing_in.text
        assert "Traceback" not in signing_in.text and "sqlite3" not in signing_in.text
        for path in ("/sign-in", f"/p/{instance.project.id}/flows"):
            page = await instance.http.get(path, headers=cookie if path != "/sign-in" else {})
            assert page.status_code == 200 and watch.UNWRITABLE.message in page.text, path
        assert (await instance.http.get("/healthz")).status_code == 200
    shown = [record for record in caplog.records if record.exc_info is not None]
    assert shown == [], "a traceback says no more"
    assert [r.message for r in caplog.records if watch.UNWRITABLE.message in r.message]
    assert (await instance.http.get("/readyz")).text == "ready"
    taken = await instance.send(flow["id"], {"n": 4})
    assert (await instance.ended(taken.json()["run_id"]))["status"] == "succeeded"
    assert (await sign_in(instance)).status_code == 303
    assert (await instance.rows())["runs"] == 2
    assert not (instance.sy.settings.data_dir / "switchyard.probe").exists()
