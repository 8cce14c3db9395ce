"""What a reader sees: every page of the book, in a browser, from the course server."""

import pytest

from autograder.rooms import pages, stems

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", pages())
def test_a_page_asks_no_other_host_and_has_nothing_to_complain_about(visit, name):
    visit.book(name)
    assert visit.page.locator("article h1").first.is_visible()
    assert visit.foreign == []
    assert visit.complaints == []


@pytest.mark.parametrize("name", stems())
def test_a_chapter_shows_its_formulas_and_figures(visit, name):
    visit.book(name)
    assert visit.page.locator("mjx-container").count() > 5
    assert visit.page.locator("mjx-merror").count() == 0
    images = visit.page.locator("article img")
    assert images.count() > 0
    for image in images.all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", pages())
def test_a_phone_scrolls_down_only(make_visit, name, theme):
    visit = make_visit(width=390, height=844, color_scheme=theme)
    visit.book(name)
    assert visit.page.evaluate("document.documentElement.dataset.theme") == theme
    visit.page.wait_for_function("document.scrollingElement.scrollWidth <= 390")  # once the formulas are set


def test_text_can_be_read_in_the_dark(make_visit):
    visit = make_visit(color_scheme="dark")
    visit.book("index")
    background, text = visit.page.evaluate(
        "['backgroundColor', 'color'].map(name => getComputedStyle(document.querySelector('body'))[name])"
    )
    assert brightness(background) < 60
    assert brightness(text) > 180


def brightness(color: str) -> float:
    red, green, blue = (float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3])
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_the_menu_works_on_a_phone(make_visit):
    visit = make_visit(width=390, height=844)
    visit.book("index")
    link = visit.page.locator("nav a:visible", has_text="Glossary")
    assert link.count() == 0
    visit.page.locator("button.primary-toggle:visible").click()
    link.click()
    visit.page.wait_for_url("**/glossary.html")


def test_search_finds_a_word_without_another_host(visit):
    visit.go("/course/book/search.html?q=gradient")
    visit.page.wait_for_selector("#search-results li")
    assert visit.foreign == []
