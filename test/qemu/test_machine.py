# SPDX-License-Identifier: BSD-2-Clause
"""The machine: every way to start, RAM of every size, what memory allows, what
a program that misbehaves does, and the ways out."""

import hashlib
import itertools
import re
import socket
import struct
import time

import pytest

from test_tree import LINK, elf
from vireo import OUT, ROOT, Disk, comma, tool

RAM = 0x40000000
FREE = 0x48000000
HOLE = 0xb000000
MIB = 1 << 20


def reserved(m):
    """bdinfo's reservations, by name: (first byte, size)."""
    return {name: (int(a, 16), int(n, 16)) for a, n, name in re.findall(
        r"\[0x([0-9a-f]+)-0x[0-9a-f]+\], 0x([0-9a-f]+) bytes, (.+)",
        m.ok("bdinfo"))}


def banks(m):
    return [(int(a, 16), int(n, 16)) for a, n in re.findall(
        r"-> start +=* *0x([0-9a-f]+)\n-> size +=* *0x([0-9a-f]+)",
        m.ok("bdinfo"))]


# ---- the ways to start

@pytest.mark.parametrize("start,el,gic,cpu", itertools.product(
    ["bios", "kernel", "pflash"], [1, 2], [2, 3],
    ["cortex-a53", "cortex-a57", "cortex-a72", "max"]))
def test_start(machine, start, el, gic, cpu):
    m = machine(start=start, el=el, gic=gic, cpu=cpu, smp=gic * 2)
    assert f"entered at  = EL{el}" in m.ok("bdinfo")
    m.ok("sleep 0.01; virtio list")
    assert not m.stderr()


@pytest.mark.parametrize("smp", [1, 2, 8])
@pytest.mark.parametrize("el", [1, 2])
def test_secure_kernel(machine, smp, el):
    m = machine(start="kernel", secure=True, smp=smp, el=el)
    assert f"entered at  = EL{el}" in m.ok("bdinfo")
    m.send("reset\r")
    m.expect("resetting")
    m.prompt()


@pytest.mark.parametrize("start,el", itertools.product(["bios", "pflash"],
                                                       [1, 2]))
def test_secure_reset(machine, start, el):
    """EL3: one line from one core, RAM untouched."""
    m = machine(start=start, el=el, secure=True, smp=8, wait=False)
    m.expect(r"\AVireo: started at EL3 [^\r\n]* use -kernel, or "
             r"secure=off\r\n\Z")
    assert m.memory(RAM + 4 * MIB, MIB) == bytes(MIB)
    assert m.memory(LINK, MIB) == bytes(MIB)


def loaded(addr):
    return f"loader,file={comma(OUT)}/vireo.bin,addr={addr:#x}," \
           "force-raw=on,cpu-num=0"


@pytest.mark.parametrize("addr", [0x40000000 + 4 * MIB, 0x48001000,
                                  0x47fff000, 0x5ff00000, 0x40000000 + MIB])
def test_loader(machine, addr):
    """-device loader, at any 4 KiB."""
    m = machine(start="device", firmware=loaded(addr))
    assert banks(m) == [(RAM, 512 * MIB)]


@pytest.mark.parametrize("addr", [FREE + 8, LINK + 0x1000, LINK - 0x1000])
def test_loader_odd(machine, addr):
    m = machine(start="device", firmware=loaded(addr), wait=False)
    m.expect(r"\AVireo: started at an address that is neither [^\r\n]*\r\n\Z")


@pytest.mark.parametrize("mem,el", [
    ("128M", 1), ("129M", 2), ("255M", 1), ("1000M", 1), ("3G", 2),
    ("4095M", 1), ("16G", 1), ("64G", 2), ("250G", 1)])
def test_memory(machine, mem, el):
    m = machine(mem=mem, el=el, machine="memory-backend=ram", args=[
        "-object", f"memory-backend-ram,id=ram,size={mem},reserve=off"])
    size = int(mem[:-1]) << (30 if mem[-1] == "G" else 20)
    assert banks(m) == [(RAM, size)]
    where = reserved(m)
    assert where["firmware"][0] >= RAM + size - 18 * MIB
    last = sum(where["heap"]) - 4
    assert last >= RAM + size - 2 * MIB
    m.fails(f"mw {last:x} 0", "heap")
    m.fails(f"md {RAM + size:x} 1", "fault")
    low = where["firmware"][0] - 4
    m.ok(f"mw {low:x} 12345678; md {low:x} 1")


def test_memory_too_small(machine):
    m = machine(mem="16M", wait=False)
    m.expect(r"Vireo: not enough RAM: Vireo needs 128 MiB\r\n")


def numa(*sizes):
    args = []
    for i, mib in enumerate(sizes):
        args += ["-object", f"memory-backend-ram,id=m{i},size={mib}M,reserve=off",
                 "-numa", f"node,memdev=m{i},nodeid={i}"]
    return args


@pytest.mark.parametrize("sizes", [[256, 256], [128, 384], [32] * 16,
                                   [500, 6, 6]])
def test_numa(machine, sizes):
    """Banks that adjoin are one: a load may cross from one to the other."""
    m = machine(args=numa(*sizes))
    assert banks(m) == [(RAM, 512 * MIB)]
    edge = RAM + sizes[0] * MIB
    if sizes[0] != 500:
        m.ok(f"mw.b {edge - 8:x} 5a 10; cmp.b {edge - 8:x} {edge:x} 8")


def test_numa_linux(machine):
    m = machine(wait=False, env={"bootdelay": None}, smp=2, args=numa(256, 256),
                disks=[Disk(OUT / "disk.img", ro=True)])
    m.linux(90)
    assert m.sh("ls -d /sys/firmware/devicetree/base/memory*").count("@") == 2


@pytest.mark.parametrize("el", [1, 2])
def test_initrd(machine, work, el):
    """What -initrd gave is not written over, and ends where it ends."""
    data = bytes(range(251)) * 10000
    (work / "i").write_bytes(data)
    m = machine(start="kernel", el=el, args=["-initrd", work / "i"])
    at, size = reserved(m)["ramdisk"]
    assert size == len(data) and m.memory(at, size) == data
    for line in (f"mw.b {at:x} 0", f"mw.b {at + size - 1:x} 0",
                 f"cp.b {RAM:x} {at - 1:x} 2", f"mw.b {at - 8:x} 0 {size:x}"):
        m.fails(line, "ramdisk is there")
    m.ok(f"mw.b {at - 1:x} 1; mw.b {at + size:x} 1; crc32 {at:x} {size:x}")
    assert m.memory(at, size) == data


def test_dtb(machine, work):
    """-dtb with -bios and -kernel: that tree is used."""
    tool("qemu-system-aarch64", "-M", f"virt,dumpdtb={work}/q.dtb", "-cpu",
         "cortex-a57", "-m", "512M", "-nodefaults", "-display", "none")
    tool("fdtput", "-t", "s", work / "q.dtb", "/", "vireo,mark", "here")
    for start in ("bios", "kernel", "pflash"):
        m = machine(start=start, args=["-dtb", work / "q.dtb"])
        assert 'vireo,mark = "here"' in m.ok(
            "fdt addr $fdtcontroladdr; fdt print / vireo,mark")


# ---- what memory allows

def x1(value):
    """movz/movk x1, value"""
    return [(0xd2800001, 0xf2a00001, 0xf2c00001, 0xf2e00001)[i]
            | (value >> 16 * i & 0xffff) << 5 for i in range(4)]


LDR, STR, BR, RET = 0xb9400020, 0xb9000020, 0xd61f0020, 0xd65f03c0
CLOBBER = [0xd2800000 | i for i in range(2, 30)]        # movz xN, #0


def programs(where, el):
    """Programs that misbehave: name: (instructions, what is said)."""
    text = where["firmware"][0]
    end, = re.findall(r"^\s*(?:0x)?([0-9a-f]+).* __text_end = \.",
                      (OUT / "vireo.map").read_text(), re.M)
    rodata = text + int(end, 16) - LINK
    heap, stack = where["heap"][0], where["stack"][0]
    hvc = "hvc instruction" if el == 2 else None
    return {
        "undefined": ([0], "undefined instruction at 0x48000000"),
        "undefined, registers gone": ([*CLOBBER, 0], "undefined instruction"),
        "undefined, on SP_ELx": ([0xd50041bf, 0], "undefined instruction"),
        "svc": ([0xd4000001], "svc instruction"),
        "brk": ([0xd4200000], "breakpoint instruction"),
        "hvc": ([0xd2800000, 0xd4000002, RET], hvc),
        "eret to nowhere": ([*x1(HOLE), BR],
                            "instruction abort: translation fault, fetching "
                            "0xb000000"),
        "unaligned": ([*x1(FREE + 0x101), 0x88dffc20],  # ldar w0, [x1]
                      "alignment fault, reading 0x48000101"),
        "unaligned on RAM": ([*x1(FREE + 0x101), LDR, 0xd2800000, RET], None),
        "write text": ([*x1(text + 0x1000), STR], "permission fault, writing"),
        "write rodata": ([*x1(rodata), STR],
                         "permission fault, writing"),
        "write flash": ([*x1(0x3fff000), STR],
                        "permission fault, writing 0x3fff000"),
        "read page 0": ([*x1(0), LDR], "translation fault, reading 0x0"),
        "run page 0": ([*x1(0), BR], "translation fault, fetching 0x0"),
        "run flash": ([*x1(0x1000), BR], "permission fault, fetching 0x1000"),
        "run heap": ([*x1(heap + 64), BR], "permission fault, fetching"),
        "run rodata": ([*x1(rodata), BR],
                       "permission fault, fetching"),
        "run stack": ([*x1(stack + 0x20000), BR], "permission fault, fetching"),
        "run UART": ([*x1(0x9000000), BR], "permission fault, fetching"),
        "run odd": ([*x1(FREE + 2), BR], "misaligned program counter"),
        "run far": ([*x1(1 << 50), BR], "fetching 0x4000000000000"),
        "read far": ([*x1(1 << 63), LDR], "fault, reading 0x8000000000000000"),
        "stack overflow": ([0xa9bf7bfd, 0x17ffffff],     # stp x29, x30, [sp, -16]!; b .-4
                           f"translation fault, writing 0x{stack + 0xfff0:x}"),
        "runs": ([0xd2800000, RET], None),
    }


@pytest.mark.parametrize("el", [1, 2])
def test_programs(machine, el):
    m = machine(el=el, disks=[Disk(OUT / "disk.img", ro=True)])
    where = reserved(m)
    before = m.ok("virtio read 50000000 0 10; crc32 50000000 2000")
    for turn in range(3):
        for name, (code, says) in programs(where, el).items():
            for i, word in enumerate(code):
                m.send(f"mw {FREE + 4 * i:x} {word:x}; ")
            m.run("")
            r = m.cmd(f"go {FREE:x}")
            lines = r.out.strip().split("\n")
            if says is None:
                assert lines[1] == "## Application terminated, rc = 0x0" or \
                    "rc = 0xFFFFFFFF" in lines[1], (name, r.out)
                continue
            assert r.rc == 1 and says in lines[1], (name, r.out)
            assert lines[2:] == ["## Application ended by a fault"], name
    assert m.ok("virtio read 50000000 0 10; crc32 50000000 2000") == before
    assert m.memory(where["firmware"][0], 64)[0x38:0x3c] == b"ARM\x64"


@pytest.mark.parametrize("el", [1, 2])
def test_misaligned_device(machine, el):
    """What QEMU makes of it differs: 10.0 has alignment faults, but not with
    one CPU; 7.2 lets all pass."""
    version = re.search(r"version (\d+)",
                        tool("qemu-system-aarch64", "--version"))
    m = machine(el=el, smp=2)
    for line, what in (("md.l 9000001 1", "reading 0x9000001"),
                       ("md.w a000e01 1", "reading 0xa000e01"),
                       ("md.q a000e04 1", "reading 0xa000e04"),
                       ("mw.l 9000025 0", "writing 0x9000025")):
        r = m.cmd(line)
        says = f"{line[:2]}: data abort: alignment fault, {what} (pc 0x"
        assert r.rc == 1 and r.out.startswith(says) or \
            r.rc == 0 and int(version[1]) < 10, (line, r)
    assert m.ok("md.b a000e01 1").startswith("0a000e01: ")


def test_faults_50_times(machine):
    m = machine()
    where = reserved(m)
    m.ok(f"mw {FREE:x} 0")
    for i in range(50):
        m.fails(f"md {HOLE:x}", "translation fault")
        m.fails(f"go {FREE:x}", "undefined instruction")
        m.fails("md 0", "translation fault, reading 0x0")
    assert reserved(m) == where
    assert m.ok("echo fine") == "fine\n"


def test_write_protection(machine):
    """From the shell: nothing that would let a program in."""
    m = machine()
    where = reserved(m)
    for name, (at, size) in where.items():
        for a in (at, at + size // 2, at + size - 4):
            if name != "stack" or a != at:
                m.fails(f"mw {a:x} 0", f"{name} is there")
            assert name in m.fails(f"go {a:x}")
    m.fails("md 0", "translation fault")
    m.fails("mw 1000 0", "permission fault, writing 0x1000")
    m.fails("go 0", "not all in RAM")
    m.fails("go 9000000", "not all in RAM")
    stack = where["stack"][0]
    m.fails(f"md {stack + 0xfffc:x} 1", "translation fault")
    m.ok(f"md {stack + 0x10000:x} 1")


# ---- a fault nobody catches

def broken_start(machine, work):
    """x0 points where the first look faults: outside any command."""
    code = struct.pack("<IIIIQQ", 0x58000080, 0x580000a1, 0xd61f0020,
                       0xd503201f, 1 << 38, LINK)
    path = elf(work / "t.elf", (LINK, (OUT / "vireo.bin").read_bytes()),
               (0x44000000, code), entry=0x44000000)
    m = machine(start="kernel", firmware=path, wait=False)
    m.expect("Vireo: stopped\r\n")
    return m


def test_report(machine, work):
    m = broken_start(machine, work)
    text = m.log_path.read_text().replace("\r", "")
    assert "*** data abort: external abort, reading 0x4000000000\n" in text
    assert re.search(r"^elr 00000000402[0-9a-f]{5}  esr 0000000096[0-9a-f]{6}"
                     r"  far 0000004000000000  spsr [0-9a-f]{8}  el1$", text,
                     re.M)
    for i in range(31):
        assert re.search(rf"\bx{i} +[0-9a-f]{{16}}\b", text), i
    assert "image at 0000000040200000, called from:\n" in text
    named = tool("make", "-s", "-C", ROOT, "symbolise", f"LOG={m.log_path}")
    assert re.search(r"^elr .*\n +fdt_\w+ at ", named, re.M), named
    for name in ("machine_find_tree", "early_main"):
        assert re.search(rf"^  [0-9a-f]{{16}}.*\n +{name} at .*\.c:\d+",
                         named, re.M), named


# ---- presets over fw_cfg

def fw(name, value):
    return ["-fw_cfg", f"name=opt/org.vireo/{name},string={comma(value)}"]


def test_presets(machine):
    m = machine(env={"both": "var"}, env_text="both=file\nonly=file\\\n2\n"
                "# bothered\n\nbootdelay=5\nkernel_addr_r=1\n",
                args=[*fw("var/a/b", "1"), *fw("var/x y", "2"),
                      *fw("var/q=r", "3"), *fw("var/ü", "4"),
                      *fw("var/", "5"), *fw("variable", "6"),
                      *fw("environment", "seven=7"), *fw("var/long", "y" * 5000),
                      *fw("var/text", "a;b $c 'd' \"e\" \\n,=")])
    for name in ("x y", "q=r", ""):
        assert f"fw_cfg: opt/org.vireo/var/{name}: " in m.banner
    assert m.banner.count("fw_cfg:") == 3
    assert m.ok("echo $both:$only:$bootdelay:$kernel_addr_r:$seven") == \
        "var:file 2:-1:1:\n"
    assert m.ok("echo ${a/b}") == "1\n"
    assert m.ok("printenv text") == "text=a;b $c 'd' \"e\" \\n,=\n"
    assert m.ok("printenv long") == "long=" + "y" * 5000 + "\n"


@pytest.mark.parametrize("data,says", [
    (b"good=1\nnoequals\nlast=5\n", "line 2: no '='"),
    (b"=1\ngood=1\nlast=5", "line 1: no name"),
    (b"good=1\r\nlast=5\r\n", None),
    (b"good=1\nlast=5\n" + b"x" * 60000, "line 3: no '='"),
    (b"good=1\nlast=5\n" + bytes(range(1, 256)), "line 3: no '='"),
    (b"", None),
    (b"\0" * 100, None),
], ids=["no =", "no name", "crlf", "long", "bytes", "empty", "zeros"])
def test_env_file(machine, work, data, says):
    (work / "e").write_bytes(data)
    m = machine(args=["-fw_cfg", f"name=opt/org.vireo/env,file={work}/e"])
    if says:
        assert f"fw_cfg: opt/org.vireo/env: {says}" in m.banner
    else:
        assert "fw_cfg" not in m.banner
    if b"good" in data:
        assert m.ok("echo $good$last") == "15\n"


def test_env_file_huge(machine, work):
    (work / "e").write_bytes(b"a=1\n" * (16 << 18))
    m = machine(args=["-fw_cfg", f"name=opt/org.vireo/env,file={work}/e"])
    assert "fw_cfg: opt/org.vireo/env: no space left" in m.banner
    m.ok("printenv bootcmd")


@pytest.mark.parametrize("value,says", [
    ("-1", None), ("-9", None), ("x", "bootdelay: 'x' is not a number"),
    ("99999999999999999999", "is not a number")])
def test_bootdelay(machine, value, says):
    m = machine(env={"bootdelay": value, "bootcmd": "echo booted"})
    assert "booted" not in m.banner
    assert (says or "\n\n") in m.banner


# ---- the ways out

@pytest.mark.parametrize("start,el", itertools.product(
    ["bios", "kernel", "pflash"], [1, 2]))
def test_reset(machine, start, el):
    """HVC at EL1, SMC at EL2; five times, then off."""
    m = machine(start=start, el=el, net=True, rng=True, smp=2,
                disks=[Disk(OUT / "disk.img", ro=True)])
    for _ in range(5):
        m.ok("virtio read 48000000 0 10; net arp 10.0.2.2; setenv mark 1")
        m.send("reset\r")
        m.expect("resetting ...\r\n")
        m.prompt()
        m.fails("printenv mark")
    m.send("poweroff\r")
    assert m.wait_exit() == 0


@pytest.fixture
def wire():
    """Arguments of a net device, and a function that sends it a frame."""
    ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    theirs = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for s in (ours, theirs):
        s.bind(("127.0.0.1", 0))
    port = theirs.getsockname()[1]
    theirs.close()
    args = ["-netdev", "socket,id=n0,udp=127.0.0.1:"
            f"{ours.getsockname()[1]},localaddr=127.0.0.1:{port}",
            "-device", "virtio-net-device,netdev=n0"]
    yield args, lambda data: ours.sendto(data, ("127.0.0.1", port))
    ours.close()


STATE = [
    0x10000809,                         # adr x9, .+0x100
    0xa9000520, 0xa9010d22,             # stp x0, x1, [x9]; stp x2, x3, [x9, 16]
    0xd53b4224, 0xd5384245,             # mrs x4, daif; mrs x5, CurrentEL
    0xa9021524,                         # stp x4, x5, [x9, 32]
    0xd5384206,                         # mrs x6, spsel
    "sctlr", 0xa9031d26,                # mrs x7, sctlr_elN; stp x6, x7, [x9, 48]
    "extra", 0xf9002128,                # mrs x8, ...; str x8, [x9, 64]
    0xd28c01ab, 0xf900252b,             # mov x11, 0x600d; str x11, [x9, 72]
    0x14000000,                         # b .
]


def kernel(el):
    """An arm64 Image that writes down how it was entered, and stays."""
    words = {"sctlr": {1: 0xd5381007, 2: 0xd53c1007}[el],
             "extra": {1: 0xd5381048, 2: 0xd53c1108}[el]}   # cpacr_el1, hcr_el2
    code = struct.pack(f"<{len(STATE)}I", *[words.get(w, w) for w in STATE])
    head = struct.pack("<IIQQQQQQ", 0x14000010, 0, 0, 0x1000, 0xa, 0, 0, 0)
    return (head + b"ARM\x64" + bytes(4) + code).ljust(0x1000, b"\0")


def digest(m):
    """All of RAM, in brief."""
    return hashlib.sha256(m.memory(RAM, 512 * MIB)).digest()


@pytest.mark.parametrize("el,virtio", itertools.product([1, 2], [1, 2]))
def test_handoff(machine, work, wire, el, virtio):
    """What a kernel is entered with (booting.rst, 4), and that the network card,
    which was receiving, writes no more to memory (virtio-v1.x 3.3.1, INIT-12)."""
    args, send = wire
    (work / "k").write_bytes(kernel(el))
    m = machine(el=el, virtio=virtio, args=[
        *args, "-device", f"loader,file={work}/k,addr={FREE:#x},force-raw=on"])
    frame = bytes.fromhex("ffffffffffff 525400123457 88b5".replace(" ", "")) \
        + b"vireo" * 40
    m.fails("net arp 10.0.2.77")        # brings the device up
    dma = reserved(m)["DMA"]
    before = m.memory(*dma)
    send(frame)
    time.sleep(0.3)
    assert frame not in before and frame in m.memory(*dma)
    m.send(f"booti {FREE:x} - $fdtcontroladdr\r")
    m.expect(r"\n.*\n")
    state = FREE + 0x140
    end = time.monotonic() + 10
    while m.memory(state + 72, 8) != b"\x0d\x60" + bytes(6):
        assert time.monotonic() < end
        time.sleep(0.05)
    x = struct.unpack("<10Q", m.memory(state, 80))
    assert m.memory(x[0], 4) == b"\xd0\x0d\xfe\xed" and x[0] % 8 == 0
    assert x[1:4] == (0, 0, 0)
    assert x[4] == 0x3c0 and x[5] == el << 2 and x[6] == 1
    assert not x[7] & (1 << 0 | 1 << 1 | 1 << 2 | 1 << 12 | 1 << 19 | 1 << 25)
    if el == 2:
        assert x[8] == 1 << 31
    before = digest(m)
    for _ in range(20):
        send(frame)
    time.sleep(0.3)
    assert digest(m) == before
