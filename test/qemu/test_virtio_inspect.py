# SPDX-License-Identifier: BSD-2-Clause
"""virtio regs, config, ring and trace on QEMU's own devices: what they show against
what is known from elsewhere, and that looking changes nothing."""

import random
import re

import pytest

from vireo import Disk

BUF = 0x48000000
DATA = random.Random(2).randbytes(4 << 20)
THROTTLE = ["-object", "throttle-group,id=slow,x-bps-total=1"]


def throttled(image):
    return Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                     f"file.driver=file,file.filename={image}")


def regs(m, dev):
    """Name to value of each register, "-" when it is not known."""
    out = m.ok(f"virtio regs {dev}").splitlines()
    found = [re.fullmatch(r"  0x[0-9a-f]{3} +\d+ [RW]{1,2} +(\S+) +(\S+)"
                          r"( write-only| written| not read)?", line)
             for line in out[1:]]
    assert all(found), out
    return {f[1]: f[2] for f in found}


def events(m, dev=""):
    """Lines of the trace: device, what, details; times must not go backwards."""
    head, *lines = m.ok(f"virtio trace show {dev}").splitlines()
    assert re.fullmatch(r"(\d+ of )?\d+ events, the oldest \d+ lost", head)
    assert bool(dev) == (" of " in head)
    assert not dev or int(head.split()[0]) == len(lines)
    found = [re.fullmatch(r" *(\d+) (\S+) +(.+)", line).groups()
             for line in lines]
    times = [int(us) for us, _, _ in found]
    assert times == sorted(times)
    return [(name, re.sub(" +", " ", what)) for _, name, what in found]


@pytest.mark.parametrize("virtio", [1, 2])
def test_regs(machine, image, virtio):
    m = machine(virtio=virtio, disks=[Disk(image, slot=4)], net=True)
    r = regs(m, "virtio0")
    status = m.ok("virtio status virtio0")
    desc, driver, device = (int(x, 16) for x in re.search(
        r"desc (\w+), driver (\w+), device (\w+)", status).groups())
    accepted = int(re.search(r"accepted +(0x\w+)", status)[1], 16)
    assert int(r["MagicValue"], 16) == 0x74726976
    assert int(r["Version"], 16) == virtio
    assert int(r["DeviceID"], 16) == 2
    assert bytes.fromhex(r["VendorID"][2:]) == b"UMEQ"
    assert f"  status     0x{int(r['Status'], 16):02x} " in status
    if virtio == 1:
        assert int(r["QueuePFN[0]"], 16) * 4096 == desc
        assert int(r["GuestFeatures[0]"], 16) == accepted
        assert int(r["QueueNum[0]"], 16) == 256
        assert "QueueDescLow[0]" not in r and "ConfigGeneration" not in r
    else:
        for name, addr in ("Desc", desc), ("Driver", driver), ("Device", device):
            assert int(r[f"Queue{name}Low[0]"], 16) == addr & 0xffffffff
            assert int(r[f"Queue{name}High[0]"], 16) == addr >> 32
        assert int(r["QueueReady[0]"], 16) == 1
        words = [int(r[f"DriverFeatures[{i}]"], 16) for i in (0, 1)]
        assert words[0] | words[1] << 32 == accepted
        assert "QueuePFN[0]" not in r and "GuestPageSize" not in r
    assert r["QueueNotify[0]"] == "-"
    m.ok(f"virtio read {BUF:x} 0 1")
    assert int(regs(m, "0")["QueueNotify[0]"], 16) == 0
    net = regs(m, "eth0")
    assert {n for n in net if n.endswith("[1]") and n.startswith("Queue")}


@pytest.mark.parametrize("bus", ["pci-modern", "pci-legacy"])
def test_regs_over_pci(machine, image, bus):
    m = machine(bus=bus, disks=[image], net=True)
    r = regs(m, "virtio0")
    status = m.ok("virtio status virtio0")
    assert m.ok("virtio regs 0").startswith(f"virtio0: {bus}, base 0x")
    desc, driver, device = (int(x, 16) for x in re.search(
        r"desc (\w+), driver (\w+), device (\w+)", status).groups())
    accepted = int(re.search(r"accepted +(0x\w+)", status)[1], 16)
    if bus == "pci-legacy":
        assert f"  status     {r['DeviceStatus']} " in status
        assert r["ISRStatus"] == "-"
        assert int(r["QueueAddress[0]"], 16) * 4096 == desc
        assert int(r["DriverFeatures"], 16) == accepted
        return
    assert f"  status     {r['device_status']} " in status
    assert r["ISR_status"] == "-"
    for name, addr in (("desc", desc), ("driver", driver), ("device", device)):
        assert int(r[f"queue_{name}[0]"], 16) == addr & 0xffffffff
        assert int(r[f"queue_{name}+4[0]"], 16) == addr >> 32
    words = [int(r[f"driver_feature[{i}]"], 16) for i in (0, 1)]
    assert words[0] | words[1] << 32 == accepted
    assert int(r["queue_enable[0]"], 16) == 1
    assert int(r["num_queues"], 16) == 1
    assert int(regs(m, "eth0")["queue_enable[1]"], 16) == 1


@pytest.mark.parametrize("bus,words", [
    ("pci-modern", ["write device_feature_select 0x00000001",
                    "write queue_desc+4 0x00000000",
                    "read Config+0x14 0x00000200 blk_size",
                    "read ISR_status 0x00",
                    "write queue_notify 0x0000"]),
    ("pci-legacy", ["write queue_select 0x0000",
                    "read Config+0x14 0x00000200 blk_size",
                    "read ISRStatus 0x00",
                    "write QueueNotify 0x0000"]),
])
def test_trace_over_pci(machine, image, bus, words):
    m = machine(bus=bus, disks=[image])
    m.ok("virtio trace on")
    m.ok(f"virtio read {BUF:x} 0 1")
    what = [w for _, w in events(m)]
    assert list(dict.fromkeys(w for w in what if w in words)) == words
    assert what[-1] == "used q0 id 0, length 513: IN, sector 0, status 0 OK"
    assert not any(re.search(r" \+0x", w) for w in what)


def test_regs_of_a_device_without_driver(machine):
    m = machine(args=["-device", "virtio-balloon-device"])
    r = regs(m, "slot31")
    assert int(r["DeviceID"], 16) == 5 and int(r["Status"], 16) == 0
    assert r["HostFeatures[0]"] == "-"
    m.fails("virtio regs slot30", "virtio regs: slot30: empty slot")
    m.fails("virtio config slot31",
            "virtio config: slot31: no driver that knows it")
    m.fails("virtio ring slot31 0",
            "virtio ring: slot31: queue 0: not in use")


def test_config(machine, image):
    m = machine(virtio=2, disks=[Disk(image, bs=4096)], net=True)
    out = m.ok("virtio config 0")
    assert out.startswith("virtio0: configuration\n"
                          "  capacity                    8192\n")
    assert "\n  blk_size                    4096\n" in out
    assert "\n  raw 0x000 0000000000002000 ........ 000000fe\n" in out
    assert re.search(r"^  raw 0x010 \w{4} \w\w \w\w 00001000 ", out, re.M)
    assert m.ok("virtio config eth0") == (
        "eth0: configuration\n"
        "  mac                         52:54:00:12:34:56\n"
        "  status                      0x0001 link up\n"
        "  raw 0x000 52 54 00 12 34 56 0001 .... .... ........\n"
        "  raw 0x010 ..\n")


@pytest.mark.parametrize("virtio", [1, 2])
def test_trace_of_a_read(machine, image, virtio):
    m = machine(virtio=virtio, disks=[Disk(image, ro=True)] * 2)
    m.ok("virtio device 1; virtio info")
    m.ok("virtio trace on virtio1")
    m.ok(f"virtio read {BUF:x} 7 4")
    all_of_it = events(m)
    assert {name for name, _ in all_of_it} == {"virtio1"}
    what = [w for _, w in all_of_it if not w.startswith("read ")]
    assert what == [
        "add q0 id 0, 1 out 2 in, 16+2049 bytes: IN, sector 7",
        "kick q0 avail idx 1",
        "write QueueNotify 0x00000000",
        "used q0 id 0, length 2049: IN, sector 7, status 0 OK",
    ]
    assert ("virtio1", "read InterruptStatus 0x00000000") in all_of_it
    assert m.ok("virtio trace show virtio0").count("\n") == 1


@pytest.mark.parametrize("virtio", [1, 2])
def test_trace_of_the_first_use(machine, image, virtio):
    """The handshake in its order (3.1.1), before the first request."""
    m = machine(virtio=virtio, disks=[image])
    m.ok("virtio trace on")
    m.ok(f"virtio read {BUF:x} 0 1")
    steps = [w for _, w in events(m) if w.startswith(("status ", "add ", "reset"))]
    assert steps[:-1] == ["reset"] + [f"status 0x{s:02x}" for s in (
        [1, 3, 7] if virtio == 1 else [1, 3, 11, 15])]
    assert steps[-1].startswith("add q0 id 0, ")


def test_trace_of_net(machine):
    m = machine(net=True)
    m.ok("virtio trace on")
    m.ok("net arp 10.0.2.2")
    m.ok("net arp 10.0.2.2")
    what = [w for name, w in events(m) if name == "eth0"]
    assert len([w for w in what if w.startswith("add q0")]) >= 64
    assert any(re.fullmatch(
        r"add q1 id \d+, 1 out 0 in, 54\+0 bytes: flags 0 gso 0 num_buffers 0, "
        r"52:54:00:12:34:56 > ff:ff:ff:ff:ff:ff, type 0x0806", w) for w in what)
    assert any(re.fullmatch(
        r"used q0 id \d+, length \d+: flags 0 gso 0 num_buffers 1, "
        r"52:55:0a:00:02:02 > 52:54:00:12:34:56, type 0x0806", w) for w in what)


@pytest.mark.parametrize("virtio", [1, 2])
def test_a_device_that_does_not_answer(machine, image, virtio):
    """The trace has the time-out and the reset, the ring nothing in use; then
    the handshake, step by step."""
    m = machine(virtio=virtio, args=THROTTLE, disks=[throttled(image)])
    m.ok("virtio info")
    m.ok("virtio trace on")
    m.fails(f"virtio read {BUF:x} 1 1", "-5 blocks read: ERROR\n", timeout=6)
    what = [w for _, w in events(m)]
    at = what.index("fault no answer in time")
    assert [w for w in what if w.startswith("kick")] == ["kick q0 avail idx 1"] * 2
    assert what[at + 1] == "reset" and not any("used" in w for w in what)
    assert ", not in use\n" in m.ok("virtio ring 0 0")
    assert ", errors 1\n" in m.ok("virtio status 0")
    m.qmp("qom-set", path="/objects/slow", property="limits",
          value={"bps-total": 0})
    m.ok("virtio trace on")
    m.ok(f"virtio read {BUF:x} 1 1")
    steps = [w for _, w in events(m) if w.startswith("status ")]
    assert steps == [f"status 0x{s:02x}" for s in
                     ([1, 3, 7] if virtio == 1 else [1, 3, 11, 15])]


def test_trace_overflow(machine, image):
    m = machine(disks=[image])
    m.ok("virtio trace on")
    m.ok("; ".join([f"virtio read {BUF:x} 0 1"] * 120))
    head = m.ok("virtio trace show").splitlines()
    total, lost = map(int, re.match(r"(\d+) events, the oldest (\d+) lost",
                                    head[0]).groups())
    assert total >= 600 and lost == total - 512 and len(head) == 513


def test_trace_off(machine, image):
    m = machine(disks=[image])
    m.fails("virtio trace show", "virtio trace: the trace is off\n")
    for off_by_name in (False, True, False):
        m.ok("virtio trace on")
        m.ok(f"virtio read {BUF:x} 0 1")
        assert events(m)
        assert events(m, "0") == events(m)
        m.ok("virtio trace off" + " virtio0" * off_by_name)
        m.ok(f"virtio read {BUF:x} 0 1")
        m.fails("virtio trace show", "virtio trace: the trace is off\n")
    m.ok("virtio trace on")
    assert m.ok("virtio trace show") == "0 events, the oldest 0 lost\n"


def test_trace_show_ctrl_c(machine, image):
    m = machine(disks=[image])
    m.ok("virtio trace on")
    m.ok("; ".join([f"virtio read {BUF:x} 0 1"] * 120))
    m.send("virtio trace show\r")
    m.expect("QueueNotify")
    m.send("\x03")
    m.prompt(timeout=5)
    m.ok("true")


def test_ring_after_a_read(machine, image):
    m = machine(virtio=2, disks=[image])
    m.ok(f"virtio read {BUF:x} 5 3")
    out = m.ok("virtio ring 0 0").splitlines()
    assert out[0] == "virtio0 queue 0: split, 256 entries, 0 in flight, 256 free"
    assert out[2:4] == ["  avail[0]   head 0", "  avail[1]   <- the driver adds here"]
    assert out[5:7] == ["  used[0]    id 0, length 1537",
                        "  used[1]    <- the device gives back here"]
    assert re.fullmatch(r"  desc\[0\]    back   of 0   0x\w{8} +16 NEXT 1 +"
                        "request header", out[8])
    assert re.fullmatch(rf"  desc\[1\]    back   of 0   0x{BUF:x} +1536 WRITE NEXT 2 +"
                        "caller's buffer", out[9])
    assert re.fullmatch(r"  desc\[2\]    back   of 0   0x\w{8} +1 WRITE +"
                        "status byte", out[10])
    assert len(out) == 11
    everything = m.ok("virtio ring 0 0 all").splitlines()
    assert len([x for x in everything if x.startswith("  desc[")]) == 256
    assert m.ok("virtio ring 0 0").splitlines() == out


def test_ring_of_net(machine):
    m = machine(net=True)
    m.ok("net arp 10.0.2.2")
    out = m.ok("virtio ring eth0 0")
    assert "eth0 queue 0: split, 128 entries, 64 in flight, 64 free\n" in out
    assert out.count("lent ") == 16 and out.count("receive buffer") == 16
    assert out.endswith('  48 more: "all" shows them\n')
    assert m.ok("virtio ring eth0 0 all").count("receive buffer") == 64
    assert "frame to send" in m.ok("virtio ring eth0 1")


def test_packed_ring(machine, image):
    """A read has come back: the device's used descriptor, and what is left of the
    driver's chain; the device's event structure when EVENT_IDX is on."""
    m = machine(virtio=2, disks=[image],
                args=["-global", "virtio-blk-device.packed=on"])
    m.ok("virtio trace on")
    m.ok(f"virtio read {BUF:x} 5 3")
    assert ("virtio0", "kick q0 slots 3") in events(m)
    out = m.ok("virtio ring 0 0").splitlines()
    assert out[0] == "virtio0 queue 0: packed, 256 entries, 0 in flight, 256 free"
    assert re.fullmatch(r"  driver     at 0x\w{8}, event flags 1 DISABLE, "
                        "slot 0, wrap 0", out[1])
    assert re.fullmatch(r"  device     at 0x\w{8}, event flags 2 DESC, "
                        "slot 3, wrap 1", out[2])
    assert re.fullmatch(r"  desc\[0\]    back   of 0   0x\w{8} +1537 AVAIL USED +"
                        "request header", out[4])
    assert re.fullmatch(rf"  desc\[1\]    back   of 0   0x{BUF:x} +1536 "
                        "WRITE NEXT AVAIL +caller's buffer", out[5])
    assert re.fullmatch(r"  desc\[2\]    back   of 0   0x\w{8} +1 WRITE AVAIL +"
                        "status byte", out[6])
    assert out[7:] == ["  desc[3]    <- the driver takes here, wrap 1",
                       "  desc[3]    <- the driver adds here, wrap 1"]
    for _ in range(4):
        m.ok("; ".join([f"virtio read {BUF:x} 0 1"] * 25))
    assert m.ok("virtio ring 0 0").endswith(
        "  desc[47]   <- the driver takes here, wrap 0\n"
        "  desc[47]   <- the driver adds here, wrap 0\n")


@pytest.mark.parametrize("line,text", [
    ("virtio ring 0 1", "virtio ring: 0: queue 1: not in use\n"),
    ("virtio ring 0 ffffffffffffffff", "queue 18446744073709551615: not in use"),
    ("virtio ring 0 zz", "virtio ring: 'zz' is not a number\n"),
    ("virtio ring 5 0", "virtio ring: 5: no such device\n"),
    ("virtio ring 0 0 some", "Usage:"),
    ("virtio ring 0", "Usage:"),
    ("virtio regs", "Usage:"),
    ("virtio regs -c", "Usage:"),
    ("virtio regs '' ", "virtio regs: : no such device\n"),
    ("virtio config 7", "virtio config: 7: no such device\n"),
    ("virtio trace on 7", "virtio trace: 7: no such device\n"),
    ("virtio trace off 7", "virtio trace: 7: no such device\n"),
    ("virtio trace maybe", "Usage:"),
])
def test_arguments(machine, image, line, text):
    m = machine(disks=[image])
    m.fails(line, text)


def test_colour_on_request(machine, image):
    """The same text, in colours that end with each line."""
    m = machine(disks=[image])
    for line in ("regs {}0", "config {}0", "ring {}0 0"):
        m.send("virtio " + line.format("-c ") + "\r")
        m.expect(r"\r\n")
        coloured = m.expect("=> ")
        body = [x for x in coloured.split("\r\n") if x]
        assert all(re.fullmatch("\x1b\\[[0-9;]+m[^\x1b]+\x1b\\[0m", x)
                   for x in body)
        plain = re.sub("\x1b\\[[0-9;]+m", "", "\n".join(body))
        assert m.ok("virtio " + line.format("")).strip() == plain.strip()


@pytest.mark.parametrize("typed,after", [
    ("virtio reg\t", "virtio regs "),
    ("virtio regs e\t", "virtio regs eth0 "),
    ("virtio regs -c e\t", "virtio regs -c eth0 "),
    ("virtio ring v\t", "virtio ring virtio0 "),
    ("virtio ring virtio0 \t", "virtio ring virtio0 0 "),
    ("virtio ring eth0 0 \t", "virtio ring eth0 0 all "),
    ("virtio trace s\t", "virtio trace show "),
    ("virtio trace show e\t", "virtio trace show eth0 "),
])
def test_tab(machine, image, typed, after):
    m = machine(disks=[image], net=True)
    m.send(typed)
    m.expect(re.escape(after))
    m.send("\x03")


def test_packed_ring_on_its_second_lap(machine, image):
    """A used descriptor's flags are 0 there: it was given back all the same."""
    m = machine(virtio=2, disks=[Disk(image, ro=True, device="packed=on")])
    for _ in range(100):                # three slots each, of 256
        m.run("virtio read 48000000 0 8")
    text = m.ok("virtio ring virtio0 0")
    assert re.search(r"^  desc\[41\] +back .* request header$", text, re.M), text
