from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.access.world import PASSWORD, World, world


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, admin_email="Ann@Example.com ", admin_password=PASSWORD) as made:
        made.told.clear()
        yield made
