#!/usr/bin/env python3
"""Bundles and deliveries of any size: large.py FOLDER GB. Takes some 2.2 times as many GB of disk.

A feed with films of so many GB, one of them of more than 4 GiB where there is room, is taken, exported as a bundle and
delivered; each ZIP is read again by programs that are not arkivd's, every file against its digest, and none takes more
memory than the same of 1 GB. Then one of more than 65,535 files.
"""
import glob
import hashlib
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from archive import ACKNOWLEDGED, Archive, Tally, must

MB = 1_000_000
MANY = 66_000
# What may differ between 1 GB and any other, and what a bundle may take at all.
FLAT, MOST = 12, 100
PIECE = 1 << 20
LIBRARY = "".join(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[:1])
PAST = {"LD_PRELOAD": LIBRARY, "FAKETIME": "-2d", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


class Films:
    """A feed on loopback: entries of files, each as large as it is asked for."""

    def __init__(self, entries):
        films, block = self, os.urandom(PIECE)
        self.entries = entries

        class Site(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked = re.fullmatch(r"/(\d+)/(\d+)\.mp4", self.path)
                head = f"{self.path:.32}\n".encode()
                size = films.entries[int(asked[1])][int(asked[2])] if asked else len(films.feed())
                self.send_response(200)
                self.send_header("Content-Type", "video/mp4" if asked else "application/atom+xml")
                self.send_header("Content-Length", str(size))
                self.end_headers()
                if not asked:
                    return self.wfile.write(films.feed())
                self.wfile.write(head[:size])
                left = size - len(head)
                while left > 0:
                    left -= self.wfile.write(block[:left])

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def feed(self):
        def entry(n, sizes):
            links = "".join(f"<link rel='enclosure' type='video/mp4' href='{self.address}/{n}/{m}.mp4'/>" for m in range(len(sizes)))
            return (f"<entry><id>urn:x:{n}</id><title>Film {n}</title><updated>2026-01-02T10:00:00Z</updated>{links}"
                    f"<published>2026-01-02T10:00:00Z</published><content type='html'>Kommunfullmäktige sammanträder.</content></entry>")
        entries = "".join(entry(n, sizes) for n, sizes in enumerate(self.entries))
        return (f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><title>Filmer</title>"
                f"<updated>2026-01-02T10:00:00Z</updated>{entries}</feed>").encode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def measured(archive, *arguments):
    """Runs it; gives what it said, its peak memory in MB and its CPU seconds."""
    child = subprocess.Popen(archive.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told = child.stdout.read().decode()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    must(child.returncode in ACKNOWLEDGED, f"{' '.join(arguments[:2])} ended with {child.returncode}: {told[-2000:]}")
    return told, used.ru_maxrss // 1024, used.ru_utime + used.ru_stime


def digest_of(zip_, name):
    sha256 = hashlib.sha256()
    with zip_.open(name) as file:
        while part := file.read(PIECE):
            sha256.update(part)
    return sha256.hexdigest()


def is_bag(path):
    """Every file of the ZIP stands in a manifest with its digest (RFC 8493); gives the sizes."""
    with zipfile.ZipFile(path) as zip_:
        files = {info.filename: info.file_size for info in zip_.infolist()}
        top = next(iter(files)).split("/")[0]
        listed = {}
        for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            for line in zip_.read(f"{top}/{manifest}").decode().splitlines():
                sha256, name = line.split("  ", 1)
                listed[f"{top}/{name}"] = sha256
        must(listed.keys() | {f"{top}/tagmanifest-sha256.txt"} == files.keys(), f"{path.name}: the manifests name other files")
        for name, sha256 in listed.items():
            must(digest_of(zip_, name) == sha256, f"{path.name}: {name} is not what its manifest says")
    return list(files.values())


def is_sip(path):
    """Every file of the representation is what METS says; gives the sizes."""
    href = "{http://www.w3.org/1999/xlink}href"
    with zipfile.ZipFile(path) as zip_:
        files = {info.filename: info.file_size for info in zip_.infolist()}
        top = next(iter(files)).split("/")[0]
        root = f"{top}/representations/rep1/"
        told = 0
        for _, file in ElementTree.iterparse(zip_.open(root + "METS.xml")):
            if not file.tag.endswith("}file"):
                continue
            place = file.find("{*}FLocat").get(href)
            name = root + unquote(place)
            must(files.get(name) == int(file.get("SIZE")), f"{path.name}: {name} has another size")
            must(digest_of(zip_, name) == file.get("CHECKSUM").lower(), f"{path.name}: {name} is not what METS says")
            told += 1
            file.clear()
        data = sum(name.startswith(root + "data/") for name in files)
        must(told == data, f"{path.name}: METS tells of {told} files of {data}")
    return list(files.values())


def main(folder, gb):
    if not LIBRARY:
        print("SKIP: libfaketime is not installed (Debian: faketime)\n0 passed, 0 failed, 1 skipped")
        return
    tally, peaks = Tally(), {}

    def taken(name, entries):
        archive = Archive(folder / name)
        most = max(size for sizes in entries for size in sizes) + 1
        words = ["--platform", "feed", "--committee", "Kommunstyrelsen", "--purpose", "prov", "--audience", "alla"]
        words += ["--responsible", "Anna Ek", "--responsible", "Bo Lind", "--substitute", "Cecilia Dahl"]
        # Only days that are over are delivered.
        os.environ |= PAST
        try:
            with Films(entries) as films:
                archive.init()
                archive.configure(f"\n[network]\nmax_medium_bytes = {most}\nanswer_timeout_seconds = 36000\n")
                archive.done("account", "add", "webb", "--address", films.address + "/f.xml", *words)
                measured(archive, "snapshot", "webb")
        finally:
            for variable in PAST:
                del os.environ[variable]
        return archive

    def packed(name, entries):
        """Bundle and delivery of it, each read again; gives the peaks, and the sizes of the files in each."""
        archive = taken(name, entries)
        records = re.findall(r'"record":\s*"([0-9a-f-]{36})"', measured(archive, "record", "list")[0])
        today = date.today()
        period = ["--from", f"{today - timedelta(7)}", "--to", f"{today - timedelta(1)}"]
        memory, sizes = [], []
        for kind, check, command in (
            ("bundle", is_bag, ["export", "diarium", "--new-case", "Filmer", *records]),
            ("delivery", is_sip, ["delivery", "--committee", "Kommunstyrelsen", *period]),
        ):
            out = folder / f"{name}-{kind}.zip"
            _, peak, seconds = measured(archive, *command, "-o", str(out))
            print(f"{name}: {kind} of {out.stat().st_size / MB:.0f} MB: {peak} MB of memory, {seconds:.1f} CPU s", flush=True)
            tested = subprocess.run(["unzip", "-tqq", out], capture_output=True, text=True)
            must(tested.returncode == 0, f"unzip -t: {tested.stdout[-500:]}{tested.stderr[-500:]}")
            inside = check(out)
            print(f"{name}: {kind}: {len(inside)} files are what they should be", flush=True)
            out.unlink()
            memory.append(peak)
            sizes.append(inside)
        shutil.rmtree(archive.path)
        return memory, sizes

    def of_films(gb):
        total = gb * 1000 * MB
        first = min(total * 6 // 10, 5 << 30)
        left, entries = total - first, [[first]]
        while left > 0:
            entries.append([min(left, 500 * MB)])
            left -= entries[-1][0]
        memory, sizes = packed(f"{gb} GB", entries)
        peaks[gb] = memory
        must(all(max(inside) == first for inside in sizes), "the largest film is not in it")
        for peak, small, kind in zip(memory, peaks[1], ("bundle", "delivery")):
            must(peak <= MOST, f"a {kind} took {peak} MB")
            must(peak <= small + FLAT, f"a {kind} of {gb} GB took {peak} MB, one of 1 GB {small} MB")

    def of_files():
        _, sizes = packed("many", [[100] * 1000 for _ in range(MANY // 1000)])
        must(all(len(inside) > 65_535 for inside in sizes), f"{[len(i) for i in sizes]} files are too few to prove anything")

    for size in dict.fromkeys((1, gb)):
        tally.round(f"{size} GB", lambda: of_films(size))
    tally.round(f"{MANY} files", of_files)
    tally.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
