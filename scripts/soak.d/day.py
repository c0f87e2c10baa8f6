#!/usr/bin/env python3
"""Days of schedules in accelerated time: day.py FOLDER ROUNDS, with libfaketime.

The clock on the daemon's wall stands still until a step moves it: minutes, hours, days and half a year forward, minutes
to a day back, over both changes of summer time, past restarts and past a platform that is down. After each step what
the catalog holds is what an own reckoning of the ticks gives: nothing twice, nothing missing, missed ticks once, retries
at their time. Account and schedule `zz` tick each minute: when they are done, the daemon has looked.
"""
import glob
import json
import os
import random
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from archive import Archive, Site, Tally, must
from daemon import PATIENCE, Daemon
from ticks import MINUTE, Cron

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
CRONS = {
    "dubbel": Cron("15,45 2 * * *", (15, 45), (2,)),
    "kvart": Cron("*/15 * * * *", (0, 15, 30, 45)),
    "natt": Cron("30 2 * * *", (30,), (2,)),
    "sex": Cron("0 */6 * * *", (0,), (0, 6, 12, 18)),
    "sondag": Cron("5 4 * * sun", (5,), (4,), (6,)),
    "timme": Cron("0 * * * *", (0,)),
    "zz": Cron("* * * * *", range(60)),
}
NAMED = {"dubbel": ["webb"], "kvart": ["rss"], "natt": "all", "sex": ["bruten", "webb"], "sondag": ["rss"],
         "timme": ["bruten", "rss"], "zz": ["zz"]}
ACCOUNTS = ("bruten", "rss", "webb", "zz")


def utc(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def written(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Pair:
    """How far one account should have come in one schedule."""

    def __init__(self, cron, counted_from):
        self.cron, self.counted_from = cron, counted_from
        self.open = self.next_try = None
        self.attempts = 0

    def due(self, now):
        """The tick to be taken now and how many it catches up, if one is."""
        ticks = list(self.cron.between(self.counted_from, now))
        if not ticks:
            return None
        # What was put off waits, unless that was by a clock that ran more than a day ahead.
        if self.open == ticks[-1] and now < self.next_try <= now + DAY:
            return None
        return ticks[-1], len(ticks) - 1


class Days:
    def __init__(self, folder, chance, site, broken):
        self.folder, self.chance, self.broken = folder, chance, broken
        self.down, self.daemon, self.seen, self.told = False, None, 0, Counter()
        self.set(utc("2026-03-27T11:20:00Z"))
        self.archive = Archive(folder / "arkiv")
        self.archive.init()
        self.archive.schedule([(name, CRONS[name].line, NAMED[name], False) for name in CRONS])
        self.archive.configure("\n[daemon]\ncaptures_at_once = 2\ncaptures_per_host = 2\n")
        self.archive.add(site)
        self.archive.add(site, "rss", "feed", "feed/")
        self.archive.add(broken, "bruten", "feed", "feed/")
        self.archive.add(site, "zz", "feed", "feed/")
        named = {name: ACCOUNTS if NAMED[name] == "all" else NAMED[name] for name in CRONS}
        self.pairs = {(name, account): Pair(CRONS[name], self.now) for name in CRONS for account in named[name]}
        self.daemon = Daemon(self.archive)
        self.daemon.wait_for_timetable(self.archive)

    def set(self, now):
        """Moves the clock; libfaketime reads the file at each look."""
        self.now = now
        fresh = self.folder / "clock.new"
        fresh.write_text(now.strftime("%Y-%m-%d %H:%M:%S\n"))
        fresh.rename(self.folder / "clock")

    def step(self, now, wake="reload"):
        """The clock shows `now`: what is due is taken, and nothing else."""
        back = now < self.now
        self.told["steps back" if back else "steps forward"] += 1
        if wake == "restart":
            self.told["restarts"] += 1
            self.daemon.stop()
            self.set(now)
            self.daemon = Daemon(self.archive)
        else:
            self.set(now)
            if wake == "reload":
                self.daemon.reload()
        self.judge()

    def judge(self):
        """Waits until what is due has been taken, and holds all that was taken against it."""
        begun, rows = Counter(), Counter()
        for (schedule, account), pair in self.pairs.items():
            due = pair.due(self.now)
            if not due:
                continue
            tick, missed = due
            fails = self.down and account == "bruten"
            self.told["failed" if fails else "taken"] += 1
            self.told["caught up"] += missed
            rows[account, written(self.now), fails] += 1
            pair.attempts = pair.attempts + 1 if pair.open == tick else 1
            begun[schedule, account, written(tick), str(missed), str(pair.attempts)] += 1
            if fails:
                pair.open = tick
            else:
                pair.counted_from, pair.open, pair.attempts = tick, None, 0
        patience = time.monotonic() + PATIENCE
        while True:
            found = self.archive.select("SELECT account, started, outcome, reason FROM capture WHERE n > ?", self.seen)
            # A row of the timetable may follow its failed capture.
            standing = self.standing() if len(found) >= rows.total() else None
            # What the daemon says comes through a pipe, at its own pace.
            said = Counter((s["schedule"], s["account"], s["tick"], s["missed"], s["attempt"]) for s in self.daemon.snapshots("begins"))
            if said.total() < begun.total():
                standing = None
            if standing is not None or time.monotonic() > patience:
                break
            must(self.daemon.process.poll() is None, f"the daemon ended: {self.daemon.told()}")
            time.sleep(0.01)
        self.seen += len(found)
        must(all(row[3] == "scheduled" for row in found), f"at {self.now} captures that no schedule asked for: {found}")
        taken = Counter((account, at, outcome == "failed") for account, at, outcome, _ in found)
        must(taken == rows, f"at {self.now}: too many {dict(taken - rows)}, too few {dict(rows - taken)}; {self.daemon.told()}")
        must(said == begun, f"at {self.now} begun: too many {dict(said - begun)}, too few {dict(begun - said)}")
        must(standing, f"at {self.now} the timetable is not what it should be: {self.wrong}; {self.daemon.told()}")
        self.daemon.log.clear()

    def standing(self):
        """True once the timetable is as it should be; reads from it when each failed tick is tried next."""
        self.wrong = {}
        known = self.archive.select("SELECT schedule, account, counted_from, tick, attempts, next_try FROM timetable")
        for schedule, account, counted_from, tick, attempts, next_try in known:
            pair = self.pairs[schedule, account]
            should = (written(pair.counted_from), pair.open and written(pair.open), pair.attempts if pair.open else 0)
            if (counted_from, tick, attempts) != should:
                self.wrong[schedule, account] = (counted_from, tick, attempts), should
        if self.wrong or len(known) != len(self.pairs):
            return None
        for schedule, account, _, tick, attempts, next_try in known:
            pair = self.pairs[schedule, account]
            if tick and pair.next_try != utc(next_try):
                pair.next_try = utc(next_try)
                most = min(MINUTE * 2 ** (attempts - 1), 6 * HOUR)
                pause = pair.next_try - self.now
                must(most / 2 - timedelta(seconds=1) <= pause <= most, f"attempt {attempts} of {schedule} is followed by a pause of {pause}")
        return True

    def list(self):
        """`schedule list` tells the next tick as we reckon it, and who is late."""
        data = self.archive.done("schedule", "list").stdout
        for told in json.loads(data)["data"]["schedules"]:
            own = [pair for (name, _), pair in self.pairs.items() if name == told["id"]]
            after = min(max(pair.counted_from, self.now) for pair in own)
            must(utc(told["next"]) == CRONS[told["id"]].next(after), f"at {self.now} the next tick of {told['id']} is said to be {told['next']}")
            late = {account for (name, account), pair in self.pairs.items() if name == told["id"] and pair.cron.next(pair.counted_from) <= self.now}
            must({l["account"] for l in told["late"]} == late, f"at {self.now} {told['id']} tells of {told['late']}, not of {late}")

    def next_retry(self):
        return min((pair.next_try for pair in self.pairs.values() if pair.open and pair.next_try > self.now), default=None)

    def fall(self, down):
        if down != self.down:
            self.down = down
            (self.broken.stop if down else self.broken.start)()

    def summer_time(self, day):
        """From before midnight until the morning of a change, in steps of ten minutes."""
        self.step(utc(f"{day}T22:40:00Z") - DAY)
        for n in range(1, 42):
            self.step(utc(f"{day}T22:40:00Z") - DAY + 10 * n * MINUTE)
        self.list()

    def outage(self):
        """A platform that is down for a day: each retry comes at its time, and not a minute before."""
        self.fall(True)
        until = self.now + DAY
        self.step(CRONS["timme"].next(self.now))
        while (retry := self.next_retry()) and retry < until:
            before = retry.replace(second=0)
            if before > self.now and before < retry:
                self.step(before)
            self.step(retry)
            self.told["retries at their time"] += 1
            if self.chance.random() < 0.2:
                self.step(CRONS["timme"].next(self.now), self.chance.choice(("reload", "restart")))
        self.fall(False)
        self.step(self.now + 7 * HOUR)
        must(self.next_retry() is None, "something is still put off")
        self.list()

    def any_step(self):
        chance = self.chance
        kind = chance.choice(("minutes",) * 5 + ("hours",) * 3 + ("days", "back", "far back", "a day back", "retry", "fall"))
        if kind == "fall":
            self.fall(not self.down)
        now = self.now
        if kind == "retry" and (retry := self.next_retry()):
            return self.step(retry)
        by = {"hours": chance.uniform(1, 8) * HOUR, "days": chance.uniform(1, 9) * DAY, "back": -chance.uniform(1, 40) * MINUTE,
              "far back": -chance.uniform(1, 8) * HOUR, "a day back": -DAY}.get(kind, chance.uniform(0.1, 20) * MINUTE)
        now = (now + by).replace(microsecond=0)
        self.step(now, "restart" if chance.random() < 0.1 else "reload")
        if chance.random() < 0.1:
            self.list()

    def unwoken(self):
        """A clock that is set without anybody telling the daemon: it looks at least every 30 s."""
        self.step(self.now + DAY, wake=None)


def main(folder, rounds):
    tally, chance = Tally(), random.Random(int(os.environ["SEED"]))
    # The one for threads: the other parses the file into one place for all, and tells the true time now and then.
    library = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not library:
        print("SKIP: libfaketime is not installed (Debian: faketime)\n0 passed, 0 failed, 1 skipped")
        return
    os.environ |= {"LD_PRELOAD": library[0], "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"), "FAKETIME_NO_CACHE": "1",
                   "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "TZ": "UTC"}
    (folder / "clock").write_text("2026-03-27 11:20:00\n")
    with Site(2) as site, Site(2) as broken:
        days = Days(folder, chance, site, broken)
        try:
            story = [
                ("the first hours", lambda: [days.step(days.now + 20 * MINUTE) for _ in range(8)]),
                ("into summer time", lambda: days.summer_time("2026-03-29")),
                ("minutes back and forth", lambda: [days.step(days.now + n * MINUTE) for n in (-5, 3, 4, -30, 16, 31)]),
                ("hours and a day back", lambda: [days.step(days.now + n * HOUR) for n in (-3, 1, 4, -24, 11, 12, 3)]),
                ("down for a day", days.outage),
                ("half a year forward, past a restart", lambda: days.step(utc("2026-10-23T09:10:00Z"), "restart")),
                ("out of summer time", lambda: days.summer_time("2026-10-25")),
                ("a day back, past a restart", lambda: (days.step(days.now - DAY, "restart"), days.step(days.now + DAY + HOUR))),
            ]
            if rounds >= 100:
                story.append(("nobody tells", days.unwoken))
            story += [(f"step {n}", days.any_step) for n in range(rounds)]
            for name, what in story:
                tally.round(name, what)
                if tally.failed:
                    break
            tally.round("the end", lambda: (days.fall(False), days.step(max(days.now, utc("2030-01-01T00:00:00Z"))), days.list(), days.daemon.stop()))
            days.archive.done("verify")
        finally:
            days.daemon.kill()
            print("told: " + ", ".join(f"{n} {what}" for what, n in sorted(days.told.items())))
    tally.end()


main(Path(sys.argv[1]), int(sys.argv[2]))
