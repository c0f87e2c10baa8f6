#!/usr/bin/env python3
"""The service under a real systemd: service.py FOLDER PROGRAM, as root.

A minimal Debian 12 with Chromium, made once by debootstrap in target/service, is booted by systemd-nspawn. arkivd is
installed in it by systemd/install as the handbook tells, and used, reloaded, stopped, killed, stopped in its tracks and
booted anew; its browser too (service_browser.py).
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from archive import PROJECT, Broken, Site, Tally, must, said
from service_browser import CHROMIUM, Browser

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
    if not Path(f"{root}{CHROMIUM}").exists():
        print("apt-get installs Chromium in it", flush=True)
        install = "apt-get update && apt-get install -y --no-install-recommends chromium && apt-get clean && rm -rf /var/lib/apt/lists/*"
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
        made = subprocess.run(["chroot", root, "sh", "-c", install], env=environment, capture_output=True, text=True)
        if made.returncode != 0:
            raise NotHere(f"apt-get install chromium ended with {made.returncode}: {said(made)}")
    return root


class Machine:
    """A root that is booted; commands run in it as if typed by root."""

    def __init__(self, root, log):
        self.root, self.log, self.nspawn, self.leader = root, log, None, None
        self.memory = memory_group()

    def boot(self):
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={self.root}", "--machine=arkivd-soak", "--settings=no"]
        # Nothing of the machine around it takes part: no registration, no unit, no journal.
        command += ["--register=no", "--keep-unit", "--link-journal=no", "--console=pipe", "--resolv-conf=off"]
        if self.memory:
            self.memory.mkdir()
            command = ["sh", "-c", f'echo $$ >{self.memory}/cgroup.procs && exec "$@"', "sh", *command]
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

    def command(self, *command):
        enter = ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "SYSTEMD_PAGER=cat"]
        return [*enter, *clean, *command]

    def try_(self, *command, timeout=120):
        return subprocess.run(self.command(*command), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)

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
        if self.memory:
            for folder, _, _ in os.walk(self.memory, topdown=False):
                os.rmdir(folder)

    def limit_memory(self):
        """Lets the machine set limits of memory: with the old hierarchies nspawn gives them to it for reading only."""
        if self.memory:
            self.do("mount", "-o", "remount,bind,rw", "/sys/fs/cgroup/memory")
            self.do("systemctl", "daemon-reexec")


def memory_group():
    """A group of our own, where the memory controller is of the old hierarchies (cgroup v1)."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            return Path(f"/sys/fs/cgroup/memory{path}/arkivd-soak-{os.getpid()}-{time.monotonic_ns()}")
    return None


class Service:
    """arkivd in the machine, and what each round asks of it."""

    def __init__(self, machine, program):
        self.machine, self.program, self.site = machine, program, None

    def install(self):
        machine = self.machine
        words = subprocess.run([PROJECT / "systemd/install", self.program], env={**os.environ, "DESTDIR": str(machine.root)}, capture_output=True, text=True)
        must(words.returncode == 0, f"systemd/install: {said(words)}")
        machine.do("systemd-sysusers", "arkivd.conf")
        machine.do("systemd-tmpfiles", "--create", "arkivd.conf")
        machine.as_("arkivd", "arkivd", "init", ARCHIVE, "--organisation", "Ekhamra kommun", "--profile", "tibro")
        machine.do("chown", "root:arkivd", f"{ARCHIVE}/arkivd.toml")
        machine.do("chmod", "0640", f"{ARCHIVE}/arkivd.toml")
        machine.do("systemctl", "daemon-reload")
        machine.do("systemctl", "enable", "--now", "arkivd")
        must(machine.show("ActiveState") == "active", machine.journal())
        status = machine.do("systemctl", "status", "arkivd")
        must(re.search(r'Status: ".+"', status), f"no word of what it does: {status}")
        must(machine.show("NRestarts") == "0", "it was started more than once")
        for user in ("anna", "bo"):
            machine.do("useradd", "--create-home", user)

    def configure(self, text):
        """In place, as `nano` does."""
        with open(f"{self.machine.root}{ARCHIVE}/arkivd.toml", "a") as file:
            file.write(text)

    def snapshot(self, codes=(0, 3)):
        return self.machine.as_("anna", "arkivd", "snapshot", "webb", "--full", codes=codes)

    def actors(self):
        """Who did what, by the archive's own events."""
        query = "import sqlite3; print(*sqlite3.connect(PATH).execute('SELECT verb, actor FROM event ORDER BY rowid'), sep='\\n')"
        path = f"file:{self.machine.root}{ARCHIVE}/catalog.sqlite?mode=ro"
        # A process of its own: SQLite's locks are a process's.
        code = query.replace("PATH", f"{path!r}, uri=True")
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    def persons(self):
        machine = self.machine
        self.configure(PERSONS)
        machine.do("systemctl", "restart", "arkivd")
        machine.as_("anna", "arkivd", "account", "add", "webb", "--address", self.site.address, *ACCOUNT)
        must("webb: sealed" in self.snapshot(), "nothing was sealed")
        stranger = machine.try_("runuser", "-u", "bo", "--", "arkivd", "account", "edit", "webb", "--purpose", "X")
        must(stranger.returncode != 0 and "bo" in stranger.stderr, f"a stranger edits: {said(stranger)}")
        must("hint:" in stranger.stderr, f"no hint: {stranger.stderr}")
        # Once persons are named, root keeps the service and no more, unless a person stands behind it.
        edit = ["arkivd", "account", "edit", "webb", "--purpose", "Dialog med invånarna"]
        root = machine.try_(*edit)
        must(root.returncode != 0 and "arkivarie" in root.stderr, f"root edits: {said(root)}")
        anna = machine.do("id", "-u", "anna").strip()
        login = f"echo {anna} >/proc/self/loginuid && exec \"$@\""
        machine.do("bash", "-c", login, "bash", *edit)
        as_owner = [*edit[:-1], "Dialog"]
        machine.do("bash", "-c", login, "bash", "runuser", "-u", "arkivd", "--", *as_owner)
        acts = self.actors()
        # Added, captured, and edited from behind root and from behind the service's account.
        must(acts.count(f"Anna Öberg, anna (uid {anna})") == 4, f"not all acts are Anna's: {acts}")
        for path in ("catalog.sqlite", "arkivd.toml", "keys/ledger.key"):
            must(machine.try_("runuser", "-u", "anna", "--", "cat", f"{ARCHIVE}/{path}").returncode != 0, f"anyone reads {path}")

    def journal(self):
        machine = self.machine
        events = machine.events()
        must(events, f"no events in the journal: {machine.journal()}")
        ready = [e for e in events if e["MESSAGE"].startswith("ready ")]
        must(ready and ready[0]["PRIORITY"] == "6" and "ARKIVD_SOCKET" in ready[0], f"no 'ready': {events[:3]}")
        commands = [e for e in events if e.get("ARKIVD_COMMAND") == "snapshot" and "anna" in e["ARKIVD_PERSON"]]
        must(commands and commands[0]["_SYSTEMD_UNIT"] == "arkivd.service", "no snapshot of Anna's in the journal")
        records = machine.as_("anna", "arkivd", "--json", "record", "list")
        texts = {value for line in records.splitlines() for value in strings(json.loads(line)) if " " in value and len(value) > 20}
        must(texts, "no record to look for")
        whole = machine.do("journalctl", "--no-pager", "--output=export", "--unit=arkivd")
        for text in texts:
            must(text not in whole, f"the journal holds what people wrote: {text}")

    def reload(self):
        machine = self.machine
        pid = machine.show("MainPID")
        self.configure("# one more line\n")
        machine.do("systemctl", "reload", "arkivd")
        machine.within(10, "the log tells of the reload", lambda: "read anew" in machine.journal())
        toml = Path(f"{machine.root}{ARCHIVE}/arkivd.toml")
        good = toml.read_text()
        self.configure("[nonsense]\n")
        machine.do("systemctl", "reload", "arkivd")
        machine.within(10, "the log tells what is wrong", lambda: any(e["PRIORITY"] == "3" and "nonsense" in e["MESSAGE"] for e in machine.events()))
        must(machine.show("MainPID") == pid and machine.show("ActiveState") == "active", "a reload ended it")
        machine.as_("anna", "arkivd", "account", "list")
        with toml.open("w") as file:
            file.write(good)

    def settings_are_roots(self):
        machine = self.machine
        machine.do("systemctl", "restart", "arkivd")
        user = ["setpriv", "--reuid=arkivd", "--regid=arkivd", "--clear-groups"]
        inside = ["nsenter", f"--target={machine.show('MainPID')}", "--mount", *user, "sh", "-c"]
        for act in ("mv arkivd.toml gone", "rm -f arkivd.toml", "echo >>arkivd.toml"):
            ended = machine.try_(*inside, f"cd {ARCHIVE} && {act}")
            must(ended.returncode != 0, f"the service may do: {act}")
        for place in ("/etc", "/usr", "/var/lib", "/home"):
            ended = machine.try_(*inside, f"echo >{place}/arkivd.test")
            must(ended.returncode != 0, f"the service may write {place}")
        machine.do(*inside, f"echo >{ARCHIVE}/test && rm {ARCHIVE}/test")

    def secrets(self):
        machine = self.machine
        folder = Path(f"{machine.root}/etc/arkivd/credentials")
        self.configure(f'\n[credential.blogg]\nuser = "redaktor"\naddress = "{self.site.address}"\n')
        secret = folder / "blogg"
        secret.touch(0o600)
        secret.write_text("demo demo demo demo\n")
        machine.do("systemctl", "restart", "arkivd")
        machine.as_("anna", "arkivd", "account", "edit", "webb", "--credential", "blogg")
        must("records-restricted" in self.snapshot(), "the credential was not used: no held comments")
        folder.rename(folder.with_name("away"))
        machine.do("systemctl", "restart", "arkivd")
        must(machine.show("ActiveState") == "active", "it does not start without the folder of secrets")
        folder.with_name("away").rename(folder)
        machine.do("systemctl", "restart", "arkivd")

    def stop(self):
        """While a command waits for a platform that never answers."""
        machine = self.machine
        stuck = socket.create_server(("127.0.0.1", 0))
        stuck.settimeout(60)
        address = f"http://127.0.0.1:{stuck.getsockname()[1]}/"
        machine.as_("anna", "arkivd", "account", "add", "stuck", "--address", address, *ACCOUNT)
        command = machine.command("runuser", "-u", "anna", "--", "arkivd", "snapshot", "stuck")
        at_work = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        talk, _ = stuck.accept()
        talk.recv(1)
        begun = time.monotonic()
        machine.do("systemctl", "stop", "arkivd")
        took = time.monotonic() - begun
        told = at_work.communicate(timeout=60)[1]
        talk.close()
        stuck.close()
        must(took < 30, f"it took {took:.1f} s to stop")
        must(at_work.returncode == 1 and "error:" in told, f"the client ended with {at_work.returncode}: {told}")
        must(machine.show("Result") == "success", f"it ended with {machine.show('Result')}")
        must(not Path(f"{machine.root}/run/arkivd/socket").exists(), "the socket is left")
        alone = machine.try_("runuser", "-u", "anna", "--", "arkivd", "snapshot", "webb")
        must(alone.returncode == 1 and "error:" in alone.stderr, f"without the daemon: {said(alone)}")
        machine.do("systemctl", "start", "arkivd")
        machine.do("runuser", "-u", "arkivd", "--", "arkivd", "verify")

    def restarts(self):
        return int(self.machine.show("NRestarts"))

    def killed(self):
        machine = self.machine
        before, pid = self.restarts(), machine.show("MainPID")
        machine.do("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "arkivd")
        machine.within(30, "it is restarted", lambda: self.restarts() == before + 1 and machine.show("ActiveState") == "active")
        must(machine.show("MainPID") != pid, "it is the same process")
        must("webb: sealed" in self.snapshot(), "nothing was sealed")
        machine.do("runuser", "-u", "arkivd", "--", "arkivd", "verify")

    def hung(self):
        machine = self.machine
        self.drop_in("[Service]\nWatchdogSec=4\n")
        try:
            machine.do("systemctl", "restart", "arkivd")
            # Two times over, so that it is seen to be petted as well.
            time.sleep(9)
            must(self.restarts() == 0, f"the watchdog is not petted: {machine.journal()}")
            machine.do("systemctl", "kill", "--kill-whom=main", "--signal=STOP", "arkivd")
            machine.within(60, "the watchdog restarts it", lambda: self.restarts() == 1 and machine.show("ActiveState") == "active")
        finally:
            self.drop_in(None)
        machine.do("systemctl", "restart", "arkivd")

    def drop_in(self, text):
        file = Path(f"{self.machine.root}/etc/systemd/system/arkivd.service.d/soak.conf")
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        self.machine.do("systemctl", "daemon-reload")

    def misconfigured(self):
        machine = self.machine
        toml = Path(f"{machine.root}{ARCHIVE}/arkivd.toml")
        good = toml.read_text()
        self.configure("[nonsense]\n")
        ended = machine.try_("systemctl", "restart", "arkivd")
        must(ended.returncode != 0, "it starts with a configuration that is wrong")
        time.sleep(12)
        state = [machine.show(name) for name in ("ActiveState", "ExecMainStatus", "NRestarts")]
        must(state == ["failed", "2", "0"], f"state, exit and restarts are {state}")
        must("nonsense" in machine.journal("--lines=20"), "the journal does not say what is wrong")
        with toml.open("w") as file:
            file.write(good)
        machine.do("systemctl", "start", "arkivd")

    def boots_anew(self):
        machine = self.machine
        machine.power_off()
        machine.boot()
        machine.within(60, "arkivd is active after boot", lambda: machine.show("ActiveState") == "active")
        must("webb: sealed" in self.snapshot(), "nothing was sealed")
        machine.do("runuser", "-u", "arkivd", "--", "arkivd", "verify")
        must("Deactivated successfully" in machine.journal("--boot=-1", "--lines=5"), "it was not given time at shutdown")


def strings(value):
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def main(folder, program):
    tally = Tally()
    root = folder / "root"
    try:
        lacking = [t for t in ("debootstrap", "systemd-nspawn", "nsenter") if shutil.which(t) is None]
        if lacking:
            raise NotHere(f"{' and '.join(lacking)} not installed (apt-get install debootstrap systemd-container)")
        subprocess.run(["cp", "-a", "--reflink=auto", base(PROJECT / "target/service"), root], check=True)
        log = open(folder / "console", "w")
        machine = Machine(root, log)
        try:
            machine.boot()
            with Site(4) as site:
                service = Service(machine, program)
                service.site = site
                rounds = [service.install, service.persons, service.journal, service.reload, service.settings_are_roots, service.secrets]
                rounds += [service.stop, service.killed, service.hung, service.misconfigured]
                browser = Browser(service)
                rounds += [*browser.rounds, service.boots_anew, browser.boots_anew]
                for story in rounds:
                    begun, failed = time.monotonic(), tally.failed
                    tally.round(story.__name__, story)
                    print(f"{story.__name__.replace('_', ' ')}: {time.monotonic() - begun:.1f} s", flush=True)
                    # What comes later stands on the first.
                    if tally.failed > failed and story in rounds[:2]:
                        break
        finally:
            machine.power_off()
    except (NotHere, Broken) as lack:
        if tally.passed + tally.failed == 0 and isinstance(lack, NotHere):
            print(f"SKIP: {lack}")
            print("0 passed, 0 failed, 1 skipped")
            return
        tally.failed += 1
        print(f"FAILED: {lack}")
    tally.end()


main(Path(sys.argv[1]), sys.argv[2])
