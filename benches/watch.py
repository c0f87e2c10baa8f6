#!/usr/bin/env python3
"""Watching many accounts with nothing new: CPU seconds and memory of one `arkivd watch --all`.

  benches/watch.py [--accounts 100]

Half of the accounts are WordPress, half feeds, all on the demo's site on loopback; release build. The peer is what any
poller has to do: `curl` asking the same addresses once each. The goal of the issue: 100 accounts under 2 CPU seconds.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--accounts", type=int, default=100)
    count = arguments.parse_args().accounts
    subprocess.run(["cargo", "build", "--release", "--quiet", "--bins", "--example", "demo_site"], cwd=ROOT, check=True)
    arkivd = ROOT / "target/release/arkivd"
    site = subprocess.Popen([ROOT / "target/release/examples/demo_site"], stdout=subprocess.PIPE, text=True)
    folder = pathlib.Path(tempfile.mkdtemp(dir=ROOT / "target"))
    try:
        address = site.stdout.readline().rsplit(" ", 1)[1].strip()
        archive = folder / "arkiv"
        run = [str(arkivd), "--archive", str(archive)]
        subprocess.run([arkivd, "init", archive, "--organisation", "Tibro kommun", "--profile", "standard"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for n in range(count):
            platform, at = [("wordpress", address), ("feed", address + "feed/")][n % 2]
            subprocess.run(run + ["account", "add", f"konto-{n}", "--platform", platform, "--address", at, "--committee", "KS",
                                  "--purpose", "Dialog", "--audience", "Alla", "--responsible", "Anna Ek"],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # The first look finds all, the second remembers.
        for _ in range(2):
            subprocess.run(run + ["watch", "--all"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before = cpu_of_children()
        told = subprocess.run(run + ["--json", "watch", "--all"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ours = cpu_of_children() - before
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        looks = json.loads(told.stdout)["data"]["looks"]
        quiet = sum(1 for look in looks if not look["noticed"] and not look["error"])
        addresses = [address + path for path in ("wp-json/wp/v2/posts?per_page=100", "wp-json/wp/v2/comments?per_page=100", "feed/")]
        before = cpu_of_children()
        subprocess.run(["curl", "-s", "-o", os.devnull] + [a for _ in range(count // 2) for a in addresses], check=False,
                       stdout=subprocess.DEVNULL)
        peer = cpu_of_children() - before
        print(f"{len(looks)} accounts, {quiet} with nothing new")
        print(f"  arkivd watch --all   {ours:.2f} CPU s, at most {memory:.0f} MB with the looks before")
        print(f"  curl, {len(addresses) * (count // 2)} answers   {peer:.2f} CPU s")
        print(f"  arkivd / curl {ours / max(peer, 0.01):.1f}")
    finally:
        site.terminate()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
