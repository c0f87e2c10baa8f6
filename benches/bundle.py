#!/usr/bin/env python3
"""A bundle for the diarium beside `zip -0` and `sha256sum` over the same files: CPU seconds, ratio, memory.

    benches/bundle.py [--arkivd target/release/arkivd] [--records 1000] [--bytes 100000] [--signs 0]

Serves a feed of so many posts, each with a file of so many bytes that no typesetter draws, on loopback; takes it, exports
all of it in one bundle, unpacks that, and has the peers do the same. One post in --signs has an emoji and an arrow, which
fonts of the machine have. Typesetting is told apart from packing, as arkivd's own log tells it. Needs zip, unzip and
sha256sum.
"""
import argparse, http.server, json, os, random, re, resource, subprocess, sys, tempfile, threading
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--arkivd", default="target/release/arkivd")
parser.add_argument("--records", type=int, default=1000)
parser.add_argument("--bytes", type=int, default=100_000)
parser.add_argument("--signs", type=int, default=0)
asked = parser.parse_args()
program = str(Path(asked.arkivd).resolve())


def text(n):
    sign = "❄️ → " if asked.signs and n % asked.signs == 0 else ""
    return f"{sign}Snön röjs i dag på gata {n}."


def feed():
    items = "".join(
        f"<entry><id>urn:x:{n}</id><link href='/{n}'/><link rel='enclosure' type='application/pdf' href='/fil-{n}.pdf'/>"
        f"<title>Inlägg nummer {n}</title><updated>2026-11-01T10:00:00Z</updated><published>2026-11-01T10:00:00Z</published>"
        f"<content type='html'>{text(n)}</content></entry>"
        for n in range(asked.records)
    )
    return f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><id>urn:x</id><title>Prov</title><updated>2026-11-01T10:00:00Z</updated>{items}</feed>".encode()


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, body = "application/atom+xml", None
        if self.path.startswith("/fil-"):
            kind, body = "application/pdf", b"%PDF-1.4\n" + random.Random(self.path).randbytes(asked.bytes)
        body = body if body is not None else feed()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def cpu(command, **more):
    """Runs it; gives its CPU seconds, its peak memory in MB, and what it said."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
    told = [b"", b""]
    readers = [threading.Thread(target=lambda i=i, s=s: told.__setitem__(i, s.read())) for i, s in enumerate((child.stdout, child.stderr))]
    [r.start() for r in readers]
    _, status, used = os.wait4(child.pid, 0)
    [r.join() for r in readers]
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{command[:6]} failed: {told[1][-2000:].decode()}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, told[0].decode(), told[1].decode()


with tempfile.TemporaryDirectory() as folder:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    archive, out = f"{folder}/arkiv", f"{folder}/a.zip"
    arkivd = [program, "--archive", archive]
    cpu([program, "init", archive, "--organisation", "Prov kommun", "--profile", "tibro"])
    with open(f"{archive}/arkivd.toml", "a") as settings:
        settings.write("\n[browser]\npages = false\n")
    cpu([*arkivd, "account", "add", "a", "--platform", "feed", "--address", f"http://127.0.0.1:{server.server_port}/f.xml",
         "--committee", "Kommunstyrelsen", "--purpose", "prov", "--audience", "alla", "--responsible", "A B",
         "--responsible", "C D", "--substitute", "E F"])
    cpu([*arkivd, "snapshot", "a"])
    lines = cpu([*arkivd, "--json", "record", "list"])[2].splitlines()
    records = [json.loads(line)["record"] for line in lines]
    logged = {**os.environ, "ARKIVD_LOG": "arkivd=debug"}
    ours, memory, _, log = cpu([*arkivd, "export", "diarium", "--new-case", "Prov", "-o", out, *records], env=logged)
    set_ = re.search(r"typesetting_cpu_seconds\W+([0-9.]+)", re.sub(r"\x1b\[[0-9;]*m", "", log))
    typesetting = float(set_.group(1)) if set_ else float("nan")
    cpu(["unzip", "-q", out, "-d", f"{folder}/x"])
    files = [str(p) for p in Path(f"{folder}/x").rglob("*") if p.is_file()]
    listed = "\0".join(files).encode()
    Path(f"{folder}/files").write_bytes(listed)
    zipped = cpu(["zip", "-0", "-q", "-r", f"{folder}/peer.zip", "."], cwd=f"{folder}/x")[0]
    summed = cpu(["xargs", "-0", "-a", f"{folder}/files", "sha256sum"])[0]
    size = Path(out).stat().st_size / 1e6
    packing, peers = ours - typesetting, zipped + summed
    each = 1000 * typesetting / len(records)
    print(f"{len(records)} records, {len(files)} files, {size:.0f} MB")
    print(f"              CPU s  to peers")
    for what, seconds in (("packing", packing), ("typesetting", typesetting), ("arkivd", ours), ("zip -0", zipped), ("sha256sum", summed), ("peers", peers)):
        print(f"{what:12} {seconds:6.2f} {seconds / peers:9.2f}")
    print(f"typesetting {each:.1f} CPU ms a document; arkivd took {memory:.0f} MB of memory")
