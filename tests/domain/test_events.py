"""Server-sent events are read as the standard says, wherever the network cuts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_coordguard.domain.events import EventReader


def read(*pieces):
    """Return the events of a stream, and whether it was whole."""
    reader = EventReader()
    events = [event for piece in pieces for event in reader.feed(piece)]
    return [*events, *reader.end()], reader.is_whole


@pytest.mark.parametrize(
    ("stream", "events", "whole"),
    [
        (b"data: a\n\n", [("message", "a", "")], True),
        (b"data: a\r\rdata: b\r\r", [("message", "a", ""), ("message", "b", "")], True),
        (b"data: a\r\n\r\n", [("message", "a", "")], True),
        ("data: a\u2028b\x85c\x0bd\x0c\n\n".encode(), [("message", "a\u2028b\x85c\x0bd\x0c", "")], True),
        (b"data: a\ndata:  b\ndata\n\n", [("message", "a\n b\n", "")], True),
        (b"event: done\nid: 7\ndata: x\n\ndata: y\n\n", [("done", "x", "7"), ("message", "y", "7")], True),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a", "")], True),
        (b": a comment\n\n", [], True),
        (b": a comment\n", [], True),
        (b"retry: 10\n\n", [], True),
        (b"data: a\n", [], False),
        (b"data: a", [], False),
        (b"data: a\n\ndata: b\n", [("message", "a", "")], False),
        (b"", [], True),
    ],
)
def test_a_stream_is_read(stream, events, whole):
    """Three line ends, no other; fields over several lines; what no blank line has completed is no event."""
    assert read(stream) == (events, whole)
    assert read(*(bytes([one]) for one in stream)) == (events, whole)


LINES = st.lists(
    st.sampled_from(["data: a", "data:b", "event: e", "id: 1", ": c", "", "", "x: y", "data: \u2028\u00e9"]),
    max_size=12,
)


@given(LINES, st.sampled_from(["\n", "\r", "\r\n"]), st.integers(1, 5))
def test_it_agrees_with_the_other_reader_wherever_the_pieces_end(lines, end, size):
    """httpx-sse, of another author."""
    import httpx
    from httpx_sse import EventSource

    stream = "".join(f"{line}{end}" for line in lines).encode()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=iter(pieces))
    theirs = [(one.event, one.data, one.id) for one in EventSource(response).iter_sse()]

    assert read(*pieces)[0] == [one for one in theirs if one[1]]  # it gives an event without data as well
