#!/usr/bin/env python3
"""A failing disk: io_errors.py FOLDER ROUNDS. strace fails one call of a snapshot with EIO: of each kind each that
touches the archive, at most ROUNDS of them.

A snapshot is not acknowledged after that, no file is fsynced again after its fsync failed, and the next command mends
what is left. The archive is written by the main thread alone, so only that is traced: to fail the network is no aim here.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from archive import ACKNOWLEDGED, Archive, Site, Tally, must

KINDS = ("fsync", "fdatasync", "rename", "renameat2", "write", "pwrite64", "ftruncate", "read", "pread64")
PATIENCE = 60


def traced(archive, trace, kind, n=None):
    """A snapshot under strace: exit code (None: it hung), stdout, stderr, and its calls of that kind or `write`."""
    strace = ["strace", "-y", "-qq", "-s", "0", "-o", trace, "-e", f"trace=write,{kind}"]
    if n:
        strace += ["-e", f"inject={kind}:error=EIO:when={n}"]
    process = subprocess.Popen([*strace, *archive.snapshot_command()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, start_new_session=True)
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        stdout, stderr = process.communicate()
        code = None
    return code, stdout, stderr, trace.read_text(errors="replace").splitlines()


def main(folder, rounds):
    tally = Tally()
    trace = folder / "trace"

    def fail(kind, n, seen):
        archive = before.copied_to(folder / "harmed")
        code, stdout, stderr, calls = traced(archive, trace, kind, n)
        hit = next((i for i, line in enumerate(calls) if "(INJECTED)" in line and str(archive.path) in line), None)

        def story():
            must(code is not None, f"no end within {PATIENCE} s")
            must("panicked" not in stderr, f"a panic: {stderr}")
            if code in ACKNOWLEDGED:
                archive.note(stdout)
                seen["acknowledged"] += 1
                told = any(re.match(r"write\(1<", line) for line in calls[:hit])
                # SQLite makes the name of its log durable and does not look at what that fsync says.
                ignored = kind == "fsync" and f"<{archive.path}>" in calls[hit]
                seen["ignored by SQLite"] += ignored
                seen["after acknowledgement"] += told
                must(told or ignored, f"acknowledged after {stderr}")
            if kind == "fsync":
                file = re.search(r"<.*?>", calls[hit])[0]
                again = [line for line in calls[hit + 1:] if line.startswith("fsync") and file in line]
                must(not again, f"fsynced again: {again[:1]}; {stderr}")
            archive.holds()

        try:
            # A thread's wake-up may have come before the call that was meant; what then failed is not the archive's.
            if hit is None:
                seen["elsewhere"] += 1
            else:
                seen["failed"] += 1
                call = calls[hit].replace(str(archive.path), "")
                tally.round(f"{kind} {n}: {call}; exit {code}", story)
        finally:
            shutil.rmtree(archive.path)

    with Site(2) as site:
        before = Archive(folder / "before")
        before.init()
        before.add(site)
        before.snapshot()
        for kind in KINDS:
            clean = before.copied_to(folder / "clean")
            lines = [line for line in traced(clean, trace, kind)[3] if line.startswith(f"{kind}(")]
            meant = [n for n, line in enumerate(lines, 1) if str(clean.path) in line][:rounds]
            shutil.rmtree(clean.path)
            seen = dict.fromkeys(["failed", "elsewhere", "acknowledged", "after acknowledgement", "ignored by SQLite"], 0)
            for n in meant:
                fail(kind, n, seen)
            print(f"{kind}: " + (", ".join(f"{count} {what}" for what, count in seen.items() if count) or "not called"), flush=True)
    tally.end()


main(Path(sys.argv[1]), int(sys.argv[2]))
