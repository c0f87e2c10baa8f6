#!/usr/bin/env python3
"""Full disks of many sizes: full_disk.py FOLDER ROUNDS, in a mount name space of its own.

A snapshot onto a tmpfs that has room for a part of it ends with exit 1, a hint and nothing half-written; given room, the
next one is taken. A daemon on a full one lives, tells it, and takes what is due by itself once there is room.
"""
import json
import subprocess
import sys
import time
from pathlib import Path

from archive import ACKNOWLEDGED, Archive, Site, Tally, must
from daemon import Daemon, enter

PAGE = 4096


def used(path):
    return int(subprocess.run(["du", "-s", "-B", str(PAGE), path], capture_output=True, text=True, check=True).stdout.split()[0])


def main(folder, rounds):
    tally, told = Tally(), {}
    mount = folder / "disk"
    mount.mkdir()

    def mounted(size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size * PAGE}", "none", mount], check=True)

    def fill(size):
        mounted(size)
        try:
            archive = before.copied_to(mount / "arkiv")
            ended = archive.run("snapshot", "webb", "--full")
            if ended.returncode in ACKNOWLEDGED:
                archive.note(ended.stdout)
                told["room enough"] = told.get("room enough", 0) + 1
            else:
                must(ended.returncode == 1, f"exit {ended.returncode}: {ended.stderr}")
                must(not ended.stdout, f"a failed snapshot wrote {ended.stdout[:500]}")
                error = next((json.loads(l) for l in ended.stderr.splitlines() if l.startswith('{"')), None)
                must(error and error["error"]["hint"], f"no hint: {ended.stderr}")
                where = next((p for p in ("staging", "store", "ledger", "catalog", "lock") if p in error["error"]["message"]), "elsewhere")
                told[where] = told.get(where, 0) + 1
                must(not any((archive.path / "staging").iterdir()), f"left in staging after: {error['error']['message']}")
                archive.keeps()
            archive.done("verify", codes=(0, 5))
            subprocess.run(["mount", "-o", f"remount,size={4 * most * PAGE}", mount], check=True)
            archive.snapshot()
            archive.holds()
        finally:
            subprocess.run(["umount", "-l", mount], check=True)

    def under_a_daemon(free):
        mounted(4 * most)
        try:
            archive = before.copied_to(mount / "arkiv")
            archive.schedule([("minut", "* * * * *", "all", True)])
            enter(archive)
            room = used(archive.path) + free
            with Daemon(archive, ready=False) as daemon:
                subprocess.run(["mount", "-o", f"remount,size={room * PAGE}", mount], check=True)
                daemon.wait_for("scheduled snapshot failed")
                asked = archive.run("snapshot", "webb", "--full")
                must(asked.returncode == 1 and '"hint":"' in asked.stderr, f"a client heard {asked.returncode}: {asked.stderr}")
                must(daemon.process.poll() is None, f"the daemon ended: {daemon.told()}")
                subprocess.run(["mount", "-o", f"remount,size={4 * most * PAGE}", mount], check=True)
                begun = time.monotonic()
                daemon.wait_for("scheduled snapshot done", patience=150)
                waits.append(time.monotonic() - begun)
                daemon.stop()
            archive.holds()
        finally:
            subprocess.run(["umount", "-l", mount], check=True)

    with Site(4) as site:
        before = Archive(folder / "before")
        before.init()
        before.add(site)
        before.snapshot()
        least = used(before.path)
        whole = before.copied_to(folder / "whole")
        whole.snapshot()
        # Half of the sizes are for the last stretch, where rows and checkpoint are written.
        most = used(whole.path) + 60
        sealed = most - 100
        half = rounds // 2
        sizes = [least + (sealed - least) * n // half for n in range(half)]
        sizes += [sealed + (most - sealed) * n // (rounds - half) for n in range(rounds - half)]
        for size in sizes:
            tally.round(f"{size} pages", lambda: fill(size))
        waits, frees = [], [16, 24, 40, 80][:max(1, rounds // 10)]
        for free in frees:
            tally.round(f"a daemon and {free} pages", lambda: under_a_daemon(free))
    where = ", ".join(f"{name} {n}" for name, n in sorted(told.items()))
    print(f"{rounds} sizes from {least} to {most} pages; where room ended: {where}")
    print(f"{len(frees)} daemons on a full disk; taken by itself after {', '.join(f'{wait:.0f} s' for wait in waits)} of room")
    tally.end()


main(Path(sys.argv[1]), int(sys.argv[2]))
