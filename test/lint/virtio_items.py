#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Check test/host/virtio_items.txt: every checklist item that applies is there, with tests
that exist and run, or with the reason why it has none; and every test named
after an item is listed under it."""
import pathlib
import re
import sys

TABLE = pathlib.Path("test/host/virtio_items.txt")
APPLY = {"INIT": 13, "FEAT": 15, "CFG": 8, "MMIO": 16, "PCI": 14, "VQ": 26, "PKD": 15, "BLK": 19,
         "NET": 15, "RNG": 2, "CON": 4, "SCSI": 4}
RUN = re.compile(r"virtio_test\((\w+)\)")
NAMED = re.compile(r"(init|feat|cfg|mmio|pci|vq|pkd|blk|net|rng|con|scsi)(\d+)_")


def tests():
    for path in sorted(pathlib.Path("test/host").glob("virtio_*_test.c")):
        yield from RUN.findall(path.read_text())


def table():
    items = {}
    for line in TABLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        item, rest = line.split(maxsplit=1)
        reason = rest[2:] if rest.startswith("- ") else ""
        items[item] = ([], reason) if reason else (rest.split(), "")
    return items


def problems():
    have, items = set(tests()), table()
    wanted = {f"{k}-{n}" for k, last in APPLY.items() for n in range(1, last + 1)}
    for item in sorted(wanted ^ set(items)):
        yield f"{item}: {'missing' if item in wanted else 'unknown item'}"
    for item, (names, reason) in items.items():
        for name in names:
            if name not in have:
                yield f"{item}: no test {name}"
        if not names and not reason:
            yield f"{item}: neither test nor reason"
    for name in sorted(have):
        match = NAMED.match(name)
        if match:
            item = f"{match[1].upper()}-{match[2]}"
            if name not in items.get(item, ([], ""))[0]:
                yield f"{item}: {name} is not listed"


def main():
    found = list(problems())
    for line in found:
        print(f"{TABLE}: {line}")
    sys.exit(bool(found))


main()
