# SPDX-License-Identifier: BSD-2-Clause
"""A directory with thousands of files, which mtools would take minutes to make: its
entries are written as a file's contents, and the file is then made a directory."""

import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "images"))

from fragment import Fat, chain_of                  # noqa: E402
from vireo import tool                              # noqa: E402


def short_entry(name, attr, cluster, size):
    return name.encode().ljust(11) + struct.pack(
        "<B8xH4xHI", attr, cluster >> 16, cluster & 0xffff, size)


def entries(name, short, cluster, size):
    """A long name's entries, the last part first, and the short one's."""
    check = 0
    for byte in short.encode():
        check = ((check & 1) << 7) + (check >> 1) + byte & 0xff
    units = name + "\0" * (len(name) % 13 != 0)
    parts = [units[i:i + 13].encode("utf-16-le").ljust(26, b"\xff")
             for i in range(0, len(units), 13)]
    out = b""
    for i in reversed(range(len(parts))):
        p, last = parts[i], 0x40 * (i == len(parts) - 1)
        out += struct.pack("<B10sBBB12sH4s", i + 1 | last, p[:10], 0x0f, 0, check,
                           p[10:22], 0, p[22:])
    return out + short_entry(short, 0x20, cluster, size)


def crowd(image, base, name, count, last):
    """A directory `name` in the root of the FAT32 volume at `base`: `count` empty files,
    and one behind them, which is the file `last`, so far in the root."""
    volume = f"{image}@@{base}"
    cluster, size = chain_of(volume, last)[0], 4096
    body = b"".join(entries(f"an-empty-file-{i:05}.txt", f"AN{i:06}TXT", 0, 0)
                    for i in range(count))
    body += entries(last, "LAST~1  BIN", cluster, size)
    path = Path(f"{image}.crowd")
    path.write_bytes(bytes(64) + body)
    tool("mcopy", "-i", volume, path, "::" + name)
    path.unlink()
    first = chain_of(volume, name)[0]
    with open(image, "r+b") as f:
        fat = Fat(f, base)
        root = bytearray(fat.get_cluster(2))
        for at in range(0, len(root), 32):
            if root[at + 11] == 0x20 and root[at:at + 11].decode().rstrip() == name.upper():
                root[at + 11] = 0x10
                root[at + 28:at + 32] = bytes(4)
            elif root[at + 11] == 0x20 and struct.unpack_from("<H", root, at + 26)[0] == cluster:
                root[at] = 0xe5
        fat.put_cluster(2, root)
        head = fat.get_cluster(first)
        fat.put_cluster(first, short_entry(".", 0x10, first, 0)
                        + short_entry("..", 0x10, 0, 0) + head[64:])
