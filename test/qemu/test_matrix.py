# SPDX-License-Identifier: BSD-2-Clause
"""Every device type behind every transport and on every ring: what doc/virtio.md shows
as a table. Each machine has one device of each type; data is judged from outside."""

import random
import re

import pytest

from test_net import arp
from vireo import ROOT, Disk, comma, device

MIB = 1 << 20
BUF = 0x48000000
TYPES = ["blk", "net", "rng", "scsi", "console"]

# register version or None, bus, packed, what "virtio status" says of transport and ring
WAYS = {
    "mmio-1": (1, "mmio", False, "mmio version 1", "split"),
    "mmio-2": (2, "mmio", False, "mmio version 2", "split"),
    "mmio-2-packed": (2, "mmio", True, "mmio version 2", "packed"),
    "pci-transitional": (1, "pci", False, "pci-modern", "split"),
    "pci-transitional-packed": (1, "pci", True, "pci-modern", "packed"),
    "pci-modern": (1, "pci-modern", False, "pci-modern", "split"),
    "pci-modern-packed": (1, "pci-modern", True, "pci-modern", "packed"),
    "pci-legacy": (1, "pci-legacy", False, "pci-legacy", "split"),
}


def args(bus, packed, scsi, log):
    """The devices that Config does not know, and packed rings for all."""
    out = ["-device", device("scsi", bus, 20, 0x14) + ",id=s0",
           "-blockdev", f"driver=raw,node-name=u0,file.driver=file,"
                        f"file.filename={comma(scsi)}",
           "-device", "scsi-hd,drive=u0,bus=s0.0",
           "-chardev", f"file,id=v0,path={comma(log)}",
           "-device", device("serial", bus, 21, 0x15) + ",id=c0",
           "-device", "virtconsole,chardev=v0,bus=c0.0"]
    for kind in TYPES if packed else []:
        kind = "serial" if kind == "console" else kind
        out += ["-global", f"virtio-{kind}-device.packed=on"]
    return out


def check_disk(m, command, path):
    """One mebibyte there, another back, both compared outside."""
    old = path.read_bytes()
    m.ok(f"{command} read {BUF:x} 0 800")
    image = m.work / "memory.bin"
    m.hmp(f'pmemsave {BUF} {MIB} "{image}"')
    assert image.read_bytes() == old[:MIB]
    m.ok(f"{command} write {BUF:x} 1000 800")
    assert path.read_bytes() == old[:2 * MIB] + old[:MIB] + old[3 * MIB:]


@pytest.mark.parametrize("way", WAYS)
def test_way(machine, work, way):
    version, bus, packed, transport, ring = WAYS[way]
    images = [work / "blk.img", work / "scsi.img"]
    for n, path in enumerate(images):
        path.write_bytes(random.Random(n).randbytes(4 * MIB))
    log = work / "vcon.txt"
    m = machine(virtio=version, bus=bus, net=True, rng=True, disks=[Disk(images[0])],
                args=args(bus, packed, images[1], log))
    check_disk(m, "virtio", images[0])
    check_disk(m, "scsi", images[1])
    arp(m)
    assert len(set(m.ok("rng 0 10").split()[1:17])) > 4
    m.ok("setenv stdout serial,virtio-console; echo seen on both; setenv stdout serial")
    assert "seen on both" in log.read_text()

    text = m.ok("virtio status")
    for kind in TYPES:
        part = re.search(rf"^\w+: {kind}, .*\n((?:  .*\n)+)", text, re.M)[1]
        assert re.search(rf"^  transport +{transport}, ", part, re.M), part
        rings = re.findall(r"^  queue\d+ +ring (\w+)", part, re.M)
        assert rings and set(rings) == {ring}, part
        assert "  fault      none, 0 resets\n" in part
    assert m.stderr() == ""


def test_table_in_the_doc():
    """doc/virtio.md has a column for each of these ways and a row for each type."""
    text = (ROOT / "doc" / "virtio.md").read_text()
    head = next(line for line in text.splitlines() if line.startswith("| type |"))
    assert [c.strip() for c in head.strip("|").split("|")[1:]] == list(WAYS)
    for kind in TYPES:
        row = next(line for line in text.splitlines() if line.startswith(f"| {kind} |"))
        assert row.count("✓") == len(WAYS), row
