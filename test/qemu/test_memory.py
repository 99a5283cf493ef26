# SPDX-License-Identifier: BSD-2-Clause
"""The memory commands in the machine: what they print, what they refuse, and
that memory afterwards is what QEMU's own monitor says it is."""

import hashlib
import random
import re
import zlib

import pytest

RAM = 0x40000000
TOP = RAM + (512 << 20)                 # Machine's default memory
FREE = 0x48000000                       # free RAM, far from everything
HOLE = 0xB000000                        # nothing is there
UART = 0x9000000
VIRTIO = 0xA000000

DATA = random.Random(2).randbytes(300000)


@pytest.fixture
def m(machine, work):
    """A machine with DATA at FREE."""
    path = work / "data"
    path.write_bytes(DATA)
    return machine(args=["-device",
                         f"loader,file={path},addr={FREE:#x},force-raw=on"])


def firmware(m):
    """The lowest reserved address: a copy over everything is told of it."""
    out = m.fails(f"cp.b {RAM + 0x400000:x} {RAM + 0x8000000:x} "
                  f"{TOP - RAM - 0x8000000:x}", "firmware is there")
    return int(re.search(r"cp\.b: 0x([0-9a-f]+): firmware", out)[1], 16)


def dump(data, addr, unit):
    """The lines of md."""
    lines = []
    for i in range(0, len(data), 16):
        row = data[i:i + 16]
        hexes = "".join(" " + row[k:k + unit][::-1].hex()
                        for k in range(0, len(row), unit))
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        width = 16 // unit * (unit * 2 + 1)
        lines.append(f"{addr + i:08x}:{hexes:{width}}  {text}\n")
    return "".join(lines)


def test_md(m):
    for suffix, unit in ((".b", 1), (".w", 2), ("", 4), (".l", 4), (".q", 8)):
        for start in (0, 1, 6):
            for count in (1, 3, 0x11):
                out = m.ok(f"md{suffix} {FREE + start:x} {count:x}")
                want = DATA[start:start + count * unit]
                assert out == dump(want, FREE + start, unit)
        out = m.ok(f"md{suffix} {FREE:x}")
        assert out == dump(DATA[:0x40 * unit], FREE, unit)


def test_md_goes_on(m):
    first = m.run(f"md.b {FREE:x} 18")
    second = m.run("")
    third = m.run("")
    assert first == dump(DATA[:24], FREE, 1)
    assert second == dump(DATA[24:48], FREE + 24, 1)
    assert third == dump(DATA[48:72], FREE + 48, 1)


def test_mw(m):
    for line, offset, want in (
            ("mw %x deadbeef", 0, b"\xef\xbe\xad\xde"),
            ("mw.b %x 5a 7", 0x101, b"\x5a" * 7),
            ("mw.w %x 1234 3", 0x203, b"\x34\x12" * 3),
            ("mw.q %x 1122334455667788 2", 0x305,
             bytes.fromhex("8877665544332211") * 2),
            ("mw %x 11223344 40000", 0x10000, b"\x44\x33\x22\x11" * 0x40000)):
        base = FREE + 0x100000
        before = m.memory(base + offset - 16, len(want) + 32)
        assert m.ok(line % (base + offset)) == ""
        after = m.memory(base + offset - 16, len(want) + 32)
        assert after == before[:16] + want + before[-16:]


def test_cp_and_cmp(m):
    n = len(DATA)
    assert m.ok(f"cp.b {FREE:x} {FREE + 0x100003:x} {n:x}") == ""
    assert m.memory(FREE + 0x100003, n) == DATA
    assert m.ok(f"cmp.b {FREE:x} {FREE + 0x100003:x} {n:x}") == \
        f"Total of {n} byte(s) were the same\n"
    # Overlapping, both ways.
    m.ok(f"cp.b {FREE + 0x100003:x} {FREE + 0x100010:x} {n:x}")
    assert m.memory(FREE + 0x100010, n) == DATA
    m.ok(f"cp.b {FREE + 0x100010:x} {FREE + 0x100001:x} {n:x}")
    assert m.memory(FREE + 0x100001, n) == DATA
    m.ok(f"mw.b {FREE + 0x100001 + 0x40001:x} {DATA[0x40001] ^ 1:x}")
    out = m.fails(f"cmp.b {FREE:x} {FREE + 0x100001:x} {n:x}")
    a, b = DATA[0x40001], DATA[0x40001] ^ 1
    assert out == f"byte at 0x{FREE + 0x40001:016x} (0x{a:02x}) != " \
                  f"byte at 0x{FREE + 0x140002:016x} (0x{b:02x})\n" \
                  "Total of 262145 byte(s) were the same\n"


def test_digests(m):
    n = len(DATA)
    span = f"for {FREE:08x} ... {FREE + n - 1:08x} ==> "
    crc = zlib.crc32(DATA)
    assert m.ok(f"crc32 {FREE:x} {n:x}") == f"crc32 {span}{crc:08x}\n"
    m.ok(f"crc32 {FREE:x} {n:x} {FREE + 0x100000:x}")
    assert m.memory(FREE + 0x100000, 4) == crc.to_bytes(4, "big")
    for name in ("md5", "sha1", "sha256"):
        want = hashlib.new(name, DATA).hexdigest()
        line = f"{name} {span}{want}\n"
        assert m.ok(f"{name}sum {FREE:x} {n:x} sum") == line
        assert m.ok("echo $sum") == want + "\n"
        assert m.ok(f"hash {name} {FREE:x} {n:x} *{FREE + 0x100000:x}") == line
        assert m.memory(FREE + 0x100000, len(want) // 2).hex() == want
        assert m.ok(f"{name}sum -v {FREE:x} {n:x} sum") == ""
        assert m.ok(f"hash -v {name} {FREE:x} {n:x} {want}") == ""
        out = m.fails(f"{name}sum -v {FREE:x} {n - 1:x} sum", "** ERROR **")
        assert f" != {want} " in out
    assert m.ok(f"crc32 -v {FREE:x} {n:x} {crc:08x}") == ""
    m.fails(f"crc32 -v {FREE:x} {n:x} {crc ^ 1:08x}", "** ERROR **")
    m.fails(f"hash sha3 {FREE:x} 1", "Unknown hash algorithm 'sha3'")


def test_registers(m):
    # PL011's identification, and the first virtio slot's.
    assert m.ok(f"md {UART + 0xfe0:x} 4").startswith(
        "09000fe0: 00000011 00000010 00000014 00000000 ")
    assert m.ok(f"md.b {UART + 0xfe0:x} 1").startswith("09000fe0: 11 ")
    assert m.ok(f"md {VIRTIO:x} 2").startswith("0a000000: 74726976 00000001 ")
    # The UART's data register, by bytes; the newline is the raw one.
    assert m.ok(f"mw.b {UART:x} 41 3; mw.b {UART:x} a") == "AAA\n"
    for line in (f"cp {UART:x} {FREE:x} 1", f"cp {FREE:x} {VIRTIO:x} 1",
                 f"cmp {FREE:x} {UART:x} 1", f"crc32 {UART:x} 4",
                 f"md5sum {VIRTIO:x} 4"):
        m.fails(line, "not RAM")


def test_unmapped(m):
    for addr in (HOLE, TOP, RAM - 0x1000, 3 << 37, 1 << 40, 1 << 52, 1 << 63,
                 (1 << 64) - 0x1000):
        for line in (f"md {addr:x} 1", f"md.b {addr + 1:x} 1",
                     f"mw {addr:x} 0", f"nm {addr:x}", f"mm.q {addr:x}"):
            m.fails(line, line.split()[1])
        for line in (f"crc32 {addr:x} 4", f"cp {addr:x} {FREE:x} 1",
                     f"cp {FREE:x} {addr:x} 1", f"cmp {addr:x} {FREE:x} 1"):
            m.fails(line, f"{addr:x}: not RAM")
    assert m.memory(FREE, len(DATA)) == DATA


def test_fault_names_the_address(m):
    out = m.fails(f"md {HOLE:x}")
    assert "data abort: translation fault" in out and "0xb000000" in out
    out = m.fails(f"mw {HOLE + 8:x} 1")
    assert "writing 0xb000008" in out
    # flash is mapped read-only
    m.fails("mw 100000 1", "permission fault, writing 0x100000")


def test_reserved(m):
    fw = firmware(m)
    before = m.memory(fw, 4096)
    seen = set()
    for addr in range(fw, TOP, 0x10000):
        r = m.cmd(f"mw {addr:x} 0")
        assert r.rc == 1, hex(addr)
        seen.add(re.fullmatch(rf"mw: 0x{addr:x}: (.+) is there\n", r.out)[1])
        if addr > fw + 0x400000:
            break
    assert {"firmware", "device tree", "stack"} <= seen
    for line in (f"mw.b {fw - 1:x} 0 2", f"cp.b {FREE:x} {fw - 1:x} 2",
                 f"cp {FREE:x} {fw:x} 1", f"crc32 {FREE:x} 4 {fw:x}",
                 f"md5sum {FREE:x} 4 *{fw - 8:x}"):
        m.fails(line, f"0x{fw:x}: firmware is there")
    assert m.memory(fw, 4096) == before
    m.ok(f"mw.b {fw - 1:x} 0")
    # Reading is allowed.
    m.ok(f"md {fw:x} 4")
    m.ok(f"crc32 {fw:x} 1000")


def test_guard_page(m):
    """Below the stack nothing is mapped: a read of it ends the command only."""
    stack = next(a for a in range(firmware(m), TOP, 0x10000)
                 if "stack is there" in m.run(f"mw {a:x} 0"))
    while "stack is there" in m.run(f"mw {stack - 4096:x} 0"):
        stack -= 4096
    for line in (f"md {stack:x}", f"crc32 {stack:x} 10",
                 f"cp {stack:x} {FREE:x} 1", f"sha1sum {stack - 64:x} 80"):
        m.fails(line, f"translation fault, reading 0x{stack:x}")
    assert m.memory(FREE, len(DATA)) == DATA


def test_ranges(m):
    for line in ("mw %x 0 ffffffffffffffff", "mw %x 0 4000000000000000",
                 "md.b %x fffffffff0000000", "cp %x 50000000 4000000000000000",
                 "crc32 %x ffffffffffffffff", "cmp 50000000 %x 4000000000000001"):
        m.fails(line % FREE, "wraps past the top of memory")
    m.fails("md fffffffffffffff0", "wraps")
    m.fails(f"mw {TOP - 4:x} 0 2", "not all RAM")
    m.fails(f"crc32 {TOP - 4:x} 5", "not all RAM")
    m.fails(f"cp {TOP - 16:x} {FREE:x} 5", "not all RAM")
    m.fails(f"mw.b {RAM - 1:x} 0 2", "not RAM")
    m.fails(f"cp {FREE:x} {FREE + 64:x} 0", "zero length")
    m.fails(f"cmp {FREE:x} {FREE + 64:x} 0", "zero length")
    assert m.memory(FREE, len(DATA)) == DATA


BAD_INPUT = (
    ("md zz", "md: 'zz' is not a number"),
    ("md.q 48000000 -1", "md.q: '-1' is not a number"),
    ("mw 48000000", "Usage:\nmw "),
    ("mw 48000000 1 2 3", "mw - memory write (fill)\n\nUsage:\n"),
    ("mw.b 48000000 100", "mw.b: 100: does not fit 1 byte"),
    ("mw 0x 1", "mw: '0x' is not a number"),
    ("cp 48000000 48001000 1g", "cp: '1g' is not a number"),
    ("cp 48000000", "Usage:\ncp "),
    ("cmp 1", "Usage:\ncmp "),
    ("mm", "Usage:\nmm "),
    ("nm 1 2", "Usage:\nnm "),
    ("crc32 48000000", "Usage:\ncrc32 "),
    ("crc32 -v 48000000 1", "Usage:\ncrc32 "),
    ("crc32 48000000 11112222333344445", "is too large a number"),
    ("base xyz", "base: 'xyz' is not a number"),
    ("md.x 48000000", "Unknown command 'md.x' - try 'help'"),
)


def test_bad_input(m):
    for line, text in BAD_INPUT:
        m.fails(line, text)
    assert m.memory(FREE, len(DATA)) == DATA


def test_mm(m):
    at = FREE + 0x100000
    m.ok(f"mw {at:x} 0 10")
    m.send(f"mm {at:x}\r")
    for shown, typed in ((f"{at:08x}: 00000000 ? ", "11223344"),
                         (f"{at + 4:08x}: 00000000 ? ", ""),
                         (f"{at + 8:08x}: 00000000 ? ", "-"),
                         (f"{at + 4:08x}: 00000000 ? ", "zz"),
                         (f"{at + 4:08x}: 00000000 ? ", "ff"),
                         (f"{at + 8:08x}: 00000000 ? ", ".")):
        m.expect(re.escape(shown))
        m.send(typed + "\r")
    m.prompt()
    assert m.memory(at, 12) == bytes.fromhex("44332211ff00000000000000")
    m.send(f"nm.b {at:x}\r")
    m.expect(f"{at:08x}: 44 \\? ")
    m.send("7\r")
    m.expect(f"{at:08x}: 07 \\? ")
    m.send("\r")
    m.expect(f"{at:08x}: 07 \\? ")
    m.send("\x03")
    m.prompt()
    m.send(f"mm {at:x}\r")
    m.expect(f"{at:08x}: 11223307 \\? ")
    m.send("q\r")
    m.prompt()
    assert m.ok(f"md.b {at:x} 1").startswith(f"{at:08x}: 07 ")


def test_base(m):
    assert m.ok("base") == "Base Address: 0x00000000\n"
    assert m.ok(f"base {FREE:x}") == f"Base Address: 0x{FREE:08x}\n"
    assert m.ok("md.b 10 10") == dump(DATA[16:32], FREE + 16, 1)
    m.ok("cp.b 0 100000 20")
    assert m.memory(FREE + 0x100000, 32) == DATA[:32]
    assert f"==> {zlib.crc32(DATA):08x}" in m.ok(f"crc32 0 {len(DATA):x}")
    m.fails("md ffffffffffffff00", "wraps")
    m.ok("base 0")


def test_ctrlc(m):
    for line in ("md 48000000 1000000", "sha256sum 48000000 10000000",
                 "mw 48000000 0 4000000; mw 48000000 0 4000000; "
                 "sha256sum 48000000 10000000"):
        m.send(line + "\r")
        m.expect("\n")
        m.send("\x03")
        m.prompt(10)
        assert m.run("echo alive") == "alive\n"


def test_4gib(machine):
    """Lengths and addresses beyond 32 bits."""
    m = machine(mem="6G")
    m.ok("mw.b 13ffff000 77 2000")
    assert m.memory(0x13fffeff0, 0x2020) == \
        bytes(16) + b"\x77" * 0x2000 + bytes(16)
    m.ok("cp 13ffff000 100000000 800")
    assert m.memory(0x100000000, 0x2000) == b"\x77" * 0x2000
    assert m.ok("md.b 13ffff000 4").startswith("13ffff000: 77 77 77 77 ")
