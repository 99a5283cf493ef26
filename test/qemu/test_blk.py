# SPDX-License-Identifier: BSD-2-Clause
"""Disks by what they are called, in any order; blk, judged from outside: what is on
the disks afterwards is compared byte by byte with what should be."""

import hashlib
import random
import re
import time

import pytest
from test_scsi import controller, unit

from vireo import Disk, comma, tool

MIB = 1 << 20
DATA = random.Random(5).randbytes(24 * MIB)
made = {}                               # what labelled() has made, by label
GUID = "5649524f-4755-4944-8000-0000000000{:02x}"


def fill(path, size, seed=0):
    path.write_bytes(DATA[seed:seed + size])
    return path


def without_progress(out):
    """A loaded machine shows how far it is, and wipes that out with blanks."""
    return out.split(40 * " ")[-1]


def ok(m, line):
    return without_progress(m.ok(line))


def labelled(work, n, label):
    """A GPT disk: an empty partition, and a FAT with a file that says which it is."""
    path, fat = work / f"{label}.img", work / "fat.img"
    if label in made:
        path.write_bytes(made[label])
        return path
    fat.write_bytes(bytes(4 * MIB))
    tool("mkfs.fat", "--invariant", "-i", f"1234abc{n}", "-n", label, fat)
    (work / "text").write_text(f"on {label}\n")
    tool("mcopy", "-i", fat, work / "text", "::which")
    path.write_bytes(bytes(8 * MIB))
    tool("sgdisk", "-n1:2048:4095", "-n2:4096:12287", f"-c2:the {label}",
         "-u2:" + GUID.format(n), path)
    with open(path, "r+b") as f:
        f.seek(2 * MIB)
        f.write(fat.read_bytes())
    made[label] = path.read_bytes()
    return path


# ---- names

@pytest.mark.parametrize("swapped", [False, True])
def test_names_hold_in_any_order(machine, work, swapped):
    disks = [Disk(labelled(work, n, label), ro=True, serial=f"SN-{label}")
             for n, label in enumerate(("ROOT", "HOME", "OTHER"))]
    if swapped:
        disks = disks[::-1]
    m = machine(disks=disks)
    for n, label in enumerate(("ROOT", "HOME")):
        for where in (f"virtio serial=SN-{label}", f"virtio serial=SN-{label}:2",
                      f"virtio label={label}", f"any LABEL={label}",
                      f"virtio uuid=1234-abc{n}", f"any uuid=1234-ABC{n}",
                      f"virtio partuuid={GUID.format(n)}",
                      f"virtio PARTUUID={GUID.format(n).upper()}",
                      f"any 'partlabel=the {label}'",
                      f"virtio 'serial=SN-{label}#the {label}'",
                      f"virtio serial=SN-{label}:label={label}"):
            assert m.ok(f"cat {where} which") == f"on {label}\n"
        m.ok(f"load any label={label} 48000000 which")
        assert m.memory(0x48000000, 4) == b"on " + label[:1].encode()
        disk = 2 - n if swapped else n
        for name in (f"virtio:serial=SN-{label}:2", f"serial=SN-{label}:2",
                     f"label={label}", f"virtio:{disk}:2"):
            assert f" for virtio:{disk}:2 0 ... 1fff ==> " in ok(m, f"blk hash crc32 {name}")
    m.fails("cat virtio label=root which", "cat: virtio label=root: nothing has this label\n")
    m.fails("ls any label=", "nothing stands behind the =")
    m.fails("ls any 0", "no such device")


def test_twins(machine, work):
    root = labelled(work, 0, "ROOT")
    m = machine(disks=[Disk(root, ro=True, serial="A"), Disk(root, ro=True, serial="A")])
    for key in ("label=ROOT", "uuid=1234-ABC0", "partuuid=" + GUID.format(0)):
        m.fails(f"cat virtio {key} which", "virtio:0:2 and virtio:1:2 both have this "
                + key.split("=")[0])
    m.fails("cat virtio serial=A which", "virtio:0 and virtio:1 both have this serial number")
    assert m.ok("cat virtio 1:label=ROOT which") == "on ROOT\n"


@pytest.mark.parametrize("broken", [0, 1])
def test_a_broken_disk_hides_nothing(machine, work, broken):
    root, home = labelled(work, 0, "ROOT"), labelled(work, 1, "HOME")
    node = ("driver=raw,node-name=%s,read-only=on,file.driver=blkdebug,"
            "file.image.driver=file,file.image.read-only=on,"
            f"file.image.filename={comma(home)},file.inject-error.0.event=read_aio")
    disks = [Disk(root, ro=True)]
    disks.insert(broken, Disk(node=node, ro=True))
    m = machine(disks=disks)
    assert m.ok("cat virtio label=ROOT which") == "on ROOT\n"
    m.fails("cat virtio label=HOME which", f"nothing has this label, but virtio:{broken} "
            "cannot be looked at: input/output error")
    rows = m.ok("blk list")
    assert re.search(rf"^virtio:{broken} .* input/output error$", rows, re.M)
    assert re.search(rf'^virtio:{1 - broken}:2 +4 MiB +fat "ROOT"$', rows, re.M)


def test_list(machine, work):
    """Every interface, tables of both kinds; a table's name fits its rows."""
    mbr = work / "mbr.img"
    mbr.write_bytes(bytes(4 * MIB))
    tool("sfdisk", "-q", mbr, input="label: dos\nstart=2048, size=2048, type=83\n")
    cd = fill(work / "cd.img", MIB)
    m = machine(disks=[Disk(labelled(work, 0, "ROOT"), serial="SN-1"), Disk(mbr, ro=True)],
                args=[*controller(), *unit(cd, kind="scsi-cd", ro=True)])
    assert [line.split() for line in m.ok("blk list").splitlines()] == [
        ["Name", "Size", "Block", "Mode", "Serial", "Contents"],
        ["virtio:0", "8", "MiB", "512", "rw", "SN-1", "EFI"],
        ["virtio:0:1", "1", "MiB", "-"],
        ["virtio:0:2", "4", "MiB", "fat", '"ROOT"'],
        ["virtio:1", "4", "MiB", "512", "ro", "-", "DOS"],
        ["virtio:1:1", "1", "MiB", "-"],
        ["scsi:0", "1", "MiB", "2048", "ro", "-", "-"]]
    assert m.ok("lsblk").endswith("virtio              : virtio 0, virtio 1\n"
                                  "scsi                : scsi 0\n")


def test_ext4_by_name(machine, work):
    """A disk without a table, a label with all that could be taken for something else."""
    (work / "tree").mkdir()
    (work / "tree" / "which").write_text("on ext4\n")
    uuid, label = "0a1b2c3d-4e5f-6789-abcd-ef0123456789", "my: root#1=x"
    root = work / "root.img"
    tool("mke2fs", "-q", "-t", "ext4", "-L", label, "-U", uuid, "-d", work / "tree", root, "8M")
    m = machine(disks=[Disk(labelled(work, 0, "ROOT"), ro=True), Disk(root, ro=True)])
    for where in (f"virtio 'label={label}'", f"virtio '1:label={label}'", f"any uuid={uuid}",
                  f"any UUID={uuid.upper()}"):
        assert m.ok(f"cat {where} which") == "on ext4\n"
    m.fails(f"cat any 'label={label.upper()}' which", "nothing has this label")
    assert m.ok("blk list").splitlines()[-1].split(None, 6)[-1] == f'ext4 "{label}"'


# ---- work

@pytest.mark.parametrize("virtio", [1, 2])
def test_copy_compare_zero_hash(machine, work, virtio):
    """From 512 to 4096 and to SCSI, more than one step long."""
    size = 20 * MIB
    a, b, c = (fill(work / f"{n}.img", size, seed) for n, seed in (("a", 0), ("b", 1), ("c", 2)))
    m = machine(virtio=virtio, disks=[Disk(a, ro=True), Disk(b, bs=4096)],
                args=[*controller(), *unit(c)])
    assert ok(m, "blk copy virtio:0 virtio:1").startswith(f"{size} bytes copied in ")
    ok(m, "blk copy virtio:1 scsi:0")
    assert a.read_bytes() == b.read_bytes() == c.read_bytes() == DATA[:size]
    for name in ("virtio:1", "scsi:0"):
        assert ok(m, f"blk compare virtio:0 {name}") == f"Total of {size} byte(s) were the same\n"
    ok(m, "blk zero virtio:1 400 c01")           # blocks of 4096: 4 MiB to 16 MiB and one
    ok(m, "blk zero scsi:0 7 1")
    with open(b, "rb") as f:
        assert f.read() == DATA[:4 * MIB] + bytes(12 * MIB + 4096) + DATA[16 * MIB + 4096:size]
    assert c.read_bytes() == DATA[:3584] + bytes(512) + DATA[4096:size]
    at = next(i for i in range(4 * MIB, size) if DATA[i])
    assert without_progress(m.fails("blk compare virtio:1 virtio:0")) == (
        f"byte at {at:#x} (virtio:1: 0x00) != (virtio:0: {DATA[at]:#04x})\n"
        f"Total of {at} byte(s) were the same\n")
    for alg in ("md5", "sha1", "sha256"):
        digest = hashlib.new(alg, b.read_bytes()).hexdigest()
        assert ok(m, f"blk hash {alg} virtio:1") == f"{alg} for virtio:1 0 ... 13ff ==> {digest}\n"
        part = hashlib.new(alg, DATA[512:1536]).hexdigest()
        ok(m, f"blk hash {alg} virtio:0 1 2 sum")
        assert m.ok("printenv sum") == f"sum={part}\n"


def test_refusals_change_nothing(machine, work):
    a, b, root = fill(work / "a.img", MIB), fill(work / "b.img", MIB), labelled(work, 0, "ROOT")
    before = root.read_bytes()
    m = machine(disks=[Disk(a, ro=True), Disk(b, bs=4096), Disk(root)])
    for line, why in (
            ("copy virtio:1 virtio:0", "virtio:0: read-only"),
            ("zero virtio:0", "virtio:0: read-only"),
            ("copy virtio:0 virtio:1 9", "virtio:1: not whole blocks of 4096 bytes"),
            ("copy virtio:2:2 virtio:1", "virtio:1: past the end, it has 0x100 blocks of 4096"),
            ("copy virtio:0 virtio:2", "virtio:2: it has a partition table; -f overwrites it"),
            ("zero virtio:2", "virtio:2: it has a partition table; -f overwrites it"),
            ("discard virtio:2", "virtio:2: it has a partition table; -f overwrites it"),
            ("copy -f virtio:2:2 virtio:2 1001", "virtio:2:2 and virtio:2 overlap"),
            ("copy virtio:1 label=ROOT 1000", "virtio:1: past the end"),
            ("zero virtio:1 ff 2", "virtio:1: past the end, it has 0x100 blocks of 4096")):
        m.fails("blk " + line, f"blk {line.split()[0]}: {why}")
    assert a.read_bytes() == b.read_bytes() == DATA[:MIB] and root.read_bytes() == before
    # What -f and a partition allow.
    ok(m, "blk copy virtio:0 label=ROOT")
    assert root.read_bytes() == before[:2 * MIB] + DATA[:MIB] + before[3 * MIB:]
    ok(m, "blk copy virtio:2:2 virtio:2:1 800")
    ok(m, "blk zero virtio:2:2")
    with open(root, "rb") as f:
        assert f.read() == before[:MIB] + DATA[:MIB] + bytes(4 * MIB) + before[6 * MIB:]
    ok(m, "blk zero -f virtio:2")
    assert root.read_bytes() == bytes(8 * MIB)


@pytest.mark.parametrize("feature", ["write-zeroes=on", "write-zeroes=off"])
def test_zero_either_way(machine, work, feature):
    """With the request, no data goes to the device; without it, all is written."""
    a = fill(work / "a.img", 20 * MIB)
    m = machine(virtio=2, disks=[Disk(a, device=feature)])
    m.ok("virtio info")
    ok(m, "blk zero virtio:0 1 9ffe")
    assert a.read_bytes() == DATA[:512] + bytes(20 * MIB - 1024) + DATA[20 * MIB - 512:20 * MIB]
    stats = m.qmp("query-blockstats")[0]["stats"]
    assert (stats["wr_bytes"] > 19 * MIB) or feature == "write-zeroes=on"
    assert stats["flush_operations"] == 1


def test_discard(machine, work):
    a = fill(work / "a.img", 8 * MIB)
    m = machine(disks=[Disk(a, device="discard=on")])
    m.ok("blk discard virtio:0 800 3000")       # 1 MiB to 7 MiB
    assert a.read_bytes() == DATA[:MIB] + bytes(6 * MIB) + DATA[7 * MIB:8 * MIB]
    assert a.stat().st_blocks * 512 < 3 * MIB


def test_ctrl_c(machine, work):
    """A slow disk: progress is shown, Ctrl-C stops, and what it says is true."""
    a, b = fill(work / "a.img", 24 * MIB), work / "b.img"
    b.write_bytes(bytes(24 * MIB))
    m = machine(args=["-object", "throttle-group,id=slow,x-bps-write=6000000"],
                disks=[Disk(a, ro=True),
                       Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                            f"file.driver=file,file.filename={b}")])
    m.send("blk copy virtio:0 virtio:1\r")
    m.expect(r"\r66 % of 24 MiB copied")
    time.sleep(0.3)
    m.send("\x03")
    start = time.monotonic()
    said = m.prompt()
    assert time.monotonic() - start < 2
    done, total, more = (int(n, 16) for n in re.search(
        r"blk copy: stopped by Ctrl-C; (\w+) of (\w+) blocks are copied"
        r"(?:, up to (\w+) more may be|())\n", said).groups()[:3])
    assert (done, total) == (0x8000, 0xc000) and 0 < more <= 0x4000
    got = b.read_bytes()
    assert got[:done * 512] == DATA[:done * 512]
    # The disk is as good as before.
    assert ok(m, "blk compare virtio:0 virtio:1 8000") == "Total of 16777216 byte(s) were the same\n"


@pytest.mark.parametrize("event,code", [("read_aio", "source"), ("write_aio", "target")])
def test_breaks_in_the_middle(machine, work, event, code):
    """The second step of two touches a bad sector."""
    a, b = fill(work / "a.img", 20 * MIB), work / "b.img"
    b.write_bytes(bytes(20 * MIB))
    bad = (18 * MIB) // 512

    def debug(path, on):
        extra = f",file.inject-error.0.event={event},file.inject-error.0.sector={bad}"
        return Disk(node="driver=raw,node-name=%s,file.driver=blkdebug,file.image.driver=file,"
                    f"file.image.filename={path}" + (extra if on else ""))

    m = machine(disks=[debug(a, code == "source"), debug(b, code == "target")])
    n = int(code == "target")
    tail = ", up to 0x2000 more may be" if n else ""
    m.fails("blk copy virtio:0 virtio:1", f"blk copy: virtio:{n}: input/output error; "
            f"0x8000 of 0xa000 blocks are copied{tail}\n")
    assert b.read_bytes()[:16 * MIB] == DATA[:16 * MIB]
    assert ok(m, "blk copy virtio:0 virtio:1 8000").startswith("16777216 bytes copied")


def test_beyond_two_tib(machine, work):
    """A sparse disk of 3 TiB with a partition near its end."""
    size, first = 3 << 40, (3 << 40) // 512 - 0x10000
    big, a = work / "big.img", fill(work / "a.img", MIB)
    with open(big, "wb") as f:
        f.truncate(size)
    tool("sgdisk", f"-n1:{first}:{first + 0x7fff}", "-c1:far", big)
    m = machine(disks=[Disk(big), Disk(a, ro=True)])
    assert re.search(r"^virtio:0 +3 TiB ", m.ok("blk list"), re.M)

    def at(offset, count):
        with open(big, "rb") as f:
            f.seek(offset)
            return f.read(count)

    ok(m, "blk copy virtio:1 any:partlabel=far")
    assert at(first * 512, MIB + 512) == DATA[:MIB] + bytes(512)
    digest = hashlib.sha256(DATA[512:1024]).hexdigest()
    assert digest in ok(m, f"blk hash sha256 virtio:0 {first + 1:x} 1")
    ok(m, f"blk zero -f virtio:0 {first + 1:x} 1")
    assert at(first * 512, 2048) == DATA[:512] + bytes(512) + DATA[1024:2048]
    m.fails("blk compare virtio:1 virtio:0:1", "byte at 0x200 ")
    m.fails(f"blk zero -f virtio:0 {size // 512:x} 1", "past the end, it has 0x180000000 blocks")
    big.unlink()


def test_tab(machine, work):
    empty = work / "mbr.img"
    empty.write_bytes(bytes(4 * MIB))
    tool("sfdisk", "-q", empty, input="label: dos\nstart=2048, size=2048, type=83\n")
    m = machine(disks=[Disk(labelled(work, 0, "ROOT"), ro=True, serial="SN-1"),
                       Disk(empty, ro=True)])
    for typed, seen in (("blk com\t", "blk compare "),
                        ("blk hash crc32 virtio:1:\t", "blk hash crc32 virtio:1:1 "),
                        ("blk hash crc32 la\t", "blk hash crc32 label=ROOT "),
                        ("blk zero ser\t", "blk zero serial=SN-1 "),
                        ("ls virtio label=\t", "ls virtio label=ROOT "),
                        ("ls any se\t", "ls any serial=SN-1 "),
                        ("virtio id s\t", "virtio id serial=SN-1 ")):
        m.send(typed)
        m.expect(re.escape(seen))
        m.send("\x03")
        m.prompt()


def test_read_and_write(machine, work):
    """A partition by name, to memory and back."""
    root = labelled(work, 0, "ROOT")
    before = root.read_bytes()
    m = machine(disks=[Disk(root)])
    assert ok(m, "blk read label=ROOT 48000000").startswith("4194304 bytes read in ")
    assert m.memory(0x48000000, 4 * MIB) == before[2 * MIB:6 * MIB]
    m.ok("mw.b 48000000 5a 1000; blk write label=ROOT 48000000 3 2")
    at = 2 * MIB + 3 * 512
    assert root.read_bytes() == before[:at] + b"\x5a" * 1024 + before[at + 1024:]
    for line, why in (("read virtio:0:1 0", "0x0: not RAM"),
                      ("read virtio:0 5ffffc00 0 2", "0x5ffffc00: "),
                      ("read virtio:0:1 48000000 7ff 2", "virtio:0:1: past the end"),
                      ("write virtio:0:1 5ffffe00 0 2", "0x5ffffe00: not all RAM"),
                      ("write virtio:0 48000000 0 1", "virtio:0: it has a partition table")):
        m.fails("blk " + line, f"blk {line.split()[0]}: {why}")
