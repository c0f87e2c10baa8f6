#!/usr/bin/env python3
"""Verifies an arkivd archive's ledger against its bags, with nothing but Python's standard library.

    python3 verify_ledger.py ARCHIVE

Recomputes the root (RFC 6962) from the entry bundles (C2SP tlog-tiles), compares it and the size with the checkpoint,
and checks that every leaf opens by a bag, is disposed of, or is succeeded. Exits 1 if it prints a FAIL line.
The signature is for openssl (Python has no Ed25519), a bag's payload for `sha256sum -c manifest-sha256.txt`.
"""
import base64
import hashlib
import json
import sys
from pathlib import Path

faults = 0


def sha256(data):
    return hashlib.sha256(data).digest()


def fail(text):
    global faults
    faults += 1
    print("FAIL", text)


def root_of(leaf_hashes):
    subtrees = []  # Smallest last: a new leaf completes as many as its index has trailing ones.
    for index, node in enumerate(leaf_hashes):
        while index & 1:
            node = sha256(b"\x01" + subtrees.pop() + node)
            index >>= 1
        subtrees.append(node)
    root = subtrees.pop() if subtrees else sha256(b"")
    while subtrees:
        root = sha256(b"\x01" + subtrees.pop() + root)
    return root


def bundle_path(n, width):
    parts = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        parts.insert(0, f"x{n % 1000:03}")
    return "tile/entries/" + "/".join(parts) + ("" if width == 256 else f".p/{width}")


def entries_of(ledger, size):
    for first in range(0, size, 256):
        width = min(256, size - first)
        path = ledger / bundle_path(first // 256, width)
        bundle, at = path.read_bytes(), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at:at + 2], "big")
            yield bundle[at + 2:end]
            at = end
        if at != len(bundle):
            raise ValueError(f"{path} does not hold exactly {width} entries")


def bags_by_commitment(store):
    """c -> bag folder, for each bag whose commitment holds its tag manifest, and that its manifests."""
    bags = {}
    for path in sorted(store.glob("*/*/*")):
        try:
            text = (path / "commitment.txt").read_bytes()
            head, _salt, promised = text.decode("ascii").splitlines()
            tagmanifest = (path / "bag/tagmanifest-sha256.txt").read_bytes()
            if (head, sha256(tagmanifest).hex()) != ("arkivd/commit/v1", promised):
                raise ValueError("commitment.txt is not for its tagmanifest-sha256.txt")
            for line in tagmanifest.decode().splitlines():
                digest, name = line.split("  ", 1)
                if sha256((path / "bag" / name).read_bytes()).hex() != digest:
                    raise ValueError(f"{name} is not the one in the tag manifest")
            bags[sha256(text).hex()] = path
        except (OSError, ValueError) as error:
            fail(f"bag {path.name}: {error}")
    return bags


def main(archive):
    ledger = archive / "ledger"
    origin, size, root = (ledger / "checkpoint").read_text(encoding="utf-8").split("\n")[:3]
    entries = list(entries_of(ledger, int(size)))
    found = base64.b64encode(root_of(sha256(b"\x00" + e) for e in entries)).decode()
    if found == root:
        print(f"OK root {root} of {size} leaves of {origin}")
    else:
        fail(f"root of {size} leaves is {found}, the checkpoint says {root}")
    bags = bags_by_commitment(archive / "store")
    leaves = [json.loads(entry) for entry in entries]
    ended = {leaf["n"]: index for index, leaf in enumerate(leaves) if leaf["e"] in ("dispose", "succeed")}
    opened = {leaf["c"] for leaf in leaves if "c" in leaf}
    for index, leaf in enumerate(leaves):
        if "n" in leaf and not 0 <= leaf["n"] < index:
            fail(f"leaf {index} names leaf {leaf['n']}, which does not come before it")
        if leaf["e"] in ("capture", "decision", "succeed"):
            bag = bags.get(leaf["c"])
            if bag and index in ended:
                print(f"PENDING leaf {index}: bag {bag.name} is ended by leaf {ended[index]} and still there")
            elif not bag and index not in ended:
                fail(f"leaf {index}: no bag opens {leaf['c']}, and no leaf ends it")
        elif leaf["e"] not in ("dispose", "export", "disclosure"):
            fail(f"leaf {index}: unknown event {leaf['e']!r}")
    for c in bags.keys() - opened:
        fail(f"bag {bags[c].name}: no leaf has its commitment {c}")
    if not faults:
        print(f"OK {len(bags)} bags open the leaves of {len(leaves)}; {len(ended)} are disposed of or succeeded")


if len(sys.argv) != 2:
    sys.exit(__doc__)
try:
    main(Path(sys.argv[1]))
except (OSError, ValueError, KeyError, TypeError) as error:
    fail(f"{type(error).__name__}: {error}")
sys.exit(1 if faults else 0)
