#!/usr/bin/env python3
"""Power cuts under a whole archive: power_cut.py FOLDER ROUNDS, as root, in a mount name space of its own.

ext4 on a loop device is shut down without its log being flushed, unmounted and mounted again: what no fsync made
durable is gone, as after a cut. Each round leaves a control file that was not fsynced, and must find it gone or empty.
The cut hits ROUNDS snapshots by the command line, and ROUNDS daemons that take scheduled snapshots while clients ask.
"""
import fcntl
import os
import random
import shutil
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from archive import ACKNOWLEDGED, Archive, Broken, Site, Tally, must
from daemon import Daemon, enter

EXT4_IOC_SHUTDOWN, NOLOGFLUSH = 0x8004587D, 2
POSTS = 4


class Disk:
    """The image is kept sparse; its loop device goes with the mount."""

    def __init__(self, folder):
        self.image, self.mount = folder / "disk.img", folder / "disk"
        self.mount.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(8 << 30)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        self.attach()

    def attach(self):
        # The journal is written when an fsync asks, and not by the clock.
        subprocess.run(["mount", "-o", "loop,commit=600", self.image, self.mount], check=True)

    def cut(self):
        control = self.mount / "control"
        control.write_bytes(b"not synced" * 1000)
        folder = os.open(self.mount, os.O_RDONLY)
        fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        os.close(folder)

    def power_on(self):
        subprocess.run(["umount", self.mount], check=True)
        self.attach()
        control = self.mount / "control"
        must(not control.exists() or control.stat().st_size == 0, "the simulation does not bite: the control file is there")
        control.unlink(missing_ok=True)


def main(folder, rounds):
    chance, tally = random.Random(int(os.environ["SEED"])), Tally()
    disk = Disk(folder)
    archive = Archive(disk.mount / "arkiv")
    seen = {"acknowledged": 0, "cut short": 0, "mended": 0}
    under = dict.fromkeys(("scheduled snapshots", "begun, and cut short", "edits", "edits answered as the power went, and lost", "ended by themselves", "mended"), 0)

    def after_a_command(command):
        command()
        disk.cut()
        disk.power_on()

    def cut_a_snapshot(when):
        with open(folder / "stdout", "w+") as stdout, open(folder / "stderr", "w+") as stderr:
            process = subprocess.Popen(archive.snapshot_command(), stdout=stdout, stderr=stderr)
            wait(process, archive.path, when, chance.random() * (whole if when == "at any moment" else tail))
            if process.poll() in ACKNOWLEDGED:
                # Reading makes nothing durable: the control file stands for that.
                stdout.seek(0)
                archive.note(stdout.read())
            disk.cut()
            code = process.wait(timeout=300)
            disk.power_on()
            stdout.seek(0)
            stderr.seek(0)
            told = stdout.read()
            must("panicked" not in stderr.read(), "a panic")
            if code in ACKNOWLEDGED:
                archive.note(told)
            else:
                must(not told, f"exit {code}, and yet on stdout: {told[:500]}")
        seen["acknowledged" if code in ACKNOWLEDGED else "cut short"] += 1
        seen["mended"] += archive.holds()

    def without_fsync():
        """The control for all rounds: an archive whose fsyncs do nothing must be seen to lose what it acknowledged."""
        careless = archive.copied_to(disk.mount / "careless")
        os.sync()
        strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:retval=0"]
        careless.note(subprocess.run([*strace, *careless.snapshot_command()], stdout=subprocess.PIPE, text=True).stdout)
        disk.cut()
        disk.power_on()
        try:
            careless.keeps()
        except Broken as loss:
            print(f"without fsync the same cut shows: {loss}")
            return
        raise Broken("without fsync nothing was lost: these rounds prove nothing")

    def cut_a_daemon(n):
        """Who asks it hears what outlives the cut; and so does what its log says is done."""
        archive.set_back()
        # An answer on its way as the power goes is heard by nobody: the kernel may end an fsync that it is in the midst
        # of as if all were well.
        over, late, purposes, as_it_went = threading.Event(), [], [], []

        def edit():
            for edit in range(100000):
                purpose = f"Dialog {n}-{edit}."
                if over.is_set() or archive.run("account", "edit", "rss", "--purpose", purpose).returncode != 0:
                    return
                (as_it_went if over.is_set() else purposes).append(purpose)

        def take():
            while not over.is_set():
                taken = archive.run("snapshot", "webb", "--full")
                if taken.returncode not in ACKNOWLEDGED:
                    return
                try:
                    archive.note(taken.stdout)
                except OSError:
                    # The disk went while it was read; what is there afterwards is held against the ledger.
                    late.append(taken.stdout)

        with Daemon(archive) as daemon:
            clients = [threading.Thread(target=client) for client in (edit, take)]
            for client in clients:
                client.start()
            time.sleep(chance.random() * 1.5 * whole)
            over.set()
            disk.cut()
            for client in clients:
                client.join()
            by_itself = daemon.ended(patience=3)
            if by_itself is None:
                daemon.process.terminate()
                must(daemon.ended(patience=30) is not None, "the daemon does not end")
            log = daemon.log
        disk.power_on()
        must(not any("panicked" in line for line in log), "a panic: " + "\n".join(log))
        must(by_itself in (None, 1), f"the daemon ended by itself with {by_itself}")
        for told in late:
            archive.note(told)
        done = daemon.snapshots("done")
        archive.captures |= {one["capture"] for one in done}
        edits = "".join(after for after, in archive.select("SELECT after FROM event WHERE verb = 'account edit'"))
        lost = [purpose for purpose in purposes if purpose not in edits]
        must(not lost, f"lost acknowledged edits {lost} of {len(purposes)}")
        under["edits answered as the power went, and lost"] += sum(purpose not in edits for purpose in as_it_went)
        counted = {(s, a): at for s, a, at in archive.select("SELECT schedule, account, counted_from FROM timetable")}
        for one in done:
            must(counted[one["schedule"], one["account"]] >= one["tick"], f"the tick of a snapshot that was done is open again: {one}")
        under["ended by themselves"] += by_itself == 1
        under["edits"] += len(purposes)
        under["scheduled snapshots"] += len(done)
        under["begun, and cut short"] += len(daemon.snapshots("begins")) - len(done)
        under["mended"] += archive.holds()

    with Site(POSTS) as site:
        try:
            tally.round("after init", lambda: after_a_command(archive.init))
            tally.round("after account add", lambda: after_a_command(lambda: archive.add(site)))
            tally.round("after the first snapshot", lambda: (after_a_command(archive.snapshot), archive.holds()))
            if shutil.which("strace"):
                tally.round("control", without_fsync)
            whole, tail = measure(archive)
            for n in range(rounds):
                if n % 10 == 9:
                    site.grow()
                when = ("at any moment", "while it seals", "while it seals", "once acknowledged")[n % 4]
                tally.round(f"round {n}, cut {when}", lambda: cut_a_snapshot(when))
            archive.add(site, "rss", "feed", "feed/")
            archive.schedule([("minut", "* * * * *", "all", False), ("stund", "*/2 * * * *", "all", True)])
            archive.configure("\n[daemon]\ncaptures_at_once = 2\ncaptures_per_host = 2\n")
            enter(archive)
            # The files of settings are a person's, who does not fsync them.
            os.sync()
            for n in range(rounds):
                if n % 10 == 9:
                    site.grow()
                tally.round(f"daemon {n}", lambda: cut_a_daemon(n))
        finally:
            subprocess.run(["umount", "-l", disk.mount])
    print(f"{rounds} cuts of a snapshot ({whole:.2f} s, {tail:.2f} s of it from the first sealed bag on): {seen['acknowledged']} acknowledged, {seen['cut short']} cut short, "
          f"{seen['mended']} mended by the next command; {len(archive.bags)} acknowledged bags, {len(archive.files)} files")
    print(f"{rounds} cuts of a daemon: " + ", ".join(f"{count} {what}" for what, count in under.items()))
    tally.end()


def sealing(process, archive):
    """Until the first bag of a running snapshot is sealed: rename, rows and checkpoint come now."""
    while process.poll() is None and not any(archive.glob("staging/*/commitment.txt")):
        pass


def wait(process, archive, when, seconds):
    if when == "once acknowledged":
        process.wait(timeout=300)
        return
    if when == "while it seals":
        sealing(process, archive)
    time.sleep(seconds)


def measure(archive):
    """How long a snapshot takes, and its last stretch from the first sealed bag on, in seconds."""
    begun = time.monotonic()
    process = subprocess.Popen(archive.snapshot_command(), stdout=subprocess.PIPE, text=True)
    sealing(process, archive.path)
    sealed = time.monotonic()
    archive.note(process.communicate()[0])
    ended = time.monotonic()
    # A busy machine may show the sealed bag only once the snapshot has ended.
    return ended - begun, max(ended - sealed, (ended - begun) / 10)


main(Path(sys.argv[1]), int(sys.argv[2]))
