# SPDX-License-Identifier: BSD-2-Clause
"""FAT volumes written to in the machine: what save, mkdir, rm, mv and touch leave is
judged from outside, by fsck.fat and mtools; so is what a full, read-only, failing or
slow disk, Ctrl-C, a reset and the loss of power leave."""

import hashlib
import random
import re
import struct
import time

import pytest

from vireo import Disk, tool

MIB = 1 << 20
ADDR = 0x48000000
DATA = random.Random(7).randbytes(3 * MIB)
SAVED = r"(\d+) bytes written in \d+ ms(?: \([\d.]+ ([KMG]iB|Bytes)/s\))?\n"
LONG = "A long name - with spaces, and more than one dot.tar.gz"

# What fsck.fat may find after a stop.
HARMLESS = [
    r"fsck\.fat .*", r".*: \d+ files, \d+/\d+ clusters", r"",
    r"Dirty bit is set\. Fs was not properly unmounted and some data may be corrupt\.",
    r" Automatically removing dirty bit\.",
    r"There are differences between boot sector and its backup\.",
    r"This is mostly harmless\. Differences: \(offset:original/backup\)",
    r"  65:01/00", r"  Not automatically fixing this\.",
    r"FATs differ but appear to be intact\..*", r"  Using first FAT\.",
    r"Reclaim.*", r"Free cluster summary wrong .*", r"  Auto-correcting\.",
    r"Orphaned long file name part .*", r"  Auto-deleting\.",
    r"Leaving filesystem unchanged\.",
]


def make(path, bits, size, *options, files=()):
    """A volume of bits, and files (name, bytes) on it."""
    path.touch()
    with open(path, "r+b") as f:
        f.truncate(size)
    tool("mkfs.fat", "--invariant", "-F", bits, "-n", "WRITTEN", *options, path)
    for name, data in files:
        src = path.parent / "src.bin"
        src.write_bytes(data)
        tool("mcopy", "-Q", "-i", path, src, f"::{name}")
    return path


def fsck(path):
    """Nothing at all is wrong."""
    out = tool("fsck.fat", "-n", path)
    assert len(out.splitlines()) == 2, out


def fsck_after_stop(path):
    """Nothing is wrong but what is harmless."""
    out = tool("sh", "-c", f"fsck.fat -n '{path}' || :")
    for line in out.splitlines():
        assert any(re.fullmatch(h, line) for h in HARMLESS), out


def listing(path):
    out = tool("mdir", "-i", path, "-b", "-a", "-/", "::/")
    return sorted(line.removeprefix("::") for line in out.splitlines())


def contents(path, name):
    return tool("mtype", "-i", path, f"::{name}", text=False)



def save(m, name, size, pos=None, addr=ADDR, **kw):
    pos = "" if pos is None else f" {pos:x}"
    out = m.ok(f"save virtio 0 {addr:x} '{name}' {size:x}{pos}", **kw)
    assert int(re.fullmatch(SAVED, out)[1]) == size


def digest(path):
    return hashlib.sha1(path.read_bytes()).digest()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A disk with data to be saved."""
    return make(tmp_path_factory.mktemp("src") / "src.img", 16, 20 * MIB,
                files=[("DATA.BIN", DATA)])


@pytest.fixture
def start(machine, source):
    """A machine whose first disk is the one given, with DATA in memory."""
    def go(disk, **config):
        m = machine(disks=[disk, Disk(source, ro=True)], **config)
        m.ok(f"load virtio 1 {ADDR:x} data.bin")
        return m
    return go


# ---- a session

@pytest.mark.parametrize("bits,size,options", [
    (12, MIB, []), (16, 20 * MIB, []), (32, 40 * MIB, ["-s", "1"])])
def test_session(start, work, bits, size, options):
    image = make(work / "d.img", bits, size, *options, files=[("KEEP.BIN", DATA[:5000])])
    m = start(image, args=["-rtc", "base=2031-05-06T07:08:10"])
    save(m, "/new.bin", 100000)
    save(m, LONG, 1234)
    m.ok("mkdir virtio 0 /sub")
    m.ok("mkdir virtio 0 '/sub/Another directory'")
    save(m, "/sub/Another directory/x", 70000)
    save(m, "/sub/e.txt", 0)
    fsck(image)
    assert listing(image) == sorted([
        "/KEEP.BIN", "/new.bin", f"/{LONG}", "/sub/", "/sub/Another directory/",
        "/sub/Another directory/x", "/sub/e.txt"])
    assert contents(image, "NEW.BIN") == DATA[:100000]
    assert contents(image, "/sub/another directory/X") == DATA[:70000]
    # over, at the end, in the middle
    save(m, "/NEW.bin", 3000)
    save(m, "/new.bin", 5000, 3000)
    save(m, "/new.bin", 100, 100, addr=ADDR + 7)
    assert contents(image, "new.bin") == DATA[:100] + DATA[7:107]
    m.ok("mv virtio 0 /new.bin '/sub/Renamed by mv.bin'")
    m.ok(f"mv virtio 0 '{LONG}' /keep.bin")
    m.ok("mv virtio 0 '/sub/Another directory' /moved")
    m.ok("rm virtio 0 /sub/e.txt")
    m.ok("touch virtio 0 /sub/touched")
    fsck(image)
    assert listing(image) == ["/KEEP.BIN", "/moved/", "/moved/x", "/sub/",
                              "/sub/Renamed by mv.bin", "/sub/touched"]
    assert contents(image, "keep.bin") == DATA[:1234]
    assert contents(image, "/sub/renamed BY mv.bin") == DATA[:100] + DATA[7:107]
    for path in ("/moved/x", "/moved", "/sub/touched", "'/sub/Renamed by mv.bin'", "/sub",
                 "/keep.bin"):
        m.ok(f"rm virtio 0 {path}")
    fsck(image)
    save(m, "stamp", 1)
    assert listing(image) == ["/stamp"]
    out = tool("mdir", "-i", image, "::/")
    assert re.search(r"^stamp +1 2031-05-06 +7:08 ", out, re.M), out


def test_aliases(start, work):
    """Short names as others make them: no two alike."""
    image = make(work / "d.img", 16, 20 * MIB, files=[("Long name 0.text", b"0")])
    m = start(image)
    for i in range(1, 12):
        save(m, f"/Long name {i}.text", i)
    save(m, "/PLAIN.TXT", 1)
    save(m, "/two.dots.txt", 1)
    save(m, "/a+b.txt", 1)
    m.ok("mv virtio 0 '/Long name 3.text' /long")
    save(m, "/Long name 12.text", 12)
    fsck(image)
    names = re.findall(r"^(\S+) +(\S*) +\d+ \d{4}-", tool("mdir", "-i", image, "::/"),
                       re.M)
    assert len(names) == 16 and len(set(names)) == 16
    for i in range(1, 13):
        assert i == 3 or contents(image, f"Long name {i}.text") == DATA[:i]


# ---- what cannot be done

def test_refused(start, work):
    image = make(work / "d.img", 16, 20 * MIB, files=[("F", b"file")])
    m = start(image)
    m.ok("mkdir virtio 0 /d")
    save(m, "/d/x", 10)
    before = digest(image)
    a = f"{ADDR:x}"
    for name in ("a*b", "a?", "a:b", "'a|b'", "'<a>'", "'a\\b'", "'\"q\"'", "dot.", "'blank '"):
        m.fails(f"save virtio 0 {a} {name} 10", "** Unable to write file ")
        m.fails(f"mkdir virtio 0 {name}", "** Unable to create a directory ")
        m.fails(f"mv virtio 0 f {name}")
        m.fails(f"touch virtio 0 {name}")
    long = "n" * 256
    m.fails(f"save virtio 0 {a} {long} 10", "too long")
    m.fails(f"mkdir virtio 0 {long}", "too long")
    m.fails(f"save virtio 0 {a} /no/x 10", "** Unable to write file /no/x **")
    m.fails(f"save virtio 0 {a} /f/x 10", "not a directory")
    m.fails(f"save virtio 0 {a} /d 10", "is a directory")
    m.fails(f"save virtio 0 {a} /f 10 5", "past its end")
    m.fails(f"save virtio 0 {a} /new 10 5", "** Unable to write file /new **")
    m.fails("mkdir virtio 0 /d", "/d: already exists")
    m.fails("mkdir virtio 0 /F", "/F: already exists")
    m.fails("mkdir virtio 0 /no/d", "not found")
    m.fails("rm virtio 0 /no", "/no: doesn't exist")
    m.fails("rm virtio 0 /d", "directory is not empty")
    m.fails("rm virtio 0 /")
    m.fails("mv virtio 0 /no /x", "/no: not found")
    m.fails("mv virtio 0 /d /d/e")
    m.fails("mv virtio 0 /d /f", "not a directory")
    m.fails(f"save virtio 7 {a} /x 10")
    m.fails(f"save virtio 0 {a} /x zz", "'zz' is not a number")
    m.fails(f"save virtio 0 {a}", "Usage:")
    assert digest(image) == before
    m.ok("mv virtio 0 /f /d")           # into it
    assert [name.lower() for name in listing(image)] == ["/d/", "/d/f", "/d/x"]
    fsck(image)


@pytest.mark.parametrize("bits,size", [(12, 200 * 1024), (16, 9 * MIB), (32, 34 * MIB)])
def test_full(start, work, bits, size):
    image = make(work / "d.img", bits, size, "-s", "1" if bits != 16 else "2",
                 files=[("KEEP", DATA[:3000])])
    m = start(image)
    for i in range(1, 100):
        r = m.cmd(f"save virtio 0 {ADDR:x} /f{i} {min(size, len(DATA)) // 3:x}")
        if r.rc:
            break
    assert "no space left" in r.out and f"** Unable to write file /f{i} **" in r.out
    fsck(image)
    before = digest(image)
    m.fails(f"save virtio 0 {ADDR:x} /keep {min(size, len(DATA)):x} bb8", "no space left")
    m.fails(f"save virtio 0 {ADDR:x} /keep {min(size, len(DATA)):x}", "no space left")
    assert contents(image, "keep") == DATA[:3000]
    fsck(image)
    assert bits != 32 or before
    m.ok("rm virtio 0 /f1")
    save(m, "/after", 40000)
    fsck(image)
    assert contents(image, "after") == DATA[:40000]


@pytest.mark.parametrize("bits", [16, 32])
def test_read_only(start, work, bits):
    image = make(work / "d.img", bits, 40 * MIB, files=[("F", b"file")])
    before = digest(image)
    m = start(Disk(image, ro=True))
    m.fails(f"save virtio 0 {ADDR:x} /new 10", "read-only")
    m.fails(f"save virtio 0 {ADDR:x} /f 10", "read-only")
    for line in ("mkdir virtio 0 /d", "rm virtio 0 /f", "mv virtio 0 /f /g", "touch virtio 0 /f",
                 "touch virtio 0 /g"):
        m.fails(line, "read-only")
    assert m.ok("cat virtio 0 /f") == "file\n"
    assert digest(image) == before


# ---- disks

def test_sectors_of_4096(start, work):
    image = make(work / "d.img", 32, 300 * MIB, "-S", "4096", files=[("KEEP", DATA[:9000])])
    m = start(Disk(image, bs=4096))
    m.ok("mkdir virtio 0 /d")
    save(m, "/d/f", 100001)
    save(m, "/d/f", 5, 100001)
    m.ok(f"mv virtio 0 /d/f '/{LONG}'")
    save(m, "/keep", 9)
    fsck(image)
    assert contents(image, LONG) == DATA[:100001] + DATA[:5]
    assert contents(image, "keep") == DATA[:9]
    assert listing(image) == sorted(["/KEEP", f"/{LONG}", "/d/"])


def test_partition(start, work):
    """Nothing outside of it is written."""
    volume = make(work / "v.img", 16, 16 * MIB)
    image = work / "d.img"
    image.write_bytes(b"\xa5" * (20 * MIB))
    tool("sfdisk", "-q", image, input="label: dos\nstart=4096, size=32768, type=6\n")
    with open(image, "r+b") as f:
        f.seek(2 * MIB)
        f.write(volume.read_bytes())
    old = image.read_bytes()
    m = start(image)
    m.ok(f"save virtio 0:1 {ADDR:x} /f {len(DATA):x}")
    m.ok("mkdir virtio 0:1 /d")
    new = image.read_bytes()
    assert new[:2 * MIB] == old[:2 * MIB] and new[18 * MIB:] == old[18 * MIB:]
    volume.write_bytes(new[2 * MIB:18 * MIB])
    fsck(volume)
    assert contents(volume, "f") == DATA


def huge(path, size):
    """A volume of 4.5 GiB, sparse, with a file of size bytes whose clusters were never
    written: entry, chain and FSInfo are put there by hand."""
    make(path, 32, 4608 * MIB, "-s", "64", files=[("HUGE.BIN", b"x")])
    with open(path, "r+b") as f:
        b = f.read(512)
        reserved, = struct.unpack_from("<H", b, 14)
        fat, = struct.unpack_from("<I", b, 36)
        cluster = 64 * 512
        n = -(-size // cluster)
        data = (reserved + 2 * fat) * 512
        f.seek(data)                    # the root; its cluster is 2
        root = bytearray(f.read(cluster))
        at = root.index(b"HUGE    BIN")
        first, = struct.unpack_from("<H", root, at + 26)
        struct.pack_into("<I", root, at + 28, size)
        f.seek(data)
        f.write(root)
        links = struct.pack(f"<{n}I", *range(first + 1, first + n), 0x0fffffff)
        for i in range(2):
            f.seek((reserved + i * fat) * 512 + first * 4)
            f.write(links)
        f.seek(512 + 488)
        free, = struct.unpack("<I", f.read(4))
        f.seek(512 + 488)
        f.write(struct.pack("<I", free - n + 1))
    return data + (first - 2) * cluster


def test_beyond_2_and_4_gib(start, work):
    """At 2.5 GiB, and up to the last byte that a file can have."""
    image = work / "d.img"
    half = 5 << 29
    data = huge(image, half)
    m = start(image)
    save(m, "/huge.bin", len(DATA), half)
    save(m, "/huge.bin", 100, half + len(DATA))
    m.ok(f"load virtio 0 {ADDR + 0x1000000:x} /huge.bin {len(DATA) + 100:x} {half:x}")
    assert m.memory(ADDR + 0x1000000, len(DATA) + 100) == DATA + DATA[:100]
    fsck(image)
    with open(image, "rb") as f:
        f.seek(data + half)
        assert f.read(len(DATA)) == DATA
    m.close()
    top = (1 << 32) - 1
    data = huge(image, top - 5000)
    m = start(image)
    m.fails(f"save virtio 0 {ADDR:x} /huge.bin 1389 {top - 5000:x}", "too large")
    save(m, "/huge.bin", 5000, top - 5000)
    m.fails(f"save virtio 0 {ADDR:x} /huge.bin 1 {top:x}", "too large")
    m.ok(f"load virtio 0 {ADDR + 0x1000000:x} /huge.bin 1388 {top - 5000:x}")
    assert m.memory(ADDR + 0x1000000, 5000) == DATA[:5000]
    m.ok("size virtio 0 /huge.bin")
    assert m.ok("printenv filesize") == "filesize=ffffffff\n"
    # fsck.fat counts the chain's bytes in 32 bits, of which these are one too many.
    m.ok("rm virtio 0 /huge.bin")
    fsck(image)


def test_twins_beyond_2_gib(start, work):
    """What a stopped mv leaves on a volume of 4.6 million clusters: rm of one of two
    entries leaves the other its data."""
    image = make(work / "d.img", 32, 2300 * MIB, "-s", "1", files=[("ONE", DATA[:5000])])
    with open(image, "r+b") as f:
        b = f.read(512)
        f.seek((struct.unpack_from("<H", b, 14)[0] + 2 * struct.unpack_from("<I", b, 36)[0]) * 512)
        root = bytearray(f.read(512))
        at = root.index(b"ONE        ")
        end = -(-root.index(b"\0" * 32) // 32) * 32
        root[end:end + 32] = b"TWO        " + root[at + 11:at + 32]
        f.seek(-512, 1)
        f.write(root)
    m = start(image)
    m.ok("rm virtio 0 /one")
    save(m, "/new", 100000)
    fsck(image)
    assert contents(image, "two") == DATA[:5000]
    m.ok("mv virtio 0 /two /three")
    save(m, "/three", 3000)
    fsck(image)
    assert contents(image, "three") == DATA[:3000]


# ---- trouble

def failing(image, sector):
    """Writes that touch a sector fail."""
    return Disk(node="driver=raw,node-name=%s,file.driver=blkdebug,file.image.driver=file,"
                f"file.image.filename={image},file.inject-error.0.event=write_aio,"
                f"file.inject-error.0.iotype=write,file.inject-error.0.sector={sector}")


@pytest.mark.parametrize("where", ["data", "fat", "root"])
def test_bad_sector(start, work, where):
    image = make(work / "d.img", 16, 20 * MIB, files=[("KEEP", DATA[:3000])])
    b = image.read_bytes()[:512]
    fat, = struct.unpack_from("<H", b, 22)
    root = 2 * fat + struct.unpack_from("<H", b, 14)[0]
    sector = {"fat": root - 2 * fat, "root": root, "data": root + 32 + 40}[where]
    m = start(failing(image, sector))
    m.fails(f"save virtio 0 {ADDR:x} /new 10000", "** Unable to write file /new **")
    out = m.cmd("mkdir virtio 0 /d").out
    assert where == "data" or "input/output error" in out
    m.close()
    fsck_after_stop(image)
    assert contents(image, "keep") == DATA[:3000]
    assert "/new" not in listing(image)
    m = start(image)
    save(m, "/new", 10000)
    assert contents(image, "new") == DATA[:10000]
    assert m.ok("cmp.b {0:x} {0:x} 10".format(ADDR))


@pytest.mark.parametrize("once", ["on", "off"])
def test_behind_the_entry(start, work, once):
    """FSInfo cannot be written: what is done is done. Once is nothing to tell of."""
    image = make(work / "d.img", 32, 40 * MIB, "-s", "1", files=[("OLD", DATA[:70000])])
    node = failing(image, 1).node + f",file.inject-error.0.once={once}"
    m = start(Disk(node=node))
    r = m.cmd(f"save virtio 0 {ADDR:x} old 300")
    if once == "on":
        assert r.rc == 0
    else:
        assert r.rc == 1 and r.out == ("save: virtio 0 old: done, but the volume was left to be "
                                       "checked: input/output error\n")
    m.close()
    (fsck if once == "on" else fsck_after_stop)(image)
    assert contents(image, "old") == DATA[:0x300]


def slow(image, rate):
    return dict(disk=Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                          f"file.driver=file,file.filename={image}"),
                args=["-object", f"throttle-group,id=slow,x-bps-write={rate}"])


def test_slow(start, work):
    image = make(work / "d.img", 16, 20 * MIB)
    m = start(**slow(image, 3 * MIB))
    save(m, "/f", len(DATA), timeout=30)
    fsck(image)
    assert contents(image, "f") == DATA


def half_way(m, image, name="/f"):
    """A write is under way: some of it is on the disk."""
    m.send(f"save virtio 0 {ADDR:x} {name} {len(DATA):x}\r")
    m.expect(r"\r?\n")
    for _ in range(100):
        time.sleep(0.05)
        if DATA[:4096] in image.read_bytes():
            return
    raise AssertionError("nothing is written")


def test_ctrl_c(start, work):
    """The volume is as it was, and what was taken is given back."""
    image = make(work / "d.img", 16, 20 * MIB, files=[("F", b"old")])
    m = start(**slow(image, MIB))
    half_way(m, image)
    m.send("\x03")
    out = m.prompt(15)
    assert "interrupted" in out and "** Unable to write file /f **" in out
    fsck(image)
    assert contents(image, "F") == b"old" and listing(image) == ["/F"]
    save(m, "/g", 1000, timeout=30)
    fsck(image)


@pytest.mark.parametrize("bits", [12, 16, 32])
@pytest.mark.parametrize("how", ["reset", "kill"])
def test_stop(start, work, bits, how):
    """Power is lost in the middle, at a different place each time."""
    image = make(work / "d.img", bits, {12: 6, 16: 20, 32: 40}[bits] * MIB,
                 files=[("F", DATA[:20000]), ("KEEP", DATA[:3000])])
    m = start(**slow(image, 4 * MIB))
    half_way(m, image)
    time.sleep(random.Random(bits * len(how)).random())
    if how == "reset":
        m.qmp("system_reset")
        m.prompt(30)
        assert m.ok("size virtio 0 /f") == ""
    m.close()
    fsck_after_stop(image)
    assert contents(image, "F") in (DATA[:20000], DATA)
    assert contents(image, "keep") == DATA[:3000]
    assert listing(image) == ["/F", "/KEEP"]
    m = start(image)
    save(m, "/f", 100)
    save(m, "/new", 100000)
    fsck_after_stop(image)
    assert contents(image, "f") == DATA[:100] and contents(image, "new") == DATA[:100000]
