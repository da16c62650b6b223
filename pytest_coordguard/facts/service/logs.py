"""What a service has printed: a file that grows, read in parts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

MOST = 16_000_000  # bytes of one look: a service that prints more between two marks is read from the end
LINES = 30
WIDEST = 500  # characters of a line that is shown


class Logs:
    """The standard output and standard error of the service, over its restarts."""

    def __init__(self, path: Path, secrets: Collection[str] = ()) -> None:
        self.path = path
        self._secrets = [secret for secret in secrets if secret]

    def mark(self) -> int:
        """Return where the log ends now, for `since`."""
        return self.path.stat().st_size if self.path.exists() else 0

    def since(self, mark: int = 0) -> str:
        """Return what was printed since a mark, as it is: for searching, never for showing."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(max(mark, self.mark() - MOST))
            return file.read(MOST).decode("utf-8", "replace")

    def tail(self, lines: int = LINES, *, mark: int = 0) -> str:
        """Return the last lines since a mark, fit to be shown: without the caller's token, of bounded width."""
        last = self.since(max(mark, self.mark() - lines * 4096))
        kept = [line.rstrip()[:WIDEST] for line in last.splitlines() if line.strip()]
        text = "\n".join(kept[-lines:])
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return text
