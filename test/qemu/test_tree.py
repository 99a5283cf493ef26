# SPDX-License-Identifier: BSD-2-Clause
"""Device trees of every kind: the firmware comes to its prompt, or says in
words why it does not, within seconds and on the known UART.

A tree is put where the firmware looks for it by starting QEMU with an ELF made
here: one segment is the firmware, the other any bytes at the start of RAM.
"""

import random
import re
import struct
import subprocess
import time

import pytest

from vireo import OUT, tool

RAM = 0x40000000
LINK = 0x40200000
MIB = 1 << 20
FDT_PROP, FDT_NOP, FDT_END = 3, 4, 9


def elf(path, *segments, entry=LINK):
    """An ELF file of (address, bytes) segments."""
    offset = 64 + 56 * len(segments)
    head, body = b"", b""
    for addr, data in segments:
        head += struct.pack("<IIQQQQQQ", 1, 7, offset + len(body), addr, addr,
                            len(data), len(data), 1)
        body += data
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 183, 1, entry, 64, 0, 0, 64, 56, len(segments),
        0, 0, 0) + head + body)
    return path


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """A function: QEMU's own tree for these options, as dts."""
    folder = tmp_path_factory.mktemp("dtb")
    known = {}

    def dts(*options):
        if options not in known:
            path = folder / "qemu.dtb"
            subprocess.run(["qemu-system-aarch64", "-M",
                            f"virt,dumpdtb={path}", "-cpu", "cortex-a57",
                            "-m", "512M", "-nodefaults", "-display", "none",
                            *options], check=True, capture_output=True,
                           timeout=60)
            known[options] = tool("dtc", "-q", "-I", "dtb", "-O", "dts", path)
        return known[options]

    return dts


def compiled(work, text):
    (work / "t.dts").write_text(text)
    tool("dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", work / "t.dtb",
         work / "t.dts")
    return (work / "t.dtb").read_bytes()


@pytest.fixture
def start(machine, work):
    """A function that starts the firmware on tree bytes; returns the machine
    and what it said until the prompt or the end."""
    def go(tree, **config):
        image = (OUT / "vireo.bin").read_bytes()
        path = elf(work / "t.elf", (LINK, image), (RAM, tree))
        m = machine(start="kernel", firmware=path, wait=False, **config)
        m.expect([r"(?:(?<=\n)|(?<=\r))=> \Z", "Vireo: stopped\r\n"],
                 timeout=10)
        return m, m.log_path.read_text(errors="replace").replace("\r", "")
    return go


def at_prompt(m):
    return m.which == 0


def reason(m, text):
    """It stopped, and this is why: the last line but one."""
    assert not at_prompt(m), text
    line = text.strip().split("\n")[-2]
    assert line.startswith("Vireo: "), text
    return line


def test_as_it_is(start, trees, work):
    m, text = start(compiled(work, trees()))
    assert at_prompt(m)
    assert re.fullmatch(r"\nVireo [^\n]+\n\n=> ", text)


@pytest.mark.parametrize("tree,why", [
    (b"\0" * 64, "there is none at RAM base; with -dtb use -kernel vireo.bin"),
    (b"\xd0\x0d\xfe\xed" + b"\0" * 60, "its header is damaged"),
    (b"\xd0\x0d\xfe\xed" + b"\xff" * 60, "its header is damaged"),
    (random.Random(1).randbytes(4096), "there is none at RAM base; with -dtb use -kernel vireo.bin"),
], ids=["zeros", "magic", "ones", "random"])
def test_none(start, tree, why):
    m, text = start(tree)
    assert reason(m, text) == f"Vireo: no device tree: {why}"


def header(tree, **fields):
    names = ("magic", "totalsize", "struct", "strings", "rsvmap", "version",
             "last", "cpu", "strings_size", "struct_size")
    words = dict(zip(names, struct.unpack_from(">10I", tree)))
    words.update(fields)
    return struct.pack(">10I", *words.values()) + tree[40:]


def test_sizes(start, trees, work):
    tree = compiled(work, trees())
    m, text = start(header(tree, totalsize=len(tree) - 500))
    assert "device tree" in reason(m, text)
    m, text = start(header(tree, totalsize=5 * MIB))
    assert "larger than 4 MiB" in reason(m, text)
    m, text = start(tree[:len(tree) // 2])
    assert "device tree" in reason(m, text)
    # 4 MiB of room is fine, 300 KiB of contents is not.
    assert at_prompt(start(header(tree, totalsize=4 * MIB))[0])
    text = trees().replace("chosen {", 'chosen { vireo,junk = "'
                           + "x" * 300000 + '";')
    m, text = start(compiled(work, text))
    assert "too large" in reason(m, text)


@pytest.mark.parametrize("mib,why", [(1, None), (3, "it is larger than 4 MiB")])
def test_given_by_dtb(machine, trees, work, mib, why):
    """QEMU doubles what -dtb names, and x0 says where it is."""
    tree = compiled(work, trees())
    (work / "own.dtb").write_bytes(
        header(tree, totalsize=mib * MIB).ljust(mib * MIB, b"\0"))
    m = machine(start="kernel", firmware=OUT / "vireo.bin", wait=False,
                args=["-dtb", str(work / "own.dtb")])
    m.expect([r"(?:(?<=\n)|(?<=\r))=> \Z", "Vireo: stopped\r\n"], timeout=10)
    text = m.log_path.read_text(errors="replace").replace("\r", "")
    assert at_prompt(m) is not bool(why), text
    if why:
        assert reason(m, text) == f"Vireo: no device tree: {why}"


def test_other_layout(start, trees, work):
    """Blocks in another order are as good: strings, structure, reservations."""
    t = compiled(work, trees())
    w = struct.unpack_from(">10I", t)
    rsv, struc, strs = (t[w[4]:w[4] + 16], t[w[2]:w[2] + w[9]],
                        t[w[3]:w[3] + w[8]])
    pad = bytes(-len(strs) % 8)
    at = 40 + len(strs) + len(pad)
    end = at + len(struc) + (-len(struc) % 8)
    body = strs + pad + struc + bytes(-len(struc) % 8) + rsv
    m, text = start(header(t, struct=at, strings=40, rsvmap=end,
                           totalsize=end + 16)[:40] + body)
    assert at_prompt(m), text
    m.ok("fdt addr $fdtcontroladdr; fdt print /chosen")


def test_flips(start, trees, work):
    """Bits of the header and the structure, wherever they hit."""
    tree = compiled(work, trees())
    rng = random.Random(3)
    w = struct.unpack_from(">10I", tree)
    places = [i * 4 + 3 for i in range(10)] + [0, 4, 9] + \
        [rng.randrange(w[2], w[2] + w[9]) for _ in range(25)] + \
        [rng.randrange(w[3], w[3] + w[8]) for _ in range(6)]
    stopped = 0
    for at in places:
        bad = bytearray(tree)
        bad[at] ^= 1 << rng.randrange(8)
        m, text = start(bytes(bad))
        if not at_prompt(m):
            stopped += 1
            assert re.search(r"^(Vireo: .*: |\*\*\* )", text, re.M), text
        else:
            m.ok("bdinfo; virtio list")
        m.close()
    assert 5 < stopped < len(places)


# name: what to replace in the dts, by what, what is expected: a reason to
# stop, or a line before the prompt ("" for none)
MEMORY = r"(?s)memory@40000000 \{.*?\};"
REG = r"(memory@40000000 \{[^}]*?reg = )<[^>]*>"


def memory(*pairs):
    return REG, r"\1<" + " ".join(
        f"{v >> 32:#x} {v & 0xffffffff:#x}" for p in pairs for v in p) + ">"


def virtio(*slots):
    """The tree's slots replaced."""
    nodes = "".join(
        f'v{i}@1 {{ compatible = "virtio,mmio"; reg = <{a >> 32:#x} '
        f'{a & 0xffffffff:#x} {s >> 32:#x} {s & 0xffffffff:#x}>; }};\n'
        for i, (a, s) in enumerate(slots))
    return r"(?s)virtio_mmio@a000000.*?virtio_mmio@a003e00 \{.*?\};", nodes


def cells(*values):
    return " ".join(f"{v >> 32:#x} {v & 0xffffffff:#x}" for v in values)


def pci_reg(base, size):
    return (r"(pcie@10000000 \{[^}]*?\sreg = )<[^>]*>",
            rf"\1<{cells(base, size)}>")


def pci_ranges(*windows):
    """(kind, PCI address, CPU address, size) each"""
    return (r"(pcie@10000000 \{[^}]*?\sranges = )<[^>]*>", r"\1<" + " ".join(
        f"{kind << 24:#x} {cells(*rest)}" for kind, *rest in windows) + ">")


GOOD = (RAM, 512 * MIB)
TREES = {
    "no memory": (MEMORY, "", "no usable memory node", True),
    "no reg": (r"(memory@40000000 \{[^}]*?)reg = <[^>]*>;", r"\1",
               "no usable memory node", True),
    "size 0": (*memory((RAM, 0)), "no usable memory node", True),
    "wraps": (*memory((RAM, (1 << 64) - 1)), "wraps", True),
    "wraps and good": (*memory((1 << 63, 1 << 63), GOOD),
                       "memory at 0x8000000000000000, size "
                       "0x8000000000000000: wraps", False),
    "beyond 2^40": (*memory((1 << 40, MIB), GOOD), "not usable", False),
    "into 2^40": (*memory((RAM, 1 << 41)), "used in part", True),
    "over devices": (*memory((0, RAM + 512 * MIB)), "used in part", False),
    "below RAM only": (*memory((0, RAM)), "not usable", True),
    "unaligned": (*memory((RAM + 1, 512 * MIB)), "used in part", False),
    "tiny": (*memory((RAM, 15 * MIB)), "not enough RAM", True),
    "1 byte": (*memory((RAM, 1)), "not usable", True),
    "overlapping": (*memory((RAM, 256 * MIB), (RAM + MIB, 511 * MIB), GOOD),
                    "", False),
    "20 adjoining": (*memory(*((RAM + i * 16 * MIB, 16 * MIB)
                               for i in range(20))), "", False),
    "20 apart": (*memory(*((RAM + i * 24 * MIB, 20 * MIB)
                           for i in range(20))), "one bank too many", False),
    "top not there": (*memory(GOOD, (0x100000000, 64 * MIB)),
                      "there is no RAM", True),
    "half cells": (*memory(GOOD, (0,)), "", False),
    "cells": (r"#address-cells = <0x0?2>", "#address-cells = <1>",
              "#address-cells", True),
    "memory disabled": (r"(memory@40000000 \{)", r'\1 status = "disabled";',
                        "no usable memory node", True),
    "status not text": (r"(pl011@9000000 \{)", r"\1 status = <0xffffffff>;",
                        "", False),
    "no virtio": (*virtio(), "", False),
    "virtio hole": (*virtio((0xb000000, 0x200), (0xa000000, 0x200)),
                    "virtio-mmio slot 32768 at 0xb000000: no device", False),
    "virtio odd": (*virtio((0xa000003, 0x200)), "no place for reg", False),
    "virtio tiny": (*virtio((0xa000000, 1)), "no place for reg", False),
    "virtio size 0": (*virtio((0xa000000, 0)), "no place for reg", False),
    "virtio wraps": (*virtio(((1 << 64) - 0x200, 0x200)), "no place", False),
    "virtio far": (*virtio((0xffffff0000, 0x200), (0xa000000, 0x200)),
                   "no device registers", False),
    "virtio twice": (*virtio(*[(0xa000000, 0x200)] * 3), "overlaps another",
                     False),
    "virtio in RAM": (*virtio((RAM + 8 * MIB, 0x200)), "no device", False),
    "virtio is flash": (*virtio((0, 0x200)), "no place for reg", False),
    "80 slots": (*virtio(*((0xa000000 + i * 0x80, 0x80) for i in range(80))),
                 "one slot too many", False),
    "64 places": (*virtio(*((0x200000000 + i * 0x200000, 0x200)
                            for i in range(64))), "memory map", True),
    "no PCI": (r"(?s)pcie@10000000 \{.*?\};", "", "", False),
    "PCI disabled": (r"(pcie@10000000 \{)", r'\1 status = "disabled";', "", False),
    "PCI hole": (*pci_reg(0xb000000, 256 * MIB), "PCI: data abort", False),
    "PCI in RAM": (*pci_reg(RAM + 8 * MIB, MIB), "PCI at 0x40800000, size "
                   "0x100000: overlaps RAM", False),
    "PCI is flash": (*pci_reg(0, MIB), "no place for reg", False),
    "PCI wraps": (*pci_reg((1 << 64) - MIB, 2 * MIB), "no place for", False),
    "PCI small": (*pci_reg(0x4010000000, MIB - 4096), "no room for a bus",
                  False),
    "PCI one bus": (*pci_reg(0x4010000000, MIB), "", False),
    "PCI odd": (*pci_reg(0x4010000008, MIB), "no room for a bus", False),
    "PCI buses back": (r"bus-range = <[^>]*>", "bus-range = <5 4>",
                       "no room for a bus", False),
    "PCI buses huge": (r"bus-range = <[^>]*>", "bus-range = <0 0xffffffff>",
                       "", False),
    "PCI buses odd": (r"bus-range = <[^>]*>", "bus-range = <1>", "", False),
    "PCI no ranges": (r"(pcie@10000000 \{[^}]*?)\sranges = <[^>]*>;", r"\1",
                      "", False),
    "PCI windows in RAM": (*pci_ranges((1, 0, RAM, 0x10000),
                                       (2, 0x10000000, RAM, MIB)),
                           "PCI window at 0x40000000, size 0x10000: overlaps "
                           "RAM", False),
    "PCI window wraps": (*pci_ranges((2, 0xfffff000, 0x10000000, 0x2000)),
                         "PCI window", False),
    "PCI window far": (*pci_ranges((3, 0, (1 << 40) - MIB, 2 * MIB)),
                       "PCI window", False),
    "PCI window odd": (*pci_ranges((2, 0x10000001, 0x10000000, MIB)),
                       "PCI window", False),
    "PCI window is flash": (*pci_ranges((2, 0x1000000, 0x1000000, MIB)),
                            "PCI window", False),
    "PCI I/O huge": (*pci_ranges((1, 0, 0x3eff0000, 1 << 32)), "PCI window",
                     False),
    "stdout nowhere": (r'stdout-path = "[^"]*"', 'stdout-path = "/uart@1"',
                       "", False),
    "no stdout": (r'stdout-path = "[^"]*";', "", "", False),
    "stdout ends not": (r'stdout-path = "[^"]*"', "stdout-path = [2f 70]",
                        "", False),
    "stdout options": (r'stdout-path = "([^"]*)"',
                       r'stdout-path = "\1:115200n8"', "", False),
    "stdout no UART": (r"(pl011@9000000 \{[^}]*?reg = )<[^>]*>",
                       r"\1<0 0x9010000 0 0x1000>", "not a PL011", False),
    "stdout hole": (r"(pl011@9000000 \{[^}]*?reg = )<[^>]*>",
                    r"\1<0 0xb000000 0 0x1000>", "not a PL011", False),
    "stdout in RAM": (r"(pl011@9000000 \{[^}]*?reg = )<[^>]*>",
                      r"\1<0 0x48000000 0 0x1000>", "not a PL011", False),
    "no chosen": (r"(?s)chosen \{.*?\};", "", "", False),
    "initrd nowhere": (r"chosen \{", "chosen { linux,initrd-start = <1>; "
                       "linux,initrd-end = <0x7fffffff>;", "ramdisk", False),
    "initrd backwards": (r"chosen \{", "chosen { linux,initrd-start = "
                         "<0x50000000>; linux,initrd-end = <0x48000000>;",
                         "ramdisk", False),
    "initrd everywhere": (r"chosen \{", "chosen { linux,initrd-start = "
                          "<0x40000000>; linux,initrd-end = <0x60000000>;",
                          "not enough RAM", True),
    "initrd odd cells": (r"chosen \{", "chosen { linux,initrd-start = [00]; "
                         "linux,initrd-end = [];", "", False),
    "fw_cfg hole": (r"(fw-cfg@9020000 \{[^}]*?reg = )<[^>]*>",
                    r"\1<0 0xb000000 0 0x18>", "fw_cfg at 0xb000000", False),
    "fw_cfg RAM": (r"(fw-cfg@9020000 \{[^}]*?reg = )<[^>]*>",
                   r"\1<0 0x48000000 0 0x18>", "", False),
    "RTC hole": (r"(pl031@9010000 \{[^}]*?reg = )<[^>]*>",
                 r"\1<0 0xb000000 0 0x1000>", "RTC at 0xb000000: not a PL031", False),
    "RTC small": (r"(pl031@9010000 \{[^}]*?reg = )<[^>]*>",
                  r"\1<0 0x9010000 0 8>", "no place for registers", False),
}


@pytest.mark.parametrize("name", TREES)
def test_tree(start, trees, work, name):
    find, put, says, stops = TREES[name]
    text, n = re.subn(find, put, trees(), count=1)
    assert n == 1
    m, text = start(compiled(work, text))
    assert "***" not in text
    assert says in text
    assert text.count("\n") < 100
    assert stops != at_prompt(m), text
    if stops:
        reason(m, text)
    else:
        m.ok("bdinfo")
        m.ok("virtio list" if m.cmd("virtio list").rc == 0 else "true")


def test_psci(start, trees, work):
    """No conduit, or the wrong one: reset and poweroff say so."""
    for find, put in ((r"(?s)\tpsci \{.*?\};", ""),
                      (r'method = "hvc"', 'method = "no"'),
                      (r'method = "hvc"', 'method = "smc"')):
        text, n = re.subn(find, put, trees(), count=1)
        assert n == 1
        m, _ = start(compiled(work, text))
        assert at_prompt(m)
        for command in ("reset", "poweroff"):
            out = m.fails(command)
            assert "PSCI" in out or "smc instruction" in out or \
                "undefined instruction" in out
        m.close()


@pytest.mark.parametrize("put,says,factor", [
    ("", "", 1),
    ("clock-frequency = <125000000>;", "", 2),
    ("clock-frequency = <0>;", "timer: bad clock-frequency", 1),
    ("clock-frequency = <0 125000000>;", "timer: bad clock-frequency", 1),
    ("clock-frequency = [00];", "timer: bad clock-frequency", 1),
    ('status = "disabled"; clock-frequency = <125000000>;',
     "no timer in use, CNTFRQ_EL0 is used", 1),
], ids=["none", "twice", "0", "u64", "1 byte", "disabled"])
def test_timer(start, trees, work, put, says, factor):
    """QEMU counts 62.5 MHz. A second of twice as many ticks takes two."""
    text, n = re.subn(r"\ttimer \{", r"\g<0> " + put, trees(), count=1)
    assert n == 1
    # any of the compatible strings will do
    text, n = re.subn(r'"arm,armv8-timer[^;]*',
                      '"x,y", "arm,armv7-timer", "arm,armv8-timer"', text)
    assert n == 1
    m, text = start(compiled(work, text))
    assert at_prompt(m)
    lines = text.strip().splitlines()[1:-1]
    assert [line for line in lines if line] == \
        ([f"device tree: {says}" + ("" if says.endswith("used") else
                                    ", CNTFRQ_EL0 is used")] if says else [])
    begin = time.monotonic()
    m.ok("sleep 1")
    took = time.monotonic() - begin
    assert factor <= took + 0.05 < factor + 0.9


def test_no_timer(start, trees, work):
    text, n = re.subn(r"(?s)\ttimer \{.*?\};", "", trees(), count=1)
    assert n == 1
    m, text = start(compiled(work, text))
    assert "device tree: no timer in use, CNTFRQ_EL0 is used\n" in text
    assert at_prompt(m)
    m.ok("sleep 0.1")


def test_two_uarts(start, trees, work):
    """The console is where stdout-path points, if a UART is there."""
    find = r"(pl011@9000000 \{[^}]*?reg = )<[^>]*>"
    m, text = start(compiled(work, re.sub(find, r"\1<0 0x9000000 0 0x1000>",
                                          trees())))
    assert at_prompt(m)
    m.ok("version")


@pytest.mark.parametrize("at", [0, 8, RAM - 8, RAM + 4, RAM + 0x100000,
                                0xb000000, 1 << 39, (1 << 64) - 8])
def test_x0_is_nonsense(machine, work, at):
    """x0 that is no tree: the one at the start of RAM is taken."""
    # ldr x0, =at; ldr x1, =LINK; br x1
    code = struct.pack("<IIIIQQ", 0x58000080, 0x580000a1, 0xd61f0020,
                       0xd503201f, at, LINK)
    image = (OUT / "vireo.bin").read_bytes()
    path = elf(work / "t.elf", (LINK, image), (0x44000000, code),
               entry=0x44000000)
    m = machine(start="kernel", firmware=path)
    m.ok("bdinfo")


def test_no_clock(start, trees, work):
    """None in the tree: not a word about it until it is asked for."""
    m, text = start(compiled(work, trees().replace("arm,pl031", "acme,sundial")))
    assert at_prompt(m) and "RTC" not in text
    m.fails("date", "date: clock: no such device")
    m.fails("date reset", "date: clock: no such device")
