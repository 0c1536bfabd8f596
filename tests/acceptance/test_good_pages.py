"""Every form of the pages, sent as people send it when all is well: it does what it is for."""

from typing import Any

import pytest
import pytest_asyncio

from tests.acceptance.fixtures import PUBLIC, PlatformAdmin
from tests.acceptance.page_forms import COMMANDS, CONSUMES, FORMS, own_part
from ui.editor import commands, flow

pytestmark = pytest.mark.asyncio(loop_scope="module")


UNMET = (
    "/connections/{connection_id}/test", "/platform/settings/mail", "/sign-in/code",
    "/account/second-factor/confirm", "/account/second-factor/codes",
)  # fmt: skip
"""Forms that need a server, or a code of an app, which there is not here: each has tests of its own."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(instance: Any) -> PlatformAdmin:
    return await PlatformAdmin(instance).prepare()


async def test_every_form_there_is_stands_in_the_table(admin: PlatformAdmin) -> None:
    ours = {
        own_part(route.path).replace("/triggers/{step}", "/triggers/{trigger}") for route in admin.posts()
    }
    assert ours - {"/flows/{flow_id}/commands/{command}"} == set(FORMS)
    assert {*commands._BUTTONS, *flow.BUTTONS, "move_selected"} == set(COMMANDS)


async def test_every_form_does_its_work(admin: PlatformAdmin) -> None:
    wrong = []
    for case in list(admin.cases()):
        form = await admin.form(case)
        answer = await admin.ask(
            "POST", admin.at(case), data=form, signed_in=not case.path.startswith(PUBLIC)
        )
        untestable = case.path.endswith(UNMET)
        done = answer.status_code in (409, 422) if untestable else answer.status_code in (200, 204, 303)
        if not done or (
            answer.is_redirect
            and answer.headers["location"].startswith("/sign-in")
            and case.path != "/sign-out"
        ):
            wrong.append((case, answer.status_code))
        if case.path.endswith(CONSUMES):
            await admin.renew(case.path)
    assert not wrong
