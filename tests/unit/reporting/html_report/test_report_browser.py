"""The page in a real browser: sorting, filter, images, themes, keyboard, phone, and no request for anything."""

import os
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from freqbench.layout import Layout
from freqbench.reporting.html_report.page import write_report

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

pytestmark = pytest.mark.browser


def find_browser() -> str | None:
    """Return the browser of FREQBENCH_CHROMIUM, else the first on the PATH."""
    return os.environ.get("FREQBENCH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")
    path = find_browser()
    if path is None:
        pytest.skip(f"no browser: set FREQBENCH_CHROMIUM or install one of {', '.join(NAMES)}")
    with sync_api.sync_playwright() as playwright:
        # a container often runs as root, for whom Chromium has no sandbox
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(finished, tmp_path_factory):
    """A copy of the study, with figures."""
    folder = tmp_path_factory.mktemp("browser") / "results"
    shutil.copytree(finished.results, folder)
    config = finished.model_copy(update={"results": folder})
    layout = Layout.of(config)
    for place, dataset in enumerate(config.datasets):
        path = layout.figure(dataset, "png")
        path.parent.mkdir(parents=True, exist_ok=True)
        ramp = np.tile(np.arange(256, dtype=np.uint8), (120, 4 - place))
        Image.fromarray(ramp).save(path)
    write_report(config)
    return layout.report.as_uri()


@pytest.fixture
def page(browser, address, request):
    """The loaded page; whatever it complains about or asks for fails the test."""
    context = browser.new_context(**getattr(request, "param", {"viewport": {"width": 1280, "height": 900}}))
    opened = context.new_page()
    complaints, requests = [], []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda asked: requests.append(asked.url))
    opened.goto(address)
    opened.wait_for_function("document.getElementById('browser-canvas').width > 1")
    yield opened
    context.close()
    assert complaints == []
    assert {url for url in requests if not url.startswith("data:")} == {address}


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FIRST = "#table1 table >> nth=0"


def psnr_by_group(page):
    """Return the PSNR of the rows below each heading of Table 1, as they stand there."""
    texts = page.locator(FIRST).evaluate(
        """(table) => {
          const groups = [];
          for (const row of table.querySelectorAll("tbody tr")) {
            if (row.matches(".part, .group")) groups.push([]);
            else groups.at(-1).push(row.cells[1].textContent);
          }
          return groups;
        }"""
    )
    return [[float(text.strip("▲▼–")) for text in group] for group in texts]


def pixels(page):
    return page.evaluate(
        "(() => { const c = document.getElementById('browser-canvas');"
        "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; })()"
    )


def test_a_table_is_sorted_by_a_click_and_by_the_keyboard(page):
    before = psnr_by_group(page)
    head = page.locator(FIRST).locator("thead th").nth(1)
    button = head.locator("button")
    assert head.get_attribute("aria-sort") == "none"
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert psnr_by_group(page) == [sorted(group) for group in before] != before
    button.focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert psnr_by_group(page) == [sorted(group, reverse=True) for group in before]
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "none"
    assert psnr_by_group(page) == before


def test_rows_are_filtered_and_come_back(page):
    field = page.locator("#differences input[type=search]")
    rows = page.locator("#differences > .box tbody tr:not(.part):visible")
    everything = rows.count()
    field.fill("second gmsd ffl")
    assert 0 < rows.count() < everything
    assert all("FFL" in text for text in rows.all_text_contents())
    assert page.locator("#differences tr.part:visible").first.text_content().startswith("second: GMSD")
    # the folded tables are filtered, too
    assert re.fullmatch(r"\d+ of \d+ rows", page.locator("#differences [role=status]").text_content())
    field.fill("no such words")
    assert rows.count() == 0
    field.fill("")
    assert rows.count() == everything


def test_the_border_moves_by_keys_and_by_drag(page):
    position = page.locator("#browser-position")
    middle = pixels(page)
    position.focus()
    page.keyboard.press("Home")
    assert position.input_value() == "0"
    right = pixels(page)
    page.keyboard.press("ArrowRight")
    assert position.input_value() == "1"
    page.keyboard.press("End")
    left = pixels(page)
    assert left != right
    assert middle not in (left, right)
    canvas = page.locator("#browser-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 10, steps=3)
    page.mouse.up()
    assert position.input_value() == "25"
    assert page.evaluate("document.getElementById('browser-border').style.left") == "25%"


def test_other_images_are_shown_on_demand(page):
    before = pixels(page)
    page.select_option("#browser-a", "clean")
    page.wait_for_function("document.getElementById('browser-tag-a').textContent.startsWith('A: Clean')")
    page.wait_for_timeout(100)
    assert pixels(page) != before
    page.select_option("#browser-dataset", "1")
    page.wait_for_function("document.getElementById('browser-caption').textContent.startsWith('second')")
    page.select_option("#browser-patch", "0")
    assert "rank 1 of 6" in page.locator("#browser-caption").text_content()


def test_the_difference_of_an_image_to_itself_is_white_and_its_scale_is_told(page):
    page.check("input[name=browser-view][value=difference]")
    first = pixels(page)
    caption = page.locator("#browser-caption").text_content()
    assert "Difference A − B, from −" in caption
    page.select_option("#browser-scale", "1")
    assert pixels(page) != first
    assert page.locator("#browser-caption").text_content() != caption
    assert page.locator("#browser-position").is_hidden()
    page.select_option("#browser-b", page.locator("#browser-a").input_value())
    page.wait_for_timeout(100)
    assert set(pixels(page)) == {255}


def test_the_theme_changes_and_follows_the_system(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    assert dark != light
    page.click("#theme")
    assert page.evaluate(ground) == light
    assert page.locator("#theme").text_content() == "Theme: light"
    page.click("#theme")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(ground) == dark
    page.reload()
    assert page.evaluate(ground) == dark, "it is remembered"


def test_a_figure_is_enlarged_and_closed_by_keys(page):
    button = page.locator(".enlarge").first
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#zoom")
    assert dialog.is_visible()
    page.wait_for_function("document.querySelector('#zoom output').textContent !== ''")
    before = page.evaluate("document.querySelector('#zoom img').width")
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('#zoom img').width") > before
    page.keyboard.press("Escape")
    assert dialog.is_hidden()


def test_the_first_tab_leads_to_the_content_and_focus_is_seen(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.locator(FIRST).locator("thead button").first.focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_nothing_but_tables_is_wider_than_the_screen(page):
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    box = page.locator("#differences .box").first
    assert box.evaluate("(element) => element.scrollWidth > element.clientWidth")
    box.evaluate("(element) => { element.scrollLeft = 100; }")
    name = box.locator("tbody th[scope=row]").first.bounding_box()
    assert 0 <= name["x"] < 40, "the names of the rows stay"


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_the_border_follows_a_finger(page):
    canvas = page.locator("#browser-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"])
    assert abs(float(page.locator("#browser-position").input_value()) - 75) <= 1


def test_on_paper_folded_parts_are_open_and_controls_are_gone(page):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator("nav").is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0
