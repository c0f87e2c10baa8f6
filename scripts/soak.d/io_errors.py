#!/usr/bin/env python3
"""A failing disk: io_errors.py FOLDER ROUNDS. strace fails one call that touches the archive, with EIO or with ENOSPC.

A command: of each kind of call each one, at most ROUNDS of them, in a snapshot and in an edit of the register. It is not
acknowledged after that, no file is fsynced again after its fsync failed, and the next command mends what is left. strace
counts calls by thread, so a count means one call only while one thread touches the archive: in a command that is the main
thread, which is traced alone once a trace of all threads has shown it.
A daemon: one call of each kind and thread, with all threads traced. After EIO it ends with exit 1 and the next one takes
what was due; after ENOSPC it lives, and takes it once there is room.
"""
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from archive import ACKNOWLEDGED, Archive, Site, Tally, must
from daemon import Daemon, enter

MAKING = ("fsync", "fdatasync", "write", "pwrite64", "ftruncate", "fallocate", "openat", "mkdir")
KINDS = {
    "EIO": (*MAKING, "rename", "renameat2", "unlink", "unlinkat", "read", "pread64"),
    "ENOSPC": MAKING,
}
SYNCS = ("fsync", "fdatasync")
PATIENCE = 60
EDITED = "Dialog om allt"


def strace(trace, kinds, inject=None):
    command = ["strace", "-y", "-qq", "-s", "0", "-o", str(trace), "-e", f"trace={kinds}"]
    return command + (["-e", f"inject={inject}"] if inject else [])


def calls_of(trace):
    return trace.read_text(errors="replace").splitlines()


def traced(command, trace, kind, error=None, n=None):
    """A command under strace: exit code (None: it hung), stdout, stderr, and its calls of that kind or `write`."""
    inject = f"{kind}:error={error}:when={n}" if n else None
    process = subprocess.Popen([*strace(trace, f"write,{kind}", inject), *command], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        code = None
    return code, stdout, stderr, calls_of(trace)


def sqlite_looks_away(kind, call, archive):
    """Where SQLite goes on: it does not look at how making its log's name durable and removing its log ended."""
    return kind in ("fsync", "openat", "unlink") and (f"<{archive.path}>" in call or f'"{archive.path}"' in call or "catalog.sqlite-" in call)


def one_thread_alone(archive, folder, command):
    """A trace of all threads: the main thread alone touches the archive."""
    trace = folder / "all"
    subprocess.run([*strace(trace, ",".join(KINDS["EIO"])), "-f", *command], capture_output=True, timeout=PATIENCE)
    threads = {line.split(" ", 1)[0] for line in calls_of(trace) if str(archive.path) in line}
    must(len(threads) == 1, f"{len(threads)} threads touch the archive, so a call cannot be told by its number")


def fsynced_again(kind, calls, hit):
    """A file that is fsynced after its fsync failed."""
    if kind not in SYNCS:
        return None
    file = re.search(r"<.*?>", calls[hit])[0]
    return next((line for line in calls[hit + 1:] if re.search(r"\bf(data)?sync\(", line) and file in line), None)


def tracer_of(pid):
    try:
        return int(re.search(r"TracerPid:\s*(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    except FileNotFoundError:
        return 0


class Commands:
    """Single commands whose calls fail, one a round."""

    def __init__(self, tally, folder, before):
        self.tally, self.folder, self.before, self.trace = tally, folder, before, folder / "trace"

    def all(self, name, rounds):
        clean = self.before.copied_to(self.folder / "clean")
        self.tally.round(f"threads of {name}", lambda: one_thread_alone(clean, self.folder, self.command(clean, name)))
        shutil.rmtree(clean.path)
        for error, kinds in KINDS.items():
            for kind in kinds:
                clean = self.before.copied_to(self.folder / "clean")
                lines = [line for line in traced(self.command(clean, name), self.trace, kind)[3] if line.startswith(f"{kind}(")]
                meant = [n for n, line in enumerate(lines, 1) if str(clean.path) in line][:rounds]
                shutil.rmtree(clean.path)
                seen = Counter()
                for n in meant:
                    self.fail(name, kind, error, n, seen)
                print(f"{name}, {error} from {kind}: " + (", ".join(f"{count} {what}" for what, count in seen.items()) or "not called"), flush=True)

    def command(self, archive, name):
        return archive.snapshot_command() if name == "snapshot" else archive.command("account", "edit", "webb", "--purpose", EDITED)

    def fail(self, name, kind, error, n, seen):
        archive = self.before.copied_to(self.folder / "harmed")
        code, stdout, stderr, calls = traced(self.command(archive, name), self.trace, kind, error, n)
        hit = next((i for i, line in enumerate(calls) if "(INJECTED)" in line and str(archive.path) in line), None)

        def story():
            must(code is not None, f"no end within {PATIENCE} s")
            must("panicked" not in stderr, f"a panic: {stderr}")
            if code in ACKNOWLEDGED:
                if name == "snapshot":
                    archive.note(stdout)
                else:
                    must(archive.select("SELECT purpose FROM account WHERE id = 'webb'") == [(EDITED,)], "the edit is not there")
                seen["acknowledged"] += 1
                told = any(re.match(r"write\(1<", line) for line in calls[:hit])
                ignored = sqlite_looks_away(kind, calls[hit], archive)
                seen["ignored by SQLite"] += ignored
                seen["after acknowledgement"] += told
                must(told or ignored, f"acknowledged after {stderr}")
            elif error == "ENOSPC" and kind == "write":
                must('"hint":"' in stderr, f"no hint: {stderr}")
            again = fsynced_again(kind, calls, hit)
            must(not again, f"fsynced again: {again}; {stderr}")
            archive.holds()

        try:
            # A thread's wake-up may have come before the call that was meant; what then failed is not the archive's.
            if hit is None:
                seen["elsewhere"] += 1
            else:
                seen["failed"] += 1
                call = calls[hit].replace(str(archive.path), "")
                self.tally.round(f"{name}, {kind} {n}: {call}; exit {code}", story)
        finally:
            shutil.rmtree(archive.path)


class Daemons:
    """Daemons whose scheduled snapshots meet one failing call in each thread."""

    def __init__(self, tally, folder, before, idle, pairs):
        self.tally, self.folder, self.before, self.idle, self.pairs = tally, folder, before, idle, pairs
        self.trace = folder / "trace"

    def start(self, archive, kind, inject=None):
        """A daemon below strace, which stands beside it (-D), and which a signal ends (-I2)."""
        daemon = Daemon(archive, *strace(self.trace, kind, inject), "-f", "-D", "-I2", ready=False)
        self.tracer = 0
        while not self.tracer and daemon.process.poll() is None:
            self.tracer = tracer_of(daemon.process.pid)
        return daemon

    def life(self, archive, kind, inject=None):
        """A daemon that has taken all that was due, or has ended, or has put something off; it still lives or not."""
        daemon = self.start(archive, kind, inject)
        until = time.monotonic() + PATIENCE
        while daemon.process.poll() is None and time.monotonic() < until:
            if len({(s["schedule"], s["account"]) for s in daemon.snapshots("done") + daemon.snapshots("failed")}) >= self.pairs:
                break
            time.sleep(0.05)
        return daemon

    def calls(self, daemon):
        """What has been traced; all of it, when the daemon has ended."""
        while daemon.process.poll() is not None and self.tracer and Path(f"/proc/{self.tracer}").exists():
            time.sleep(0.01)
        return calls_of(self.trace)

    def release(self, daemon):
        """Nothing fails any more."""
        os.kill(self.tracer, signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while tracer_of(daemon.process.pid):
            must(time.monotonic() < until, "strace does not let go")

    def all(self, chance, rounds):
        for error, kinds in KINDS.items():
            for kind in kinds:
                archive = self.before.copied_to(self.folder / "clean")
                with self.life(archive, kind) as daemon:
                    calls = self.calls(daemon)
                count, meant = Counter(), set()
                for line in calls:
                    if f" {kind}(" in line:
                        thread = line.split(" ", 1)[0]
                        count[thread] += 1
                        if str(archive.path) in line:
                            meant.add(count[thread])
                shutil.rmtree(archive.path)
                seen = Counter()
                for n in chance.sample(sorted(meant), min(len(meant), rounds)):
                    self.fail(kind, error, n, seen)
                print(f"daemon, {error} from {kind}: " + (", ".join(f"{count} {what}" for what, count in seen.items()) or "not called"), flush=True)

    def fail(self, kind, error, n, seen):
        archive = self.before.copied_to(self.folder / "harmed")

        def story():
            with self.life(archive, kind, f"{kind}:error={error}:when={n}") as daemon:
                calls = self.calls(daemon)
                hits = [i for i, line in enumerate(calls) if "(INJECTED)" in line and str(archive.path) in line]
                # The wake-up of a thread, an answer of a site: not the archive's.
                beside = any("(INJECTED)" in line and str(archive.path) not in line for line in calls)
                if not hits or (beside and kind in ("read", "write")):
                    seen["elsewhere"] += 1
                    return
                what = calls[hits[0]].replace(str(archive.path), "")
                ended = daemon.process.poll() is not None
                told = f"{what}; {daemon.told()}"
                must(not any("panicked" in line for line in daemon.log), f"a panic: {told}")
                looked_away = all(sqlite_looks_away(kind, calls[i], archive) for i in hits)
                started = any(" ready " in line for line in daemon.log)
                if ended:
                    code = daemon.ended()
                    told = f"{[calls[i].replace(str(archive.path), '') for i in hits]}; {daemon.told()}"
                    must(code == 1, f"it ended with {code}: {told}")
                    must(error == "EIO" or not started or kind not in ("write", "pwrite64", "fallocate"), f"a full disk ended it: {told}")
                    seen["ended with exit 1" if started else "did not start"] += 1
                else:
                    must(looked_away or error == "ENOSPC" or not self.lost(archive), f"it lives: {told}")
                    seen["lives"] += 1
                    self.release(daemon)
                    run = archive.run("schedule", "run", "stund")
                    must(run.returncode in ACKNOWLEDGED, f"schedule run ended with {run.returncode}: {run.stderr}; {told}; {daemon.told()}")
                    daemon.stop()
                # SQLite's log holds what was committed before, and is fsynced again with that when it is closed.
                again = fsynced_again(kind, calls, hits[0])
                must(not again or "catalog.sqlite-wal" in again, f"fsynced again: {again}; {told}")
            with Daemon(archive) as daemon:
                until = time.monotonic() + PATIENCE
                while late := archive.select("SELECT schedule, account, problem FROM timetable WHERE counted_from < ? AND next_try IS NULL", self.due):
                    must(time.monotonic() < until, f"not taken by the next daemon: {late}; {daemon.told()}")
                    time.sleep(0.05)
                daemon.stop()
            archive.holds()

        self.due = archive.select("SELECT max(strftime('%Y-%m-%dT%H:%M:%SZ', counted_from, '+4 minutes')) FROM timetable")[0][0]
        self.tally.round(f"daemon, {error} from {kind} {n}", story)
        shutil.rmtree(archive.path)

    def client(self, n, seen):
        """An fsync that fails in what a client asked for ends the daemon too: only a start-up can repair."""
        archive = self.idle.copied_to(self.folder / "harmed")

        def story():
            with self.start(archive, "fsync", f"fsync:error=EIO:when={n}") as daemon:
                while daemon.process.poll() is None and not any(" ready " in line for line in daemon.log):
                    time.sleep(0.01)
                if daemon.process.poll() is not None:
                    must(daemon.ended() == 1, f"it ended well: {daemon.told()}")
                    seen["did not start"] += 1
                    return
                asked = archive.run("snapshot", "webb", "--full")
                hits = [line for line in self.calls(daemon) if "(INJECTED)" in line]
                if not hits or all(sqlite_looks_away("fsync", line, archive) for line in hits):
                    seen["not felt"] += 1
                    return
                must(asked.returncode == 1, f"the client heard {asked.returncode}: {asked.stderr}; {hits}")
                must(daemon.ended() == 1, f"it lives, or ended well: {hits}; {daemon.told()}")
                seen["ended with exit 1"] += 1
            archive.holds()

        self.tally.round(f"daemon, EIO from fsync {n} for a client", story)
        shutil.rmtree(archive.path)

    def lost(self, archive):
        """What is due was not all taken, so the failure was felt."""
        return archive.select("SELECT 1 FROM timetable WHERE counted_from < ?", self.due)


def main(folder, rounds):
    tally, chance = Tally(), random.Random(int(os.environ["SEED"]))
    with Site(2) as site:
        before = Archive(folder / "before")
        before.init()
        before.add(site)
        before.snapshot()
        commands = Commands(tally, folder, before)
        for name in ("snapshot", "edit"):
            commands.all(name, rounds)
        before.schedule([("minut", "* * * * *", "all", False), ("stund", "* * * * *", "all", True)])
        idle = before.copied_to(folder / "idle")
        idle.schedule([("nyar", "0 3 1 1 *", "all", True)])
        enter(before)
        daemons = Daemons(tally, folder, before, idle, 2)
        seen = Counter()
        for n in range(1, 1 + min(rounds, 12)):
            daemons.client(n, seen)
        print("daemon, EIO from fsync for a client: " + ", ".join(f"{count} {what}" for what, count in seen.items()), flush=True)
        daemons.all(chance, max(1, rounds // 10))
    tally.end()


main(Path(sys.argv[1]), int(sys.argv[2]))
