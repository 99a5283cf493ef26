# SPDX-License-Identifier: BSD-2-Clause
"""ext4 in the machine: images that mke2fs made of a folder, compared with it, and with
what debugfs and e2fsck say of them."""

import os
import random
import re
import struct

import pytest

from vireo import OUT, Disk, tool

ADDR = 0x48000000
MIB = 1 << 20
VERSION = "6.1.0-9-arm64"


def mke2fs(img, *options, src=None, size="64M"):
    tool("mke2fs", "-q", *options, *(["-d", src] if src else []), img, size)
    return img


def debugfs(img, *commands, script=None):
    """Run commands that change an image; their output."""
    script = script or img.with_suffix(".debugfs")
    script.write_text("".join(c + "\n" for c in commands))
    return tool("debugfs", "-w", "-f", script, img)


def make_tree(top):
    """What a small root file system has."""
    r = random.Random(4)
    for name, size in (("boot/vmlinuz-1", 300000), ("boot/deep/a/b/c/x", 10),
                       ("etc/hostname", 7), ("usr/lib/libx.so.1", 70001),
                       ("usr/lib/empty", 0), ("var/big", 5000000)):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(r.randbytes(size))
    for i in range(400):
        (top / "etc" / f"file-{i:03}").write_text(f"{i}\n")
    with open(top / "var/sparse", "wb") as f:
        for i in range(200):
            f.seek(i * 12288)
            f.write(r.randbytes(4096))
    for name, to in (("lib", "usr/lib"), ("vmlinuz", "boot/vmlinuz-1"),
                     ("usr/lib/libx.so", "libx.so.1"), ("etc/up", "../../boot/../etc/hostname"),
                     ("var/abs", "/lib/../lib/libx.so"), ("loop", "loop2"), ("loop2", "/loop"),
                     ("gone", "nowhere/at/all"),
                     ("far", "./" * 60 + "usr/lib/libx.so")):
        (top / name).symlink_to(to)
    return top


def compare(m, top, where="0"):
    """Every directory as ls shows it, every file by its MD5, by whatever link."""
    for d, dirs, files in os.walk(top):
        rel = os.path.relpath(d, top)
        rel = "" if rel == "." else rel
        want = {}
        for n in dirs + files:
            p = os.path.join(d, n)
            want[n] = "<SYM>" if os.path.islink(p) else \
                n + "/" if os.path.isdir(p) else str(os.path.getsize(p))
        seen = {}
        for line in m.ok(f"ls virtio {where} '/{rel}'").splitlines():
            if not re.match(r" .*\S   \S|            \S", line):
                continue
            what, name = line.split()[-2:] if not line.endswith("/") else (line.split()[-1],) * 2
            seen[name.rstrip("/")] = what
        for n in (".", "..", "lost+found"):
            seen.pop(n, None)
        assert seen == want, d
        for n in files:
            p = os.path.join(d, n)
            name = f"/{rel}/{n}"
            if not os.path.exists(p) or os.readlink(p).startswith("/") if os.path.islink(p) \
                    else len(files) > 100 and not n.endswith("7"):
                continue
            size = os.path.getsize(p)
            out = m.ok(f"load virtio {where} {ADDR:x} '{name}'")
            assert out.startswith(f"{size} bytes read in "), out
            if size:
                m.ok(f"md5sum {ADDR:x} $filesize sum")
                assert m.ok("echo $sum").strip() == tool("md5sum", p).split()[0], name


@pytest.mark.parametrize("options,bs", [
    ("-t ext4", 512), ("-t ext4 -b 1024 -O inline_data,metadata_csum_seed", 4096),
    ("-t ext4 -b 4096 -O bigalloc,^metadata_csum", 4096), ("-t ext3 -b 2048", 512),
    ("-t ext2 -b 1024", 512), ("-t ext4 -b 65536 -F", 512)])
def test_trees(machine, work, options, bs):
    top = make_tree(work / "src")
    img = mke2fs(work / "e.img", *options.split(), "-L", "ROOT", src=top)
    m = machine(disks=[Disk(img, ro=True, bs=bs)])
    compare(m, top)
    kind = options.split()[1]
    assert f'Filesystem: {kind} "ROOT"\n' in m.ok("fatinfo virtio 0")
    assert m.ok("fstype virtio 0") == "ext4\n"
    uuid = re.search(r"UUID: +(\S+)", tool("dumpe2fs", "-h", img))[1]
    assert m.ok("fsuuid virtio 0") == uuid + "\n"
    sum_ = tool("md5sum", top / "usr/lib/libx.so.1").split()[0]
    m.ok(f"ext4load virtio 0 {ADDR:x} /var/abs; md5sum {ADDR:x} $filesize sum")
    assert m.ok("echo $sum") == sum_ + "\n"
    m.ok("test -e virtio 0 /lib/libx.so")
    assert m.ok("ls virtio label=ROOT lib").count("libx") == 2
    for change in (f"save virtio 0 {ADDR:x} new 10", "mkdir virtio 0 new", "rm virtio 0 gone"):
        m.fails(change, "this kind of file system can only be read")
    assert m.ok("ext4size virtio 0 vmlinuz; echo $filesize") == f"{300000:x}\n"
    m.fails("cat virtio 0 loop", "cat: virtio 0 loop: symbolic links lead to symbolic links "
            "without an end")
    m.fails("cat virtio 0 gone", "cat: virtio 0 gone: not found")
    m.fails("cat virtio 0 etc/hostname/", "not a directory")
    m.fails("cat virtio 0 etc/hostname/..", "not a directory")
    m.fails("cat virtio 0 lib", "is a directory")
    m.fails("cat virtio 0 ETC/hostname", "not found")


def linear(names, ino, size):
    """Blocks of a directory without an index; mke2fs takes long for so many names."""
    out, block = [], [(2, b"."), (2, b"..")]
    for name in [*(n.encode() for n in names), None]:
        used = sum(8 + len(n) + 3 & ~3 for _, n in block)
        if name is None or used + (8 + len(name) + 3 & ~3) > size:
            data = b""
            for i, n in block:
                rec = size - len(data) if n is block[-1][1] else 8 + len(n) + 3 & ~3
                data += (struct.pack("<IHBB", i, rec, len(n), 1 + (i == 2)) + n).ljust(rec, b"\0")
            out.append(data)
            block = []
        block.append((ino, name))
    return b"".join(out)


@pytest.mark.parametrize("size,levels", [(1024, 1), (4096, 0)])
def test_large_directory(machine, work, size, levels):
    """20000 names, hashed: found by the index in a few requests."""
    src = work / "src"
    src.mkdir()
    (src / "d").touch()
    (src / "x").write_text("found\n")
    names = [f"a rather long name, the {i}th of many" for i in range(20000)]
    img = work / "e.img"
    for _ in range(2):                  # with the number of the inode at last
        mke2fs(img, "-t", "ext4", "-b", str(size), "-O", "^metadata_csum", src=src)
        ino = int(re.search(r"Inode: (\d+)", tool("debugfs", "-R", "stat x", img))[1])
        (src / "d").write_bytes(linear(names, ino, size))
    debugfs(img, "sif d mode 040755", f"sif x links_count {len(names) + 1}")
    for command in (f"e2fsck -fyD {img}", f"tune2fs -O metadata_csum {img}", f"e2fsck -fyD {img}"):
        tool("sh", "-c", f"{command} || [ $? = 1 ]")
    assert f"Indirect levels: {levels}" in tool("debugfs", "-R", "htree d", img)
    m = machine(disks=[Disk(img, ro=True)])
    before = requests(m)
    for n in (names[0], names[7777], names[19999]):
        assert m.ok(f"cat virtio 0 '/d/{n}'") == "found\n"
    assert requests(m) - before < 30
    m.fails("cat virtio 0 '/d/a rather long name, the 20000th of many'", "not found")
    assert requests(m) - before < 33


def requests(m):
    return int(re.search(r"kicks (\d+)", m.ok("virtio status 0"))[1])


def test_requests(machine, work):
    """Notifications for a file of 4 KiB: six cold, one warm; a large file in a few."""
    src = work / "src"
    src.mkdir()
    (src / "small").write_bytes(bytes(range(256)) * 16)
    (src / "large").write_bytes(bytes(range(256)) * (96 << 12))
    img = mke2fs(work / "e.img", "-t", "ext4", src=src, size="256M")
    m = machine(disks=[Disk(img, ro=True)])
    seen = []
    for name in ("small", "small", "large"):
        before = requests(m)
        m.ok(f"load virtio 0 {ADDR:x} {name}")
        seen.append(requests(m) - before)
    assert seen[0] <= 6 and seen[1] == 1 and seen[2] <= 8, seen


def test_far_offsets(machine, work):
    """A sparse file of 6 GiB: what is at places that 31 and 32 bits cannot reach."""
    marks = {0: b"first", (1 << 31) - 3: b"across", (1 << 32) - 2: b"over",
             (5 << 30) + 77: b"above", (6 << 30) - 4: b"last"}
    src = work / "src"
    src.mkdir()
    with open(src / "big", "wb") as f:
        for at, mark in marks.items():
            f.seek(at)
            f.write(mark)
    for options in (["-t", "ext4"], ["-t", "ext2", "-b", "4096"]):
        img = mke2fs(work / "e.img", *options, src=src)
        m = machine(disks=[Disk(img, ro=True)])
        assert m.ok("size virtio 0 big; echo $filesize") == f"{6 << 30:x}\n"
        for at, mark in marks.items():
            back = min(at, 8)
            m.ok(f"mw.b {ADDR:x} a5 40")
            m.ok(f"load virtio 0 {ADDR:x} big {back + len(mark):x} {at - back:x}")
            assert m.memory(ADDR, back + len(mark) + 4) == \
                bytes(back) + mark + b"\xa5" * 4
        m.close()
        img.unlink()


def test_beyond_2_tib(machine, work):
    """Blocks of a volume of 6 TiB that lie behind 2 and 4 TiB."""
    img = mke2fs(work / "e.img", "-t", "ext4", "-b", "4096", "-i", str(64 * MIB), "-m", "0", "-O",
                 "^has_journal,^resize_inode,^extents,^64bit,^metadata_csum", "-E",
                 "lazy_itable_init=1,packed_meta_blocks=1", size="6T")
    blocks = [(2 << 40) // 4096 + 5, (5 << 40) // 4096 + 1]
    (work / "two").write_bytes(bytes(8192))
    debugfs(img, f"write {work / 'two'} two", *[
        f"sif two block[{i}] {b}" for i, b in enumerate(blocks)])
    with open(img, "r+b") as f:
        for i, b in enumerate(blocks):
            f.seek(b * 4096)
            f.write(b"%d" % i * 4096)
    m = machine(disks=[Disk(img, ro=True)])
    m.ok(f"load virtio 0 {ADDR:x} two")
    assert m.memory(ADDR, 8192) == b"0" * 4096 + b"1" * 4096


# ---- the journal

def blocks(img, name):
    return tool("debugfs", "-R", f"blocks /{name}", img).split()


@pytest.mark.parametrize("kind,csum", [("-b 4096", "-c"), ("-b 1024", "-c"),
                                       ("-b 2048 -O ^64bit,^metadata_csum", ""),
                                       ("-b 1024", "-c -v 2"), ("-b 4096 -O ^64bit", "-c -v 2")])
def test_journal(machine, work, kind, csum):
    """A log of two transactions: new blocks, one escaped, one revoked, one revoked and
    written again, and a directory with a new name; what e2fsck makes of it is what is read."""
    src = work / "src"
    src.mkdir()
    size = int(kind.split()[1])
    for n in "abcde":
        (src / n).write_bytes(n.encode() * 2 * size)
    (src / "dir").mkdir()
    (src / "dir" / "old-name").write_text("in it\n")
    img = mke2fs(work / "e.img", "-t", "ext4", *kind.split(), src=src, size="16M")
    where = {n: blocks(img, n) for n in "abcde"}

    # a directory's block as it is with another name in it
    other = work / "o.img"
    tool("cp", img, other)
    debugfs(other, "cd dir", "ln old-name new-name")
    dirb = blocks(img, "dir")[0]
    whole = other.read_bytes()
    new_dir = whole[int(dirb) * size:(int(dirb) + 1) * size]
    other.unlink()

    def put(name, *data):
        (work / name).write_bytes(b"".join(data))
        return work / name
    magic = b"\xc0\x3b\x39\x98"
    debugfs(img, f"jo {csum}",
            "jw -b " + ",".join([where["b"][0], where["d"][0], where["e"][1]]) + " " +
            str(put("n1", b"X" * size, b"D" * size, b"X" * size)),
            f"jw -r {where['d'][0]}", f"jw -r {where['e'][1]}",
            "jw -b " + ",".join(where["a"]) + " " + str(put("n2", b"A" * 2 * size)),
            f"jw -b {where['b'][0]},{where['c'][1]},{where['e'][1]},{dirb} " +
            str(put("n3", b"B" * size, magic + b"C" * (size - 4), b"E" * size, new_dir)),
            "jc")
    assert "needs_recovery" in tool("dumpe2fs", "-h", img)
    m = machine(disks=[Disk(img, ro=True)])
    note = "virtio 0: its journal was not emptied; files are read as they will be when it is\n"
    assert m.ok("cat virtio 0 dir/new-name") == note + "in it\n"
    assert m.ok("cat virtio 0 dir/old-name") == "in it\n"
    want = {"a": b"A" * 2 * size, "b": b"B" * size + b"b" * size,
            "c": b"c" * size + magic + b"C" * (size - 4), "d": b"d" * 2 * size,
            "e": b"e" * size + b"E" * size}
    for n, data in want.items():
        m.ok(f"mw.b {ADDR:x} a5 {2 * size + 16:x}; load virtio 0 {ADDR:x} {n}")
        assert m.memory(ADDR, 2 * size + 16) == data + b"\xa5" * 16, n
    m.close()
    tool("sh", "-c", f"e2fsck -fy {img} || [ $? = 1 ]")
    for n, data in want.items():
        tool("debugfs", "-R", f"dump {n} {work / 'out'}", img)
        assert (work / "out").read_bytes() == data, n


# ---- damage, and what is not understood

def test_refusals(machine, work):
    src = make_tree(work / "src")
    img = mke2fs(work / "e.img", "-t", "ext4", "-O", "encrypt", src=src)
    debugfs(img, "sif boot flags 0x80800", "sif etc/hostname flags 0x80800",
            "mknod pipe p", "sif usr/lib/empty links_count 0")
    far = mke2fs(work / "f.img", "-t", "ext4", src=src)
    debugfs(far, "feature FEATURE_I20")
    m = machine(disks=[Disk(img, ro=True), Disk(far, ro=True)])
    m.fails("ls virtio 0 boot", "ls: virtio 0 boot: the directory is encrypted")
    m.fails("cat virtio 0 boot/vmlinuz-1", "the directory is encrypted")
    m.fails("cat virtio 0 etc/hostname", "cat: virtio 0 etc/hostname: it is encrypted")
    m.fails("cat virtio 0 pipe", "it is a device, a pipe or a socket")
    m.fails("cat virtio 0 usr/lib/empty", "an entry leads to an inode that is not in use")
    m.fails("ls virtio 1", "ls: virtio 1: ext4: incompatible feature 0x100000")


@pytest.mark.parametrize("what,where,text", [
    ("superblock", lambda i: 1024 + 0x20, "bad ext4: checksum of the superblock"),
    ("group", lambda i: 4096 + 8, "the checksum of a group descriptor is wrong"),
    ("inode", lambda i: inode_at(i, "var/big") + 4, "the checksum of an inode is wrong"),
    ("directory", lambda i: int(blocks(i, "etc")[0]) * 4096 + 40,
     "the checksum of a directory is wrong"),
    ("extents", lambda i: extent_at(i), "the checksum of an extent tree is wrong"),
])
def test_checksums(machine, work, what, where, text):
    """One bit wrong in each kind of metadata is told, and the rest is read."""
    src = make_tree(work / "src")
    img = mke2fs(work / "e.img", "-t", "ext4", "-b", "4096", src=src)
    at = where(img)
    with open(img, "r+b") as f:
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 1]))
    m = machine(disks=[Disk(img, ro=True)])
    victim = {"directory": "etc/file-123", "extents": "var/sparse"}.get(what, "var/big")
    m.fails(f"load virtio 0 {ADDR:x} {victim}", text)
    if what in ("inode", "directory", "extents"):
        m.ok(f"load virtio 0 {ADDR:x} usr/lib/libx.so")
    if what == "inode":
        assert "\n  2457600" not in m.fails("ls virtio 0 var", text)


def inode_at(img, name):
    out = tool("debugfs", "-R", f"imap {name}", img)
    block, offset = re.search(r"located at block (\d+), offset (0x[0-9a-f]+)", out).groups()
    return int(block) * 4096 + int(offset, 16)


def extent_at(img):
    """A byte of the first leaf of var/sparse's tree, as its 60 bytes of root name it."""
    with open(img, "rb") as f:
        f.seek(inode_at(img, "var/sparse") + 0x28)
        root = f.read(60)
        assert root[:2] == b"\x0a\xf3" and root[6] == 1
        leaf = int.from_bytes(root[16:20], "little")
    return leaf * 4096 + 14


# ---- booting

def root_disk(work, how):
    """A disk as distributions lay it out: a table, a FAT for EFI, and the root."""
    src = work / "src"
    boot = src / "boot"
    boot.mkdir(parents=True)
    for name, to in (("Image", f"vmlinuz-{VERSION}"), ("initrd.img", f"initrd.img-{VERSION}")):
        os.link(OUT / "payload" / name, boot / to)
        if how == "links":
            (src / to.split("-")[0]).symlink_to("boot/" + to)
    (boot / "grub").mkdir()
    (boot / f"config-{VERSION}").write_text("CONFIG_X=y\n")
    root = mke2fs(work / "r.img", "-t", "ext4", src=src, size="80M")
    disk = work / "d.img"
    with open(disk, "wb") as f:
        f.truncate(100 * MIB)
    tool("sgdisk", "-n", "1:2048:+8M", "-t", "1:ef00", "-n", "2:0:+82M", "-t", "2:8300", disk)
    tool("mformat", "-i", f"{disk}@@1M", "-h", "16", "-t", "8", "-s", "128", "::")
    first = int(re.search(r"First sector: (\d+)", tool("sgdisk", "-i", "2", disk))[1])
    tool("dd", f"if={root}", f"of={disk}", "bs=512", f"seek={first}", "conv=notrunc,sparse")
    return disk


@pytest.mark.parametrize("how", ["boot", "links"])
def test_linux(machine, work, how):
    disk = root_disk(work, how)
    m = machine(wait=False, disks=[Disk(disk, ro=True)], env={"bootdelay": None})
    prefix = "/" if how == "links" else "/boot/"
    suffix = "" if how == "links" else "-" + VERSION
    m.expect(f"virtio 0:2: found {prefix}vmlinuz{suffix} and {prefix}initrd.img{suffix}")
    assert m.linux(timeout=90)["kernel"]


@pytest.mark.parametrize("options", ["-t ext4 -b 1024", "-t ext3 -b 4096"])
def test_killed_linux(machine, work, options):
    """Linux writes to a volume and is killed: what is read then is what e2fsck restores."""
    img = mke2fs(work / "e.img", *options.split(), size="64M")
    m = machine(wait=False, disks=[Disk(root_disk(work, "boot"), ro=True), Disk(img)],
                env={"bootdelay": None})
    m.linux(timeout=90)
    for line in ("mkdir a b; sync",
                 "for i in $(seq 300); do echo $i >a/f$i; done; cp /bin/busybox b/; sync",
                 "rm a/f1*; mv b c; for i in $(seq 500); do echo $i >>c/log; ln -s log c/l$i; done; "
                 "rm c/busybox; mkdir a/sub; head -c 300000 /proc/kallsyms >a/sub/k; sync"):
        m.sh(f"[ -d /mnt/lost+found ] || mount /dev/vdb /mnt; (cd /mnt; {line})", timeout=60)
    m.close()
    assert "needs_recovery" in tool("dumpe2fs", "-h", img)
    fixed = work / "fixed.img"
    tool("cp", "--sparse=always", img, fixed)
    tool("sh", "-c", f"e2fsck -fy {fixed} || [ $? = 1 ]")
    tree = work / "tree"
    tree.mkdir()
    tool("debugfs", "-R", f"rdump / {tree}", fixed)
    (tree / "lost+found").rmdir()
    m = machine(disks=[Disk(img, ro=True)])
    assert m.ok("ls virtio 0").startswith("virtio 0: its journal was not emptied")
    compare(m, tree)
