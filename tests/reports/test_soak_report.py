"""The words of the sentinel: whole texts."""

from pytest_coordguard.domain.sentinel import Watched, Word, mark
from pytest_coordguard.domain.slo import Outcome, Slo, State
from pytest_coordguard.domain.soak import Soak
from pytest_coordguard.reports.soak import body, headline, lines, panel, title

AT = 1_795_510_800.0  # 2026-11-24 09:00 UTC
DENIED = Outcome(
    "denial rate", Slo("a / b", at_most=0.15), "a / b", State.BREACHED, 0.398, "0.398, at most 0.15 wanted"
)
SLOW = Outcome("p95", Slo("p", at_most=0.1, unit="s"), "p", State.HELD, 0.00475)
GONE = Outcome("5xx | rate", Slo("e", at_most=0.01), "e{a=`|`}", State.UNVERIFIED, None, "no sample from @ops #1")
FOUND = (
    Watched("RC-5/slos", "shop", "http://127.0.0.1:9090", (DENIED, SLOW, GONE)),
    Watched("RC-5/edge", "edge", "http://127.0.0.1:9091", (), "no Prometheus at http://127.0.0.1:9091"),
)
SOAK = Soak(
    prometheus="https://prometheus.example.org/",
    panels={"Guardian": "https://grafana.example.org/d/slo?from={from}&to={to}&var-job={job}"},
)
END = "g0.tab=0&g0.range_input=1h&g0.end_input=2026-11-24%2009%3A00%3A00&g0.moment_input=2026-11-24%2009%3A00%3A00"
GRAFANA = "https://grafana.example.org/d/slo?from=1795507200000&to=1795510800000&var-job"
ISSUE = f"""\
<!-- coordguard: {mark("coordguard.yaml", Word.BREACH)} -->
**1 of 4 objectives breached**, seen at 2026-11-24 09:00:00 UTC.

| criterion | objective | value | bound | |
| --- | --- | --- | --- | --- |
| `RC-5/slos` | denial rate | 0.398 | at most 0.15 | **breached** |
| `RC-5/slos` | p95 | 0.00475s | at most 0.1s | held |
| `RC-5/slos` | 5xx `\\|` rate |  | at most 0.01 | not verified: no sample from `@ops` `#1` |
| `RC-5/edge` | | | | not verified: no Prometheus at `http://127.0.0.1:9091` |

The last hour:

- [Guardian (shop)]({GRAFANA}=shop)
- [Guardian (edge)]({GRAFANA}=edge)
- [denial rate](https://prometheus.example.org/graph?g0.expr=a%20%2F%20b&{END})
- [p95](https://prometheus.example.org/graph?g0.expr=p&{END})
- [5xx `\\|` rate](https://prometheus.example.org/graph?g0.expr=e%7Ba%3D%60%7C%60%7D&{END})

Queries:

- denial rate: `a / b`
- p95: `p`
- 5xx `|` rate: `e{{a='|'}}`
"""


def test_an_issue_tells_all_and_mentions_nobody():
    assert body(SOAK, "coordguard.yaml", FOUND, AT, Word.BREACH) == ISSUE


def test_a_title_names_what_is_breached():
    assert title(SOAK, "shop", FOUND) == "SLO breach: denial rate"
    assert title(Soak(title="{project}: {objectives}"), "shop", FOUND[1:]) == "shop: nothing could be verified"


def test_a_terminal_is_told_the_same():
    assert [headline(FOUND), *lines(FOUND)] == [
        "1 of 4 objectives breached",
        "  breached      RC-5/slos: denial rate: 0.398, at most 0.15 wanted",
        "  held          RC-5/slos: p95: 0.00475s (at most 0.1s)",
        "  not verified  RC-5/slos: 5xx | rate: no sample from @ops #1",
        "  not verified  RC-5/edge: no Prometheus at http://127.0.0.1:9091",
    ]


def test_a_job_cannot_leave_its_place_in_an_address():
    assert panel("https://g.example.org/?j={job}", "a&b=/c", AT) == "https://g.example.org/?j=a%26b%3D%2Fc"


def test_no_secret_reaches_the_page():
    """A query may carry a credential in a matcher; whatever else, it is not posted."""
    key = "ghp" + "_" + "a1B2" * 9
    leaky = Outcome("x", Slo("q", at_most=1), f'up{{token="{key}"}}', State.BREACHED, 2.0, "2, at most 1 wanted")

    assert key not in body(SOAK, "p", (Watched("A/b", "j", "http://127.0.0.1:1", (leaky,)),), AT, Word.BREACH)
