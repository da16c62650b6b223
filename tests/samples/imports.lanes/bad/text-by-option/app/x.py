from unittest import mock


@mock.patch("candidate.core.Thing")
def check(thing): ...
