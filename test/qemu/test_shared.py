# SPDX-License-Identifier: BSD-2-Clause
"""Files that share clusters, as mtools made them and a damaged FAT joined them."""

import hashlib
import random
import struct

from vireo import Disk, tool

MIB = 1 << 20


def test_shared_clusters(machine, work):
    """A chain that goes on in another file's, at the right length: both files
    are refused, in every command, and the others are not."""
    volume, files = work / "fat.img", {}
    volume.write_bytes(bytes(8 * MIB))
    tool("mkfs.fat", "--invariant", "-F", "16", "-s", "1", volume)
    for name in ("a", "b", "c"):
        files[name] = random.Random(name).randbytes(2048)
        (work / name).write_bytes(files[name])
        tool("mcopy", "-i", volume, work / name, f"::{name}")
    m = machine(disks=[Disk(volume, ro=True)])
    for name in files:
        m.ok(f"load virtio 0 48000000 {name}")
    m.close()

    image = bytearray(volume.read_bytes())
    reserved, nfats, size = (*struct.unpack_from("<HB", image, 14),
                             struct.unpack_from("<H", image, 22)[0])
    for i in range(nfats):      # a is 2 to 5, b was 6 to 9
        at = (reserved + i * size) * 512
        assert struct.unpack_from("<8H", image, at + 4) == \
            (3, 4, 5, 0xffff, 7, 8, 9, 0xffff)
        struct.pack_into("<H", image, at + 2 * 7, 4)
    volume.write_bytes(image)
    m = machine(disks=[Disk(volume, ro=True)])
    assert "FAT16" in m.ok("fatinfo virtio 0")
    for name in ("a", "b"):
        for command in (f"load virtio 0 48000000 {name}",
                        f"cat virtio 0 {name}"):
            m.fails(command, "its clusters belong to another file, too")
    m.fails("load virtio 0 48000000 b && crc32 48000000 800")
    m.ok("load virtio 0 48000000 c")
    assert hashlib.md5(files["c"]).hexdigest() in m.ok("md5sum 48000000 800")
    assert "3 file(s)" in m.ok("ls virtio 0")
