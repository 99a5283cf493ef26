# SPDX-License-Identifier: BSD-2-Clause
"""What the commands say that change a FAT volume, when they cannot."""

import struct

from test_fatwrite import ADDR, DATA, MIB, make, source, start  # noqa: F401 (fixtures)


def test_messages(start, work):
    """They name the path that is wrong, and nothing in it reaches the terminal."""
    image = make(work / "d.img", 16, 20 * MIB, files=[("F", b"file"), ("LOOP", DATA[:5000])])
    b = bytearray(image.read_bytes())
    reserved, = struct.unpack_from("<H", b, 14)
    fat, = struct.unpack_from("<H", b, 22)
    at = b.index(b"LOOP    ")
    first, = struct.unpack_from("<H", b, at + 26)
    for i in range(2):
        struct.pack_into("<H", b, (reserved + i * fat) * 512 + first * 2, first)
    image.write_bytes(b)
    m = start(image)
    m.ok("mkdir virtio 0 /d")
    a = f"{ADDR:x}"
    for line, text in (
            ("mv virtio 0 / x", "mv: virtio 0 /: the path ends in no name that could go"),
            ("mv virtio 0 /loop /d", "mv: virtio 0 /loop: a chain is a loop"),
            ("mv virtio 0 /no /d", "mv: virtio 0 /no: not found"),
            ("mv virtio 0 /f /no/x", "mv: virtio 0 /no: not found"),
            ("mv virtio 0 /d/f/g /x", "mv: virtio 0 /d/f: not found"),
            ("mv virtio 0 /f ''", "mv: virtio 0 : the name is empty"),
            ("mkdir virtio 0 /x/y", "mkdir: virtio 0 /x: not found"),
            ("mkdir virtio 0 /d//x/y/z", "mkdir: virtio 0 /d//x: not found"),
            ("touch virtio 0 /f/x/y", "touch: virtio 0 /f: not a directory"),
            ("touch virtio 0 /f/", "touch: virtio 0 /f/: not a directory"),
            ("ls virtio 0 /x/y", "ls: virtio 0 /x: not found"),
            (f"load virtio 0 {a} /d/x", "load: virtio 0 /d/x: not found"),
            (f"load virtio 0 {a} /e/x", "load: virtio 0 /e: not found"),
            (f"save virtio 0 {a} new2/ 9",
             "save: virtio 0 new2/: a slash ends the name of a directory"),
            (f"save virtio 0 {a} '' 9", "save: virtio 0 : the name is empty"),
            (f"save virtio 0 {a} / 9", "save: virtio 0 /: is a directory")):
        m.fails(line, text)
    m.ok("mw.l 40400000 5d1b3d78; mw.l 40400004 1b073b32; mw.l 40400008 009c6863; "
         "env import -t 40400000 b")     # x=ESC]2;BELESCch
    for line in ("mkdir virtio 0 $x/y", "mkdir virtio 0 $x", "rm virtio 0 $x", "mv virtio 0 $x y",
                 "mv virtio 0 f $x", "touch virtio 0 $x", "ls virtio 0 $x", "size virtio 0 $x",
                 f"load virtio 0 {a} $x", f"save virtio 0 {a} $x 9", "ls $x 0", "ls virtio $x",
                 "ls virtio 0:$x", "rm virtio $x:1 y", "cat virtio 0 $x"):
        out = m.fails(line)
        assert "]2;??c" in out and "\x1b" not in out and "\x07" not in out, (line, out)
