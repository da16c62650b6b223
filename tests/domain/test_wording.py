"""A title links a change to a task when it says the id, or words that few titles have; long after, it does not."""

import pytest

from pytest_coordguard.domain.plan import Task
from pytest_coordguard.domain.task_link import By, Confidence, Linker, Traces, belongs_to
from pytest_coordguard.domain.work import MERGED, OPEN, WORDS_FOR, Change, in_time

TASKS = (
    Task("B", "Circuit breaker to the engine", 1),
    Task("CC-3", "Critical review - circuit breaker", 2, depends_on=("B",)),
    Task("D", "SDK rate-limit snippets", 3),
    Task("E402-1", "E402 batch 1", 4),
    Task("Safe-1", "Safe autofix (W293/F841/I001)", 5),
    Task("CC-6", "Integration suite validation", 6),
)
USUAL = tuple(f"test: validation of suite {number}" for number in range(40))


def own(title, *more, usual=USUAL, tasks=TASKS):
    linker = Linker(tasks, (*usual, title, *more))
    return {each.task: (each.by, each.confidence) for each in belongs_to(linker.links(Traces(title=title)))}


WORDS, TITLE = (By.WORDS, Confidence.MEDIUM), (By.TITLE, Confidence.MEDIUM)


@pytest.mark.parametrize(
    ("title", "links"),
    [
        pytest.param("docs: CC-3 checklist (3/4)", {"CC-3": TITLE}, id="its id"),
        pytest.param("docs: cc-3, and Safe-1", {"CC-3": TITLE, "Safe-1": TITLE}, id="two ids, in any case"),
        pytest.param("docs: CC-31, CC-3-1 and v0.CC-3", {}, id="longer ids"),
        pytest.param("add Task B brief", {}, id="every team has a task B"),
        pytest.param("docs: header examples + SDK snippets", {"D": WORDS}, id="two rare words of four"),
        pytest.param("docs: SDK examples", {}, id="one rare word"),
        pytest.param("suite and validation of signatures", {}, id="two words that everyone uses"),
        pytest.param("auto-fix W293/F841 in tests", {"Safe-1": WORDS}, id="codes, which weigh more"),
        pytest.param("Circuit breaker", {"B": WORDS}, id="not the review that waits for it"),
        pytest.param("fix(e402): order of imports", {"E402-1": WORDS}, id="the code of the id"),
        pytest.param("fix E402 (batch 1/?)", {"E402-1": WORDS}, id="and its number"),
        pytest.param("fix E402 (batch 12)", {}, id="and another number"),
        pytest.param("fix E402 in 5 files (slice #2)", {}, id="another slice"),
    ],
)
def test_what_a_title_says(title, links):
    assert own(title) == links


def test_of_two_slices_the_one_is_meant_that_is_numbered():
    tasks = (Task("E402-1", "First", 1), Task("E402-2", "Second", 2))
    assert own("fix E402, part 2", tasks=tasks) == {"E402-2": WORDS}
    assert own("fix E402", tasks=tasks) == {}


def test_among_few_titles_no_word_is_rare():
    assert own("docs: SDK snippets", usual=USUAL[:20]) == {}
    assert own("docs: SDK snippets", *["the SDK"] * 3, usual=USUAL) == {}


def change(name, state, first, by=By.WORDS, merged_at=None):
    link = Linker(TASKS).links(Traces(title="CC-3"))[0]
    return Change(
        name,
        state,
        "",
        name,
        first=first,
        last=first,
        merged_at=merged_at,
        links=(type(link)("D", by, Confidence.MEDIUM, ""),),
    )


def test_words_count_until_two_weeks_after_the_first_merge_of_a_task():
    merged = change("#1", MERGED, 100, merged_at=200)
    again = change("#2", MERGED, 200 + WORDS_FOR, merged_at=201 + WORDS_FOR)
    late = change("#3", OPEN, 201 + WORDS_FOR)
    said = change("#4", OPEN, 201 + WORDS_FOR, by=By.TITLE)
    counted = [each.name for each in in_time([merged, again, late, said]) if each.tasks]
    assert counted == ["#1", "#2", "#4"]
    assert [each.name for each in in_time([late]) if each.tasks] == ["#3"]
