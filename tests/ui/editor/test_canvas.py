"""The canvas in a browser: dragged, mapped, folded, walked by the arrows; its keys and menus."""

import json
from typing import Any

import httpx
import pytest

Site = Any  # of conftest, which cannot be imported
SCREEN = {"width": 1440, "height": 700}  # low enough that the drawing does not fit

pytestmark = pytest.mark.browser


@pytest.fixture
def flow(site: Site, client: httpx.Client) -> str:
    """The path of a flow of its own."""
    made = client.post(f"{site.base}/flows/import", data={"text": json.dumps(site.small_flow())})
    return str(made.headers["location"])


def scrolled(page: Any) -> list[float]:
    return list(
        page.evaluate(
            "[document.querySelector('#canvas').scrollLeft, document.querySelector('#canvas').scrollTop]"
        )
    )


def drag(page: Any, x: float, y: float, button: str = "left") -> None:
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x - 60, y - 90, steps=4)
    page.mouse.up(button=button)


def test_the_ground_is_dragged(open_page: Any, flow: str) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    box = page.locator("#canvas").bounding_box()
    drag(page, box["x"] + 500, box["y"] + 200)  # empty ground
    assert scrolled(page) == [60, 90]
    card = page.locator("#at-by_kind > .stop > .card").bounding_box()
    drag(page, card["x"] + 80, card["y"] + 20, "middle")
    assert scrolled(page) == [120, 180]
    page.locator("#canvas").evaluate("canvas => { canvas.scrollTo(0, 0); canvas.focus(); }")
    page.keyboard.down("Space")
    card = page.locator("#at-greet > .stop > .card").bounding_box()
    drag(page, card["x"] + 80, card["y"] + 20)
    page.keyboard.up("Space")
    assert scrolled(page) == [60, 90] and "step=" not in page.url


def test_the_map_shows_the_whole_and_leads_there(open_page: Any, flow: str) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    small = page.locator("#map")
    page.wait_for_selector("[data-map][aria-pressed]")
    if small.is_hidden():  # by itself it comes only with a flow of several screens
        page.get_by_role("button", name="Map").click()
    small.wait_for()
    box = small.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] - 3)
    left, top = scrolled(page)
    assert left > 0 and top > 0
    frame = page.locator("#map span").bounding_box()
    assert frame["x"] + frame["width"] <= box["x"] + box["width"] + 3 and frame["y"] > box["y"]
    page.locator("body").press("Shift+M")
    small.wait_for(state="hidden")
    page.reload()
    page.wait_for_selector("[data-map][aria-pressed=false]")
    page.get_by_role("button", name="Map").click()
    small.wait_for()
    page.get_by_role("button", name="Fit").click()
    page.set_viewport_size({"width": 390, "height": 800})
    small.wait_for(state="hidden")


def test_folded_branches_stand_in_the_address(open_page: Any, flow: str) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    page.locator("#at-by_kind > .points > .siding:nth-child(2) > .fold > summary").click()
    page.wait_for_url("**fold=by_kind.1")
    page.locator("#at-greet > .stop > .card").click()
    page.wait_for_url("**step=greet&fold=by_kind.1")
    page.reload()
    assert not page.locator("#at-one").is_visible() and page.locator("#at-greet").is_visible()
    page.locator("body").press("f")
    page.wait_for_url("**fold=all")
    assert not page.locator("#at-greet").is_visible()
    page.get_by_role("link", name="Unfold all branches").click()
    assert page.locator("#at-one").is_visible() and "fold" not in page.url


def test_folding_works_without_script(open_page: Any, flow: str) -> None:
    page = open_page(java_script_enabled=False, viewport=SCREEN)
    page.goto(flow)
    page.get_by_role("link", name="Fold all branches", exact=True).click()
    assert not page.locator("#at-greet").is_visible()
    page.locator("#at-by_kind > .stop > .card").click()
    assert not page.locator("#at-greet").is_visible()
    page.get_by_role("link", name="Unfold all branches").click()
    assert page.locator("#at-greet").is_visible()


WALK = (
    ("ArrowDown", "at-greet"), ("ArrowRight", "at-each"), ("ArrowDown", "at-one"), ("ArrowUp", "at-each"),
    ("ArrowLeft", "at-greet"), ("ArrowUp", "at-by_kind"),
)  # fmt: skip


def test_the_arrows_go_from_card_to_card_and_keys_move_a_step(
    open_page: Any, client: httpx.Client, flow: str
) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    page.locator("#at-by_kind > .stop > .card").focus()
    at = "document.activeElement.closest('.station').id"
    for key, there in WALK:
        page.keyboard.press(key)
        assert page.evaluate(at) == there, key
    page.locator("#at-greet > .stop > .card").focus()
    page.keyboard.press("Control+d")
    page.wait_for_selector("#at-greet_2")
    page.locator("#at-greet_2 > .stop > .card").focus()
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_selector("#at-greet_2 + #at-greet")
    router = client.get(f"{flow}/export").json()["steps"]["by_kind"]
    assert router["branches"][0]["next"] == "greet_2"


MENUS = (
    ("by_kind", "Add a branch", "Unskip"), ("greet", "Skip", "Add a branch"),
    ("webhook", "Add another trigger", "Duplicate"), ("by_kind/1", "Name and condition", "Skip"),
)  # fmt: skip
"""Whose menu, what stands in it, and what does not."""


def test_a_menu_is_made_where_it_is_opened(open_page: Any, violations: Any, flow: str) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    for owner, shown, absent in MENUS:
        menu = page.locator(f'[data-menu="{owner}"]')
        menu.locator("summary").focus()
        page.keyboard.press("Enter")
        menu.get_by_text(shown).wait_for()
        assert menu.get_by_text(absent).count() == 0
        assert violations(page) == []
        page.keyboard.press("Escape")
    page.locator("#at-greet > .stop > .menu > summary").click()
    page.locator("#at-greet > .stop > .menu").get_by_role("button", name="Skip").click()
    page.wait_for_selector("#at-greet[data-skip]")
    page.locator("#at-greet > .stop > .menu > summary").click()
    page.locator("#at-greet > .stop > .menu").get_by_role("button", name="Unskip").click()
    page.wait_for_selector("#at-greet:not([data-skip])")


def test_what_is_edited_piece_by_piece_is_what_a_reload_shows(open_page: Any, flow: str) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    page.evaluate("window.kept = document.querySelector('#at-each')")
    look = """() => [...document.querySelectorAll('#plan :is(.card, .label, summary, .insert)')].map(
        each => each.textContent.trim().replace(/\\s+/g, ' ')).join('|')"""
    page.locator("#at-greet > .stop > .card").focus()
    page.keyboard.press("Control+d")
    page.wait_for_selector("#at-greet_2")
    page.keyboard.press("Control+z")
    page.wait_for_selector("#at-greet_2", state="detached")
    page.keyboard.press("Control+Shift+Z")
    page.wait_for_selector("#at-greet_2")
    page.locator("#at-one > .stop > .card").focus()
    page.keyboard.press("Delete")
    page.wait_for_selector("#at-one", state="detached")
    assert page.evaluate("window.kept === document.querySelector('#at-each')"), "what did not change stays"
    page.wait_for_function("document.querySelector('#saved').textContent.includes('Deleted')")
    before = page.evaluate(look)
    page.reload()
    assert page.evaluate(look) == before


def test_branches_that_come_and_go_leave_the_others_alone_and_are_what_a_reload_shows(
    open_page: Any, flow: str
) -> None:
    page = open_page(viewport=SCREEN)
    page.goto(flow)
    page.evaluate("window.kept = document.querySelector('#at-each')")
    look = """() => [...document.querySelectorAll('#plan li, #plan :is(.card, .label, .insert, .way, .fold)')]
        .filter(each => !each.closest('.menu'))
        .map(each => [each.tagName, each.id, each.className, each.dataset.place, each.dataset.fold,
             each.closest('.siding')
                && [...each.closest('.points').children].indexOf(each.closest('.siding')),
             each.matches('.card, .label, summary') ? each.textContent.trim().replace(/\\s+/g, ' ') : '']
             .join(' ')).join('\\n')"""

    def told(words: str) -> None:
        page.wait_for_function(
            "words => document.querySelector('#saved').textContent.includes(words)", arg=words
        )

    sidings = page.locator("#at-by_kind > .points > .siding")
    count = sidings.count()
    page.locator("#at-by_kind > .stop > .card").focus()
    page.keyboard.press("b")
    told("Added")
    assert sidings.count() == count + 1
    page.locator(f'.insert[data-place="in:by_kind:branches/{count - 1}"]').click()
    page.get_by_label("Search pieces and actions").fill("compose")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#at-by_kind > .points > .siding:nth-child({count}) .station")
    told("Added Data")
    first = page.evaluate(look)
    page.locator("#canvas").focus()
    page.keyboard.press("Control+z")
    page.wait_for_selector(f"#at-by_kind > .points > .siding:nth-child({count}).bare")
    page.keyboard.press("Control+z")
    page.wait_for_function(
        "count => document.querySelectorAll('#at-by_kind > .points > .siding').length === count", arg=count
    )
    page.keyboard.press("Control+Shift+Z")
    page.wait_for_selector(f"#at-by_kind > .points > .siding:nth-child({count + 1})")
    page.keyboard.press("Control+Shift+Z")
    page.wait_for_selector(f"#at-by_kind > .points > .siding:nth-child({count}) .station")
    assert page.evaluate(look) == first
    assert page.evaluate("window.kept === document.querySelector('#at-each')"), "what did not change stays"
    page.reload()
    assert page.evaluate(look) == first


def test_the_keys_are_sound_and_chosen_by_pressing_them(
    open_page: Any, faults: Any, site: Site, flow: str
) -> None:
    page = open_page(color_scheme="light", viewport=SCREEN)
    page.goto(f"{flow}?step=greet")
    page.locator("body").press("?")
    page.get_by_role("dialog", name="Keys").get_by_text("Fold all branches", exact=True).wait_for()
    assert faults(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/keys?next=**")
    assert faults(page) == []
    page.get_by_label("Show or hide the map").press("r")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("r is the key of “Replace the step” already.").wait_for()
    page.get_by_label("Show or hide the map").press("Control+Shift+m")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("Show or hide the map").input_value() == "Ctrl+Shift+M"
    page.get_by_role("button", name="Reset to defaults").click()
    page.wait_for_function("document.querySelector('#k-map').value === 'Shift+M'")
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**step=greet")
