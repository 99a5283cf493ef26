# SPDX-License-Identifier: BSD-2-Clause
"""Starting payloads from memory and from disks: booti, bootelf, go, bootlinux,
autoboot, and bdinfo. Payloads are put into memory by QEMU's loader device."""

import re
import struct
import time

import pytest

from vireo import OUT, Disk, tool

PAYLOAD = OUT / "payload"
RAM = 0x40000000
ELF = 0x43000000
IMG = 0x43200000                        # 2 MiB aligned
AUTOBOOT = {"bootdelay": None}
RET = "d65f03c0"                        # an instruction: ret


def put(path, addr):
    return ["-device", f"loader,file={path},addr={addr:#x},force-raw=on"]


def image(text_offset=0, size=0x100000, flags=10, magic=b"ARM\x64"):
    return struct.pack("<IIQQQ", 0x14000010, 0, text_offset, size, flags) \
        + bytes(24) + magic + bytes(4)


@pytest.fixture
def m(machine):
    """A machine with the demo as ELF and as Image in memory."""
    return machine(args=put(PAYLOAD / "demo.elf", ELF)
                   + put(PAYLOAD / "demo.img", IMG))


def place(machine, work, data, addr, **config):
    """A machine with these bytes at addr."""
    path = work / "data"
    path.write_bytes(data)
    return machine(args=put(path, addr), **config)


# ---- booti

@pytest.mark.parametrize("el", [1, 2])
def test_booti(machine, el):
    m = machine(el=el, args=put(PAYLOAD / "demo.img", IMG))
    m.send(f"booti {IMG:x}\r")
    m.expect(r"## Flattened Device Tree blob at [0-9a-f]{8}\r\n"
             r"   Booting using the fdt blob at 0x[0-9a-f]+\r\n"
             r"   Loading Device Tree to ([0-9a-f]{16}), end [0-9a-f]{16} "
             r"... OK\r\n\r\nStarting kernel ...\r\n\r\n")
    fdt = int(m.match[1], 16)
    m.expect(rf"demo: entered at EL{el} with the MMU off, x0 = 0x{fdt:x}, "
             rf"running at 0x{IMG:x}\r\n")
    m.expect("x0 is a device tree: turning the machine off")
    assert m.wait_exit() == 0


def test_booti_moves(machine):
    m = machine(args=put(PAYLOAD / "demo.img", IMG + 0x1000))
    m.send(f"booti {IMG + 0x1000:x}\r")
    to = IMG + 0x200000
    m.expect(rf"Moving Image from 0x{IMG + 0x1000:x} to 0x{to:x}, "
             r"end=0x[0-9a-f]+\r\n")
    m.expect(rf"MMU off, x0 = 0x[0-9a-f]+, running at 0x{to:x}\r\n")
    assert m.wait_exit() == 0


def test_booti_linux(machine, work):
    """With ramdisk, tree and arguments of one's own; what /chosen says."""
    dtb = work / "own.dtb"
    tool("qemu-system-aarch64", "-M", f"virt,dumpdtb={dtb}", "-cpu",
         "cortex-a57", "-m", "512M", "-nodefaults", "-display", "none",
         "-bios", OUT / "vireo.bin")
    tool("fdtput", "-t", "s", dtb, "/", "model", "made here")
    size = (PAYLOAD / "initrd.img").stat().st_size
    m = machine(args=put(PAYLOAD / "Image", 0x40400000)
                + put(PAYLOAD / "initrd.img", 0x50000000)
                + put(dtb, 0x4f000000), rng=True)
    m.ok("setenv bootargs quiet one=1")
    m.send(f"booti $kernel_addr_r 50000000:{size:x} 4f000000\r")
    report = m.linux(timeout=90)
    assert report["machine"].startswith("made here")
    assert report["command"] == "quiet one=1"


def test_booti_near_the_end(machine, work):
    """A small Image that was loaded below the firmware's memory, with an image_size
    that reaches into it: it is moved, for $filesize says how long it is."""
    data = bytearray((PAYLOAD / "demo.img").read_bytes())
    struct.pack_into("<Q", data, 16, 0x1800000)
    disk = fat(work / "a", ("Image", bytes(data)))
    m = machine(disks=[disk])
    m.ok("load virtio 0 5e000000 Image")
    m.fails("setenv fileaddr 0; booti 5e000000", "overlaps device tree")
    m.ok("load virtio 0 5e000000 Image")
    m.send("booti 5e000000\r")
    m.expect(r"Moving Image from 0x5e000000 to 0x40\w+, end")
    m.expect("running at 0x40")
    assert m.wait_exit() == 0


def test_booti_refuses(m):
    for line, text in (
            (f"booti {ELF:x}", "Bad Linux ARM64 Image magic!\nbooti: "
             f"0x{ELF:x}: this is an ELF file: use bootelf"),
            ("booti 50000000", "Bad Linux ARM64 Image magic!"),
            ("setenv loadaddr 50000000; booti", "Bad Linux ARM64 Image magic!"),
            ("booti zz", "'zz' is not a number"),
            ("booti 0", "0x0 is not RAM"),
            ("booti 9000000", "0x9000000 is not RAM"),
            ("booti ffffffffffffffff", "is not RAM"),
            ("booti 5f000000", "overlaps firmware 0x5f000000-"),
            (f"booti {IMG:x} 50000000", "size missing"),
            (f"booti {IMG:x} 50000000:", "'' is not a number"),
            (f"booti {IMG:x} 50000000:0", "is empty"),
            (f"booti {IMG:x} x:1", "not ADDR:SIZE"),
            (f"booti {IMG:x} 9000000:1", "initrd 0x9000000-0x9000000 is not"),
            (f"booti {IMG:x} 50000000:ffffffffffffffff", "end of addresses"),
            (f"booti {IMG:x} {IMG:x}:1", "Image 0x43200000-0x4320003f "
             "overlaps initrd 0x43200000-0x43200000"),
            (f"booti {IMG:x} {IMG + 0x100:x}:1", "overlaps initrd"),
            (f"booti {IMG:x} $fdtcontroladdr:1", "overlaps device tree"),
            (f"booti {IMG:x} - 0", "0x0 is not RAM"),
            (f"booti {IMG:x} - 50000000", "FDT_ERR_BADMAGIC"),
            (f"booti {IMG:x} - {IMG:x}", "FDT_ERR_BADMAGIC")):
        m.fails(line, text)
    assert m.fails("booti 50000000").splitlines() == \
        ["Bad Linux ARM64 Image magic!"]


@pytest.mark.parametrize("data,text", [
    (image(flags=11), "big-endian"),
    (image(text_offset=0x200000), "text_offset 0x200000"),
    (image(text_offset=0x123), "text_offset 0x123"),
    (image(flags=12), "needs 16 KiB pages"),
    (image(size=1), "image_size 0x1"),
    (image(size=0x20000000), "no free 0x20000000 bytes"),
    (image(size=2**64 - 1), "image_size 0xffffffffffffffff"),
    (image(magic=b"ARM\x65"), "Bad Linux ARM64 Image magic!"),
    (b"\x1f\x8b\x08" + bytes(100), "gzip-compressed file, not supported yet"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_booti_headers(machine, work, data, text):
    m = place(machine, work, data, 0x40400000)
    m.fails("booti 40400000", text)
    m.ok("true")


# ---- bootelf, go

def check_rc(r):
    """What the program returned is printed, and makes $?."""
    rc = re.fullmatch(r"## Application terminated, rc = 0x(\w+)", r.lines[-1])
    assert r.rc == (int(rc[1], 16) != 0)


def test_bootelf(m):
    for flag in ("", "-p ", "-s "):
        r = m.cmd(f"bootelf {flag}{ELF:x} one two")
        assert r.lines[:-1] == [
            "## Starting application at 0x42000000 ...",
            "demo: entered at EL1 with the MMU on, x0 = 0x3, running at "
            "0x42000000",
            f"demo: called as a function, arguments: {ELF:x} one two"]
        check_rc(r)


def test_bootelf_refuses(m):
    m.fails("bootelf 50000000", "## No elf image at address 0x50000000")
    m.fails(f"bootelf {IMG:x}", "this is an arm64 Linux Image: use booti")
    m.fails("bootelf 0", "0x0 is not RAM")
    m.fails("bootelf x", "not a number")
    m.ok(f"cp.b {ELF:x} 42000000 3000")
    m.fails("bootelf 42000000", "overlaps the ELF file 0x42000000-")
    m.ok(f"mw.w {ELF + 18:x} 3e 1")
    m.fails(f"bootelf {ELF:x}", "machine 62, not AArch64")


def test_go(m):
    r = m.cmd(f"go {IMG:x} a")
    assert r.lines[0] == f"## Starting application at 0x{IMG:x} ..."
    assert "with the MMU on, x0 = 0x2" in r.out
    check_rc(r)
    # mov w0, #0; ret
    m.ok("mw.l 41000000 52800000; mw.l 41000004 " + RET)
    assert m.ok("go 41000000").splitlines() == [
        "## Starting application at 0x41000000 ...",
        "## Application terminated, rc = 0x0"]
    # rc is all of x0: mov x0, #-1; ret
    m.ok("mw.l 41000000 92800000")
    assert "rc = 0xFFFFFFFFFFFFFFFF" in m.fails("go 41000000")


def test_go_that_faults(m):
    m.ok("mw.l 41000000 0")
    out = m.fails("go 41000000", "undefined instruction")
    assert "## Application ended by a fault" in out
    # str x0, [x0]: argc is no address
    m.ok("mw.l 41000000 f9000000")
    m.fails("go 41000000", "## Application ended by a fault")
    # a jump to memory that may not be executed, outside of the free stretch
    m.fails("go 41000002", "not 4-byte aligned")
    for addr in ("0", "9000000", "b000000"):
        m.fails(f"go {addr}", "not all in RAM")
    m.fails("go fffffffffffffffc", "passes the end of addresses")
    m.fails("go $fdtcontroladdr", "device tree")


def test_ram_is_not_executable_afterwards(m):
    """A first program leaves nothing executable: br x1 to another one, whose
    RAM is free, works only while go runs; the second go works as the first."""
    m.ok("mw.l 41000000 52800000; mw.l 41000004 " + RET)
    for _ in range(60):                 # more than there are map regions
        m.ok("go 41000000")


# ---- finding a kernel

def fat(path, *files, mib=8):
    """A FAT image with (name, bytes or path) in its root directory."""
    path.write_bytes(bytes(mib << 20))
    tool("mformat", "-i", path, "-h", "16", "-t", str(mib * 4), "-s", "32",
         "::")
    for name, data in files:
        src = path.with_suffix(".file")
        src.write_bytes(data if isinstance(data, bytes) else data.read_bytes())
        tool("mcopy", "-i", path, src, f"::{name}")
    return path


def test_nothing_to_boot(machine, work):
    m = machine()
    assert m.fails("bootlinux") == "bootlinux: no disks\n"
    blank = work / "blank"
    blank.write_bytes(bytes(1 << 20))
    empty = fat(work / "empty", ("README", b"x"))
    parts = work / "parts"
    parts.write_bytes(bytes(4 << 20))
    tool("sfdisk", "-q", parts, input="start=2048,size=2048,type=83\n")
    m = machine(disks=[blank, empty, parts])
    assert m.fails("bootlinux").splitlines() == [
        "virtio 0: no partition table and no known file system",
        "virtio 1: no /Image or /vmlinuz that boots, nor in /boot",
        "virtio 2: no partition with a known file system"]
    m.fails("bootlinux virtio 1", "no /Image or /vmlinuz")
    m.fails("bootlinux virtio 0", "virtio 0")
    m.fails("bootlinux virtio 7", "virtio 7")
    m.fails("bootlinux virtio", "Usage:")
    m.fails("boot", "virtio 2: no partition")


def test_bad_kernels_on_disk(machine, work):
    """Each is refused with its reason; the search goes on to one that boots."""
    demo = PAYLOAD / "demo.img"
    disks = [fat(work / "a", ("Image", b"\x1f\x8b" + bytes(5000))),
             fat(work / "b", ("vmlinuz-1", b"short")),
             fat(work / "c", ("Image", image(flags=11))),
             fat(work / "d", ("IMAGE", b""), ("vmlinuz", image(flags=11)),
                 ("vmlinuz-2", demo.read_bytes()), ("vmlinuz-1", b"x"))]
    m = machine(disks=disks)
    m.send("bootlinux\r")
    out = m.expect("Starting kernel ...")
    for text in ("virtio 0: found /Image\r\n"
                 "virtio 0: Image: not an arm64 Linux Image but "
                 "a gzip-compressed file",
                 "virtio 1: vmlinuz-1: too short to be a kernel",
                 "virtio 2: Image: Image flags say big-endian",
                 "virtio 3: IMAGE: /IMAGE is empty",
                 "virtio 3: vmlinuz: Image flags say big-endian",
                 "virtio 3: found /vmlinuz-2\r\n"
                 "Loading /vmlinuz-2 to 0x40200000\r\n"
                 f"{demo.stat().st_size} bytes read in "):
        assert text in out
    m.expect("running at 0x40200000")
    assert m.wait_exit() == 0


def test_ramdisk_on_disk(machine, work):
    """The one of the kernel's version, right behind the kernel."""
    demo = PAYLOAD / "demo.img"
    disk = fat(work / "a", ("vmlinuz-6.9", demo), ("vmlinuz-6.10", demo),
               ("initrd.img-6.9", b"old" * 999),
               ("initrd.img-6.10", b"new" * 1000))
    m = machine(disks=[disk])
    m.send("bootlinux virtio 0\r")
    m.expect("found /vmlinuz-6.10 and /initrd.img-6.10\r\n")
    m.expect(r"Loading /initrd.img-6.10 to 0x(40\w+)\r\n3000 bytes read in")
    size = struct.unpack_from("<Q", demo.read_bytes(), 16)[0]
    assert int(m.match[1], 16) == 0x40200000 + (size + 4095) // 4096 * 4096
    assert m.wait_exit() == 0


# ---- autoboot

def test_autoboot_at_once(machine):
    m = machine(env={**AUTOBOOT, "bootcmd": "echo booted"})
    assert "\nbooted\n" in m.banner
    assert "Hit any key" not in m.banner


def test_countdown(machine):
    m = machine(env={"bootdelay": "2", "bootcmd": "echo booted"}, wait=False)
    m.expect(re.escape("Hit any key to stop autoboot:  2 "))
    start = time.monotonic()
    m.expect(re.escape("\b\b\b 1 \b\b\b 0 \r\nbooted\r\n"))
    assert 1.8 < time.monotonic() - start
    m.prompt()


def test_key_stops_countdown(machine):
    m = machine(env={"bootdelay": "9", "bootcmd": "echo booted"}, wait=False)
    m.expect("Hit any key to stop autoboot:  9 ")
    m.send(" ")
    m.expect(re.escape("\b\b\b 0 \r\n"))
    assert "booted" not in m.prompt(timeout=5)


def test_bad_bootdelay(machine):
    m = machine(env={"bootdelay": "soon", "bootcmd": "echo booted"})
    assert "bootdelay: 'soon' is not a number" in m.banner
    assert "booted" not in m.banner


# ---- bdinfo, addresses

def test_bdinfo(machine):
    m = machine(mem="1G", net=True)
    out = m.ok("bdinfo")
    assert "DRAM bank   = 0x0000000000000000\n" \
           "-> start    = 0x0000000040000000\n" \
           "-> size     = 0x0000000040000000\n" in out
    assert re.search(r"^ethaddr     = 52:54:00:12:34:56$", out, re.M)
    fdt = int(re.search(r"^fdt_blob    = 0x(\w{16})$", out, re.M)[1], 16)
    assert f"fdtcontroladdr={fdt:x}\n" in m.ok("printenv fdtcontroladdr")
    ranges = re.findall(r"reserved\[\d+\]\t\[0x(\w+)-0x(\w+)\], 0x(\w+) bytes, "
                        r"(.+)", out)
    assert {r[3] for r in ranges} >= {"firmware", "stack", "heap", "DMA",
                                      "device tree"}
    for low, high, size, name in ranges:
        low, high = int(low, 16), int(high, 16)
        assert high - low + 1 == int(size, 16)
        assert RAM + (1 << 30) - (16 << 20) <= low < high < RAM + (1 << 30)
        m.fails(f"mw.b {high:x} 0 1", name)


@pytest.mark.parametrize("mib,room", [(128, 60), (256, 124), (2048, 252)])
def test_default_addresses(machine, mib, room):
    m = machine(mem=f"{mib}M")
    text = m.ok("printenv kernel_addr_r ramdisk_addr_r")
    kernel, ramdisk = (int(x, 16) for x in re.findall(r"=(\w+)", text))
    assert kernel == 0x40400000 and ramdisk - kernel >= room << 20
