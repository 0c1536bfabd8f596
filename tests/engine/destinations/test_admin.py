"""Destinations as people make and change them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.base.actor import Actor, Role
from engine.base.errors import BadInput, Conflict, Forbidden, NotFound
from engine.destinations.message import AttemptResult, Message, Target
from tests.engine.destinations.fixtures import DeliveryHarness, delivering

URL = "https://example.com/in?token=secret"


class Sender:
    """Takes everything, and says what it was told to when it is asked to verify."""

    def __init__(self, *answers: AttemptResult) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[Target, Sequence[Message]]] = []

    async def send(self, target: Target, messages: Sequence[Message]) -> AttemptResult:
        self.sent.append((target, messages))
        return AttemptResult(True, "ok", 200)

    async def verify(self, target: Target, method: str) -> AttemptResult:
        return self.answers.pop(0)


NO = AttemptResult(False, "status", 404, error="The target answered 404.")
YES = AttemptResult(True, "ok", 200)


@pytest.mark.sqlite
async def test_its_secrets_are_shown_once_or_never(tmp_path: Path) -> None:
    async with delivering(tmp_path, sender=Sender()) as y:
        project = await y.project()
        spec = {"name": "Out", "url": URL, "events": ["*"], "headers": {"X-Key": "very-secret"}}
        made = await y.out.create(y.actor(project), project, spec)
        assert made.secret.startswith("whsec_")
        assert made.record.header_names == ["X-Key"]
        shown = str(made.record) + repr(made) + str(await y.out.list(project))
        assert "very-secret" not in shown and made.secret not in shown
        raw = (tmp_path / "switchyard.db").read_bytes() + (tmp_path / "switchyard.db-wal").read_bytes()
        assert made.record.url == "https://example.com/in?token=••••" and b"token=secret" not in raw
        assert b"very-secret" not in raw and made.secret.encode() not in raw
        told = await y.db.read(lambda tx: tx.execute("SELECT envelope FROM events").fetchall())
        assert b"token=secret" not in b"".join(row[0] for row in told)


async def test_the_query_of_an_address_is_sent_and_never_shown(tmp_path: Path) -> None:
    sender = Sender()
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        actor = y.actor(project)
        secret = "https://example.com/in?a=s%2Bcret-1&flag&b=&a=s3cret-2"
        out = await y.make(project, secret)
        shown = "https://example.com/in?a=••••&••••&b=&a=••••"

        async def sent_to() -> str:
            await y.out.test(actor, project, out, "flow.created")
            return sender.sent[-1][0].url

        assert (await y.out.get(project, out)).url == shown and await sent_to() == secret
        for url, shows, whole in (
            (shown, shown, secret),
            (
                "https://example.com/other?a=••••&new=value",
                "https://example.com/other?a=••••&new=••••",
                "https://example.com/other?a=s%2Bcret-1&new=value",
            ),
            ("https://example.com/other", "https://example.com/other", "https://example.com/other"),
        ):
            assert (await y.out.update(actor, project, out, {"url": url})).url == shows
            assert await sent_to() == whole
        await y.out.update(actor, project, out, {"url": secret, "name": "Other"})
        for url in (
            "https://evil.example/in?a=••••",
            "https://example.com/?c=••••",
            "https://example.com/?a=x••••",
        ):
            with pytest.raises(BadInput, match="in the address again") as raised:
                await y.out.update(actor, project, out, {"url": url})
            assert raised.value.field == "url"
        assert await sent_to() == secret


async def test_an_address_that_was_stored_with_its_query_is_sealed_at_the_start(tmp_path: Path) -> None:
    sender = Sender()
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        out = await y.make(project, "https://example.com/in")
        old = "UPDATE destinations SET url = ?"
        await y.db.write(lambda tx: tx.execute(old, ["https://example.com/in?token=s3cret-value"]).rowcount)
    async with delivering(tmp_path, sender=sender) as y:
        assert (await y.out.get(project, out)).url == "https://example.com/in?token=••••"
        await y.out.test(y.actor(project), project, out, "flow.created")
        assert sender.sent[-1][0].url == "https://example.com/in?token=s3cret-value"


async def test_headers_stay_with_the_address_they_were_given_for(tmp_path: Path) -> None:
    sender = Sender()
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        actor = y.actor(project)
        out = await y.make(project, URL, headers={"X-One": "1", "X-Two": "2"})
        change = {"headers": {"X-One": "", "X-Three": "3"}}
        assert (await y.out.update(actor, project, out, change)).header_names == ["X-One", "X-Three"]
        await y.out.test(actor, project, out, "flow.created")
        assert sender.sent[-1][0].headers == {"X-One": "1", "X-Three": "3"}
        same = await y.out.update(actor, project, out, {"url": "https://example.com/other"})
        assert same.header_names == ["X-One", "X-Three"]
        moved = await y.out.update(actor, project, out, {"url": "https://elsewhere.example/"})
        assert moved.header_names == []
        with pytest.raises(BadInput):  # an empty value keeps what is there, and there is nothing
            await y.out.update(actor, project, out, {"headers": {"X-One": ""}})


async def test_one_to_be_verified_is_pending_and_what_it_missed_comes_once_it_is_active(
    tmp_path: Path,
) -> None:
    sender = Sender(NO, YES, YES)
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        actor = y.actor(project)
        spec = {"name": "Out", "url": URL, "events": ["flow.created"], "verification": "ping"}
        made = await y.out.create(actor, project, spec)
        out = made.record.id
        assert (made.answer, made.record.status) == (NO, "pending")
        assert made.record.reason == "not verified: The target answered 404."
        await y.say(project, "one")
        await y.until(out, "held")
        with pytest.raises(BadInput):
            await y.out.enable(actor, project, out)
        assert await y.out.verify(actor, project, out) is YES
        await y.until(out, "delivered")
        assert (await y.out.get(project, out)).status == "active"
        # Somewhere else it has to be asked again.
        assert (await y.out.update(actor, project, out, {"url": "https://b.example/"})).status == "active"
        assert sender.answers == []


async def test_one_that_is_switched_off_is_not_switched_on_by_another_address(tmp_path: Path) -> None:
    sender = Sender(YES, NO, YES)
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        actor = y.actor(project)
        out = await y.make(project, URL, verification="ping")
        await y.out.verify(actor, project, out)  # it was verified: a bad moment changes nothing
        assert (await y.out.get(project, out)).status == "active"
        await y.out.disable(actor, project, out)
        assert (await y.out.update(actor, project, out, {"url": "https://b.example/"})).status == "pending"
        assert len(sender.answers) == 1
        await y.out.verify(actor, project, out)
        assert (await y.out.get(project, out)).status == "active"


async def test_a_new_secret_signs_beside_the_old_one(tmp_path: Path) -> None:
    sender = Sender()
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        made = await y.out.create(y.actor(project), project, {"name": "Out", "url": URL, "events": ["*"]})
        new = await y.out.rotate(y.actor(project), project, made.record.id)
        await y.out.test(y.actor(project), project, made.record.id, "flow.created")
        assert [key.v1 for key in sender.sent[-1][0].keys] == [new, made.secret]


async def test_a_change_counts_from_the_next_delivery(tmp_path: Path) -> None:
    sender = Sender()
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        out = await y.make(project, URL, "flow.created")
        await y.say(project, "one")
        await y.until(out, "delivered")
        await y.out.update(y.actor(project), project, out, {"url": "https://new.example/"})
        await y.say(project, "two")
        await y.until(out, "delivered", "delivered")
        assert [to.url for to, _ in sender.sent] == [URL, "https://new.example/"]
        await y.out.update(y.actor(project), project, out, {"events": ["flow.deleted"]})
        await y.say(project, "three")
        assert not y.interest.wants(project, "flow.created")


@pytest.mark.parametrize("what", ["get", "update", "delete", "enable", "disable", "rotate", "test", "release",
                                  "discard", "replay", "statistics", "replays", "deliveries"])  # fmt: skip
async def test_another_projects_destination_does_not_exist(what: str, tmp_path: Path) -> None:
    async with delivering(tmp_path, sender=Sender()) as y:
        one, two = await y.project("One"), await y.project("Two")
        out = await y.make(one, URL)
        with pytest.raises(NotFound):
            await _do(y, what, y.actor(two), two, out)
        with pytest.raises(NotFound):
            await _do(y, what, y.actor(None), None, out)
        platform = await y.make(None, URL)
        with pytest.raises(NotFound):
            await _do(y, what, y.actor(one), one, platform)


@pytest.mark.parametrize("what", ["create", "update", "delete", "enable", "disable", "rotate"])
async def test_it_takes_an_admin(what: str, tmp_path: Path) -> None:
    async with delivering(tmp_path, sender=Sender()) as y:
        project = await y.project()
        out, platform = await y.make(project, URL), await y.make(None, URL)
        editor = Actor(user_id="usr_1", project_id=project, role=Role.editor)
        admin = Actor(user_id="usr_2", project_id=project, role=Role.admin)
        with pytest.raises(Forbidden):
            await _do(y, what, editor, project, out)
        with pytest.raises(Forbidden):
            await _do(y, what, admin, None, platform)
        with pytest.raises(Forbidden):
            await _do(y, what, admin, await y.project("Two"), out)


@pytest.mark.parametrize("what", ["test", "release", "discard", "replay"])
async def test_a_viewer_sends_nothing(what: str, tmp_path: Path) -> None:
    async with delivering(tmp_path, sender=Sender()) as y:
        project = await y.project()
        out = await y.make(project, URL)
        with pytest.raises(Forbidden):
            await _do(y, what, Actor(user_id="usr_1", project_id=project, role=Role.viewer), project, out)


async def _do(y: DeliveryHarness, what: str, actor: Actor, project: str | None, out: str) -> Any:
    calls = {
        "create": lambda: y.out.create(actor, project, {"name": "x", "url": URL, "events": ["*"]}),
        "get": lambda: y.out.get(project, out),
        "update": lambda: y.out.update(actor, project, out, {"name": "y"}),
        "delete": lambda: y.out.delete(actor, project, out),
        "enable": lambda: y.out.enable(actor, project, out),
        "disable": lambda: y.out.disable(actor, project, out),
        "rotate": lambda: y.out.rotate(actor, project, out),
        "test": lambda: y.out.test(actor, project, out, "flow.created"),
        "release": lambda: y.out.release(actor, project, out),
        "discard": lambda: y.out.discard(actor, project, out),
        "replay": lambda: y.out.replay(actor, project, out, since="2026-01-01"),
        "statistics": lambda: y.out.statistics(project, out),
        "replays": lambda: y.out.replays(project, out),
        "deliveries": lambda: y.out.deliveries(project, out),
    }
    return await calls[what]()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("event", {"action": "flow.exploded"}),
        ("variant", {"action": "flow.created", "variant": "odd"}),
    ],
)
async def test_a_test_of_no_event_names_what_is_wrong(
    field: str, given: dict[str, str], tmp_path: Path
) -> None:
    async with delivering(tmp_path, sender=Sender()) as y:
        project = await y.project()
        out = await y.make(project, URL)
        with pytest.raises(BadInput) as error:
            await y.out.test(y.actor(project), project, out, **given)
        assert error.value.field == field


async def test_a_preview_sends_nothing(tmp_path: Path) -> None:
    sender = Sender()
    async with delivering(tmp_path, sender=sender) as y:
        project = await y.project()
        asked = {"name": "x", "url": URL, "events": ["*"], "format": "cloudevents"}
        shown = await y.out.preview(project, asked, "flow.created")
        assert '"specversion"' in shown.body and "cloudevents" in shown.headers["content-type"]
        assert sender.sent == []


async def test_what_is_held_is_not_released_while_it_is_off(tmp_path: Path) -> None:
    async with delivering(tmp_path, sender=Sender()) as y:
        project = await y.project()
        out = await y.make(project, URL)
        await y.out.disable(y.actor(project), project, out)
        with pytest.raises(Conflict):
            await y.out.release(y.actor(project), project, out)
