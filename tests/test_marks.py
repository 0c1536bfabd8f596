"""No test that uses a browser, a broker or a process gets into `make test-fast` for want of a mark."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.marks import BY_FIXTURE, SLOW, UnmarkedProcess, add_marks

pytest_plugins = "pytester"

Marks = Callable[..., set[str]]
NOTHING = [sys.executable, "-c", ""]


@pytest.fixture
def marks(pytester: pytest.Pytester) -> Marks:
    """`marks(source)`: what the only test in a file is marked with, once it is collected."""

    def marks(source: str, file: str = "ui/test_one.py") -> set[str]:
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        path = Path(pytester.path, file)
        path.parent.mkdir()
        path.write_text(f"import pytest\nfrom hypothesis import given, strategies\n{source}\n")
        items, _ = pytester.inline_genitems(file, "-p", "no:cacheprovider")
        add_marks(items)
        (item,) = items
        return {mark.name for mark in item.iter_markers()}

    return marks


@pytest.mark.parametrize("fixture", BY_FIXTURE)
def test_who_uses_a_browser_or_a_broker_is_slow(marks: Marks, fixture: str) -> None:
    source = f"@pytest.fixture\ndef {fixture}(): pass\ndef test_one({fixture}): pass"
    assert marks(source) == {BY_FIXTURE[fixture], "slow"}


def test_so_is_who_uses_it_through_another_fixture(marks: Marks) -> None:
    source = "@pytest.fixture\ndef chromium(): pass\n@pytest.fixture\ndef page(chromium): pass\n"
    assert marks(source + "def test_one(page): pass") == {"browser", "slow"}


@pytest.mark.parametrize("mark", sorted(SLOW))
def test_so_is_who_is_marked_by_hand(marks: Marks, mark: str) -> None:
    assert marks(f"@pytest.mark.{mark}\ndef test_one(): pass") == {mark, "slow"}


def test_so_is_a_test_of_random_inputs(marks: Marks) -> None:
    source = "@given(strategies.integers())\ndef test_one(number): pass"
    assert {"property", "slow"} <= marks(source)


def test_so_is_what_lies_in_the_folder_of_acceptance(marks: Marks) -> None:
    assert marks("def test_one(): pass", "acceptance/test_one.py") == {"acceptance", "slow"}


def test_no_other_is(marks: Marks) -> None:
    assert marks("def test_one(tmp_path): pass") == set()


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run(NOTHING, check=True),
        lambda: subprocess.Popen(NOTHING),
        lambda: os.posix_spawn(sys.executable, NOTHING, {}),
        lambda: os.system("true"),
        lambda: os.fork() or os._exit(0),
    ],
)
def test_without_a_mark_no_process_is_started(start: Callable[[], object]) -> None:
    with pytest.raises(UnmarkedProcess, match=r"pytest\.mark\.process"):
        start()


@pytest.mark.process
def test_with_one_it_is() -> None:
    assert subprocess.run(NOTHING, check=True).returncode == 0
