# SPDX-License-Identifier: BSD-2-Clause
"""A network device that lies, end to end: a vhost-user back end in this process
answers ARP for every address, each with another station, and misbehaves on either
ring. A frame that is none is dropped and counted; a ring that cannot be is an
error within the deadline, a reset, and the next question is answered right."""

import re
import time

import pytest

import vhost_devices as vd
from hostile import ONE, OTHER, WAYS, Witness, device, is_packed
from vhost_devices import NET_HDR, RX, TX, header, mac_text, station

NBUFS = 64                              # lent to a device for ordinary frames
BUFFER = 1536


class NicWitness(Witness):
    asked = 0

    def arp(self):
        """Ask for an address that was not asked for before.
        Return: None and the answer is right, or the reason"""
        self.asked += 1
        ip = f"10.9.{self.asked // 200}.{self.asked % 200 + 1}"
        out, rc = self.run(f"net arp {ip}")
        if rc == 0:
            mac = mac_text(station(ip))
            assert re.fullmatch(rf"{ip} is at {mac} \(eth0, \d+ us\)\n", out)
            return None
        said = f"net arp: {ip}: "
        assert rc == 1 and out.startswith(said)
        return out[len(said):-1]

    def counted(self, name):
        return int(re.search(rf"^  {name} +(\d+)$", self.m.ok("net stats"),
                             re.M)[1])

    def good(self):
        self.back.misbehave(None)
        self.back.noise = None
        for _ in range(3):
            assert self.arp() is None

    def rejects(self, why, lie, queue, tries=1, times=1):
        """Within so many questions an error, and one reset for this reason."""
        before = self.fault("eth0")[1]
        self.back.misbehave(lie, times=times, queue=queue)
        said = None
        while not said and tries:
            said = self.arp()
            tries -= 1
        assert self.back.lied, "the lie was not told"
        assert said == "input/output error"
        reason, resets = self.fault("eth0")
        assert reason in why and resets == before + 1
        self.good()


@pytest.fixture
def nic_machine(machine):
    """start(way): a witness of a machine with a back end's network device."""
    nics = []

    def start(way="split", **how):
        nic = vd.Nic(packed=is_packed(way), **how)
        nics.append(nic)
        dev = device("virtio-net-device", way, "netdev=n0")
        m = machine(**nic.config("-netdev", "vhost-user,id=n0,chardev=vu0",
                                 "-device", dev))
        return NicWitness(m, nic)

    yield start
    for nic in nics:
        nic.close()
        nic.check()


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_honest(nic_machine, way):
    w = nic_machine(way)
    for _ in range(2 * NBUFS + 1):      # more than a round of both rings
        assert w.arp() is None
    assert w.counted("rx_frames") == w.counted("tx_frames") == 2 * NBUFS + 1
    assert w.counted("rx_dropped") == 0
    assert w.fault("eth0") == ("none", 0)


# ---- frames that are none

def frame(size, dst=b"\xff" * 6):
    return (dst + b"\x52\0\0\0\0\1" + b"\x88\xb5").ljust(size, b"\x5a")[:size]


def many(n, each, num_buffers=None, first=None):
    """A frame said to be in num_buffers buffers; in n of them, used lengths
    as given."""
    def noise(nic):
        chains = [nic.take(RX) for _ in range(n)]
        for i, chain in enumerate(chains):
            head = header(n if num_buffers is None else num_buffers) \
                if i == 0 else b""
            used = first if first and i == 0 else each
            chain.write((head + frame(BUFFER))[:max(used, len(head))])
            nic._queues[RX].ring.put(chain, used)
        nic.publish(RX, nic._queues[RX].ring)
    return noise


def half_a_frame(nic):
    nic.raw(header(2) + frame(BUFFER - NET_HDR))
    nic.noise = None


def raw(data, length=None):
    return lambda nic: nic.raw(data, length)


# name: (noise, buffers that are dropped with it)
NOISE = {
    "used length 0": raw(b"", 0),
    "half a header": raw(header()[:5]),
    "a header and no length": raw(header() + frame(60), 0),
    "header only": raw(header()),
    "runt of 1": raw(header() + frame(1)),
    "runt of 13": raw(header() + frame(13)),
    "num_buffers 0": raw(header(0) + frame(60)),
    "num_buffers 65": raw(header(NBUFS + 1) + frame(60)),
    "num_buffers 65535": raw(header(65535) + frame(60)),
    "two buffers, the first not full": many(2, 100),
    "three buffers, one of them empty": many(3, 0, first=BUFFER),
    "giant of a buffer": raw(header() + frame(BUFFER - NET_HDR)),
    "giant of ten buffers": many(10, BUFFER),
    "giant of all buffers": many(NBUFS - 1, BUFFER),
    "for somebody else": raw(header() + frame(60, b"\x52\0\0\0\0\2")),
}


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_frames(nic_machine, way):
    """Each is dropped and counted once, and the frame after it is delivered."""
    w = nic_machine(way)
    assert w.arp() is None
    for name, noise in NOISE.items():
        before, w.back.noise = w.counted("rx_dropped"), noise
        assert w.arp() is None, name
        w.back.noise = None
        assert w.counted("rx_dropped") == before + 1, name
    # Of this one only the first buffer comes, once. The answer may be taken for
    # the second; the next is not.
    w.back.noise = half_a_frame
    assert w.arp() is None
    w.good()
    assert w.back.dropped == 0
    assert w.fault("eth0") == ("none", 0)


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_odd_headers(nic_machine, way):
    """Offloads that were not accepted: flags and GSO types mean nothing."""
    w = nic_machine(way)
    for flags, gso in ((1, 0), (2, 0), (0xff, 0), (0, 1), (0, 0x84), (0, 0xff)):
        w.back.noise = raw(header(1, flags, gso) + frame(200))
        assert w.arp() is None
    w.good()
    assert w.fault("eth0") == ("none", 0)


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_flood(nic_machine, way):
    """Every buffer filled before each answer, which so finds none."""
    w = nic_machine(way)

    def flood(nic):
        for _ in range(NBUFS - 1):
            nic.raw(header() + frame(60))
    w.back.noise = flood
    for _ in range(20):
        assert w.arp() is None
    w.good()


# ---- rings that cannot be

BEYOND = ["used length is beyond the buffer"]
AHEAD = ["used index is ahead of the requests"]
NOT_OURS = ["used element is not a request"]
RX_LIES = {
    "length one long": (vd.length(BUFFER + 1), BEYOND),
    "length 2^31": (vd.RING_LIES["length 2^31"], BEYOND),
    "length 2^32-1": (vd.RING_LIES["length 2^32-1"], BEYOND),
    "id size": (vd.RING_LIES["id size"], NOT_OURS),
    "id 2^16-1": (vd.RING_LIES["id 2^16-1"], NOT_OURS),
    "id free": (vd.RING_LIES["id free"], NOT_OURS),
    "twice": (vd.twice, NOT_OURS),
    "index + 1000": (vd.jump(1000), AHEAD),
    "index - 1": (vd.jump(-1), AHEAD),
}


@pytest.mark.parametrize("way", WAYS)
def test_receive_ring(nic_machine, way):
    w = nic_machine(way)
    for _ in range(5):
        assert w.arp() is None
    for name, (lie, why) in RX_LIES.items():
        if name.startswith("index") and is_packed(way):
            continue                    # no index; empty buffers are no frames
        w.rejects(why, lie, RX)


@pytest.mark.parametrize("way", WAYS)
def test_transmit_ring(nic_machine, way):
    """A frame's fate shows when the next is sent."""
    w = nic_machine(way)
    assert w.arp() is None
    for name in ("id size", "id 2^16-1", "id free"):
        w.rejects(NOT_OURS, vd.RING_LIES[name], TX, tries=2)
    for name in ("index + 2", "index + 1000", "twice"):
        if not is_packed(way):          # there the next frame overwrites it
            w.rejects(AHEAD, vd.RING_LIES[name], TX, tries=2)
    for value in (1, 1 << 31, 0xffffffff):  # nothing was writable
        w.rejects(BEYOND, vd.length(value), TX, tries=2)


@pytest.mark.parametrize("way", [ONE, OTHER])
def test_rewritten(nic_machine, way):
    """What the driver wrote into the rings is overwritten: it does not ask."""
    w = nic_machine(way)
    assert w.arp() is None
    w.back.misbehave(vd.rewritten, queue=TX)
    for _ in range(40):
        assert w.arp() is None
    assert w.back.lied
    w.good()
    assert w.fault("eth0") == ("none", 0)


# ---- silence

@pytest.mark.parametrize("way", [OTHER])
def test_not_sent(nic_machine, way):
    """Frames that are never given back: all slots are taken, then the deadline.
    Nor does one that comes after it harm."""
    w = nic_machine(way)
    for lie in (vd.never, vd.after_reset):
        w.back.misbehave(lie, queue=TX)
        said, n = None, 0
        while not said:
            said, n = w.arp(), n + 1
        assert n == 17 and said == "no answer"
        assert w.fault("eth0")[0] == "no answer in time"
        time.sleep(0.3)                 # after_reset: into the ring as it was
        w.look("after the reset")
        w.good()


def test_no_answer(nic_machine):
    """Not the device's fault: nobody answers; and Ctrl-C."""
    w = nic_machine()
    w.back.misbehave(vd.never, queue=RX)
    assert w.arp() == "no answer"
    w.m.send("net arp 10.1.1.1\r\x03")
    assert "net arp: 10.1.1.1: interrupted" in w.m.prompt(2)
    w.good()
    assert w.fault("eth0") == ("none", 0)


@pytest.mark.parametrize("way", [ONE, "pci split"])
def test_disconnect(nic_machine, way):
    """QEMU takes the link down; with a new back end all is well. (On a packed ring
    QEMU 7.2 does not know where the old back end was, so the new one is lost.)"""
    w = nic_machine(way)
    assert w.arp() is None
    w.back.misbehave(vd.gone(), queue=TX, times=1)
    assert w.arp() == "no answer"
    assert w.m.fails("net arp 10.1.1.1") == "net arp: eth0: link is down\n"
    w.back.come_back()
    time.sleep(0.3)
    w.good()
