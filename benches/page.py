#!/usr/bin/env python3
"""Whole captures beside Chromium itself: python3 benches/page.py [POSTS] [ROUNDS].

Builds nothing: `cargo build --release --bin arkivd --example demo_site` first. The demo site's account page is taken by
`arkivd snapshot`, and by a bare script over the same protocol, in turns, with the same steps: load, decline, scroll to the
end, open what is closed, wait for all pictures, tiles, words, print, the bodies of all answers, each written to a file. The
script waits for signs alone (frames, changes of the page, requests under way, pictures), never for a time, and does not do
what is arkivd's own: proxy, WARC, PDF/A, seal. Both must find the same posts and the same height. Prints seconds by step,
their ratio, and the most memory that each of arkivd's processes had.
"""
import base64
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / os.environ.get("PROFILE", "release")
CHROMIUM = "/usr/lib/chromium/chromium"
# As high as a first script has them; arkivd's are twice that, which is part of what is compared. TILE=8192 tells the rest.
TILE = int(os.environ.get("TILE", 4096))
STYLES = ["display", "visibility", "opacity", "position", "overflow-x", "overflow-y", "white-space-collapse"]


class Bare:
    """Chromium over its pipe, one call after the other."""

    def __init__(self, folder):
        # Above the numbers that the browser is given.
        held = [os.open("/dev/null", os.O_RDONLY) for _ in range(8)]
        ours, theirs = os.pipe(), os.pipe()
        for one in held:
            os.close(one)

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
        self.busy, self.done, self.session, self.loaded = set(), [], None, False

    def message(self):
        pieces = [self.rest]
        while b"\0" not in pieces[-1]:
            pieces.append(os.read(self.back, 1 << 20))
            if not pieces[-1]:
                raise EOFError
        pieces[-1], _, self.rest = pieces[-1].partition(b"\0")
        told = json.loads(b"".join(pieces))
        kind, params = told.get("method"), told.get("params", {})
        if kind == "Network.requestWillBeSent":
            self.busy.add(params["requestId"])
        elif kind in ("Network.loadingFinished", "Network.loadingFailed"):
            self.busy.discard(params["requestId"])
            if kind == "Network.loadingFinished":
                self.done.append(params["requestId"])
        elif kind == "Page.loadEventFired":
            self.loaded = True
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
        told = self.call("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"])
        return told["result"].get("value")

    def quiet(self):
        """Until no request is under way."""
        while self.busy or not self.loaded:
            self.message()


SCRIPT = r"""globalThis.bare = (() => {
  const frame = () => new Promise(r => { setTimeout(r, 60); requestAnimationFrame(r); }), frames = async () => { await frame(); await frame(); };
  const page = () => document.documentElement.scrollHeight;
  let changes = 0, opened = 0;
  new MutationObserver(() => changes++).observe(document, { childList: true, subtree: true, attributes: true });
  const more = /^(…\s*)?(visa mer|visa fler.*|visa \d+ svar|läs mer)$/i;
  const open = () => {
    let n = 0;
    for (const b of document.querySelectorAll('button')) if (more.test(b.textContent.trim()) && b.offsetParent) { b.click(); n++; }
    for (const d of document.querySelectorAll('details:not([open])')) { d.open = true; n++; }
    opened += n;
    return n;
  };
  return {
    frames,
    decline: async () => {
      [...document.querySelectorAll('button')].find(b => /endast nödvändiga/i.test(b.textContent))?.click();
      while (document.querySelector('[role=dialog]')) await frame();
    },
    down: async () => {
      const before = [changes, page()];
      while (scrollY + innerHeight < page() - 2) { scrollBy({ top: 810, behavior: 'instant' }); await frame(); }
      const n = open();
      await frames();
      return n > 0 || changes !== before[0] || page() !== before[1];
    },
    still: async () => {
      for (const i of document.images) i.loading = 'eager';
      await Promise.all([...document.images].map(i => i.decode().catch(() => 0)));
      await document.fonts.ready;
      scrollTo({ top: 0, behavior: 'instant' });
      for (const e of [...document.querySelectorAll('*')].map(e => [e, getComputedStyle(e).position])) {
        if (e[1] === 'fixed') e[0].style.position = 'absolute';
        if (e[1] === 'sticky') { e[0].style.position = 'relative'; e[0].style.inset = 'auto'; }
      }
      await frames();
      const pictures = [...document.images].filter(i => i.complete && i.naturalWidth > 0).length;
      return { opened, pictures, posts: (document.body.innerText.match(/\d+ gillar ·/g) || []).length };
    },
  };
})()"""


def bare(address, folder):
    begun = time.monotonic()
    b = Bare(folder)
    target = b.call("Target.createTarget", url="about:blank")["targetId"]
    b.session = b.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "DOM"):
        b.call(f"{domain}.enable")
    b.call("Network.enable", maxTotalBufferSize=1 << 30, maxResourceBufferSize=64 << 20)
    b.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    b.loaded = False
    launched = time.monotonic()
    b.call("Page.navigate", url=address)
    b.quiet()
    b.js(SCRIPT)
    b.js("bare.decline()")
    while b.js("bare.down()") or b.busy:
        b.quiet()
    b.quiet()
    found = b.js("bare.still()")
    b.quiet()
    size = b.call("Page.getLayoutMetrics")["cssContentSize"]
    read = time.monotonic()
    words = b.call("DOMSnapshot.captureSnapshot", computedStyles=STYLES)
    Path(folder, "words.json").write_text(json.dumps(words))
    worded = time.monotonic()
    for i, y in enumerate(range(0, int(size["height"]), TILE)):
        clip = {"x": 0, "y": y, "width": 1280, "height": min(TILE, size["height"] - y), "scale": 1}
        shot = b.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        Path(folder, f"tile-{i:04}.png").write_bytes(base64.b64decode(shot))
    tiled = time.monotonic()
    stream = b.call("Page.printToPDF", paperWidth=210 / 25.4, paperHeight=297 / 25.4, marginTop=1 / 2.54, marginBottom=1 / 2.54, marginLeft=1 / 2.54,
                    marginRight=1 / 2.54, printBackground=True, generateTaggedPDF=True, generateDocumentOutline=True, transferMode="ReturnAsStream")["stream"]
    with open(Path(folder, "print.pdf"), "wb") as out:
        while True:
            piece = b.call("IO.read", handle=stream, size=1 << 20)
            out.write(base64.b64decode(piece["data"]) if piece.get("base64Encoded") else piece["data"].encode())
            if piece["eof"]:
                break
    printed = time.monotonic()
    with open(Path(folder, "bodies"), "wb") as out:
        for one in b.done:
            try:
                body = b.call("Network.getResponseBody", requestId=one)
            except RuntimeError:
                continue
            out.write(base64.b64decode(body["body"]) if body["base64Encoded"] else body["body"].encode())
    b.call("Browser.close") if not b.session else b.process.terminate()
    b.process.wait()
    ended = time.monotonic()
    steps = {"launch": launched - begun, "reading": read - launched, "words": worded - read, "tiles": tiled - worded, "print": printed - tiled, "bodies, end": ended - printed}
    return ended - begun, steps, {**found, "height": int(size["height"]), "requests": len(b.done)}


class Watch:
    """What a process of arkivd's and its worker take of memory, and when the worker has which file."""

    def __init__(self, process):
        self.process, self.peaks, self.files, self.over = process, {}, {}, threading.Event()
        # Others on this machine may take pages too: what is there already is theirs.
        self.others = set(self.folders())
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over.wait(0.05):
            now = time.monotonic()
            self.peak("main", self.process)
            # The worker is not called arkivd: it is started as /proc/self/exe, and runs as another user.
            try:
                children = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
                children += [c for t in Path(f"/proc/{self.process}/task").iterdir() for c in (t / "children").read_text().split()]
            except OSError:
                children = []
            for child in children:
                self.peak("worker", child)
            for folder in set(self.folders()) - self.others:
                for file in folder.glob("*"):
                    self.files.setdefault(file.name, now)

    def folders(self):
        return Path(tempfile.gettempdir()).glob("arkivd-page-*")

    def peak(self, role, process):
        try:
            peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
        except OSError:
            return
        if peak:
            self.peaks[role] = max(self.peaks.get(role, 0), int(peak[1]) // 1024)

    def steps(self, begun, ended):
        """Seconds by step, as the worker's files came."""
        tiles = [at for name, at in self.files.items() if name.startswith("tile-")]
        prints = [at for name, at in self.files.items() if name.startswith("print")]
        boxes = self.files.get("boxes.ndjson")
        if not (tiles and prints and boxes):
            return {}
        read, tiled = min(tiles), min(prints)
        return {"launch, reading, words, first tile": read - begun, "other tiles, print": tiled - read, "print written, bodies": boxes - tiled, "PDFs, seal": ended - boxes}


def told(steps):
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in steps.items())


def main(posts, rounds):
    arkivd = Path(os.environ.get("ARKIVD", TARGET / "arkivd"))
    site = subprocess.Popen([TARGET / "examples/demo_site", "--port", "0"], stdout=subprocess.PIPE, text=True)
    address = site.stdout.readline().removeprefix("listening on ").strip() + f"konto?n={posts}"
    peaks, own, peer = {}, [], []
    try:
        with tempfile.TemporaryDirectory() as folder:
            archive = f"{folder}/arkiv"

            def run(*words):
                return subprocess.run([arkivd, "--archive", archive, *words], capture_output=True, text=True)

            run("init", archive, "--organisation", "Ekhamra kommun", "--profile", "standard")
            added = run("account", "add", "torget", "--platform", "web", "--address", address, "--committee", "Kommunstyrelsen", "--purpose", "Dialog",
                        "--audience", "Invånare", "--responsible", "Anna Ek", "--responsible", "Bo Lind", "--substitute", "Cecilia Dahl")
            assert added.returncode == 0, added.stderr
            for n in range(rounds):
                with tempfile.TemporaryDirectory() as other:
                    os.chmod(other, 0o755)
                    seconds, steps, found = bare(address, other)
                peer.append(seconds)
                print(f"bare    {n + 1}: {seconds:6.1f} s ({told(steps)}); {found}", flush=True)
                begun = time.monotonic()
                taking = subprocess.Popen([arkivd, "--archive", archive, "snapshot", "torget", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                watch = Watch(taking.pid)
                out, _ = taking.communicate()
                ended = time.monotonic()
                watch.over.set()
                watch.thread.join()
                own.append(ended - begun)
                for role, peak in watch.peaks.items():
                    peaks[role] = max(peaks.get(role, 0), peak)
                assert taking.returncode == 0, out
                page = json.loads(out)["data"]["captures"][0]["page"]
                text = max(Path(archive).rglob("page.txt"), key=lambda path: path.stat().st_mtime)
                actions = json.loads((text.parent / "capture.json").read_text())["page"]["actions"]
                text = text.read_text()
                seen = {"opened": sum(a["count"] for a in actions if a["what"] == "expanded"), "posts": len(re.findall(r"\d+ gillar ·", text)), "height": page["height"]}
                print(f"arkivd  {n + 1}: {own[-1]:6.1f} s ({told(watch.steps(begun, ended))}); {seen}, {page['outcome']}", flush=True)
                for key in ("posts", "opened", "height"):
                    if seen[key] != found[key]:
                        print(f"        {key} differ: {seen[key]} beside {found[key]}", flush=True)
            ratio = statistics.median(a / b for a, b in zip(own, peer))
            print(f"ratio: median of rounds {ratio:.2f}, of the fastest {min(own) / min(peer):.2f}; {60 / min(own):.1f} captures a minute one at a time; most memory in MiB: {peaks}")
    finally:
        site.kill()


main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
