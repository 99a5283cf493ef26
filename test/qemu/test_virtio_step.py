# SPDX-License-Identifier: BSD-2-Clause
"""virtio step on QEMU's own disks: every ring on every transport, the data against
the image, and a disk that does not answer."""

import random
import re

import pytest

from vireo import Disk

DATA = random.Random(3).randbytes(1 << 20)
THROTTLE = ["-object", "throttle-group,id=slow,x-bps-total=1"]
MODERN = [dict(virtio=2), dict(bus="pci-modern")]
LEGACY = [dict(virtio=1), dict(bus="pci-legacy")]


def option(config, text):
    kind = "pci" if "bus" in config else "device"
    return {**config, "args": ["-global", f"virtio-blk-{kind}.{text}"]}


def steps(out):
    """The numbered lines, "section: what", which count from 1."""
    found = re.findall(r"^(\d+)\. ([^,\n]+)", out, re.M)
    assert [int(n) for n, _ in found] == list(range(1, len(found) + 1))
    return [what for _, what in found]


def data_lines(out):
    """The first 16 bytes of each piece, before and after."""
    found = re.findall(r"^  data +0x\w+ +\d+  (\w+) (\w+) (\w+) \.\.\.$", out, re.M)
    return [bytes.fromhex("".join(x)) for x in found]


SPLIT = ["request", "descriptors", "available ring", "index", "notify or not",
         "notification", "wait", "used element", "status and data"]
PACKED = ["request", "descriptors", "available", "notify or not",
          "notification", "wait", "used descriptor", "status and data"]


@pytest.mark.parametrize("config", LEGACY + MODERN, ids=str)
def test_split(machine, image, config):
    m = machine(disks=[image], **config)
    for n, blk in enumerate((5, 0x7ff)):
        out = m.ok(f"virtio step 0 read {blk:x}")
        assert steps(out) == SPLIT
        assert data_lines(out) == [b"\xee" * 16, DATA[512 * blk:][:16]]
        assert f"avail_event {n}, idx {n} -> {n + 1}: notify" in out
        assert f"\n  avail.idx   {n:02x}00 -> {n + 1:02x}00\n" in out
        assert f"\n  used.idx    {n:02x}00 -> {n + 1:02x}00\n" in out
        assert "\n  id 0, length 513" in out
        assert f"IN, sector {blk}, status 0 OK\n" in out
    section = "4.1.5.2" if "bus" in config else "4.2.3.3"
    where = re.search(rf"notification, {section}\n  (\w+) <- 0, the queue\n", out)[1]
    assert f" {where}[0] " in m.ok("virtio regs 0")
    assert (", legacy\n" in out) == (config in LEGACY)


@pytest.mark.parametrize("config", MODERN, ids=str)
def test_packed(machine, image, config):
    m = machine(disks=[image], **option(config, "packed=on"))
    for lap, flags in ((1, "8100"), (2, "0180")):
        out = m.ok("virtio step 0 read 5")
        assert steps(out) == PACKED
        assert data_lines(out) == [b"\xee" * 16, DATA[512 * 5:][:16]]
        assert re.search(rf"^3\. available, .*\n  desc\[\d+\] .* {flags}\n", out, re.M)
        m.ok("; ".join(["virtio read 48000000 0 1"] * 90))


@pytest.mark.parametrize("config", [LEGACY[0], MODERN[0], option(MODERN[1], "packed=on")],
                         ids=str)
def test_indirect(machine, image, config):
    """More pieces than the ring itself takes, unless the feature is off."""
    m = machine(disks=[image], **config)
    out = m.ok("virtio step 0 read 10 8")
    want = [DATA[512 * (16 + i):][:16] for i in range(8)]
    assert data_lines(out) == [b"\xee" * 16] * 8 + want
    assert out.count("\n  table[") == 10 and "\n  10 elements in an indirect table" in out
    m.ok("virtio features 0 -indirect_desc")
    out = m.ok("virtio step 0 read 10 8")
    assert data_lines(out)[8:] == want
    assert "table[" not in out and len(re.findall(r"^  desc\[\d\] .* -> ", out, re.M)) >= 10


@pytest.mark.parametrize("packed", ["off", "on"])
def test_without_event_idx(machine, image, packed):
    m = machine(disks=[image], **option(MODERN[0], f"packed={packed}"))
    m.ok("virtio features 0 -event_idx")
    out = m.ok("virtio step 0 read 5")
    assert ("device event flags 0, slot 0: notify" if packed == "on"
            else "used.flags 0: notify") in out
    assert data_lines(out)[1] == DATA[512 * 5:][:16]


def test_colour_of_who_wrote(machine, image):
    """On a packed ring both sides write descriptors."""
    driver, device = "\x1b[36m", "\x1b[32m"
    m = machine(disks=[image], **option(MODERN[0], "packed=on"))
    m.send("virtio step -c 0 read 5\r")
    m.expect(r"\r\n")
    lines = m.expect("=> ").split("\r\n")
    told = [x for x in lines if re.match(r"\x1b\[\d+m  desc\[\d\] .* -> ", x)]
    assert [x[:5] for x in told] == [driver] * 4 + [device]
    done = [x for x in lines if re.match(r"\x1b\[\d+m  desc\[0\] +done ", x)]
    assert [x[:5] for x in done] == [device]
    m.send("virtio ring -c 0 0\r")
    m.expect(r"\r\n")
    back = [x for x in m.expect("=> ").split("\r\n") if " back " in x]
    assert [x[:5] == device for x in back] == [True, False, False]


@pytest.mark.parametrize("packed", ["off", "on"])
def test_one_request(machine, image, packed):
    """A small ring takes less at once: no two requests told as one."""
    config = option(MODERN[1], f"packed={packed}")
    config["args"] += ["-global", "virtio-blk-pci.queue-size=8",
                       "-global", "virtio-blk-pci.indirect_desc=off"]
    m = machine(disks=[image], **config)
    m.fails("virtio step 0 read 1 7", "virtio step: 0: takes 1 to 6 blocks a request\n")
    out = m.ok("virtio step 0 read 1 6")
    assert steps(out) == (PACKED if packed == "on" else SPLIT)
    assert data_lines(out)[6:] == [DATA[512 * (1 + i):][:16] for i in range(6)]


@pytest.mark.parametrize("packed", ["off", "on"])
def test_no_answer(machine, image, packed):
    """What did not move is shown, the device is reset, the next step is right."""
    disk = Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                     f"file.driver=file,file.filename={image}")
    config = option(MODERN[0], f"packed={packed}")
    config["args"] += THROTTLE
    m = machine(disks=[disk], **config)
    m.ok("virtio info")
    out = m.fails("virtio step 0 read 5", "virtio step: 0: timed out\n", timeout=6)
    assert "\n  no answer" in out and "\n  used" not in out.split(". wait,")[1]
    assert re.search(r"\n  looks: \d{4,}, time: [34]\d{6} us, notifications: 2\n", out)
    assert out.endswith("given up, 2.4: status 0 written, read until 0\n"
                        "  no answer in time; reset, it touches no memory any more\n"
                        "virtio step: 0: timed out\n")
    m.qmp("qom-set", path="/objects/slow", property="limits", value={"bps-total": 0})
    out = m.ok("virtio step 0 read 5")
    assert data_lines(out)[1] == DATA[512 * 5:][:16]


def test_ctrl_c_in_the_wait(machine, image):
    disk = Disk(node="driver=throttle,node-name=%s,throttle-group=slow,"
                     f"file.driver=file,file.filename={image}")
    m = machine(disks=[disk], virtio=2, args=THROTTLE)
    m.ok("virtio info")
    m.send("virtio step 0 read 5\r")
    m.expect("QueueNotify <- 0")
    m.send("\x03")
    assert "0: interrupted\n" in m.prompt(timeout=2)
    m.ok("true")


@pytest.mark.parametrize("line,text", [
    ("virtio step 0 read 800", "virtio step: 0: past the end\n"),
    ("virtio step 0 read 7ff 2", "virtio step: 0: past the end\n"),
    ("virtio step 0 read ffffffffffffffff 8", "virtio step: 0: past the end\n"),
    ("virtio step 0 read 0 9", "virtio step: 0: takes 1 to 8 blocks a request\n"),
    ("virtio step eth0 read 0", "virtio step: eth0: not a virtio disk\n"),
    ("virtio step slot9 read 0", "virtio step: slot9: empty slot\n"),
    ("virtio step 7 read 0", "virtio step: 7: no such device\n"),
    ("virtio step 0 read 0x", "virtio step: '0x' is not a number\n"),
    ("virtio step 0 write 0", "Usage:"),
    ("virtio step 0", "Usage:"),
])
def test_arguments(machine, image, line, text):
    m = machine(disks=[image], net=True)
    m.fails(line, text)
