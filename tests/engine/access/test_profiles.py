"""What users say about themselves."""

import pytest

from engine.access.profiles import time_zones
from engine.base.errors import BadInput
from tests.engine.access.world import World


async def test_a_profile_is_saved_and_every_visit_knows_it(w: World) -> None:
    token = await w.sign_in()
    visit = await w.access.sessions.visit(token)
    assert (visit.time_zone, visit.theme) == ("", "")
    saved = await w.access.profiles.save(
        visit.actor, name="  Ann   S. ", time_zone="Europe/Berlin", theme="dark"
    )
    assert saved == await w.access.profiles.get(visit.actor)
    visit = await w.access.sessions.visit(token)
    assert (visit.actor.name, visit.time_zone, visit.theme) == ("Ann S.", "Europe/Berlin", "dark")
    assert w.actions()[-1] == "user.updated"


async def test_a_profile_that_stays_as_it_was_is_no_event(w: World) -> None:
    actor = await w.admin()
    for _ in range(2):
        await w.access.profiles.save(actor, name="Ann", time_zone="UTC", theme="system")
    assert w.actions().count("user.updated") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "evil\u202ename"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../etc/passwd"),
        ("time_zone", "utc"),
        ("theme", "purple"),
        ("theme", ""),
    ],
)
async def test_a_profile_that_cannot_be_used_is_refused_by_field(w: World, field: str, value: str) -> None:
    good = {"name": "Ann", "time_zone": "", "theme": "light"}
    actor = await w.admin()
    before = await w.access.profiles.get(actor)
    with pytest.raises(BadInput) as raised:
        await w.access.profiles.save(actor, **{**good, field: value})
    assert raised.value.field == field
    assert await w.access.profiles.get(actor) == before


def test_the_time_zones_are_places_that_exist() -> None:
    zones = time_zones()
    assert zones[0] == "UTC" and {"Europe/Berlin", "America/New_York", "Asia/Tokyo"} < set(zones)
    assert list(zones[1:]) == sorted(zones[1:])
