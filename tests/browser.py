"""A real browser on a real server: Debian's chromium, driven by Playwright."""

import shutil
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

WIDTHS = {"desk": (1280, 900), "phone": (390, 844)}


@contextmanager
def chromium(*more: str):
    """The browser, or a reason to skip."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium on this machine (Debian's package `chromium`)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *more])
        try:
            yield browser
        finally:
            browser.close()


def log_in(page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_url(lambda url: not url.endswith("/login"))


def violations(page) -> list[str]:
    """What axe-core finds wrong with a page, in words."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {each['help']} at "
        + "; ".join(node["target"][0] for node in each["nodes"][:3])
        for each in found
    ]


def pictures(page, folder, name: str) -> None:
    """The page in light, dark and at a phone's width, for people to look at."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=folder / f"{name}-phone.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
