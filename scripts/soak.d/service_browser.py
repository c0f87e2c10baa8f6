"""The browser's service under a real systemd: rounds of service.py, in its machine, with Debian's Chromium in it."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from archive import Broken, must, said

SOCKET = "/run/arkivd-browser/socket"
CHROMIUM = "/usr/lib/chromium/chromium"
# A picture of this page comes after ten seconds, which is too late: time to look at its browser.
SLOW = "fientlig/langsam"
WORDS = ["--committee", "Kommunstyrelsen", "--purpose", "Dialog", "--audience", "Invånare"]
WORDS += ["--responsible", "Anna Ek", "--responsible", "Bo Lind", "--substitute", "Cecilia Dahl"]


class Process:
    """A process as /proc shows it; gone, it shows nothing."""

    def __init__(self, pid):
        self.folder = Path("/proc") / str(pid)
        self.pid = int(pid)

    def read(self, name):
        try:
            return (self.folder / name).read_text(errors="replace")
        except OSError:
            return ""

    @property
    def command(self):
        # A renderer has written one line over its arguments.
        return self.read("cmdline").replace("\0", " ").strip()

    def status(self, name):
        return next((line.split(":", 1)[1].split() for line in self.read("status").splitlines() if line.startswith(f"{name}:")), [])

    def namespace(self, kind):
        try:
            return os.readlink(self.folder / "ns" / kind)
        except OSError:
            return ""

    def sees(self):
        """Its root folder; Chromium's sandbox makes it one that is no more."""
        try:
            return os.listdir(self.folder / "root")
        except OSError:
            return []

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class Browser:
    """Chromium in the machine, asked by people through the daemon."""

    def __init__(self, service):
        self.service, self.machine, self.own_uid = service, service.machine, None

    @property
    def rounds(self):
        return [self.pages, self.the_sandbox_is_on, self.reads_nothing, self.refuses_others, self.worker_killed, self.chromium_killed,
                self.renderer_killed, self.told_to_stop, self.memory, self.without_the_service]

    def uid(self, user):
        return int(self.machine.do("id", "-u", user))

    def add(self, name, path):
        address = self.service.site.address + path
        self.machine.as_("anna", "arkivd", "account", "add", name, "--platform", "web", "--address", address, *WORDS)

    def page(self, name, codes=(0,)):
        told = self.machine.as_("anna", "arkivd", "--json", "snapshot", name, codes=codes)
        return json.loads(told)["data"]["captures"][0]

    def begin(self, name):
        """A snapshot on its way, its browser shown by a renderer at work."""
        command = self.machine.command("runuser", "-u", "anna", "--", "arkivd", "--json", "snapshot", name)
        at_work = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            self.machine.within(60, "a renderer runs", lambda: self.renderers() and self.still(at_work))
            # Past its start: the page itself is being looked at.
            time.sleep(2)
            self.still(at_work)
            return at_work
        except Broken:
            at_work.kill()
            raise

    def still(self, at_work):
        if at_work.poll() is not None:
            raise Broken(f"it ended before it could be looked at: {at_work.communicate()}")
        return True

    def end(self, at_work, codes=(0,)):
        out, errors = at_work.communicate(timeout=120)
        must(at_work.returncode in codes, f"the snapshot ended with {at_work.returncode}: {errors[-1000:]}")
        return json.loads(out)["data"]["captures"][0]

    def processes(self):
        """All of the browser's user, Chromium's and the worker."""
        uid = str(self.own_uid)
        found = [Process(name) for name in os.listdir("/proc") if name.isdigit()]
        # Of this machine: a number may be another user's outside.
        return [p for p in found if p.status("Uid")[:1] == [uid] and len(p.status("NSpid")) > 1 and p.status("State")[:1] != ["Z"]]

    def worker(self):
        return self.one("worker", lambda command: "browser-worker" in command)

    def renderers(self):
        return [p for p in self.processes() if "--type=renderer" in p.command]

    def main_process(self):
        return self.one("browser", lambda command: command.startswith(f"{CHROMIUM} ") and "--type=" not in command)

    def one(self, what, is_it):
        found = next((p for p in self.processes() if is_it(p.command)), None)
        must(found is not None, f"no {what} among {[p.command[:80] for p in self.processes()]}")
        return found

    def nothing_left(self):
        machine = self.machine
        machine.within(20, "the browser's processes are gone", lambda: not self.processes())
        units = ["systemctl", "list-units", "--all", "--plain", "--no-legend", "arkivd-browser@*"]
        machine.within(20, "its units are gone", lambda: not machine.do(*units).strip())
        tmp = [p.name for place in ("tmp", "var/tmp") for p in Path(f"{machine.root}/{place}").iterdir() if "arkivd-browser" in p.name]
        inside = machine.do("find", "/tmp", "/var/tmp", "/dev/shm", "/run", "-user", "arkivd-browser").split()
        must(not tmp and not inside, f"left: {tmp} {inside}")

    def drop_in(self, unit, text):
        folder = Path(f"{self.machine.root}/etc/systemd/system/{unit}.d")
        folder.mkdir(exist_ok=True)
        file = folder / "soak.conf"
        if text is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(text)
        self.machine.do("systemctl", "daemon-reload")

    def well(self, capture, outcome="captured"):
        must(capture["outcome"] == "sealed" and capture["page"]["outcome"] == outcome, f"it came to {json.dumps(capture, ensure_ascii=False)}")
        bag = next((Path(f"{self.machine.root}{b['path']}") for b in capture["bags"] if b["kind"] == "page"), None)
        must(bag is not None, f"no page bag: {capture['bags']}")
        names = {p.name for p in bag.rglob("*")}
        for name in ("page-screen.pdf", "page-print.pdf", "page.txt", "capture.warc.gz"):
            must(name in names, f"{name} is not in {sorted(names)}")
        return bag

    def pages(self):
        machine = self.machine
        machine.do("systemctl", "enable", "--now", "arkivd-browser.socket")
        # No new looks: each outcome is to be seen.
        self.service.configure("\n[browser]\nretries = 0\n")
        machine.do("systemctl", "restart", "arkivd")
        self.own_uid = self.uid("arkivd-browser")
        must("arkivd-browser" in machine.do("systemctl", "list-dependencies", "--plain", "sockets.target"), "not started at boot")
        self.add("sida", "konto?n=20")
        self.add("seg", SLOW)
        begun = time.monotonic()
        bag = self.well(self.page("sida"))
        print(f"a page of 20 posts: {time.monotonic() - begun:.1f} s", flush=True)
        text = next(bag.rglob("page.txt")).read_text()
        must("Ekhamra" in text, f"its text: {text[:300]}")
        self.nothing_left()
        machine.do("runuser", "-u", "arkivd", "--", "arkivd", "verify")

    def the_sandbox_is_on(self):
        at_work = self.begin("seg")
        worker, main, renderers = self.worker(), self.main_process(), self.renderers()
        all_ = self.processes()
        uid, gid = str(self.uid("arkivd-browser")), self.machine.do("id", "-g", "arkivd-browser").strip()
        for p in all_:
            must("--no-sandbox" not in p.command and "--disable-seccomp" not in p.command, p.command)
            must(set(p.status("Uid")) == {uid} and set(p.status("Gid")) == {gid}, f"{p.command}: {p.status('Uid')} {p.status('Gid')}")
            must(p.status("NoNewPrivs") == ["1"] and p.status("Seccomp") == ["2"], f"{p.command}: {p.read('status')}")
        for p in (worker, main):
            must(all(set(p.status(c)[0]) == {"0"} for c in ("CapEff", "CapPrm", "CapBnd", "CapAmb")), f"{p.command} has rights: {p.read('status')}")
        for p in renderers:
            must(int(p.status("Seccomp_filters")[0]) > int(main.status("Seccomp_filters")[0]), "a renderer has no filter of its own")
            must(set(p.status("CapEff")[0]) == {"0"}, f"a renderer has rights: {p.status('CapEff')}")
            for kind in ("user", "pid", "net"):
                must(p.namespace(kind) not in ("", main.namespace(kind)), f"a renderer has no {kind} namespace of its own")
            must(len(p.status("NSpid")) > len(main.status("NSpid")), "a renderer sees other processes")
            must(not p.sees(), f"a renderer sees files: {p.sees()[:5]}")
        print(f"{len(all_)} processes, {len(renderers)} renderers", flush=True)
        self.well(self.end(at_work, codes=(3,)), "partial")
        self.nothing_left()

    def reads_nothing(self):
        machine = self.machine
        at_work = self.begin("seg")
        number = self.inner(self.worker())
        inside = ["nsenter", f"--target={number}", "--mount"]
        user = ["setpriv", "--reuid=arkivd-browser", "--regid=arkivd-browser", "--clear-groups"]
        machine.do(*inside, *user, "cat", "/etc/passwd")
        of_arkivd = [f"/var/lib/arkivd/archive/{name}" for name in ("arkivd.toml", "catalog.sqlite", "keys/ledger.key")]
        for path in (*of_arkivd, "/etc/arkivd/system.toml", "/run/arkivd/socket"):
            machine.do("test", "-e", path)
            # Not even root finds it there.
            must(machine.try_(*inside, "test", "-e", path).returncode == 1, f"{path} is there for the browser")
        for folder in ("/var/lib/arkivd", "/etc/arkivd", "/etc/arkivd/credentials", "/run/arkivd", "/root", "/home"):
            ended = machine.try_(*inside, *user, "ls", f"{folder}/")
            must(ended.returncode != 0 or not ended.stdout, f"the browser lists {folder}: {said(ended)}")
        for folder in ("/etc", "/usr", "/var/lib", "/home", "/run", "/boot", "/dev", "/sys/fs/cgroup"):
            ended = machine.try_(*inside, "sh", "-c", f"echo >{folder}/arkivd.test")
            must(ended.returncode != 0, f"the browser may write {folder}")
        # D-Bus and its like would be ways out.
        machine.do("test", "-S", "/run/dbus/system_bus_socket")
        sockets = machine.do(*inside, "find", "/run", "-type", "s").split()
        must(not sockets, f"the browser reaches {sockets}")
        devices = machine.do(*inside, *user, "sh", "-c", "ls /dev").split()
        must(not {"sda", "vda", "mem", "kmsg", "kvm", "fuse"} & set(devices), f"devices: {devices}")
        self.well(self.end(at_work, codes=(3,)), "partial")

    def inner(self, process):
        """Its number in the machine."""
        depth = len(Process(os.getpid()).status("NSpid"))
        return process.status("NSpid")[depth]

    def refuses_others(self):
        machine = self.machine
        # A path from its folder: /proc/PID/root is root's alone.
        folder = f"/proc/{machine.leader}/root{Path(SOCKET).parent}"
        code = "import os, socket, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]))"
        code += "; socket.socket(socket.AF_UNIX).connect('socket')"

        def connects(user):
            numbers = [machine.do("id", flag, user).strip() for flag in ("-u", "-g")]
            tried = subprocess.run([sys.executable, "-c", code, *numbers], cwd=folder, capture_output=True, text=True)
            must(tried.returncode == 0 or "PermissionError" in tried.stderr, tried.stderr)
            return tried.returncode == 0

        must(connects("arkivd"), "the daemon's user is refused")
        for user in ("anna", "bo", "nobody", "arkivd-browser"):
            must(not connects(user), f"{user} may ask for pages")
        self.nothing_left()

    def ends_with(self, victim, *outcomes):
        """Kills one of them in the middle: the outcome is named, nothing is left, and the next capture works."""
        at_work = self.begin("seg")
        victim().kill()
        begun = time.monotonic()
        capture = self.end(at_work, codes=(0, 1, 3))
        page = capture["page"] or {}
        print(f"{page.get('outcome')} after {time.monotonic() - begun:.1f} s: {page.get('detail')}", flush=True)
        must(page.get("outcome") in outcomes, f"it came to {json.dumps(capture, ensure_ascii=False)}")
        must(not [b for b in capture["bags"] if b["kind"] == "page"], "a page was sealed")
        self.nothing_left()
        self.well(self.page("sida"))

    def worker_killed(self):
        self.ends_with(self.worker, "browser-gone")

    def chromium_killed(self):
        self.ends_with(self.main_process, "browser-gone")

    def renderer_killed(self):
        self.ends_with(lambda: self.renderers()[-1], "crashed")

    def told_to_stop(self):
        """The daemon leaves in the middle, and the browser with it."""
        at_work = self.begin("seg")
        self.machine.do("systemctl", "restart", "arkivd")
        at_work.communicate(timeout=60)
        must(at_work.returncode == 1, f"the client ended with {at_work.returncode}")
        self.nothing_left()

    def memory(self):
        """A page that takes all it can crashes where the limit is, and nothing else does."""
        machine = self.machine
        machine.limit_memory()
        self.add("glupsk", "fientlig/minne")
        for limit in (700, 2000):
            self.drop_in("arkivd-browser@.service", f"[Service]\nMemoryMax={limit}M\n")
            try:
                most = self.takes_all()
            finally:
                self.drop_in("arkivd-browser@.service", None)
            # What its processes share is counted for each of them here, and other memory not at all.
            must(limit * 0.6 < most < limit * 1.2, f"with MemoryMax={limit}M it had {most} MB")
            self.nothing_left()
        self.well(self.page("sida"))

    def takes_all(self):
        """The most of its memory that was seen, in MB."""
        command = self.machine.command("runuser", "-u", "anna", "--", "arkivd", "--json", "snapshot", "glupsk")
        at_work = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        most = 0
        while at_work.poll() is None:
            most = max(most, sum(int((p.status("RssAnon") or ["0"])[0]) for p in self.processes()) >> 10)
            time.sleep(0.05)
        capture = self.end(at_work, codes=(0, 1, 3))
        page = capture["page"]
        print(f"{page['outcome']} at {most} MB: {page['detail']}", flush=True)
        must(page["outcome"] == "crashed", f"it came to {json.dumps(capture, ensure_ascii=False)}")
        return most

    def without_the_service(self):
        """Stopped, it is missed by name; the archive goes on."""
        machine = self.machine
        machine.do("systemctl", "disable", "--now", "arkivd-browser.socket")
        stopped = self.page("sida", codes=(0, 1, 3))
        print(f"socket stopped: {stopped['page']['outcome']}: {stopped['page']['detail']}", flush=True)
        must(stopped["page"]["outcome"] == "no-browser", json.dumps(stopped, ensure_ascii=False))
        machine.do("systemctl", "restart", "arkivd")
        child = self.page("sida", codes=(0, 1, 3))
        print(f"without the service: {child['page']['outcome']}: {child['page']['detail']}", flush=True)
        must(child["page"]["outcome"] == "no-browser", json.dumps(child, ensure_ascii=False))
        must("webb: sealed" in self.service.snapshot(), "the records were not captured")
        machine.do("systemctl", "enable", "--now", "arkivd-browser.socket")
        machine.do("systemctl", "restart", "arkivd")
        self.well(self.page("sida"))

    def boots_anew(self):
        """The socket is there before the daemon, which asks for it at its start."""
        self.well(self.page("sida"))
        self.nothing_left()
