#!/usr/bin/env python3
"""Power cuts under a whole archive: power_cut.py FOLDER ROUNDS, as root, in a mount name space of its own.

ext4 on a loop device is shut down without its log being flushed, unmounted and mounted again: what no fsync made
durable is gone, as after a cut. Each round leaves a control file that was not fsynced, and must find it gone or empty.
"""
import fcntl
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

from archive import ACKNOWLEDGED, Archive, Broken, Site, Tally, must

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
        finally:
            subprocess.run(["umount", "-l", disk.mount])
    print(f"{rounds} cuts of a snapshot ({whole:.2f} s, {tail:.2f} s of it from the first sealed bag on): {seen['acknowledged']} acknowledged, {seen['cut short']} cut short, "
          f"{seen['mended']} mended by the next command; {len(archive.bags)} acknowledged bags, {len(archive.files)} files")
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
    return ended - begun, ended - sealed


main(Path(sys.argv[1]), int(sys.argv[2]))
