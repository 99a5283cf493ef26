# SPDX-License-Identifier: BSD-2-Clause
"""Disks that change size or stop reading while the firmware uses them."""

import random
import subprocess

import pytest

from vireo import Disk

MIB = 1 << 20


@pytest.fixture
def image(work):
    """4 MiB with a FAT volume at 2 MiB, past what a shrunk disk has."""
    path = work / "d.img"
    path.write_bytes(bytes(4 * MIB))
    volume = work / "fat.img"
    volume.write_bytes(bytes(MIB))
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MTOOLS_SKIP_CHECK": "1"}
    for words, text in ((["mkfs.fat", "--invariant", volume], None),
                        (["mcopy", "-i", volume, "-", "::F"], b"file\n"),
                        (["sfdisk", "-q", path],
                         b"label: dos\nstart=4096, size=2048, type=c\n")):
        subprocess.run([str(w) for w in words], input=text, check=True,
                       env=env, capture_output=True)
    with open(path, "r+b") as f:
        f.seek(2 * MIB)
        f.write(volume.read_bytes())
    return path


def resize(m, size):
    m.qmp("block_resize", **{"node-name": "d0", "size": size})


@pytest.mark.parametrize("virtio", [1, 2])
def test_grown(machine, image, virtio):
    """No request is needed to notice: it is the bounds check that must ask."""
    m = machine(disks=[image], virtio=virtio)
    m.fails("virtio read 48000000 3000 1", "past the end, it has 8192 blocks")
    resize(m, 8 * MIB)
    assert "(16384 x 512)" in m.ok("virtio info")
    assert "OK" in m.ok("virtio read 48000000 3fff 1")
    m.fails("virtio read 48000000 4000 1", "past the end, it has 16384 blocks")
    resize(m, 16 * MIB)
    m.ok("virtio dump 0 7fff")
    resize(m, 32 * MIB)
    assert "(65536 x 512)" in m.ok("virtio device")


@pytest.mark.parametrize("virtio", [1, 2])
def test_shrunk_and_back(machine, image, virtio):
    m = machine(disks=[image], virtio=virtio)
    assert m.ok("cat virtio 0:1 f") == "file\n"
    volume = image.read_bytes()
    resize(m, MIB)
    m.fails("virtio read 48000000 1000 1", "past the end, it has 2048 blocks")
    m.fails("cat virtio 0:1 f", "no such partition")
    resize(m, 4 * MIB)
    image.write_bytes(volume)
    assert m.ok("cat virtio 0:1 f") == "file\n"


def test_exists_or_unreadable(machine, image):
    """false without a word is "not there", never "cannot be read"."""
    node = ("driver=raw,node-name=%s,read-only=on,file.driver=blkdebug,"
            "file.image.driver=file,file.image.read-only=on,"
            f"file.image.filename={image},"
            "file.inject-error.0.event=read_aio")
    m = machine(disks=[Disk(image, ro=True), Disk(node=node, ro=True)])
    for where, rc in (("0:1 f", 0), ("0:1 g", 1), ("0:1 f/g", 1), ("7:1 f", 1)):
        r = m.cmd(f"test -e virtio {where}")
        assert r.rc == rc and not r.out.strip()
    m.fails("test -e virtio 1:1 f",
            "test: virtio 1:1 f: the partition table cannot be read: input/output error")
    m.fails("virtio dump 1 0", "virtio dump: device 1: input/output error")


def test_slow_is_not_dead(machine, work):
    """3 MB/s: what is in flight comes back before the deadline, reset is not needed."""
    path = work / "slow.img"
    data = random.Random(4).randbytes(16 * MIB)
    path.write_bytes(data)
    m = machine(args=["-object", "throttle-group,id=slow,x-bps-total=3000000"],
                disks=[Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                            f"file.driver=file,file.filename={path}")])
    m.ok("virtio read 48000000 0 8000", timeout=30)
    m.ok("virtio write 48000000 0 1000", timeout=30)
    memory = work / "memory.bin"
    m.hmp(f'pmemsave 0x48000000 {16 * MIB} "{memory}"')
    assert memory.read_bytes() == data == path.read_bytes()
    assert "fault      none, 0 resets" in m.ok("virtio status 0")
