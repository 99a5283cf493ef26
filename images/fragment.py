#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Scatter a file over the clusters it occupies in a FAT image.

    fragment.py [--run N] [--order interleave|reverse|shuffle] IMAGE FILE
    fragment.py [--run N] --among OTHER IMAGE FILE

IMAGE may have @@BYTES behind it, as mtools has it, to name a partition. The
file's contents stay the same; its chain then runs through its clusters in
another order, in pieces of N clusters (default 1): every second piece first,
then the rest ("interleave"), backwards, or shuffled (always the same way).
With OTHER, a second file, the
pieces of the two take turns, so that none of one file's adjoin.
The first piece stays in place, so the directory entry is untouched. mtools'
mshowfat tells where the file lies; fsck.fat finds nothing to say afterwards.
"""

import argparse
import random
import re
import struct
import subprocess


class Fat:
    """The file allocation tables and clusters of a FAT image."""

    def __init__(self, file, base):
        self.file = file
        self.base = base
        bpb = self.read(0, 512)
        bps, spc, reserved, copies, root, total16 = \
            struct.unpack_from("<HBHBHH", bpb, 11)
        size16, = struct.unpack_from("<H", bpb, 22)
        total32, size32 = struct.unpack_from("<II", bpb, 32)
        size = size16 or size32
        root_sectors = (root * 32 + bps - 1) // bps
        first = reserved + copies * size + root_sectors
        clusters = ((total16 or total32) - first) // spc
        self.bits = 12 if clusters < 4085 else 16 if clusters < 65525 else 32
        self.cluster = bps * spc
        self.data = first * bps
        self.tables = [(reserved + i * size) * bps for i in range(copies)]
        self.table = bytearray(self.read(self.tables[0], size * bps))

    def read(self, offset, count):
        self.file.seek(self.base + offset)
        return self.file.read(count)

    def write(self, offset, data):
        self.file.seek(self.base + offset)
        self.file.write(data)

    def get_cluster(self, n):
        return self.read(self.data + (n - 2) * self.cluster, self.cluster)

    def put_cluster(self, n, data):
        self.write(self.data + (n - 2) * self.cluster, data)

    def set_next(self, n, value):
        if self.bits == 32:
            old, = struct.unpack_from("<I", self.table, n * 4)
            value = old & 0xf0000000 | value & 0x0fffffff
            struct.pack_into("<I", self.table, n * 4, value)
        elif self.bits == 16:
            struct.pack_into("<H", self.table, n * 2, value & 0xffff)
        else:
            at = n + n // 2
            old, = struct.unpack_from("<H", self.table, at)
            value &= 0xfff
            both = old & 0x000f | value << 4 if n & 1 else old & 0xf000 | value
            struct.pack_into("<H", self.table, at, both)

    def flush(self):
        for t in self.tables:
            self.write(t, self.table)


def chain_of(image, name):
    """The clusters of a file, in order, as mtools sees them."""
    text = subprocess.run(["mshowfat", "-i", image, "::" + name], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    chain = []
    for first, last in re.findall(r"<(\d+)(?:-(\d+))?>", text):
        chain += range(int(first), int(last or first) + 1)
    return chain


def reorder(chain, run, order):
    """The same clusters in the order the file is to use them."""
    pieces = [chain[i:i + run] for i in range(0, len(chain), run)]
    head, rest = pieces[:1], pieces[1:]
    if order == "reverse":
        rest.reverse()
    elif order == "shuffle":
        random.Random(1).shuffle(rest)
    else:
        head, rest = pieces[0::2], pieces[1::2]
    return [n for piece in head + rest for n in piece]


def take_turns(a, b, run):
    """The clusters of both files, by turns a piece for one and for the other."""
    rest = sorted(a[run:] + b[run:])
    pieces = [rest[i:i + run] for i in range(0, len(rest), run)]
    new = [a[:run], b[:run]]
    for piece in pieces:
        short = [len(new[0]) < len(a), len(new[1]) < len(b)]
        turn = len(new[0]) >= len(new[1]) if all(short) else short[1]
        new[turn] += piece
    over = [new[0][len(a):], new[1][len(b):]]
    return [new[0][:len(a)] + over[1], new[1][:len(b)] + over[0]]


def move(fat, chains):
    """Give files, as (old, new) chains, other clusters, contents and all."""
    data = [[fat.get_cluster(n) for n in old] for old, _ in chains]
    for contents, (_, new) in zip(data, chains):
        for n, d in zip(new, contents):
            fat.put_cluster(n, d)
        for n, following in zip(new, new[1:] + [0x0fffffff]):
            fat.set_next(n, following)


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--run", type=int, default=1)
    args.add_argument("--order", default="interleave",
                      choices=["interleave", "reverse", "shuffle"])
    args.add_argument("--among", metavar="OTHER")
    args.add_argument("image")
    args.add_argument("file")
    args = args.parse_args()
    path, _, base = args.image.partition("@@")
    old = [chain_of(args.image, name)
           for name in (args.file, args.among) if name]
    new = (take_turns(*old, args.run) if args.among
           else [reorder(old[0], args.run, args.order)])
    with open(path, "r+b") as f:
        fat = Fat(f, int(base or 0))
        move(fat, list(zip(old, new)))
        fat.flush()


if __name__ == "__main__":
    main()
