#!/usr/bin/env python3
"""Whole captures beside Chromium itself: python3 benches/page.py [POSTS] [ROUNDS].

Builds nothing: `cargo build --release --bin arkivd --example demo_site` first. The demo site's account page is taken by
`arkivd snapshot`, and by a bare script over the same protocol that takes the same steps: load, decline, scroll to the end,
open what is closed, tiles, words, print, each written to a file. Prints seconds, their ratio, and the most memory that
arkivd's own processes had.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / os.environ.get("PROFILE", "release")
CHROMIUM = "/usr/lib/chromium/chromium"
TILE = 4096


class Bare:
    """Chromium over its pipe, one call after the other."""

    def __init__(self, folder):
        ours, theirs = os.pipe(), os.pipe()

        def ends():
            os.dup2(ours[0], 3)
            os.dup2(theirs[1], 4)

        plain = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
        flags = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={folder}/profile", "--no-first-run", "--disable-gpu", "--hide-scrollbars",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1280,900", "about:blank"]
        if plain:
            os.chown(folder, 65534, 65534)
        home = {"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder}
        self.process = subprocess.Popen(plain + [CHROMIUM] + flags, preexec_fn=ends, close_fds=False, env=home, stderr=subprocess.DEVNULL)
        os.close(ours[0])
        os.close(theirs[1])
        self.to, self.back, self.rest, self.n = ours[1], theirs[0], b"", 0
        self.busy, self.session = {}, None

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.back, 1 << 20)
            if not piece:
                raise EOFError
            self.rest += piece
        one, self.rest = self.rest.split(b"\0", 1)
        told = json.loads(one)
        kind, params = told.get("method"), told.get("params", {})
        if kind == "Network.requestWillBeSent":
            self.busy[params["requestId"]] = time.monotonic()
        elif kind in ("Network.loadingFinished", "Network.loadingFailed"):
            self.busy.pop(params["requestId"], None)
        return told

    def call(self, method, **params):
        self.n += 1
        n = self.n
        call = {"id": n, "method": method, "params": params}
        if self.session:
            call["sessionId"] = self.session
        data = json.dumps(call).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        while (told := self.message()).get("id") != n:
            pass
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']}")
        return told["result"]

    def js(self, text):
        return self.call("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)["result"].get("value")

    def quiet(self, pause=0.05):
        self.js(f"new Promise(r => setTimeout(r, {int(pause * 1000)}))")
        # What is older than this has no end that is worth the wait.
        while any(time.monotonic() - since < 4 for since in self.busy.values()):
            self.js("new Promise(r => setTimeout(r, 20))")


OPEN = """(() => { let n = 0; for (const b of document.querySelectorAll('button, summary'))
 if (/visa mer|visa fler|visa svar|läs mer/i.test(b.textContent) && b.offsetParent && !b.dataset.x) { b.dataset.x = 1; b.click(); n++; } return n; })()"""


def bare(address, folder):
    begun = time.monotonic()
    b = Bare(folder)
    target = b.call("Target.createTarget", url="about:blank")["targetId"]
    b.session = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "DOM"):
        b.call(f"{domain}.enable")
    b.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    b.call("Page.navigate", url=address)
    b.quiet(0.3)
    b.js("[...document.querySelectorAll('button')].find(b => /endast nödvändiga/i.test(b.textContent))?.click()")
    height = -1
    while True:
        b.js("window.scrollBy(0, 800)")
        b.quiet()
        opened = b.js(OPEN)
        at, new = b.js("[window.scrollY + innerHeight, document.documentElement.scrollHeight]")
        if at >= new - 2 and new == height and not opened:
            break
        height = new
    while b.js(OPEN):
        b.quiet()
    b.js("window.scrollTo(0, 0); document.querySelectorAll('*').forEach(e => { const p = getComputedStyle(e).position; if (p === 'fixed' || p === 'sticky') e.style.position = 'static'; })")
    b.quiet(0.1)
    size = b.call("Page.getLayoutMetrics")["cssContentSize"]
    seen = time.monotonic()
    for i, y in enumerate(range(0, int(size["height"]), TILE)):
        clip = {"x": 0, "y": y, "width": 1280, "height": min(TILE, size["height"] - y), "scale": 1}
        shot = b.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        Path(folder, f"tile-{i:04}.png").write_bytes(base64.b64decode(shot))
    tiled = time.monotonic()
    words = b.call("DOMSnapshot.captureSnapshot", computedStyles=[], includeDOMRects=True)
    Path(folder, "words.json").write_text(json.dumps(words))
    stream = b.call("Page.printToPDF", printBackground=True, generateTaggedPDF=True, generateDocumentOutline=True, transferMode="ReturnAsStream")["stream"]
    with open(Path(folder, "print.pdf"), "wb") as out:
        while True:
            piece = b.call("IO.read", handle=stream, size=1 << 20)
            out.write(base64.b64decode(piece["data"]) if piece.get("base64Encoded") else piece["data"].encode())
            if piece["eof"]:
                break
    ended = time.monotonic()
    b.process.kill()
    b.process.wait()
    return {"seconds": ended - begun, "reading": seen - begun, "tiles": tiled - seen, "print": ended - tiled, "height": int(size["height"])}


def watch(peaks, over):
    """The most memory of each process of arkivd's own."""
    while not over.wait(0.2):
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
            except OSError:
                continue
            if text.startswith("Name:\tarkivd\n"):
                peak = re.search(r"VmHWM:\s+(\d+)", text)
                role = "worker" if b"browser-worker" in (status.parent / "cmdline").read_bytes() else "arkivd"
                if peak:
                    peaks[role] = max(peaks.get(role, 0), int(peak[1]) // 1024)


def main(posts, rounds):
    arkivd = TARGET / "arkivd"
    site = subprocess.Popen([TARGET / "examples/demo_site", "--port", "0"], stdout=subprocess.PIPE, text=True)
    address = site.stdout.readline().removeprefix("listening on ").strip() + f"konto?n={posts}"
    peaks, over = {}, threading.Event()
    try:
        with tempfile.TemporaryDirectory() as folder:
            archive = f"{folder}/arkiv"

            def run(*words):
                return subprocess.run([arkivd, "--archive", archive, *words], capture_output=True, text=True)

            run("init", archive, "--organisation", "Ekhamra kommun", "--profile", "standard")
            added = run("account", "add", "torget", "--platform", "web", "--address", address, "--committee", "Kommunstyrelsen", "--purpose", "Dialog",
                        "--audience", "Invånare", "--responsible", "Anna Ek", "--responsible", "Bo Lind", "--substitute", "Cecilia Dahl")
            assert added.returncode == 0, added.stderr
            threading.Thread(target=watch, args=(peaks, over), daemon=True).start()
            own, peer = [], []
            for n in range(rounds):
                with tempfile.TemporaryDirectory() as other:
                    os.chmod(other, 0o755)
                    told = bare(address, other)
                peer.append(told["seconds"])
                print(f"bare    {n + 1}: {told['seconds']:6.1f} s ({told['reading']:.1f} reading, {told['tiles']:.1f} tiles, {told['print']:.1f} words and print), {told['height']} pixels high", flush=True)
                begun = time.monotonic()
                taken = run("snapshot", "torget")
                own.append(time.monotonic() - begun)
                assert taken.returncode == 0, taken.stdout + taken.stderr
                size = re.search(r"x (\d+) pixels", taken.stdout)
                print(f"arkivd  {n + 1}: {own[-1]:6.1f} s, {size[1]} pixels high", flush=True)
            print(f"ratio of the fastest: {min(own) / min(peer):.2f}; {60 / min(own):.1f} captures a minute one at a time; most memory in MiB: {peaks}")
    finally:
        over.set()
        site.kill()


main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
