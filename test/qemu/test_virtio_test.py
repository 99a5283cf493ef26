# SPDX-License-Identifier: BSD-2-Clause
"""virtio test and virtio bench on QEMU's devices, on every transport and ring; what they
leave behind is judged from outside."""

import random
import re
import time

import pytest

from vireo import Disk, SLOW

MIB = 1 << 20
DATA = random.Random(5).randbytes(4 * MIB)

# register version, bus, properties
RINGS = {
    "v1": (1, "mmio", ""),
    "v2": (2, "mmio", ""),
    "v2-bare": (2, "mmio", "event_idx=off,indirect_desc=off"),
    "v2-packed": (2, "mmio", "packed=on"),
    "v2-packed-8": (2, "mmio", "packed=on,queue-size=8"),
    "v2-packed-bare": (2, "mmio", "packed=on,event_idx=off,indirect_desc=off"),
    "pci-legacy": (1, "pci-legacy", ""),
    "pci-transitional": (1, "pci", ""),
    "pci-modern": (1, "pci-modern", ""),
    "pci-packed": (1, "pci-modern", "packed=on"),
}
ALL = pytest.mark.parametrize("ring", RINGS)
THROTTLE = ["-object", "throttle-group,id=slow,x-bps-total=2000000"]


def verdicts(out, name):
    """Items of device @name: what was looked at, to (verdict, note)."""
    part = re.search(rf"^{name}: \w+, .*?^{name}: (\d+) passed, (\d+) failed, "
                     r"(\d+) not applicable", out, re.M | re.S)
    rows = re.findall(r"^  (pass|FAIL|n/a ) +((?:[A-Z]+-\d+ )*) *([^:\n]*)(?:: (.*))?$",
                      part[0], re.M)
    counts = [sum(r[0].strip() == v for r in rows) for v in ("pass", "FAIL", "n/a")]
    assert counts == [int(n) for n in part.groups()], out
    return {what: (v.strip(), note) for v, _, what, note in rows}


@ALL
def test_honest(machine, image, ring):
    virtio, bus, props = RINGS[ring]
    m = machine(virtio=virtio, bus=bus, net=True, rng=True, timeout=60,
                disks=[Disk(image, device=props)])
    out = m.ok("virtio test")
    blk = verdicts(out, "virtio0")
    assert not [w for w, (v, _) in {**blk, **verdicts(out, "eth0"),
                                    **verdicts(out, "rng0")}.items() if v == "FAIL"]
    legacy = ring in ("v1", "pci-legacy")
    assert blk["VERSION_1"] == (("n/a", "legacy device") if legacy else ("pass", ""))
    assert int(blk["past 65536 requests"][1].split()[0]) > 65536
    assert blk["chains in the ring"][1] == \
        f"1 to {6 if props.endswith('=8') else 254} segments"
    assert (blk["chains in indirect tables"][0] == "n/a") == ("bare" in ring)
    assert m.ok("rng 0 40") and m.ok("virtio read 48000000 0 10")
    m.ok("net arp 10.0.2.2")
    assert m.stderr() == ""
    m.close()
    assert image.read_bytes() == DATA


@ALL
def test_writes_are_put_back(machine, image, ring):
    virtio, bus, props = RINGS[ring]
    m = machine(virtio=virtio, bus=bus, timeout=60, disks=[Disk(image, device=props)])
    before = int(re.search(r"requests (\d+)", m.ok("virtio status 0"))[1])
    blk = verdicts(m.ok("virtio test 0 w 123 456"), "virtio0")
    assert blk["one large request"] == ("pass", f"{0x456} blocks written")
    assert blk["what was there is back"][0] == "pass"
    assert int(re.search(r"requests (\d+)", m.ok("virtio status 0"))[1]) > before
    assert m.stderr() == ""
    m.close()
    assert image.read_bytes() == DATA


def test_devices_without_tests_of_their_own(machine, image):
    """SCSI, of whose queues one is used, and a console that is being printed on while
    it is tested."""
    told_to = image.parent / "told.txt"
    m = machine(virtio=2, args=[
        "-device", "virtio-scsi-device,id=s", "-device", "scsi-hd,drive=x",
        "-blockdev", f"driver=raw,node-name=x,file.driver=file,file.filename={image}",
        "-device", "virtio-serial-device", "-device", "virtconsole,chardev=c0",
        "-chardev", f"file,id=c0,path={told_to}"])
    m.ok("setenv stdout serial,virtio-console")
    out = m.ok("virtio test")
    for name in "console0", "scsi0":
        seen = verdicts(out, name)
        assert seen["driver attaches"] == ("pass", "status 0x0f")
        assert seen["input and output"][0] == "n/a"
        assert not [w for w, (v, _) in seen.items() if v == "FAIL"]
    m.ok("scsi read 48000000 0 8")
    assert m.stderr() == ""
    m.close()
    told = told_to.read_text().replace("\r", "")
    assert verdicts(told, "console0") == verdicts(out, "console0")


def test_hardly_a_disk(machine):
    """What cannot be tried on no sector, or on one, does not pass."""
    m = machine(disks=[Disk(node="driver=null-co,node-name=%s,read-zeroes=on,size=0"),
                       Disk(node="driver=null-co,node-name=%s,read-zeroes=on,size=512")])
    none = verdicts(m.ok("virtio test 0"), "virtio0")
    assert none["one large request"] == none["id"] == ("n/a", "no blocks")
    one = verdicts(m.ok("virtio test 1"), "virtio1")
    assert one["chains in the ring"] == ("n/a", "1 segments at most")
    m.fails("virtio bench 1 1000", "not possible here")


def test_block_size_4096(machine, image):
    m = machine(timeout=60, disks=[Disk(image, bs=4096)])
    blk = verdicts(m.ok("virtio test 0 w 10 20"), "virtio0")
    assert not [w for w, (v, _) in blk.items() if v == "FAIL"]
    assert blk["one large request"] == ("pass", "32 blocks written")
    m.fails("virtio bench 0 200", "not whole blocks")
    m.close()
    assert image.read_bytes() == DATA


def test_read_only(machine, image):
    m = machine(timeout=60, disks=[Disk(image, ro=True)])
    assert verdicts(m.ok("virtio test 0"), "virtio0")["read-only"][0] == "pass"
    m.fails("virtio test 0 w 0 1", "read-only")
    m.fails("virtio bench 0 w 0 1", "read-only")


def test_bad_sector(machine, image):
    """A device that fails a request: that is the verdict, and no reset."""
    node = "driver=raw,node-name=%s,file.driver=blkdebug,file.image.driver=file," \
           f"file.image.filename={image},file.inject-error.0.event=read_aio," \
           "file.inject-error.0.sector=70"
    m = machine(timeout=60, disks=[Disk(node=node)])
    out = m.cmd("virtio test 0")
    blk = verdicts(out.out, "virtio0")
    assert out.rc == 1 and blk["one large request"] == ("FAIL", "input/output error")
    assert list(blk)[-1] == "one large request"     # nothing to compare with
    assert out.out.rstrip().endswith("the rest was not run")
    assert "none, 0 resets" in m.ok("virtio status 0")
    assert blk["driver attaches"][0] == "pass"


def test_ctrl_c(machine, image):
    """On a disk of 2 MB/s both go on for long, and end at once."""
    slow = Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                     f"file.driver=file,file.filename={image}")
    m = machine(disks=[slow], args=THROTTLE)
    for line in "virtio test", "virtio bench":
        m.send(line + "\r")
        m.expect("depth" if "bench" in line else "queues: ")
        time.sleep(0.5)
        start = time.monotonic()
        m.send("\x03")
        out = m.prompt()
        assert time.monotonic() - start < 2 * SLOW
        assert "interrupted" in out or "stopped by Ctrl-C" in out
    m.ok("virtio read 48000000 0 1")
    m.close()
    assert image.read_bytes() == DATA


def rows(text):
    return {(int(size), int(depth)): tuple(map(float, rest.split()))
            for size, depth, rest in re.findall(r"^ *(\d+) +(\d+) +([\d. ]+)$", text, re.M)}


def test_bench(machine, image):
    m = machine(disks=[Disk(image)], timeout=60)
    table = rows(m.ok("virtio bench"))
    assert len(table) == 20 and set(table) == {
        (s, d) for s in (512, 4096, 65536, MIB, 4 * MIB) for d in (1, 4, 16, 64)}
    for (size, depth), (_, mib, req, kicks, kicks_mib) in table.items():
        assert mib == pytest.approx(req * size / MIB, rel=0.02, abs=size / MIB)
        assert kicks <= 1 and kicks_mib == pytest.approx(kicks * MIB / size,
                                                         rel=0.02,
                                                         abs=0.01 * (1 + MIB / size))
        if depth == 1:
            assert kicks == 1
    assert table[512, 64][3] <= 0.1     # a notification for the batch


@pytest.mark.parametrize("ring", ["v1", "v2-packed", "pci-packed"])
def test_bench_write(machine, image, ring):
    """Only what is there is written: the file stays as it was."""
    virtio, bus, props = RINGS[ring]
    m = machine(virtio=virtio, bus=bus, timeout=60, disks=[Disk(image, device=props)])
    table = rows(m.ok("virtio bench virtio0 1000 10 w 100 400"))
    assert list(table) == [(4096, 16)]
    stats = m.hmp("info blockstats")
    assert int(re.search(r"wr_bytes=(\d+)", stats)[1]) > MIB
    assert m.stderr() == ""
    m.close()
    assert image.read_bytes() == DATA
