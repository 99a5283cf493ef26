# SPDX-License-Identifier: BSD-2-Clause
"""virtio over PCI: transitional, modern only, legacy only; behind root ports,
bridges and a switch; beside virtio-mmio. Disks are judged from outside, and QEMU
must have nothing to say about the guest in any run."""

import random
import re
import zlib

import pytest

from vireo import OUT, Disk

MIB = 1 << 20
BUF = 0x48000000
DATA = random.Random(5).randbytes(MIB)
FLAVOURS = ["pci", "pci-modern", "pci-legacy"]
NAMES = {"pci": "pci-modern", "pci-modern": "pci-modern",
         "pci-legacy": "pci-legacy"}
ROOT_PORT = "pcie-root-port,id=rp{0},chassis={0},addr={0:#x}"


@pytest.fixture
def pci(machine):
    """machine(), and at the end a look at what QEMU says of the guest."""
    started = []

    def start(args=(), **config):
        m = machine(args=["-d", "guest_errors", *args],
                    **{"bus": "pci", **config})
        started.append(m)
        return m

    yield start
    for m in started:
        assert m.stderr() == ""


@pytest.fixture
def image(work):
    path = work / "d.img"
    path.write_bytes(DATA)
    return path


def digest(m, size=MIB):
    return m.ok(f"crc32 {BUF:x} {size:x}").split()[-1]


def crc(data):
    return f"{zlib.crc32(data):08x}"


def read_write(m, image, dev="0"):
    """All of the disk read, its halves changed over on it."""
    m.ok(f"virtio device {dev}")
    m.ok(f"virtio read {BUF:x} 0 800")
    assert digest(m) == crc(DATA)
    m.ok(f"virtio write {BUF + MIB // 2:x} 0 400")
    m.ok(f"virtio write {BUF:x} 400 400")
    m.ok(f"virtio flush {dev}")
    assert image.read_bytes() == DATA[MIB // 2:] + DATA[:MIB // 2]


def arp(m):
    assert m.ok("net arp 10.0.2.2").startswith(
        "10.0.2.2 is at 52:55:0a:00:02:02 (eth0, ")


def listed(m):
    """What `virtio list` says: where -> (type, name)."""
    return {w: (t, n) for w, t, n in re.findall(
        r"^(\S+) +(?:0x[0-9a-f]+|-) +(\S+) +\S+ +(\S+) +(?:0x|-)", m.ok("virtio list"), re.M)}


# ---- Linux

def test_if_virtio(machine):
    """What users type, and libvirt means."""
    m = machine(wait=False, env={"bootdelay": None}, args=[
        "-d", "guest_errors", "-drive",
        f"if=virtio,format=raw,readonly=on,file={OUT / 'disk.img'}"])
    assert m.linux(timeout=90)["disks"] == "vda"
    assert m.sh("cat /sys/class/block/vda/device/device") == "0x0002\n"
    assert m.stderr() == ""


@pytest.mark.parametrize("bus", FLAVOURS)
@pytest.mark.parametrize("port", ["pcie.0", "rp1"])
def test_linux(pci, bus, port):
    """The kernel numbers buses and places addresses itself, after us."""
    m = pci(wait=False, env={"bootdelay": None}, bus=bus, net=True, rng=True,
            disks=[Disk(OUT / "disk.img", ro=True, port=port, slot=5)],
            ports=[ROOT_PORT.format(1)], el=2 if bus == "pci" else 1)
    assert m.linux(timeout=90)["disks"] == "vda"
    assert m.sh("ls /sys/bus/virtio/devices | wc -l") == "3\n"


# ---- every flavour

@pytest.mark.parametrize("bus", FLAVOURS)
@pytest.mark.parametrize("machine_", ["", "highmem=off"])
def test_flavours(pci, image, bus, machine_):
    m = pci(bus=bus, disks=[image], net=True, rng=True, machine=machine_)
    assert listed(m) == {"00:01.0": ("blk", "virtio0"),
                         "00:1e.0": ("net", "eth0"), "00:1f.0": ("rng", "rng0")}
    read_write(m, image)
    arp(m)
    assert len(set(m.ok("rng").splitlines())) == 4
    for name in "virtio0", "eth0", "rng0":
        out = m.ok(f"virtio status {name}")
        assert f"  transport  {NAMES[bus]}, base 0x" in out
        assert ("VERSION_1" in out.split("accepted", 1)[1]) == \
            (NAMES[bus] == "pci-modern")


@pytest.mark.parametrize("props", ["page-per-vq=on", "modern-pio-notify=on",
                                   "iommu_platform=on", "vectors=0", "packed=on",
                                   "indirect_desc=off,event_idx=off"])
def test_properties(pci, image, props):
    m = pci(bus="pci-modern", disks=[Disk(image, device=props)], rng=True)
    read_write(m, image)


@pytest.mark.parametrize("bus", FLAVOURS)
def test_any_layout_off(pci, bus):
    m = pci(bus=bus, args=["-global", "virtio-net-pci.any_layout=off",
                           "-global", "virtio-net-pci.mrg_rxbuf=off"], net=True)
    arp(m)


@pytest.mark.parametrize("bus", FLAVOURS)
@pytest.mark.parametrize("size", [256, 1024])
def test_queue_sizes(pci, image, bus, size):
    """Legacy: the ring is as large as the device says."""
    m = pci(bus=bus, net=True, disks=[Disk(image, device=f"queue-size={size}")],
            args=["-global", f"virtio-net-pci.rx_queue_size={size}"])
    arp(m)
    read_write(m, image)
    want = [f"size {size} of {size}"] * 2 if bus == "pci-legacy" else \
        [f"size 128 of {size}", f"size 256 of {size}"]
    assert want[0] in m.ok("virtio status eth0")
    assert want[1] in m.ok("virtio status virtio0")


@pytest.mark.parametrize("bus", FLAVOURS)
def test_resize(pci, image, bus):
    m = pci(bus=bus, disks=[image])
    assert "(2048 x 512)" in m.ok("virtio info")
    m.qmp("block_resize", **{"node-name": "d0", "size": 2 * MIB})
    assert "(4096 x 512)" in m.ok("virtio info")
    m.qmp("block_resize", **{"node-name": "d0", "size": MIB // 2})
    assert "(1024 x 512)" in m.ok("virtio info")
    m.fails(f"virtio read {BUF:x} 400 1")


@pytest.mark.parametrize("bus", FLAVOURS)
def test_silent_disk(pci, bus):
    """Given up, reset and used again."""
    m = pci(bus=bus, disks=[Disk(node="driver=throttle,throttle-group=g,"
                                 "node-name=%s,file.driver=null-co,"
                                 "file.size=1048576,file.read-zeroes=on")],
            args=["-object", "throttle-group,id=g,x-iops-total=1,"
                  "x-iops-total-max=1"])
    m.ok(f"virtio read {BUF:x} 0 1", timeout=10)
    m.send(f"virtio read {BUF:x} 1 1; virtio read {BUF:x} 2 1; "
           f"virtio read {BUF:x} 3 1\r")
    m.expect("2 1; ")
    m.send("\x03")
    m.prompt(timeout=20)
    m.ok(f"virtio read {BUF:x} 0 1", timeout=20)


@pytest.mark.parametrize("bus", FLAVOURS)
def test_regs_and_trace(pci, image, bus):
    m = pci(bus=bus, disks=[Disk(image, ro=True)])
    m.ok(f"virtio trace on; virtio read {BUF:x} 0 1")
    trace = m.ok("virtio trace show")
    r = dict(re.findall(r"^  0x\w+ +\d+ \w+ +(\S+) +(\S+)",
                        m.ok("virtio regs virtio0"), re.M))
    if bus == "pci-legacy":
        assert r["DeviceStatus"] == "0x07" and r["queue_size[0]"] == "0x0100"
        assert "write   QueueNotify " in trace
    else:
        assert r["device_status"] == "0x0f" and r["queue_enable[0]"] == "0x0001"
        assert r["driver_feature[1]"] == "0x00000001"
        assert r["queue_msix_vector[0]"] == r["config_msix_vector"] == "0xffff"
        assert "write   queue_notify " in trace
        assert not re.search("write +queue_enable +0x0000", trace)
    assert r.get("ISR_status", r.get("ISRStatus")) == "-"


# ---- where they may be

def test_topology(pci, work):
    """A root port, a bridge, a switch behind a root port, and in the first bus; each
    disk is the one it should be."""
    ports = [ROOT_PORT.format(1), ROOT_PORT.format(2),
             "pcie-pci-bridge,id=pb,addr=3",
             "x3130-upstream,id=up,bus=rp2",
             "xio3130-downstream,id=rpd,bus=up,chassis=3",
             "pci-bridge,id=pb2,bus=pb,addr=1,chassis_nr=9"]
    places = [("rp1", 0, "01:00.0"), ("rpd", 0, "04:00.0"),
              ("pb", 4, "05:05.0"), ("pb2", 5, "06:06.0"),
              ("pcie.0", 8, "00:09.0")]
    disks = []
    for port, slot, _ in places:
        path = work / f"{port}.img"
        path.write_bytes(port.encode().ljust(512, b".") * 8)
        disks.append(Disk(path, port=port, slot=slot, bus=None if port[0] == "r"
                          else "pci-legacy"))
    m = pci(disks=disks, ports=ports)
    found = listed(m)
    assert set(found) == {where for _, _, where in places}
    # numbered in the order of bus, device, function
    assert [found[w][1] for w in sorted(found)] == \
        [f"virtio{i}" for i in range(5)]
    for port, _, where in places:
        n = found[where][1][-1]
        assert f"  {port}...." in m.ok(f"virtio dump {n} 0 1")


def test_mixed_with_mmio(pci, work):
    """MMIO by slot, then PCI: documented, and so what scripts may rely on."""
    disks = []
    for i, (bus, slot) in enumerate([("pci", 3), ("mmio", 20), ("pci", 1),
                                     ("mmio", 4)]):
        path = work / f"{i}.img"
        path.write_bytes(f"disk{i}".encode().ljust(4096, b"."))
        disks.append(Disk(path, bus=bus, slot=slot))
    m = pci(disks=disks, args=["-device", "virtio-rng-device"], rng=True)
    assert list(listed(m).items()) == [
        ("slot4", ("blk", "virtio0")), ("slot20", ("blk", "virtio1")),
        ("slot31", ("rng", "rng0")), ("00:02.0", ("blk", "virtio2")),
        ("00:04.0", ("blk", "virtio3")), ("00:1f.0", ("rng", "rng1"))]
    for n, i in enumerate([3, 1, 2, 0]):
        assert f"disk{i}" in m.ok(f"virtio dump {n} 0 1")


def test_30_disks(pci):
    m = pci(disks=[Disk(node="driver=null-co,node-name=%s,"
                             f"read-zeroes=on,size={(i + 1) * MIB}")
                   for i in range(30)])
    assert len(listed(m)) == 30
    assert "Capacity: 30.0 MB" in m.ok("virtio device 1d")
    m.ok(f"virtio read {BUF:x} 0 1")


def test_30_root_ports(pci, image):
    """Ports with nothing behind them, and one with a disk."""
    m = pci(ports=[ROOT_PORT.format(i) for i in range(1, 31)],
            disks=[Disk(image, port="rp17")])
    assert listed(m) == {"11:00.0": ("blk", "virtio0")}
    read_write(m, image)


def test_other_devices(pci):
    """What has no driver is listed and not touched."""
    m = pci(args=["-device", "virtio-balloon-pci,addr=5", "-device",
                  "virtio-keyboard-pci,addr=6", "-device",
                  "edu,addr=7"])
    out = m.ok("virtio list")
    assert re.search(r"^00:05.0 +0x0+ balloon +- +- +0x00 no driver$", out, re.M)
    assert re.search(r"^00:06.0 +0x0+ input +- +- +0x00 no driver$", out, re.M)
    assert "00:07.0" not in out and "00.07.00   0x1234" in m.ok("pci")
    assert "base address 1              = 0x00000000" in m.ok("pci header 0.5.0")
    assert "command register ID         = 0x0000" in m.ok("pci header 0.5.0")


# ---- the command

def test_list(pci, image):
    m = pci(disks=[Disk(image, port="rp1")], ports=[ROOT_PORT.format(1)],
            net=True)
    head = "BusDevFun  VendorId   DeviceId   Device Class       Sub-Class\n" \
        "_____________________________________________________________\n"
    bus0 = "00.00.00   0x1b36     0x0008     Bridge device           0x00\n" \
        "00.01.00   0x1b36     0x000c     Bridge device           0x04\n"
    bus1 = "01.00.00   0x1af4     0x1042     Mass storage controller 0x00\n"
    net = "00.1e.00   0x1af4     0x1000     Network controller      0x00\n"
    assert m.ok("pci") == head + bus0 + bus1 + net
    assert m.ok("pci 0") == head + bus0 + net
    assert m.ok("pci 1") == head + bus1
    m.fails("pci 2", "pci: bus 2: nothing there\n")
    m.fails("pci ffffffffffffffff", "nothing there")
    for args in "zz", "1 2", "header", "bar", "header 0.0.0 1":
        m.fails(f"pci {args}", "Usage:")
    for name in ("0", "0.0", "0.0.0.0", "0.2.0", "0.0.8", "0.20.0", "1000.0.0",
                 "0.0.", ".0.0", "x.y.z", "0.0.-1", "0.1.0x"):
        m.fails(f"pci header {name}", f"pci header: {name}: no such function\n")
        m.fails(f"pci bar {name}", "no such function")


def test_header_and_bar(pci, image):
    m = pci(disks=[Disk(image, port="rp1")], ports=[ROOT_PORT.format(1)])
    out = m.ok("pci header 1.0.0")
    assert "  vendor ID                   = 0x1af4\n" in out
    assert "  class code                  = 0x01 (Mass storage" in out
    assert "  base address 4              = 0x" in out
    out = m.ok("pci header 0.1.0")
    assert "  secondary bus number        = 0x01\n" in out
    # nobody needed it yet
    assert "  command register ID         = 0x0000\n" in out
    m.ok(f"virtio read {BUF:x} 0 1")
    out = m.ok("pci header 0.1.0")
    assert "  command register ID         = 0x0007\n" in out
    assert "  memory base                 = 0x1010\n" in out
    rows = re.findall(r"^ (\d)   0x([0-9a-f]{16})  0x([0-9a-f]{16})  (\d\d)     "
                      r"(\S+)", m.ok("pci bar 1.0.0"), re.M)
    assert [(i, int(s, 16), w, t) for i, _, s, w, t in rows] == \
        [("1", 0x1000, "32", "MEM"), ("4", 0x4000, "64", "MEM")]
    # QEMU's own view of the same
    seen = m.hmp("info pci")
    for _, base, size, _, _ in rows:
        last = int(base, 16) + int(size, 16) - 1
        assert f"at 0x{base.lstrip('0')} [0x{last:08x}]" in seen
