# SPDX-License-Identifier: BSD-2-Clause
"""source: script images, made here, loaded from a FAT disk."""

import struct
import zlib

import pytest

from vireo import tool

ADDR = 0x40200000                       # $loadaddr
RUNS = f"## Executing script at {ADDR:08x}\n"
WRONG = 'Wrong image format for "source" command\n'


def image(*scripts, kind=6, comp=0):
    """What mkimage -T script makes of these texts."""
    texts = [s.encode() for s in scripts]
    data = b"".join(struct.pack(">I", len(t)) for t in texts) + bytes(4) \
        + b"".join(texts)
    head = struct.pack(">7I4B32s", 0x27051956, 0, 1700000000, len(data), 0, 0,
                       zlib.crc32(data), 5, 22, kind, comp, b"boot script")
    return head[:4] + struct.pack(">I", zlib.crc32(head)) + head[8:] + data


MAIN = """\
# what a boot.scr looks like
setenv where disk   # a comment behind
local='two  words'
echo from $where && echo "$local"
false || echo not \\
  cut

test -n "$nosuch" && echo no
load virtio 0 $fileaddr inner.scr && source
echo inner gave $?
nosuch
"""
INNER = "echo loaded over the outer one; false; exit 1; echo no"


@pytest.fixture
def m(machine, work):
    disk = work / "disk"
    disk.write_bytes(bytes(8 << 20))
    tool("mformat", "-i", disk, "-h", "16", "-t", "32", "-s", "32", "::")
    for name, data in {
            "boot.scr": image(MAIN), "inner.scr": image(INNER),
            "good.scr": image("echo good"), "two.scr": image("true", "false"),
            "self.scr": image("source; source"), "none.scr": image("# none"),
            "parse.scr": image("echo no\necho 'open"),
            "empty.scr": image(), "kernel": image("x", kind=2),
            "packed": image("x", comp=1), "cut": image("x" * 99)[:-9],
            "plain": b"echo just text, as typed, without any header at all\n",
            "fit": b"\xd0\x0d\xfe\xed" + bytes(100)}.items():
        (work / name).write_bytes(data)
        tool("mcopy", "-i", disk, work / name, f"::{name}")
    return machine(disks=[disk])


def source(m, name, addr=""):
    """Load it and run it; rc and output of source alone."""
    m.ok(f"mw.l {ADDR:x} 0 100; load virtio 0 {ADDR:x} {name}")
    return m.cmd(f"source {addr}")


def test_script(m):
    r = source(m, "boot.scr")
    out = r.out.split("\n")
    assert "bytes read in" in out.pop(4)
    assert "\n".join(out) == (
        RUNS + "from disk\ntwo  words\nnot cut\n" + RUNS
        + "loaded over the outer one\ninner gave 1\n"
        "Unknown command 'nosuch' - try 'help'\n")
    assert r.rc == 1


def test_results(m):
    for name, rc, out in (
            ("good.scr", 0, "good\n"), ("two.scr", 0, ""), ("none.scr", 0, ""),
            ("inner.scr", 1, "loaded over the outer one\n"),
            ("parse.scr", 1, "syntax error: quote is not closed\n"),
            # 32 run inside each other; the 33rd says so and is refused
            ("self.scr", 1, RUNS * 32
             + "shell: more than 32 texts inside each other\n")):
        r = source(m, name, f"{ADDR:x}")
        assert (r.rc, r.out) == (rc, RUNS + out), name
    # loadaddr when nothing was loaded
    m.ok("setenv fileaddr; load virtio 0 $loadaddr good.scr; setenv fileaddr")
    assert m.ok("source") == RUNS + "good\n"


@pytest.mark.parametrize("name,reason", [
    ("empty.scr", "empty script"), ("kernel", "image of type 2, not a script"),
    ("packed", "compressed script, not supported"),
    ("cut", "bad data checksum"), ("fit", "FIT is not supported yet"),
    ("plain", "no image header: mkimage -T script makes one")])
def test_other_files(m, name, reason):
    r = source(m, name)
    assert r.rc == 1
    assert r.out == WRONG + f"source: {ADDR:#x}: {reason}\n"


def test_every_byte_of_the_header(m):
    """One byte wrong at a time, then right again."""
    good = image("echo good")
    m.ok(f"load virtio 0 {ADDR:x} good.scr")
    for i in range(len(good)):
        what = ("no image header" if i < 4 else "bad header checksum"
                if i < 64 else "bad data checksum")
        out = m.run(f"mw.b {ADDR + i:x} {good[i] ^ 0x41:x}; source; "
                    f"mw.b {ADDR + i:x} {good[i]:x}")
        assert out.startswith(WRONG + f"source: {ADDR:#x}: {what}"), i
    assert m.ok("source") == RUNS + "good\n"


def test_not_ram(m):
    for addr in ("0", "9000000", "3fffffff", "5fffffe0", "60000000",
                 "ffffffffffffffff"):
        assert m.fails(f"source {addr}") == WRONG \
            + f"source: 0x{addr}: not RAM\n"
    m.fails("source zz", "'zz' is not a number")
    m.fails("source 1 2", "Usage:")
    # a size past the end of memory: not believed, even with a good checksum
    head = bytearray(image("x")[:64])
    head[4:8], head[12:16] = bytes(4), b"\xff\xff\xff\xff"
    head[4:8] = struct.pack(">I", zlib.crc32(head))
    m.ok("; ".join(f"mw.b {ADDR + i:x} {b:x}" for i, b in enumerate(head)))
    m.fails("setenv fileaddr; source", "0xffffffff bytes of data: longer than "
            "memory")
