"""Records put together: nothing found is lost, and nothing old stays ticked that is being judged anew."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.finding import Finding
from pytest_coordguard.domain.record import CriterionRecord, Provenance, Record, RunRecord
from pytest_coordguard.domain.verdict import Verdict
from pytest_coordguard.reports.merge import MergeError, in_plan, join_shards, merged, pending
from tests.reports.report_samples import COMMIT, OTHER, PLAN, RECORD, SHA

IDS = [each.id for each in PLAN.criteria]


def run(name, started=0, **more):
    given_ = {"gate": "preaudit", "state": "complete", "commit": COMMIT, "plan_digest": SHA, "exit_status": 0, **more}
    return RunRecord(id=name, started=f"2026-11-24T09:{started:02d}:00Z", **given_)


def judged(criterion, verdict, name, minute, **more):
    return CriterionRecord(
        criterion, verdict, provenance=Provenance(COMMIT, False, f"2026-11-24T09:{minute:02d}:00Z", name), **more
    )


def verdicts(record):
    return {each.id: (each.verdict.word, each.provenance.run) for each in record.criteria}


def test_a_run_replaces_what_it_selected_and_leaves_the_rest():
    """A partial run (`-k`, one path) speaks of its own criteria alone."""
    old = Record(run("a"), (judged("1/report", Verdict.MET, "a", 1), judged("CC-5/headers", Verdict.MET, "a", 1)))
    new = Record(run("b", 5), (judged("1/report", Verdict.UNMET, "b", 6),))

    found = merged(old, new, frozenset(["1/report"]))

    assert verdicts(found) == {"1/report": ("unmet", "b"), "CC-5/headers": ("met", "a")}
    assert found.run.id == "b"


def test_what_is_written_ahead_takes_the_old_tick():
    """A run that is killed leaves nothing ticked that it was to judge."""
    old = Record(run("a"), (judged("1/report", Verdict.MET, "a", 1),))
    ahead = Record(run("b", 5, state="running"), pending(run("b", 5), ["1/report"]))
    found = merged(old, ahead, frozenset(["1/report"]))

    assert verdicts(found) == {"1/report": ("not_run", "b")}
    assert found.criteria[0].message == "the run that started at 2026-11-24T09:05:00Z has not judged it yet"


def test_a_run_that_only_started_takes_nothing_from_one_that_judged_meanwhile():
    """Run b started at 09:05 and is written after a's verdict of 09:06: the verdict stays until b has its own."""
    old = Record(run("a"), (judged("1/report", Verdict.MET, "a", 6),))
    b = run("b", 5)
    ahead = merged(old, Record(b, pending(b, ["1/report"])), frozenset(["1/report"]))
    done = merged(ahead, Record(b, (judged("1/report", Verdict.UNMET, "b", 7),)), frozenset(["1/report"]))

    assert verdicts(ahead) == {"1/report": ("met", "a")}
    assert verdicts(done) == {"1/report": ("unmet", "b")}


def test_the_later_of_two_verdicts_stays_whoever_writes_last():
    """Run a judged at 09:06 and writes after b, which judged at 09:08."""
    b = Record(run("b", 5), (judged("1/report", Verdict.UNMET, "b", 8),))
    a = Record(run("a", 0), (judged("1/report", Verdict.MET, "a", 6),))

    assert verdicts(merged(b, a, frozenset(["1/report"]))) == {"1/report": ("unmet", "b")}


def test_in_one_second_the_worse_counts():
    """Times have seconds; which of two runs came later is not known then."""
    met = Record(run("b"), (judged("1/report", Verdict.MET, "b", 6),))
    unmet = Record(run("a"), (judged("1/report", Verdict.UNMET, "a", 6),))
    here = frozenset(["1/report"])

    assert verdicts(merged(met, unmet, here)) == verdicts(merged(unmet, met, here)) == {"1/report": ("unmet", "a")}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.dictionaries(st.sampled_from(IDS), st.tuples(st.integers(6, 20), st.sampled_from(Verdict)), min_size=1),
        ),
        min_size=2,
        max_size=3,
    )
)
def test_the_order_in_which_runs_at_once_end_is_no_matter(spec):
    """Each starts before any judges; whatever order they write in, what is known at the end is the same."""
    records = []
    for number, (started, found) in enumerate(spec):
        name = f"run{number}"
        mine = tuple(
            judged(each, verdict, name, minute)
            for each, (minute, verdict) in sorted(found.items())
            if verdict is not Verdict.NOT_RUN
        )
        records.append(Record(run(name, started), mine))
    everything = frozenset(IDS)
    ends = []
    for order in permutations(records):
        known = None
        for record in order:
            known = merged(known, record, everything)
        ends.append(verdicts(known))

    assert all(end == ends[0] for end in ends)
    assert set(ends[0]) == {each.id for record in records for each in record.criteria}


def test_what_left_the_plan_is_named():
    """It leaves the list, and not without a word."""
    found, gone = in_plan(replace(RECORD, criteria=(*RECORD.criteria, judged("X/y", Verdict.MET, "a", 1))), PLAN)

    assert gone == ("X/y",)
    assert [each.id for each in found.criteria] == [each for each in IDS if each != "CC-6/tests"]


def shards():
    first = Record(
        run("s1", 1, duration=4.0, versions={"python": "3.11"}),
        (
            judged("1/report", Verdict.MET, "s1", 2, duration=1.0, proven=True, tests=("t1",)),
            judged("CC-5/headers", Verdict.MET, "s1", 2, tests=("t2",)),
            judged("CC-5/spec-validates", Verdict.MET, "an older run", 0),
            judged("CC-6/coverage", Verdict.MET, "s1", 2),
        ),
    )
    second = Record(
        run("s2", 0, duration=9.0, versions={"python": "3.12"}, exit_status=1),
        (
            judged("1/report", Verdict.MET, "s2", 3, duration=2.0, proven=True, tests=("t3",)),
            judged("CC-5/headers", Verdict.UNMET, "s2", 4, findings=(Finding("a", 1, "b"),), flaky=True),
            judged("CC-6/tests", Verdict.MET, "s2", 4),
        ),
    )
    return [first, second]


@pytest.mark.parametrize("order", [1, -1])
def test_shards_are_joined_by_their_worst(order):
    """A claim whose tests ran on two machines holds when both say so; what none ran is named."""
    found, missing = join_shards(shards()[::order], PLAN)

    assert verdicts(found) == {
        "1/report": ("met", "s1+s2"),
        "CC-5/spec-validates": ("not_run", ""),
        "CC-5/headers": ("unmet", "s1+s2"),
        "CC-5/reviewed": ("not_run", ""),
        "CC-6/coverage": ("met", "s1+s2"),
        "CC-6/tests": ("met", "s1+s2"),
    }
    assert missing == ["CC-5/spec-validates: no shard ran it"]
    assert found.run.state == "incomplete"
    assert (found.run.exit_status, found.run.duration, found.run.started) == (1, 9.0, "2026-11-24T09:00:00Z")
    assert found.run.versions == {"python": "3.11, 3.12"}
    report, headers = found.criteria[0], found.criteria[2]
    assert (report.duration, report.proven, report.tests) == (3.0, True, ("t1", "t3"))
    assert (headers.findings, headers.flaky, headers.tests) == ((Finding("a", 1, "b"),), True, ("t2",))


def test_a_shard_that_did_not_end_is_named():
    """Its verdicts count; that the run is whole does not follow."""
    first, second = shards()
    found, missing = join_shards([replace(first, run=replace(first.run, state="running")), second], PLAN)

    assert missing[0] == "shard s1 (2026-11-24T09:01:00Z) is running"
    assert found.run.state == "incomplete"


def test_shards_that_k_narrowed_make_one_whole_run():
    """Each answers for a part and so ends with 1; together they have judged all, and that is the run."""
    half = len(IDS) // 2
    parts = [
        Record(run(name, state="incomplete", exit_status=1), tuple(judged(each, Verdict.MET, name, 2) for each in mine))
        for name, mine in (("s1", IDS[:half]), ("s2", IDS[half:]))
    ]
    found, missing = join_shards(parts, PLAN)

    assert missing == []
    assert (found.run.state, found.run.exit_status) == ("complete", 0)
    assert {each.verdict for each in found.criteria} == {Verdict.MET}


def test_what_a_shard_selected_and_did_not_get_to_is_not_run():
    """Though another has judged it: which of the two is right is not known."""
    cut = Record(run("s1", state="incomplete", exit_status=1), (judged(IDS[0], Verdict.NOT_RUN, "s1", 2),))
    whole = Record(run("s2"), tuple(judged(each, Verdict.MET, "s2", 2) for each in IDS))
    found, _ = join_shards([cut, whole], PLAN)

    assert verdicts(found)[IDS[0]] == ("not_run", "s1+s2")
    assert found.run.exit_status == 1


@pytest.mark.parametrize("status", [2, 3, None])
def test_a_shard_that_was_stopped_is_named(status):
    """Interrupted, an internal error, killed."""
    parts = [Record(run("s1", exit_status=status), tuple(judged(each, Verdict.MET, "s1", 2) for each in IDS))]
    found, missing = join_shards(parts, PLAN)

    assert missing == [f"shard s1 (2026-11-24T09:00:00Z) ended with exit status {status}"]
    assert (found.run.state, found.run.exit_status) == ("incomplete", 1)


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"commit": OTHER},
            f"these are records of 2 commits, not of one: {COMMIT}, {OTHER}",
        ),
        ({"plan_digest": "0" * 64}, f"these are records of 2 plans, not of one: {'0' * 64}, {SHA}"),
        ({"gate": "review_gate"}, "these are records of 2 gates, not of one: preaudit, review_gate"),
    ],
)
def test_records_that_do_not_belong_together_are_refused(change, message):
    """A tick on another commit is none on this one."""
    first, second = shards()
    with pytest.raises(MergeError) as caught:
        join_shards([first, replace(second, run=replace(second.run, **change))], PLAN)

    assert str(caught.value) == message


def test_no_record_is_refused():
    """Nothing at all must not become a run in which nothing failed."""
    with pytest.raises(MergeError, match="there is no record to put together"):
        join_shards([], PLAN)
