# SPDX-License-Identifier: BSD-2-Clause
"""Partitions and files in the machine: the commands' texts and refusals, and
that what is loaded is what mtools put there, as QEMU's monitor sees memory."""

import random
import re
import shutil
import struct
import subprocess

import pytest

from vireo import ROOT, Disk

MIB = 1 << 20
ADDR = 0x40400000
DATA = random.Random(3).randbytes(300000)
TEXT = b"hello world\n\x00\x01\x02\x03more"


def tool(*args, **kw):
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "MTOOLS_SKIP_CHECK": "1"}
    return subprocess.run([str(a) for a in args], check=True, env=env,
                          capture_output=True, **kw).stdout


def fat(path, mib, bits=32, sector=512, cluster=None, label="BOOTDISK"):
    """A FAT volume with the files that all tests know."""
    path.touch()
    with open(path, "r+b") as f:
        f.truncate(mib * MIB)
    tool("mkfs.fat", "--invariant", "-F", bits, "-S", sector, "-n", label,
         *(["-s", cluster] if cluster else []), path)
    src = path.parent / "src"
    (src / "dir").mkdir(parents=True, exist_ok=True)
    (src / "r.bin").write_bytes(DATA)
    (src / "Hello World.txt").write_bytes(TEXT)
    (src / "dir" / "x.txt").write_bytes(b"in a directory\n")
    tool("mcopy", "-s", "-Q", "-i", path, src / "r.bin", src / "Hello World.txt", src / "dir", "::")
    return path


def disk(path, volume, table="mbr", sector=512):
    """A disk with @volume at 1 MiB."""
    first = MIB // sector
    count = volume.stat().st_size // sector
    with open(path, "wb") as f:
        f.truncate(volume.stat().st_size + 3 * MIB)
    if table == "mbr" and sector == 512:
        tool("sfdisk", "-q", path,
             input=f"label: dos\nlabel-id: 0x8de5b9e4\n"
                   f"start={first}, size={count}, type=c, bootable\n".encode())
    elif table == "gpt" and sector == 512:
        tool("sgdisk", "-n", f"1:{first}:{first + count - 1}", "-t", "1:0700",
             "-c", "1:boot", "-n", "2:0:+64K", "-t", "2:ef00", "-c", "2:esp",
             path)
    elif table == "gpt":
        tool("fdisk", "-b", sector, path,
             input=f"g\nn\n1\n{first}\n{first + count - 1}\nw\n".encode())
    else:
        tool("fdisk", "-b", sector, path,
             input=f"o\nn\np\n1\n{first}\n{first + count - 1}\nt\nc\nw\n".encode())
    tool("dd", f"if={volume}", f"of={path}", "bs=1M", "seek=1",
         "conv=notrunc,sparse")
    return path


@pytest.fixture
def mbr(work):
    return disk(work / "mbr.img", fat(work / "fat.img", 63))


def loaded(m, what="r.bin", where="0:1", addr=ADDR, data=DATA):
    """Load a file; memory holds it, and nothing beside it was touched."""
    guard = 64
    m.ok(f"mw.b {addr - guard:x} a5 {len(data) + 2 * guard:x}", timeout=60)
    out = m.ok(f"load virtio {where} {addr:x} '{what}'")
    assert re.fullmatch(rf"{len(data)} bytes read in \d+ ms"
                        r"( \([\d.]+ ([KMG]iB|Bytes)/s\))?\n", out)
    seen = m.memory(addr - guard, len(data) + 2 * guard)
    assert seen == b"\xa5" * guard + data + b"\xa5" * guard
    assert m.ok("printenv filesize fileaddr") == \
        f"filesize={len(data):x}\nfileaddr={addr:x}\n"


# ---- every kind of disk

@pytest.mark.parametrize("table,bits,sector,mib", [
    ("mbr", 12, 512, 4), ("mbr", 16, 512, 20), ("mbr", 32, 512, 40),
    ("gpt", 16, 512, 20), ("gpt", 32, 512, 40),
    ("gpt", 32, 4096, 300), ("mbr", 16, 4096, 40), ("gpt", 12, 4096, 10),
])
@pytest.mark.parametrize("virtio", [1, 2])
def test_disks(machine, work, table, bits, sector, mib, virtio):
    image = disk(work / "d.img",
                 fat(work / "f.img", mib, bits, sector,
                     1 if bits == 16 else None), table, sector)
    m = machine(disks=[Disk(image, bs=sector, ro=True)], virtio=virtio)
    loaded(m)
    loaded(m, "HELLO world.TXT", data=TEXT)
    loaded(m, "dir/../dir/X.txt", addr=ADDR + 3, data=b"in a directory\n")
    assert f'Filesystem: FAT{bits} "BOOTDISK   "\n' in m.ok("fatinfo virtio 0")
    assert m.ok("part start virtio 0 1") == f"{MIB // sector:x}\n"


@pytest.mark.parametrize("bits,sector,mib", [(12, 512, 1), (16, 512, 20),
                                             (32, 512, 40), (32, 4096, 300)])
def test_superfloppy(machine, work, bits, sector, mib):
    image = fat(work / "f.img", mib, bits, sector)
    m = machine(disks=[Disk(image, bs=sector, ro=True)])
    loaded(m, where="0")
    loaded(m, where="0:0")
    m.fails("part list virtio 0", "part list: virtio 0: no partition table")
    out = m.fails(f"load virtio 0:1 {ADDR:x} r.bin")
    assert out.startswith("** No partition table - virtio 0 **\n"
                          "Couldn't find partition virtio 0:1\n")


def test_addresses(machine, mbr):
    """Misaligned destinations: the same bytes by as many requests."""
    m = machine(disks=[Disk(mbr, ro=True)])
    requests = []
    for shift in (0, 0, 1, 2, 4, 60, 511):
        loaded(m, addr=ADDR + shift)
        out = m.ok("virtio status 0")
        requests.append(int(re.search(r"requests (\d+)", out)[1]))
    # The first load reads the file system, too.
    steps = {b - a for a, b in zip(requests, requests[1:])}
    assert len(steps) == 1 and steps.pop() > 0, requests


def test_fragmented(machine, work):
    volume = fat(work / "f.img", 40, cluster=1)
    for order in ("interleave", "reverse", "shuffle"):
        tool(ROOT / "images/fragment.py", "--order", order, volume, "r.bin")
        tool("fsck.fat", "-n", volume)
        m = machine(disks=[Disk(volume, ro=True)])
        loaded(m, where="0")
        m.close()


def test_parts_of_a_file(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    for n, pos in ((1, 0), (0x100, 0x10), (0x3000, 0x1fff), (0, 0x493df),
                   (0x100000, 0x10), (0, 0)):
        want = DATA[pos:pos + n] if n else DATA[pos:]
        m.ok(f"mw.b {ADDR:x} 5a {len(want) + 16:x}")
        out = m.ok(f"load virtio 0:1 {ADDR:x} r.bin {n:x} {pos:x}")
        assert out.startswith(f"{len(want)} bytes read in ")
        assert m.memory(ADDR, len(want) + 16) == want + b"\x5a" * 16
        assert m.ok("echo $filesize") == f"{len(want):x}\n"
    assert m.ok(f"load virtio 0:1 {ADDR:x} r.bin 0 493e0") \
        .startswith("0 bytes read in ")
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin 10 493e1",
            "load: virtio 0:1 r.bin: the position is past its end")
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin 10 ffffffffffffffff", "past")


def test_beyond_2_gib(machine, work):
    """A sparse file of 3 GiB and some, with marks at places that 31 and 32
    bits cannot reach."""
    size = (3 << 30) + 12345
    marks = {0: b"first", (1 << 31) - 3: b"across", (1 << 31) + 4096: b"above",
             size - 4: b"last"}
    volume = work / "f.img"
    with open(volume, "wb") as f:
        f.truncate(4000 * MIB)
    tool("mkfs.fat", "-F", 32, "-s", 64, volume)
    # An empty file is given a contiguous chain by hand: copying 3 GiB takes long.
    tool("mcopy", "-i", volume, "/dev/null", "::big")
    with open(volume, "r+b") as f:
        boot = f.read(512)
        reserved, = struct.unpack_from("<H", boot, 14)
        fat_size, root = struct.unpack_from("<I4xI", boot, 36)
        data = (reserved + 2 * fat_size) * 512
        first, n = 5, -(-size // 32768)
        chain = struct.pack(f"<{n}I", *range(first + 1, first + n), 0xfffffff)
        for i in range(2):
            f.seek((reserved + i * fat_size) * 512 + 4 * first)
            f.write(chain)
        f.seek(data + (root - 2) * 32768)
        entry = bytearray(f.read(32))
        assert entry[:11] == b"BIG        "
        struct.pack_into("<HI", entry, 26, first, size)
        f.seek(-32, 1)
        f.write(entry)
        for at, mark in marks.items():
            f.seek(data + (first - 2) * 32768 + at)
            f.write(mark)
    m = machine(disks=[Disk(volume, ro=True)])
    assert m.ok("size virtio 0 big; echo $filesize") == f"{size:x}\n"
    for at, mark in marks.items():
        out = m.ok(f"load virtio 0 {ADDR:x} big {len(mark):x} {at:x}")
        assert out.startswith(f"{len(mark)} bytes read in ")
        assert m.memory(ADDR, len(mark)) == mark
    m.fails(f"load virtio 0 {ADDR:x} big",
            "** Reading file would overwrite reserved memory **")


# ---- texts

def test_ls(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    root = ("   300000   r.bin\n"
            "       20   Hello World.txt\n"
            "            dir/\n"
            "\n2 file(s), 1 dir(s)\n\n")
    for line in ("ls virtio 0:1", "ls virtio 0", "fatls virtio 0:1 /",
                 "ls virtio 0:auto", "ls virtio 0:1 dir/.."):
        assert m.ok(line) == root
    assert m.ok("ls virtio 0:1 dir") == ("            ./\n"
                                         "            ../\n"
                                         "       15   x.txt\n"
                                         "\n1 file(s), 2 dir(s)\n\n")
    assert m.fails("ls virtio 0:1 nodir") == \
        "ls: virtio 0:1 nodir: not found\n"
    assert m.fails("ls virtio 0:1 r.bin") == \
        "ls: virtio 0:1 r.bin: not a directory\n"


def test_show(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    assert m.ok("cat virtio 0:1 dir/x.txt") == "in a directory\n"
    assert m.ok("xxd virtio 0:1 'Hello World.txt'") == (
        "00000000: 68 65 6c 6c 6f 20 77 6f 72 6c 64 0a 00 01 02 03"
        "  hello world.....\n"
        "00000010: 6d 6f 72 65                                    "
        "  more\n")
    for name in ("cat", "xxd"):
        assert m.fails(f"{name} virtio 0:1 nope") == \
            f"{name}: virtio 0:1 nope: not found\n"
        assert m.fails(f"{name} virtio 0:1 dir") == \
            f"{name}: virtio 0:1 dir: is a directory\n"
    m.send("xxd virtio 0:1 r.bin\r")
    m.expect("00000100: ")
    m.send("\x03")
    assert "xxd: virtio 0:1 r.bin: interrupted" in m.prompt()


def test_information(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    assert m.ok("fatinfo virtio 0:1") == (
        "Interface:  virtio\n"
        "  Device 0: QEMU VirtIO Block Device\n"
        "            Type: Hard Disk\n"
        "            Capacity: 66.0 MB = 0.0 GB (135168 x 512)\n"
        'Filesystem: FAT32 "BOOTDISK   "\n')
    assert m.ok("fstype virtio 0:1") == "fat\n"
    assert m.ok("fstype virtio 0:1 v; echo $v") == "fat\n"
    assert m.ok("fsuuid virtio 0:1") == "1234-ABCD\n"
    assert m.ok("fsuuid virtio 0:1 v; echo $v") == "1234-ABCD\n"
    assert re.fullmatch("Supported filesystems: (ext4, fat|fat, ext4)\n", m.ok("fstypes"))
    assert m.ok("size virtio 0:1 R.BIN; echo $filesize") == "493e0\n"
    m.fails("size virtio 0:1 nope", "size: virtio 0:1 nope: not found")
    m.fails("size virtio 0:1 dir", "is a directory")
    out = m.fails("fstype virtio 0:0")
    assert out == "fstype: virtio 0:0: no known file system\n"
    m.fails("fatinfo virtio 0:0",
            "** Unable to use virtio 0:0 for fatinfo **")
    assert m.cmd("test -e virtio 0:1 dir/x.txt").rc == 0
    assert m.cmd("test -e virtio 0:1 dir/y.txt").rc == 1
    assert m.cmd("test -e virtio 0 r.bin").rc == 0


def test_what_is_not_there(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    load = f"load virtio %s {ADDR:x} r.bin"
    assert m.fails(load % "3:1") == (
        "** Bad device specification virtio 3 **\n"
        "Couldn't find partition virtio 3:1\n"
        "load: virtio 3:1: no such device\n")
    assert m.fails(load % "0:5") == (
        "** Invalid partition 5 **\n"
        "Couldn't find partition virtio 0:5\n"
        "load: virtio 0:5: no such partition\n")
    m.fails(load % "0:zz", "** Bad partition specification virtio 0:zz **")
    m.fails(load % "zz", "** Bad device specification virtio zz **")
    m.fails("load mmc 0:1 40400000 r.bin", "no such device")
    assert m.fails(f"load virtio 0:1 {ADDR:x} nope") == (
        "load: virtio 0:1 nope: not found\nFailed to load 'nope'\n")
    m.fails(f"load virtio 0:1 {ADDR:x} dir", "is a directory")
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin/x", "not a directory")
    assert m.fails(f"load virtio 0:1 {ADDR:x}") == \
        "** No boot file defined **\n"
    m.fails("load virtio", "** No device specified **")
    m.fails("load virtio 0:1 zz r.bin", "load: 'zz' is not a number")
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin zz", "'zz' is not a number")
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin 0 zz", "'zz' is not a number")
    m.fails("ls", "Usage:")
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin 1 2 3", "Usage:")


def test_defaults(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    m.ok("setenv bootfile r.bin")
    m.ok("setenv loadaddr 48000000")
    assert m.ok("load virtio 0:1").startswith("300000 bytes read in ")
    assert m.ok("echo $fileaddr") == "48000000\n"
    assert m.memory(0x48000000, len(DATA)) == DATA
    m.ok("setenv loadaddr")
    m.fails("load virtio 0:1", "loadaddr is not set")


def test_reserved_memory(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    top = 0x40000000 + (512 << 20)
    text = "** Reading file would overwrite reserved memory **\n"
    before = m.memory(top - 16 * MIB, 64)
    for addr in (top - 16 * MIB, top - 0x80000, top - 0x100000):
        out = m.fails(f"load virtio 0:1 {addr:x} r.bin")
        assert re.match(re.escape(text) + r"load: 0x[0-9a-f]+: .+ is there\n",
                        out)
        assert out.endswith("Failed to load 'r.bin'\n")
    for addr in (0, 0x9000000, top, top - 1, 0xffffffffffffffff,
                 0x3fffffff, 0x8000000000000000):
        out = m.fails(f"load virtio 0:1 {addr:x} r.bin")
        assert out.startswith(text)
    assert m.memory(top - 16 * MIB, 64) == before
    loaded(m)


# ---- part

def test_part_mbr(machine, mbr):
    m = machine(disks=[Disk(mbr, ro=True)])
    listing = ("\nPartition Map for VirtIO device 0  --   "
               "Partition Type: DOS\n\n"
               "Part\tStart Sector\tNum Sectors\tUUID\t\tType\n"
               "  1\t2048      \t129024    \t8de5b9e4-01\t0c Boot\n")
    assert m.ok("part list virtio 0") == listing
    assert m.ok("virtio part 0") == listing
    for what, text in (("start", "800"), ("size", "1f800"), ("number", "0x1")):
        assert m.ok(f"part {what} virtio 0 1") == text + "\n"
        assert m.ok(f"part {what} virtio 0 1 v; echo $v") == text + "\n"
    assert m.ok("part uuid virtio 0:1") == "8de5b9e4-01\n"
    assert m.ok("part type virtio 0:1") == "0c\n"
    assert m.ok("part list virtio 0 v; echo $v") == "1\n"
    assert m.ok("part list virtio 0 -bootable v; echo $v") == "1\n"
    out = m.ok("part types")
    assert out.startswith("Supported partition tables:")
    assert "EFI" in out and "DOS" in out
    assert m.ok("part set virtio 0 dos") == listing
    m.fails("part set virtio 0 efi", "its partition table is DOS")
    m.fails("part set virtio 0 iso", "Unknown partition type 'iso'")
    m.fails("part list virtio 0 -foo v", "Unknown option -foo")
    m.fails("part start virtio 0 7", "** Invalid partition 7 **")
    m.fails("part uuid virtio 0:7", "no such partition")
    m.fails("part list virtio 5", "part list: virtio 5: no such device")
    m.fails("part list virtio 0 -bootable", "Usage:")
    m.fails("part", "Usage:")
    m.fails("part uuid virtio 0", "Usage:")


def test_part_gpt(machine, work):
    image = disk(work / "d.img", fat(work / "f.img", 40), "gpt")
    info = tool("sgdisk", "-i", 1, image).decode()
    guid = re.search("unique GUID: ([0-9A-F-]+)", info)[1].lower()
    m = machine(disks=[Disk(image, ro=True)])
    out = m.ok("part list virtio 0")
    assert out.startswith(
        "\nPartition Map for VirtIO device 0  --   Partition Type: EFI\n\n"
        "Part\tStart LBA\tEnd LBA\t\tName\n\tAttributes\n\tType GUID\n"
        "\tPartition GUID\n"
        '  1\t0x00000800\t0x000147ff\t"boot"\n'
        "\tattrs:\t0x0000000000000000\n"
        "\ttype:\tebd0a0a2-b9e5-4433-87c0-68b6b72699c7\n"
        f"\tguid:\t{guid}\n")
    assert m.ok("part uuid virtio 0:1") == guid + "\n"
    assert m.ok("part name virtio 0 2") == "esp\n"
    assert m.ok("part number virtio 0 esp") == "0x2\n"
    assert m.ok(f"part number virtio 0 {guid.upper()}") == "0x1\n"
    m.fails("part number virtio 0 c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "no such partition")
    assert m.ok("part start virtio 0 boot") == "800\n"
    assert m.ok("part list virtio 0 v; echo $v") == "1 2\n"
    assert m.ok("part list virtio 0 -bootable v; echo $v") == "2\n"
    loaded(m, where="0#boot")
    m.fails("ls virtio 0#nope", "no such partition")


def test_gpt_backup(machine, work):
    image = disk(work / "d.img", fat(work / "f.img", 40), "gpt")
    with open(image, "r+b") as f:
        f.seek(512 + 20)
        f.write(b"x")
    m = machine(disks=[Disk(image, ro=True)])
    loaded(m)
    assert "part list: virtio 0: the primary GPT is bad; using the backup\n" \
        in m.ok("part list virtio 0")
    m.close()
    with open(image, "r+b") as f:
        f.seek(-500, 2)
        f.write(b"x")
    m = machine(disks=[Disk(image, ro=True)])
    m.fails(f"load virtio 0:1 {ADDR:x} r.bin",
            "load: virtio 0:1: primary and backup GPT are both bad")
    m.fails("part list virtio 0",
            "part list: virtio 0: primary and backup GPT are both bad")


def test_extended(machine, work):
    volume = fat(work / "f.img", 10, bits=16)
    image = work / "d.img"
    with open(image, "wb") as f:
        f.truncate(30 * MIB)
    tool("sfdisk", "-q", image,
         input=b"label: dos\n2048,2048,83\n6144,,5\n8192,2048,83\n"
               b"12288,20480,6\n")
    tool("dd", f"if={volume}", f"of={image}", "bs=512", "seek=12288",
         "conv=notrunc")
    m = machine(disks=[Disk(image, ro=True)])
    rows = re.findall(r"^ +(\d+)\t(\d+) +\t(\d+) .*\t(.*)$",
                      m.ok("part list virtio 0"), re.M)
    assert [r[:2] for r in rows] == [("1", "2048"), ("2", "6144"),
                                     ("5", "8192"), ("6", "12288")]
    assert rows[1][3] == "05 Extd"
    loaded(m, where="0:6")
    loaded(m, where="0")        # the first with a file system


# ---- what goes wrong

def test_no_disk(machine):
    m = machine()
    m.fails("ls virtio 0", "no such device")
    m.fails("part list virtio 0", "no such device")
    m.fails(f"load virtio 0:1 {ADDR:x} x", "no such device")


def test_io_error(machine, work):
    """An unreadable sector in a file: an error, then the rest still works."""
    volume = fat(work / "f.img", 40)
    where = volume.read_bytes().index(DATA[:512]) // 512
    conf = work / "errors.conf"
    conf.write_text(f'[inject-error]\nevent = "read_aio"\nerrno = "5"\n'
                    f'sector = "{where + 300}"\n')
    m = machine(disks=[Disk(node="driver=raw,node-name=%s,read-only=on,"
                            "file.driver=blkdebug,"
                            f"file.config={conf},"
                            "file.image.driver=file,file.image.read-only=on,"
                            f"file.image.filename={volume}")])
    out = m.fails(f"load virtio 0 {ADDR:x} r.bin")
    assert out == ("load: virtio 0 r.bin: input/output error\n"
                   "Failed to load 'r.bin'\n")
    assert m.ok("cat virtio 0 dir/x.txt") == "in a directory\n"
    assert m.ok(f"load virtio 0 {ADDR:x} r.bin 1000").startswith("4096 bytes")
    assert m.memory(ADDR, 4096) == DATA[:4096]


def test_corrupt(machine, work):
    """A chain that loops, one that leads nowhere, a volume that was cut."""
    volume = fat(work / "f.img", 40, cluster=1)
    raw = bytearray(volume.read_bytes())
    reserved, = struct.unpack_from("<H", raw, 14)
    fat_size, = struct.unpack_from("<I", raw, 36)
    first = (raw.index(DATA[:512]) // 512) - reserved - 2 * fat_size + 2
    at = reserved * 512 + 4 * (first + 100)
    for link, text in ((first, "a chain is a loop"),
                       (0, "a chain leads into free space"),
                       (0x0fffff00, "a chain leads to no cluster"),
                       (0x0fffffff, "a chain ends too early")):
        struct.pack_into("<I", raw, at, link)
        volume.write_bytes(raw)
        m = machine(disks=[Disk(volume, ro=True)])
        assert m.fails(f"load virtio 0 {ADDR:x} r.bin") == (
            f"load: virtio 0 r.bin: {text}\nFailed to load 'r.bin'\n")
        assert m.ok("cat virtio 0 dir/x.txt") == "in a directory\n"
        m.close()
    struct.pack_into("<I", raw, at, first + 101)
    raw[13] = 3
    volume.write_bytes(raw)
    m = machine(disks=[Disk(volume, ro=True)])
    assert m.fails("ls virtio 0") == \
        "ls: virtio 0: bad FAT: sectors per cluster\n"
    m.close()
    raw[13] = 1
    volume.write_bytes(raw[:raw.index(DATA[:512]) + 100 * 512])
    m = machine(disks=[Disk(volume, ro=True)])
    m.fails(f"load virtio 0 {ADDR:x} r.bin",
            "the volume reaches past the end of its device")
    assert "300000   r.bin" in m.ok("ls virtio 0")


def test_written_below(machine, work, mbr):
    """virtio write changes what the file commands have in memory."""
    copy = work / "rw.img"
    shutil.copy(mbr, copy)
    m = machine(disks=[Disk(copy)])
    assert "r.bin" in m.ok("ls virtio 0:1")
    m.ok("mw.b 48000000 0 200000")
    m.ok("virtio write 48000000 800 1000")
    m.fails("ls virtio 0:1", "no known file system")
    m.ok("virtio write 48000000 0 1")
    m.fails("ls virtio 0:1", "no partition table")


def test_tab(machine, mbr):
    """Devices, partitions and files complete."""
    m = machine(disks=[Disk(mbr, ro=True)])
    m.send(f"load vir\t0:\t{ADDR:x} r\t\r")
    m.expect(r"300000 bytes read in ")
    m.prompt()
    m.send("cat virtio 0:1 di\tx\t\r")
    m.expect("in a directory")
    m.prompt()
