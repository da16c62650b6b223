"""What passes between a check and the service, and how a fault there changes it. Plain data, no sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

Headers = list[tuple[str, str]]


class Dropped(Exception):
    """Raised by a fault, in a body or before it: the connection breaks here."""


@dataclass(slots=True)
class Call:
    """A request on its way to the service."""

    method: str
    path: str  # with the query
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of a name, "" when there is none."""
        return header_in(self.headers, name)


@dataclass(slots=True)
class Answer:
    """An answer on its way back. Its body comes in pieces, as the service sends them."""

    status: int
    headers: Headers = field(default_factory=list)
    body: Iterable[bytes] = ()
    trailers: Headers = field(default_factory=list)  # known when the body has been read
    lost: tuple[str, ...] = ()  # patterns of trailers that do not arrive

    def header(self, name: str) -> str:
        """Return the first header of a name, "" when there is none."""
        return header_in(self.headers, name)

    @property
    def media_type(self) -> str:
        """The type without its parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def set(self, name: str, value: str) -> None:
        """Let a header have this value alone."""
        self.without(name.lower())
        self.headers.append((name, value))

    def without(self, *patterns: str) -> None:
        """Take away the headers whose names in lower case match one of the patterns, as `x-ratelimit-*`."""
        self.headers = [(name, value) for name, value in self.headers if not matches(name, patterns)]


class Fault:
    """Something that goes wrong between a check and the service. This one changes nothing.

    A fault is used for one run of one guardrail, by several threads at once.
    """

    unseen = False  # it changes what no comparison of an answer before and after shows, as its time

    def call(self, call: Call) -> Call | Answer:
        """Return what the service is asked; an `Answer` instead is given without asking it.

        Raises:
            Dropped: the connection breaks.

        """
        return call

    def answer(self, call: Call, answer: Answer) -> Answer:  # noqa: ARG002  # for those who look at it
        """Return what the check is answered. The body may be wrapped, so that it goes on in pieces, or read.

        Raises:
            Dropped: the connection breaks.

        """
        return answer

    def environment(self, env: Mapping[str, str]) -> Mapping[str, str]:
        """Return the variables that the service is started with, where a check starts it with some of its own."""
        return env


@dataclass(slots=True)
class Altered(Fault):
    """Applies a function to the answers that a condition picks."""

    change: Callable[[Call, Answer], Answer | None]  # None: changed in place
    where: Callable[[Call, Answer], bool]

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Apply it."""
        return (self.change(call, answer) or answer) if self.where(call, answer) else answer


@dataclass(slots=True)
class StartedOtherwise(Fault):
    """Starts the service with other variables than the check wants."""

    change: Callable[[Mapping[str, str]], Mapping[str, str]]

    def environment(self, env: Mapping[str, str]) -> Mapping[str, str]:
        """Return those."""
        return self.change(env)


@dataclass(slots=True)
class Together(Fault):
    """Several faults at once, the first nearest to the check."""

    faults: Sequence[Fault]

    def call(self, call: Call) -> Call | Answer:
        """Ask through each of them."""
        for fault in self.faults:
            changed = fault.call(call)
            if isinstance(changed, Answer):
                return changed
            call = changed
        return call

    def answer(self, call: Call, answer: Answer) -> Answer:
        """Answer through each of them, from the service on."""
        for fault in reversed(self.faults):
            answer = fault.answer(call, answer)
        return answer


def header_in(headers: Iterable[tuple[str, str]], name: str) -> str:
    """Return the first header of a name, in whatever case, "" when there is none."""
    return next((value for known, value in headers if known.lower() == name.lower()), "")


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a header's name is one that the patterns mean."""
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def whole(answer: Answer) -> bytes:
    """Read a body to its end and return it; it stays readable."""
    content = b"".join(answer.body)
    answer.body = [content]
    return content


def pieces(body: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """Yield what a stream brings, cut behind each `end`, as soon as it is there; the rest last."""
    rest = b""
    for piece in body:
        *full, rest = (rest + piece).split(end)
        yield from (part + end for part in full)
    if rest:
        yield rest
