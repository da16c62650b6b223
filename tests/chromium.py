"""Drives a real Chromium over a pipe, by the DevTools protocol (chromedevtools.github.io/devtools-protocol): no driver
to install, no port to find, and it ends when the pipe is closed."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import suppress

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
)
PATIENCE = 30.0  # seconds for one answer
KEYS = {"Escape": 27, "Tab": 9, "Enter": 13, "/": 191, " ": 32}


class Gone(Exception):
    """The browser is no more, or answers no longer."""


class Chromium:
    """One browser with an empty profile, and one page in it."""

    def __init__(self, profile):
        to_read, to_write = os.pipe(), os.pipe()  # it reads its commands from 3 and answers on 4
        script = f'exec "$0" "$@" 3<&{to_read[0]} 4>&{to_write[1]}'
        command = ["bash", "-c", script, CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        self.process = subprocess.Popen(
            [*command, "about:blank"],
            pass_fds=(to_read[0], to_write[1]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(to_read[0])
        os.close(to_write[1])
        self._out, self._in = to_read[1], to_write[0]
        self._buffer, self._last, self.session = b"", 0, None
        self.said = []  # what the console, the log and uncaught exceptions said
        self.asked = []  # addresses that the page asked for
        self._events = []
        pages = [each for each in self.send("Target.getTargets")["targetInfos"] if each["type"] == "page"]
        attached = self.send("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    # -- the protocol ----------------------------------------------------------------------------------------

    def send(self, method, **params):
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(PATIENCE)
            if answer is None:
                raise Gone(f"no answer to {method} within {PATIENCE:g} s")
            if answer.get("id") == self._last:
                if "error" in answer:
                    raise Gone(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self, seconds):
        """Return the next message, None when none comes in time; an event is noted."""
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(end - time.monotonic(), 0))
            if not ready:
                return None
            data = os.read(self._in, 1 << 20)
            if not data:
                raise Gone("the browser has closed its pipe")
            self._buffer += data
        raw, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(raw)
        if "method" in message:
            self._note(message["method"], message["params"])
        return message

    def _note(self, method, params):
        self._events.append(method)
        if method == "Runtime.exceptionThrown":
            self.said.append(params["exceptionDetails"].get("exception", {}).get("description") or str(params))
        elif method == "Runtime.consoleAPICalled":
            self.said.append(f"{params['type']}: {[each.get('value') for each in params['args']]}")
        elif method == "Log.entryAdded":
            self.said.append(f"{params['entry']['level']}: {params['entry']['text']}")
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.said.append(f"dialog: {params['message']}")

    def close(self):
        with suppress(OSError, Gone):
            self.session = None
            self.send("Browser.close")
        os.close(self._out)
        os.close(self._in)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait(10)

    # -- what a person does ----------------------------------------------------------------------------------

    def open(self, url):
        self._events.clear()
        self.send("Page.navigate", url=url)
        end = time.monotonic() + PATIENCE
        while "Page.loadEventFired" not in self._events:
            if time.monotonic() > end:
                raise Gone(f"{url} was not loaded within {PATIENCE:g} s")
            self._next(1.0)

    def run(self, expression):
        """Return what a JavaScript expression is in the page."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"]["exception"]["description"])
        return found["result"].get("value")

    def until(self, expression, wanted=True):
        """Wait until an expression is as wanted; return what it was last."""
        end = time.monotonic() + PATIENCE / 2
        while (found := self.run(expression)) != wanted and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def key(self, key, *, shift=False):
        code = KEYS[key]
        text = {"text": "/"} if key == "/" else {"text": "\r"} if key == "Enter" else {}
        given = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **given, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **given)

    def write(self, text):
        self.send("Input.insertText", text=text)

    def click(self, selector):
        """Click in the middle of what a selector names, as a mouse does."""
        script = """(e => {
            e.scrollIntoView({block: "center", behavior: "instant"});
            const r = e.getBoundingClientRect();
            return [r.x + Math.min(r.width / 2, 40), r.y + r.height / 2];
        })"""
        x, y = self.run(f"{script}(document.querySelector({json.dumps(selector)}))")
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def look(self, *, dark=False, width=1280, height=900, media="screen"):
        """Set how the page is looked at."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def picture(self, path, *, whole=True):
        found = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))
