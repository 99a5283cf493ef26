# SPDX-License-Identifier: BSD-2-Clause
"""Both rings, with and without what they may have besides, on every device type there
is a driver for: what is chosen and shown, and that data arrive whole, judged from
outside. QEMU complains of a driver's mistakes on its standard error, which stays empty."""

import random
import re

import pytest

from test_net import GATEWAY, arp, nic
from test_storage import fat, loaded, tool
from vireo import OUT, ROOT, Disk

MIB = 1 << 20
BUF = 0x48000000
DATA = random.Random(7).randbytes(8 * MIB)

# name: register version, properties, what "virtio status" calls the ring
RINGS = {
    "v1": (1, "", "split, indirect 64 x 256, event idx"),
    "v1-packed": (1, "packed=on", "split, indirect 64 x 256, event idx"),
    "v1-bare": (1, "event_idx=off,indirect_desc=off", "split"),
    "split": (2, "", "split, indirect 64 x 256, event idx"),
    "split-no-event": (2, "event_idx=off", "split, indirect 64 x 256"),
    "split-no-indirect": (2, "indirect_desc=off", "split, event idx"),
    "packed": (2, "packed=on", "packed, indirect 64 x 256, event idx"),
    "packed-no-event": (2, "packed=on,event_idx=off",
                        "packed, indirect 64 x 256"),
    "packed-no-indirect": (2, "packed=on,indirect_desc=off",
                           "packed, event idx"),
    "packed-bare": (2, "packed=on,event_idx=off,indirect_desc=off", "packed"),
    "packed-8": (2, "packed=on,queue-size=8",
                 "packed, indirect 64 x 8, event idx"),
    "packed-256": (2, "packed=on,queue-size=256",
                   "packed, indirect 64 x 256, event idx"),
    "split-8": (2, "queue-size=8", "split, indirect 64 x 8, event idx"),
}
DISKS = pytest.mark.parametrize("ring", RINGS)
ANY = pytest.mark.parametrize("ring", [r for r in RINGS if "8" not in r
                                       and "256" not in r])


def queue(m, dev):
    """Queue 0 of a device, as "virtio status" shows it."""
    text = "\n".join(re.findall(r"^  queue0 +(.*)$",
                                m.ok(f"virtio status {dev}"), re.M))
    count = re.search(r"requests (\d+), kicks (\d+), completions (\d+), "
                      r"errors (\d+)", text)
    return (re.search("^ring (.*)", text, re.M)[1],
            *map(int, count.groups()), text)


@DISKS
def test_disk(machine, work, ring):
    """One large read, a hundred small ones, and writes."""
    virtio, props, shown = RINGS[ring]
    image = work / "d.img"
    image.write_bytes(DATA + bytes(4 * MIB))
    m = machine(virtio=virtio, disks=[Disk(image, device=props)])
    m.ok(f"virtio read {BUF:x} 0 4000")
    assert m.memory(BUF, len(DATA)) == DATA
    m.ok(f"mw.b {BUF:x} 0 100000")
    for n in range(100):
        m.ok(f"virtio read {BUF + n * 2048:x} {n * 37:x} 3")
    seen = m.memory(BUF, 100 * 2048)
    for n in range(100):
        assert seen[n * 2048:n * 2048 + 1536] == \
            DATA[n * 37 * 512:][:1536]
    m.ok(f"virtio read {BUF:x} 0 4000")
    m.ok(f"virtio write {BUF + MIB:x} 4000 2000")
    m.ok(f"virtio write {BUF + 512:x} 3ffd 1")
    m.ok("virtio flush")
    name, requests, _, done, errors, text = queue(m, "0")
    assert name == shown and requests == done and not errors
    assert ("next avail" in text) == ("packed" in shown)
    assert m.stderr() == ""
    m.close()
    after = image.read_bytes()
    assert after[8 * MIB:] == DATA[MIB:5 * MIB]
    assert after[0x3ffd * 512:0x3ffe * 512] == DATA[512:1024]
    assert after[:0x3ffd * 512] == DATA[:0x3ffd * 512]


@DISKS
def test_fragmented(machine, work, ring):
    """A file of 512 byte pieces: requests of hundreds of segments, in tables or
    without."""
    virtio, props, shown = RINGS[ring]
    volume = fat(work / "f.img", 40, cluster=1)
    tool(ROOT / "images/fragment.py", "--order", "shuffle", volume, "r.bin")
    m = machine(virtio=virtio, disks=[Disk(volume, ro=True, device=props)])
    loaded(m, where="0")
    _, requests, kicks, done, errors, _ = queue(m, "0")
    assert requests == done and not errors and kicks <= requests
    if "indirect" in shown and "8" not in ring:
        assert kicks < 12
    assert m.stderr() == ""


def test_kicks_of_a_large_read(machine, work):
    """128 requests of 2 MiB, 64 in a batch once the disk is known to be quick."""
    image = work / "d.img"
    with open(image, "wb") as f:
        f.truncate(256 * MIB)
    m = machine(disks=[Disk(image, ro=True)])
    kicks = []
    for _ in range(5):
        before = queue(m, "0")[2]
        m.ok(f"virtio read {BUF:x} 0 80000")
        kicks.append(queue(m, "0")[2] - before)
    assert min(kicks) <= 4, kicks


@ANY
def test_net(machine, ring):
    virtio, props, shown = RINGS[ring]
    m = machine(virtio=virtio, args=nic(props))
    for _ in range(80):                 # more than the transmit ring has
        arp(m)
    name, _, _, done, errors, _ = queue(m, "eth0")
    assert name == re.sub(", indirect [0-9x ]+", "", shown)
    assert done >= 80 and not errors
    m.fails("net arp 10.0.2.99", "no answer", timeout=10)
    assert m.ok(f"net arp {GATEWAY}").startswith(GATEWAY)
    assert m.stderr() == ""


@ANY
def test_rng(machine, ring):
    virtio, props, shown = RINGS[ring]
    props = f",{props}" if props else ""
    m = machine(virtio=virtio,
                args=["-device", f"virtio-rng-device{props}"])
    seen = {m.ok("rng 0 40") for _ in range(50)}
    assert len(seen) == 50
    name, requests, _, done, errors, _ = queue(m, "rng0")
    assert name == re.sub(", indirect [0-9x ]+", "", shown)
    assert requests == done >= 50 and not errors
    assert m.stderr() == ""


@pytest.mark.parametrize("props", ["packed=on", "event_idx=off",
                                   "packed=on,indirect_desc=off"])
def test_linux(machine, props):
    """The firmware loads through one ring, the kernel sets it up anew."""
    m = machine(virtio=2, wait=False, env={"bootdelay": None},
                disks=[Disk(OUT / "disk.img", ro=True, device=props)])
    assert m.linux(timeout=90)["disks"] == "vda"
    assert m.stderr() == ""


def test_switched(machine, work):
    """Features switched off and on again by hand: the same memory, another ring."""
    image = work / "d.img"
    image.write_bytes(DATA)
    m = machine(virtio=2, disks=[Disk(image, ro=True, device="packed=on")])
    for change, shown in (("-ring_packed", "split, indirect 64 x 256, event idx"),
                          ("-event_idx", "split, indirect 64 x 256"),
                          ("+ring_packed", "packed, indirect 64 x 256"),
                          ("-indirect_desc", "packed"),
                          ("+event_idx", "packed, event idx"),
                          ("-ring_packed", "split, event idx"),
                          ("+ring_packed +indirect_desc",
                           "packed, indirect 64 x 256, event idx")):
        assert m.ok(f"virtio features 0 {change}") == ""
        m.ok(f"mw.b {BUF:x} 0 {len(DATA):x}")
        m.ok(f"virtio read {BUF:x} 0 4000")
        assert m.memory(BUF, len(DATA)) == DATA
        assert queue(m, "0")[0] == shown
        drawn = m.ok("virtio ring 0 0")
        assert shown.split(",")[0] + ", 256 entries, 0 in flight" in drawn
    assert m.stderr() == ""


def test_many_disks(machine, work):
    """31 disks share the DMA memory; those that get no tables work without."""
    image = work / "d.img"
    image.write_bytes(DATA[:MIB])
    m = machine(virtio=2, disks=[Disk(image, ro=True)] * 31)
    tables = []
    for n in range(31):
        m.ok(f"virtio device {n:x}")
        m.ok(f"virtio read {BUF:x} 0 8")
        assert m.memory(BUF, 4096) == DATA[:4096]
        name = queue(m, f"virtio{n}")[0]
        tables.append(int((re.search(r"indirect (\d+) x", name) or [0, 0])[1]))
    assert tables[0] == 64 and tables == sorted(tables, reverse=True)
