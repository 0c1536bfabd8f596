"""The topic piece: what it publishes, and what its triggers listen to."""

from typing import Any

import pytest

from pieces import Feed, PieceError
from pieces.testing import check_piece, context
from pieces.topic import platform_event, publish, subscribe, topic, topic_name, topic_pattern


def test_it_keeps_the_contract() -> None:
    check_piece(topic)


async def test_publish_hands_the_message_on() -> None:
    given: list[Any] = []

    async def take(name: str, body: Any) -> Any:
        given.append((name, body))
        return {"message_id": "msg_1", "topic": name}

    ctx = context(topic)
    ctx.on_publish = take
    done = await publish.run(ctx, {"topic": "orders.created", "body": {"n": 1}})
    assert done == {"message_id": "msg_1", "topic": "orders.created"}
    assert given == [("orders.created", {"n": 1})]


async def test_publish_refuses_a_pattern_and_what_is_not_lent() -> None:
    with pytest.raises(PieceError) as refused:
        await publish.run(context(topic), {"topic": "orders.*", "body": 1})
    assert refused.value.field == "topic"
    with pytest.raises(PieceError, match="not available"):
        await publish.run(context(topic), {"topic": "orders", "body": 1})


async def test_triggers_say_what_they_listen_to() -> None:
    assert await subscribe.feed({"topic": "orders.>"}) == Feed(topics=("orders.>",))
    assert await platform_event.feed({"events": ["flow.*", "*"]}) == Feed(events=("flow.*", "*"))


@pytest.mark.parametrize("text", ["orders", "a.b-c.d_1", "0"])
def test_names(text: str) -> None:
    assert topic_name(text) == topic_pattern(text) == text


@pytest.mark.parametrize("values", [{"topic": "A"}, {"topic": "a.>.b"}])
def test_a_wrong_pattern_is_found_before_it_is_published(values: dict[str, Any]) -> None:
    assert [pointer for pointer, _ in subscribe.problems(values)] == ["/topic"]
