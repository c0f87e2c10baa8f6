#!/usr/bin/env python3
"""The service under a real systemd: service.py FOLDER PROGRAM, as root.

A minimal Debian 12, made once by debootstrap in target/service, is booted by systemd-nspawn. arkivd is installed in it
by systemd/install as the handbook tells, and used, reloaded, stopped, killed, stopped in its tracks and booted anew.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from archive import PROJECT, Broken, Site, Tally, must, said

ARCHIVE = "/var/lib/arkivd/archive"
ACCOUNT = ["--platform", "wordpress", "--committee", "Kommunstyrelsen", "--purpose", "Dialog", "--audience", "Invånare"]
ACCOUNT += ["--responsible", "Anna Ek", "--responsible", "Bo Lind", "--substitute", "Cecilia Dahl"]
PERSONS = """
[[person]]
user = "anna"
name = "Anna Öberg"
roles = ["arkivarie"]
"""


class NotHere(Exception):
    """What this machine lacks."""


def base(folder):
    """The root that every run copies, made once."""
    root = folder / "bookworm"
    if not root.exists():
        print("debootstrap makes a Debian 12", flush=True)
        new = folder / "bookworm.new"
        shutil.rmtree(new, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        packages = "ca-certificates,dbus,procps,systemd,systemd-sysv"
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(new)]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            raise NotHere(f"debootstrap ended with {made.returncode}: {said(made)}")
        new.rename(root)
    return root


class Machine:
    """A root that is booted; commands run in it as if typed by root."""

    def __init__(self, root, log):
        self.root, self.log, self.nspawn, self.leader = root, log, None, None

    def boot(self):
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", "--machine=arkivd-soak", "--settings=no"]
        # Nothing of the machine around it takes part: no registration, no unit, no journal.
        command += ["--register=no", "--keep-unit", "--link-journal=no", "--console=pipe", "--resolv-conf=off"]
        self.nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.leader = self.within(30, "systemd-nspawn starts an init", self.first_child)
        self.within(60, "the system is up", lambda: self.try_("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"))

    def first_child(self):
        if self.nspawn.poll() is not None:
            self.log.flush()
            raise NotHere(f"systemd-nspawn ended with {self.nspawn.returncode}: {Path(self.log.name).read_text().strip()[-500:]}")
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        return next((c for c in children if os.readlink(f"/proc/{c}/ns/pid") != os.readlink("/proc/self/ns/pid")), None)

    def within(self, seconds, what, holds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = holds()
            if found:
                return found
            time.sleep(0.1)
        raise Broken(f"not within {seconds} s: {what}\n{self.journal()[-3000:] if self.leader else ''}")

    def try_(self, *command, mounts_of=None, timeout=120):
        """Runs a command, in the name spaces of the machine or with the mounts of one of its processes."""
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]
        if mounts_of:
            enter += ["nsenter", f"--target={mounts_of}", "--mount"]
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "SYSTEMD_PAGER=cat"]
        return subprocess.run([*enter, *clean, *command], capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)

    def do(self, *command, codes=(0,), **more):
        ended = self.try_(*command, **more)
        must(ended.returncode in codes, f"{' '.join(command)} ended with {ended.returncode}: {said(ended)}")
        return ended.stdout

    def as_(self, user, *command, codes=(0,)):
        return self.do("runuser", "-u", user, "--", *command, codes=codes)

    def show(self, name):
        return self.do("systemctl", "show", "--property", name, "--value", "arkivd").strip()

    def journal(self, *more):
        return self.try_("journalctl", "--unit=arkivd", "--no-pager", "--output=cat", *more).stdout

    def events(self):
        """What arkivd itself sent to the journal, with its fields."""
        lines = self.do("journalctl", "--unit=arkivd", "--no-pager", "--output=json", "_TRANSPORT=journal", "SYSLOG_IDENTIFIER=arkivd")
        return [json.loads(line) for line in lines.splitlines()]

    def is_up(self, seconds=60):
        self.within(seconds, "arkivd is active", lambda: self.show("ActiveState") == "active")

    def power_off(self):
        """As a person would; the machine's processes end with it, whatever state it is in."""
        if self.nspawn is None:
            return
        try:
            if self.leader and self.nspawn.poll() is None:
                self.try_("systemctl", "poweroff")
            self.nspawn.wait(90)
        except subprocess.TimeoutExpired:
            self.nspawn.send_signal(signal.SIGTERM)
            try:
                self.nspawn.wait(20)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        self.nspawn = self.leader = None
