"""Home in a window that gets narrow."""

from typing import Any

import pytest

Site = Any  # of conftest, which cannot be imported


@pytest.mark.browser
def test_plots_that_were_not_drawn_anew_yet_do_not_widen_the_page(site: Site, open_page: Any) -> None:
    page = open_page(viewport={"width": 1440, "height": 900})
    page.add_init_script("window.ResizeObserver = class { observe() {} };")  # the moment before
    page.goto(f"{site.base}/home")
    page.wait_for_selector(".plots canvas")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
