"""The reader of metrics reads what Prometheus' own client for Python writes, and tells what is amiss by its line."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, Summary, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from pytest_coordguard.facts.service.exposition import NotMetrics, Sample, read_metrics, read_sample

LABEL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUE = st.floats(allow_nan=False)


def registry_of(labels, values):
    registry = CollectorRegistry()
    gauge = Gauge("depth", 'How deep "it" is \\ goes\nfurther', ["a", "b_c"], registry=registry)
    for label, value in zip(labels, values, strict=False):
        gauge.labels(label, "x").set(value)
    Counter("trips", "", ["of"], registry=registry).labels("it").inc(3)
    Histogram("seconds", "", registry=registry).observe(0.2)
    Summary("bytes", "", registry=registry).observe(7)
    Info("build", "", registry=registry).info({"version": "1"})
    return registry


@given(st.lists(LABEL, unique=True, max_size=4), st.lists(VALUE, max_size=4))
def test_what_their_client_writes_is_read_as_their_reader_reads_it(labels, values):
    """Whatever stands in labels: quotes, backslashes, line ends, braces."""
    text = generate_latest(registry_of(labels, values)).decode()
    theirs = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    ours = {(one.name, *sorted(one.labels.items())): one.value for one in read_metrics(text).samples}

    assert ours == theirs


def test_openmetrics_is_read_too():
    """With its exemplars and its end."""
    registry = registry_of(["a"], [1.5])
    Counter("asked", "", registry=registry).inc(1, exemplar={"trace_id": "KOO5S4vxi0o"})

    metrics = read_metrics(generate_openmetrics(registry).decode())

    assert metrics.value("asked") == 1
    assert metrics.value("depth", {"a": "a"}) == 1.5
    assert metrics.type_of("asked") == metrics.type_of("asked_total") == "counter"


def test_a_counter_goes_by_two_names():
    metrics = read_metrics(
        '# TYPE a_total counter\na_total{x="1"} 2\na_total{x="2"} 3\n# TYPE b counter\nb 1 1700000000'
    )

    assert [metrics.value(name) for name in ("a", "a_total", "b", "b_total")] == [5, 5, 1, 1]
    assert [metrics.type_of(name) for name in ("a", "a_total", "b", "b_total", "c")] == [*["counter"] * 4, ""]
    assert (metrics.value("a", {"x": "2"}), metrics.value("a", {"y": "2"}), metrics.value("c")) == (3, None, None)


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ("up 1", Sample("up", {}, 1)),
        ("up{} 1e3\r", Sample("up", {}, 1000)),
        ('up { a = "b" , } +Inf', Sample("up", {"a": "b"}, math.inf)),
        (r'up{a="\"}\\\n{"} -.5 1700000000000', Sample("up", {"a": '"}\\\n{'}, -0.5)),
        ('up_bucket{le="+Inf"} 4 # {trace_id="a"} 0.5', Sample("up_bucket", {"le": "+Inf"}, 4)),
    ],
)
def test_a_sample_is_read(line, sample):
    assert read_metrics(f"# HELP up is a word\n\n{line}\n").samples == (sample,)


def test_a_sample_may_be_named_without_a_value():
    """As a plan names it."""
    assert read_sample('up{a="b"}', valueless=True).labels == {"a": "b"}
    with pytest.raises(NotMetrics, match="^line 1: up has no value$"):
        read_sample("up")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<!doctype html>", 'line 1: no sample; meant: as name{label="value"} 1'),
        ('{"up": 1}', 'line 1: no sample; meant: as name{label="value"} 1'),
        ("up 1\nup 2", "line 2: up has a second value for the same labels"),
        ('up{a="b"} 1\nup{a="c"} 1\nup{a="b"} 1', "line 3: up has a second value for the same labels"),
        ("up one", "line 1: up has a value that is no number"),
        ("up 1_0", "line 1: up has a value that is no number"),
        ("up 1 soon", "line 1: up has a time that is no number"),
        ("up{a=b} 1", "line 1: the labels of up cannot be read"),
        ('up{a="1",a="2"} 1', "line 1: the labels of up cannot be read"),
        ('up{a="1} 1', 'line 1: no sample; meant: as name{label="value"} 1'),
        ("# TYPE up number", "line 1: up has the type 'number'; meant: counter, gauge, histogram, summary, untyped, "),
        ("# TYPE up gauge\n# TYPE up gauge", "line 2: up has a second type"),
    ],
)
def test_what_prometheus_does_not_read_is_told_by_its_line(text, told):
    with pytest.raises(NotMetrics) as refused:
        read_metrics(text)

    assert str(refused.value).startswith(told)


@given(st.text(st.sampled_from('up{}="\\a, 1.e#\n\t'), max_size=40))
def test_no_text_breaks_the_reader(text):
    """It is read, or refused; nothing else comes of it."""
    with contextlib.suppress(NotMetrics):
        read_metrics(text)
