"""The page in a real Chromium: it opens without a word of complaint, and does what a person asks of it."""

import pytest

from pytest_coordguard.domain.history import Run
from pytest_coordguard.domain.overview import overview
from pytest_coordguard.domain.record import CriterionRecord, Provenance
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.domain.work import Work
from pytest_coordguard.reports.page import page
from tests.chromium import CHROMIUM, Chromium
from tests.reports.report_samples import COMMIT, NOW, PLAN, RECORD
from tests.reports.test_page import HOSTILE, filled_with

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")

SHOWN = "[...document.querySelectorAll('.task:not([hidden]) .head th')].map(e => e.textContent)"
CRITERIA = "[...document.querySelectorAll('.task:not([hidden]) .criterion:not([hidden]) .id')].map(e => e.textContent)"
COUNT = "document.querySelector('#count').textContent"
FOCUS = "document.activeElement.id || document.activeElement.textContent.trim().slice(0, 40)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def runs():
    words = {each.id: "met" for each in PLAN.criteria}
    first = Run("r0", "preaudit", "2026-11-20T09:00:00Z", COMMIT, verdicts=words | {"1/report": "unmet"}, tasks={})
    return first, Run("r1", "preaudit", "2026-11-24T09:15:00Z", COMMIT, verdicts=words, tasks={"1": "completed"})


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page(overview(PLAN, RECORD, NOW, Work(), runs())), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, written):
    browser.look()
    browser.said.clear()
    browser.asked.clear()
    browser.open("about:blank")
    browser.open(written.as_uri())
    yield browser
    assert browser.said == []
    assert {url for url in browser.asked if not url.startswith(("file:", "data:", "about:"))} == set()


def choose(browser, name, value):
    browser.run(
        f"(e => {{ e.value = {value!r}; e.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
        f"(document.querySelector('[name={name}]'))"
    )


def test_a_filter_leaves_what_fits_and_says_how_much(opened):
    assert opened.run(COUNT) == "3 tasks, 6 criteria"
    choose(opened, "owner", "coordinator")
    assert opened.until(COUNT, "2 of 3 tasks, 5 of 6 criteria") == "2 of 3 tasks, 5 of 6 criteria"
    assert opened.run(SHOWN) == ["CC-5", "CC-6"]
    choose(opened, "verdict", "unmet")
    assert opened.until(COUNT, "1 of 3 tasks, 1 of 6 criteria") == "1 of 3 tasks, 1 of 6 criteria"
    assert opened.run(CRITERIA) == ["CC-5/spec-validates"]
    assert opened.run("document.querySelector('#t1').open")
    opened.click("button[type=reset]")
    assert opened.until(COUNT, "3 tasks, 6 criteria") == "3 tasks, 6 criteria"
    assert not opened.run("document.querySelector('#t1').open")


@pytest.mark.parametrize(
    "words, criteria",
    [
        ("list_models", ["CC-5/spec-validates"]),  # a finding
        ("OPENAPI reviewed", ["CC-5/reviewed"]),  # a word of the task, another of the criterion
        ("codex shadow", ["1/report"]),
        ("nothing like it", []),
    ],
)
def test_a_search_finds_each_word_in_the_criterion_or_its_task(opened, words, criteria):
    opened.key("/")
    assert opened.run(FOCUS) == "search"
    opened.write(words)
    assert opened.until(CRITERIA, criteria) == criteria
    assert opened.run("document.querySelector('#nothing').hidden") == bool(criteria)
    opened.key("Escape")
    assert opened.until(COUNT, "3 tasks, 6 criteria") == "3 tasks, 6 criteria"


def test_a_person_without_a_mouse_gets_everywhere(opened):
    order = []
    for _ in range(9):
        opened.key("Tab")
        order.append(opened.run(FOCUS))
    assert order[:8] == [
        "Skip to the tasks", "Summary", "Waiting", "Progress", "Last runs", "Dependencies", "Hours", "Tasks"
    ]  # fmt: skip
    opened.run("document.querySelector('.skip').focus()")
    assert opened.run("document.querySelector('.skip').getBoundingClientRect().left") >= 0
    opened.key("Enter")
    assert opened.until(FOCUS, "tasks") == "tasks"
    opened.key("Tab")
    assert opened.run(FOCUS) == "search"
    opened.run("document.querySelector('#t1 summary').focus()")
    opened.key("Enter")
    assert opened.until("document.querySelector('#t1').open") is True
    opened.key("Tab")
    assert opened.run("document.activeElement.href.split('#')[1]") == "t0"  # what it depends on
    opened.key("Tab")
    assert opened.run("document.activeElement.closest('details').id") == "t1c0"


def test_a_link_opens_what_it_leads_to_even_where_a_filter_hid_it(opened):
    choose(opened, "owner", "coordinator")
    opened.until(SHOWN, ["CC-5", "CC-6"])
    opened.click("#runs a[href='#t0c0']")  # its strip has red in it
    assert opened.until("document.querySelector('#t0c0').open && document.querySelector('#t0').open") is True
    assert opened.until(COUNT, "3 tasks, 6 criteria") == "3 tasks, 6 criteria"
    assert opened.run("document.activeElement.closest('details').id") == "t0c0"


def test_a_box_of_the_graph_leads_to_its_task(opened):
    opened.click(".graph a[href='#t2'] .box")
    assert opened.until("document.querySelector('#t2').open") is True


def test_a_screen_reader_is_told_landmarks_headings_tables_and_pictures(opened):
    tree = opened.send("Accessibility.getFullAXTree")["nodes"]

    def named(role):
        return [each["name"].get("value", "") for each in tree if each.get("role", {}).get("value") == role]

    for landmark, names in (("main", 1), ("navigation", 1), ("search", 1), ("banner", 1), ("contentinfo", 1)):
        assert len(named(landmark)) == names, landmark
    assert named("heading")[:2] == ["Lukhas", "Summary"]
    assert {"task", "title", "status", "criteria met", "owner"} <= set(named("columnheader"))
    assert any(each.startswith("CC-5") for each in named("rowheader"))
    pictures = named("image") + named("img")
    assert [each for each in pictures if "Criteria over time" in each]
    assert [each for each in pictures if each == "met since 2026-11-24 (1 run); unmet since 2026-11-20 (1 run)"]
    assert all(pictures)
    assert all(named("textbox") + named("searchbox") + named("combobox") + named("button"))


def test_light_and_dark_have_contrast(opened):
    """At least 4.5 to 1, WCAG 2.2, 1.4.3, for each colour that text has."""
    script = """(() => {
        const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b; };
        const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
            if (!c.endsWith(', 0)')) return c; } return 'rgb(255, 255, 255)'; };
        const worst = [...document.querySelectorAll('main *, header *, footer *')].filter(e => !e.closest('svg, i') &&
            [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
            const a = light(getComputedStyle(e).color), b = light(ground(e));
            return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.outerHTML.slice(0, 80)]; });
        return worst.sort((a, b) => a[0] - b[0])[0]; })()"""
    grounds = []
    for dark in (False, True):
        opened.look(dark=dark)
        ratio, element = opened.run(script)
        assert ratio >= 4.5, (dark, ratio, element)
        grounds.append(opened.run("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


def test_a_narrow_screen_scrolls_one_way_alone(opened):
    opened.look(width=390, height=800)
    opened.run("document.querySelector('#t1').open = document.querySelector('#t1c0').open = true")

    assert opened.run("document.documentElement.scrollWidth") <= 390


def test_print_shows_what_is_filtered_opened(opened):
    choose(opened, "owner", "codex")
    opened.until(SHOWN, ["1"])
    opened.run("dispatchEvent(new Event('beforeprint'))")
    opened.look(media="print")
    assert opened.run("document.querySelector('#t0').open && document.querySelector('#t0c0').open")
    assert opened.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert not opened.run("document.querySelector('#t1').open")
    opened.run("dispatchEvent(new Event('afterprint'))")
    assert not opened.run("document.querySelector('#t0').open")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_gets_power(browser, tmp_path, text):
    """Whatever titles, owners and findings hold: nothing runs, nothing is asked for, nothing opens."""
    (tmp_path / "page.html").write_text(page(filled_with(text, text)), encoding="utf-8")
    browser.said.clear()
    browser.asked.clear()
    browser.open((tmp_path / "page.html").as_uri())
    browser.run("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    browser.run("[...document.links].forEach(link => link.click())")

    assert browser.run("document.querySelectorAll('main script, img, main [onload], main [onerror]').length") == 0
    assert text in browser.run("document.querySelector('.tasks td').textContent")
    assert browser.said == []
    assert [url for url in browser.asked if not url.startswith(("file:", "data:"))] == []


def test_a_live_page_follows_a_run_and_keeps_what_a_person_set(browser, shop, server):
    shop.begin()
    browser.look()
    browser.said.clear()
    browser.open(server.url)
    told = "document.querySelector('.running p').textContent"
    assert browser.run(told).endswith("0 of 3 criteria are judged.")
    browser.key("/")
    browser.write("there")
    browser.until(COUNT, "2 of 2 tasks, 2 of 3 criteria")
    browser.run("document.querySelector('#t0c0').open = true")
    here = Provenance(shop.run.commit, checked_at="2026-11-24T09:15:03Z", run=shop.run.id)
    shop.judge(CriterionRecord("A/there", Verdict.MET, provenance=here))

    assert browser.until(f"{told}.endsWith('1 of 3 criteria are judged.')") is True
    assert browser.until(COUNT, "2 of 2 tasks, 2 of 3 criteria") == "2 of 2 tasks, 2 of 3 criteria"
    assert browser.run("document.querySelector('#search').value") == "there"
    assert browser.run(FOCUS) == "search"
    assert browser.run("document.querySelector('#t0c0').open && document.querySelector('#t0').open")
    assert browser.run("document.querySelector('#t0c0 .word').textContent") == "met"
    assert browser.run("document.querySelector('#live').textContent") == "live"
    assert browser.said == []
    browser.open("about:blank")
