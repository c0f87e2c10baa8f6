"""What the parts of scripts/soak share: the demo site, an archive of it, what must hold after any fault, the sums."""
import hashlib
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ARKIVD = os.environ["ARKIVD_BIN"]
# Exit codes of a snapshot that promises to be durable: done, and done in part.
ACKNOWLEDGED = (0, 3)


class Broken(Exception):
    """Something that must hold does not."""


def must(holds, what):
    if not holds:
        raise Broken(what)


class Tally:
    """Counts rounds; a part ends with its line."""

    def __init__(self):
        self.passed = self.failed = 0
        for ends in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ends, lambda *_: sys.exit(130))

    def round(self, name, story):
        try:
            story()
            self.passed += 1
        except Broken as fault:
            self.failed += 1
            print(f"FAILED: {name}: {fault}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, 0 skipped")
        sys.exit(self.failed > 0)


def free_port():
    """One below those the kernel hands out: nobody else gets it while the site is down."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    must(False, "no port is free below the ephemeral ones")


class Site:
    """The made-up municipality on loopback; it can get more posts, and keeps its address."""

    def __init__(self, posts):
        self.port, self.posts, self.process = free_port(), posts, None
        self.start()

    def start(self):
        command = [os.environ["DEMO_SITE"], "--port", str(self.port), "--posts", str(self.posts)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().removeprefix("listening on ").strip()
        self.port = int(self.address.rstrip("/").rsplit(":", 1)[1])

    def grow(self):
        self.stop()
        self.posts += 1
        self.start()

    def stop(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Archive:
    """An archive, and what it has acknowledged."""

    def __init__(self, path):
        self.path = Path(path)
        self.files, self.captures, self.bags = {}, set(), set()

    def copied_to(self, path):
        subprocess.run(["cp", "-a", self.path, path], check=True)
        copy = Archive(path)
        copy.files, copy.captures, copy.bags = dict(self.files), set(self.captures), set(self.bags)
        return copy

    def command(self, *arguments):
        return [ARKIVD, "--archive", str(self.path), "--json", *arguments]

    def run(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=300)

    def done(self, *arguments, codes=(0,)):
        ended = self.run(*arguments)
        must(ended.returncode in codes, f"{' '.join(arguments[:2])} ended with {ended.returncode}: {said(ended)}")
        return ended

    def init(self):
        profile = ["--organisation", "Ekhamra kommun", "--profile", "tibro"]
        made = subprocess.run([ARKIVD, "init", str(self.path), *profile], capture_output=True, text=True)
        must(made.returncode == 0, f"init: {said(made)}")
        # What a page takes has nothing to do with what these rounds ask.
        self.configure("\n[browser]\npages = false\n")

    def add(self, site, account="webb", platform="wordpress", path=""):
        words = ["--platform", platform, "--address", site.address + path, "--committee", "Kommunstyrelsen"]
        words += ["--purpose", "Dialog", "--audience", "Invånare", "--responsible", "Anna Ek"]
        self.done("account", "add", account, *words, "--responsible", "Bo Lind", "--substitute", "Cecilia Dahl")

    def schedule(self, schedules):
        """Has these schedules and no other: id, cron line, accounts (all of them: "all"), whether it takes all."""
        (self.path / "schedules/tibro.toml").unlink(missing_ok=True)
        text = "".join(
            f"[[schedule]]\nid = {json.dumps(name)}\nwhat = \"snapshot\"\ncron = {json.dumps(cron)}\n"
            f"accounts = {json.dumps(accounts)}\nfull = {json.dumps(full)}\n"
            'requirement = "X"\nsource = "x"\nquote = "x"\nnote = "x"\n'
            for name, cron, accounts, full in schedules)
        (self.path / "schedules/soak.toml").write_text(text)

    def set_back(self):
        """Makes the latest ticks due again, while no daemon runs."""
        with sqlite3.connect(self.path / "catalog.sqlite") as catalog:
            catalog.execute("PRAGMA synchronous = FULL")
            catalog.execute("UPDATE timetable SET counted_from = strftime('%Y-%m-%dT%H:%M:%SZ', counted_from, '-5 minutes')")
        catalog.close()

    def configure(self, lines):
        with open(self.path / "arkivd.toml", "a") as file:
            file.write(lines)

    def select(self, sql, *values):
        """Rows of the catalog, read without repairing what a crash left."""
        catalog = sqlite3.connect(f"file:{self.path}/catalog.sqlite?mode=ro", uri=True)
        try:
            return catalog.execute(sql, values).fetchall()
        finally:
            catalog.close()

    def snapshot_command(self):
        return self.command("snapshot", "webb", "--full")

    def snapshot(self):
        self.note(self.done("snapshot", "webb", "--full", codes=ACKNOWLEDGED).stdout)

    def note(self, stdout):
        """Keeps in mind what a snapshot acknowledged, each file with its digest."""
        for capture in json.loads(stdout)["data"]["captures"]:
            must(capture["outcome"] == "sealed", f"acknowledged, and not sealed: {capture['outcome']}")
            self.captures.add(capture["capture"])
            for bag in capture["bags"]:
                self.bags.add(bag["bag"])
                for file in Path(bag["path"]).parent.rglob("*"):
                    if file.is_file():
                        self.files[file.relative_to(self.path)] = digest(file)

    def keeps(self):
        """What was acknowledged is there, byte for byte, and has its rows."""
        for file, was in self.files.items():
            must((self.path / file).is_file(), f"lost {file}")
            must(digest(self.path / file) == was, f"changed {file}")
        with sqlite3.connect(f"file:{self.path}/catalog.sqlite?mode=ro", uri=True) as catalog:
            found = catalog.execute("PRAGMA integrity_check").fetchall()
            must(found == [("ok",)], f"integrity_check: {found}")
            for table, ids in (("capture", self.captures), ("bag", self.bags)):
                rows = {str(uuid.UUID(bytes=row[0])) for row in catalog.execute(f"SELECT id FROM {table}")}
                must(ids <= rows, f"lost rows of {table}: {ids - rows}")
        catalog.close()

    def holds(self):
        """What must hold after any fault: for a reader at once, and for all after the next writing command."""
        self.keeps()
        self.done("status", codes=(0, 5))
        verified = self.done("verify", codes=(0, 5))
        data = json.loads(verified.stdout)["data"]
        must(not data["damaged"] and not data["other"], f"verify before the repair: {data}")
        repaired = self.done("account", "edit", "webb", "--purpose", "Dialog med invånarna")
        self.done("verify")
        self.keeps()
        must(not any((self.path / "staging").iterdir()), "staging is not empty")
        ledger = PROJECT / "tests/verify_ledger.py"
        judged = subprocess.run([sys.executable, ledger, self.path], capture_output=True, text=True)
        must(judged.returncode == 0 and "OK" in judged.stdout, f"verify_ledger.py: {said(judged)}")
        return repaired.stderr.count("start-up:")


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def said(ended):
    return (ended.stderr.strip() or ended.stdout.strip())[-2000:]
