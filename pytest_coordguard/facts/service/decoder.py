"""Reads bodies that come compressed though they were asked for as they are: services do that to everyone."""

from __future__ import annotations

import zlib

WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # zlib.decompressobj: 32 + 15 takes both headers
PLAIN = ("", "identity")  # RFC 9110, section 8.4.1
MOST = 8_000_000  # bytes out of one piece: a small body may unpack to more than the memory


class Undecodable(ValueError):
    """A body that cannot be read, and why."""


class Decoder:
    """Feed it pieces; it gives what they say."""

    def __init__(self, coding: str) -> None:
        self.coding = coding.strip().lower()
        if self.coding not in (*PLAIN, *WINDOWS):
            raise Undecodable(f"encoded as {self.coding!r}, which nobody asked for")
        self._inner = zlib.decompressobj(WINDOWS[self.coding]) if self.coding in WINDOWS else None

    def feed(self, piece: bytes) -> bytes:
        """Return what a piece completes.

        Raises:
            Undecodable: it is not encoded as the header says.

        """
        if self._inner is None:
            return piece
        try:
            return self._inner.decompress(piece, MOST)
        except zlib.error as error:
            raise Undecodable(f"says that it is encoded as {self.coding!r}, and is not") from error
