# SPDX-License-Identifier: BSD-2-Clause
"""Network and entropy devices: frames out and in over every framing, link, MTU,
a flood, and what the commands say about it. Slirp answers ARP for 10.0.2.2 and
10.0.2.3; a peer of this test on a UDP socket does whatever else is needed."""

import itertools
import re
import socket
import struct
import threading
import time

import pytest

GATEWAY, GATEWAY_MAC = "10.0.2.2", "52:55:0a:00:02:02"
RX_BUFFERS = 64                         # of an ordinary receive ring


def nic(props="", n=0, backend="user", slot=None):
    args = ["-netdev", f"{backend},id=n{n}", "-device",
            f"virtio-net-device,netdev=n{n}" + (f",{props}" if props else "")]
    if slot is not None:
        args[-1] += f",bus=virtio-mmio-bus.{slot}"
    return args


def stats(m, dev="eth0"):
    return {k: int(v) for k, v in
            re.findall(r"^  (\w+) +(\d+)$", m.ok(f"net stats {dev}"), re.M)}


def accepted(m, dev="eth0"):
    return " ".join(re.findall(r"^  accepted +(.*)$",
                               m.ok(f"virtio status {dev}"), re.M))


def arp(m, ip=GATEWAY, mac=GATEWAY_MAC, dev=""):
    out = m.ok(f"net arp {ip} {dev}")
    assert re.fullmatch(rf"{ip} is at {mac} \({dev or 'eth0'}, \d+ us\)\n", out)


@pytest.mark.parametrize("virtio,mrg,layout", itertools.product(
    [1, 2], ["on", "off"], ["on", "off"]))
def test_framings(machine, virtio, mrg, layout):
    """10 and 12 byte headers, one and two descriptors a buffer."""
    m = machine(virtio=virtio,
                args=nic(f"mrg_rxbuf={mrg},any_layout={layout}"))
    arp(m)
    arp(m, "10.0.2.3", "52:55:0a:00:02:03")
    assert stats(m) == {"rx_frames": 2, "rx_bytes": 128, "rx_dropped": 0,
                        "tx_frames": 2, "tx_bytes": 84, "tx_errors": 0}
    names = accepted(m)
    assert ("NET_F_MRG_RXBUF" in names) == (mrg == "on")
    assert ("ANY_LAYOUT" in names) == (layout == "on" and virtio == 1)
    assert ("VERSION_1" in names) == (virtio == 2)
    assert m.stderr() == ""             # QEMU complains of bad drivers here


def test_offloads_are_refused(machine):
    m = machine(virtio=2, args=nic("mq=on,ctrl_vq=on,packed=on"))
    names = set(accepted(m).split()[1:])
    assert names == {"NET_F_MAC", "NET_F_MRG_RXBUF", "NET_F_STATUS",
                     "INDIRECT_DESC", "EVENT_IDX", "VERSION_1", "RING_PACKED"}


@pytest.mark.parametrize("mtu,mrg", [(68, "on"), (1400, "on"), (1400, "off"),
                                     (9000, "on"), (9000, "off"),
                                     (65535, "off")])
def test_mtu(machine, mtu, mrg):
    m = machine(virtio=2, args=nic(f"host_mtu={mtu},mrg_rxbuf={mrg}"))
    assert f"MTU {min(mtu, 9000)}\n" in m.ok("net stats")
    assert re.search(rf"^  config +mtu +{mtu}$", m.ok("virtio status eth0"),
                     re.M)
    arp(m)


def test_ethaddr(machine):
    """Where scripts look for it; given by hand it is kept."""
    first, second = "52:54:00:00:00:0a", "52:54:00:00:00:0b"
    args = nic(f"mac={first}", slot=1) + nic(f"mac={second}", n=1, slot=2)
    m = machine(args=args)
    assert m.ok("printenv ethaddr") == f"ethaddr={first}\n"
    m.fails(f"setenv ethaddr {second}", "it is set already")
    m = machine(args=args, env={"ethaddr": second})
    assert m.ok("printenv ethaddr") == f"ethaddr={second}\n"


def test_mac(machine):
    m = machine(args=nic("mac=52:54:00:ab:cd:ef"))
    assert m.ok("net list") == \
        "eth0 : virtio-net#31 52:54:00:ab:cd:ef active\n"
    assert re.search(r"^  config +mac +52:54:00:ab:cd:ef$",
                     m.ok("virtio status eth0"), re.M)


@pytest.mark.parametrize("virtio", [1, 2])
def test_link(machine, virtio):
    m = machine(virtio=virtio, args=nic())
    m.hmp("set_link n0 off")
    assert m.ok("net list").endswith(" active link down\n")
    m.fails(f"net arp {GATEWAY}", "net arp: eth0: link is down")
    assert "link down" in m.ok("virtio status eth0")
    m.hmp("set_link n0 on")
    assert m.ok("net list").endswith(" active\n")
    arp(m)


def test_two_devices(machine):
    m = machine(args=nic("mac=52:54:00:00:00:01", 0, slot=3) +
                nic("mac=52:54:00:00:00:02", 1, slot=9))
    assert m.ok("net list") == (
        "eth0 : virtio-net#3 52:54:00:00:00:01 active\n"
        "eth1 : virtio-net#9 52:54:00:00:00:02\n")
    arp(m, dev="eth1")
    assert stats(m, "eth0")["tx_frames"] == 0
    assert stats(m, "eth1")["tx_frames"] == 1
    m.ok("setenv ethact virtio-net#9")
    assert m.ok("net list").endswith("00:02 active\n")
    m.ok("setenv ethact eth0")
    arp(m)
    assert stats(m, "virtio-net#3")["rx_frames"] == 1
    m.fails(f"net arp {GATEWAY} eth2", "net arp: eth2: no such device")


def test_no_device(machine):
    m = machine()
    assert m.ok("net list") == "net list: no network device\n"
    m.fails(f"net arp {GATEWAY}", "net arp: eth0: no such device")
    m.fails("net stats", "no such device")
    m.fails("rng", "rng: device 0: no such device")
    m.fails("rng list", "no entropy device")


@pytest.mark.parametrize("address", ["", "10.0.2", "10.0.2.256", "gateway",
                                     "10.0.2.2.2", "0x0a.0.2.2"])
def test_bad_addresses(machine, address):
    m = machine(args=nic())
    if address:
        m.fails(f"net arp {address}", f"'{address}' is not an IPv4 address")
    else:
        m.fails("net arp", "Usage:")
    assert stats(m)["tx_frames"] == 0


def test_nobody_answers(machine):
    m = machine(args=nic())
    m.fails("net arp 10.0.2.77", "net arp: 10.0.2.77: no answer", timeout=10)
    assert stats(m)["tx_frames"] in (14, 15)    # each 200 ms for 3 s
    arp(m)


def test_ctrl_c(machine):
    m = machine(args=nic())
    m.send("net arp 10.0.2.77\r")
    m.expect("77\r\n")
    m.send("\x03")
    m.prompt(timeout=2)
    assert stats(m)["tx_frames"] < 14
    arp(m)


class Peer(threading.Thread):
    """The other end of the cable, as raw frames in UDP packets: calls
    answer(peer, request) for each ARP request."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        free.bind(("127.0.0.1", 0))
        self.qemu = free.getsockname()
        free.close()
        self.answer = answer
        self.requests = []

    @property
    def backend(self):
        return "socket,udp=127.0.0.1:%d,localaddr=127.0.0.1:%d" % (
            self.sock.getsockname()[1], self.qemu[1])

    def run(self):
        while True:
            frame = self.sock.recv(65536)
            if frame[12:14] == b"\x08\x06":
                self.requests.append(frame)
                self.answer(self, frame)

    def send(self, frame):
        self.sock.sendto(frame, self.qemu)

    def reply(self, request, mac=b"\x02\x00\x00\x00\x00\x09", pad=0):
        self.send(request[6:12] + mac + b"\x08\x06" +
                  struct.pack(">HHBBH", 1, 0x800, 6, 4, 2) + mac +
                  request[38:42] + request[22:32] + bytes(pad))


@pytest.fixture
def cable(machine):
    """A function: a machine with a peer at the other end."""
    peers = []

    def plug(answer, props="", virtio=2):
        peer = Peer(answer)
        peers.append(peer)
        m = machine(virtio=virtio, args=nic(props, backend=peer.backend))
        peer.start()
        return m, peer

    yield plug
    for peer in peers:
        peer.sock.close()


MAC = "02:00:00:00:00:09"
BROADCAST = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x09\x88\xb5"


@pytest.mark.parametrize("ip,self_ip", [(None, bytes(4)),
                                        ("10.0.2.15", bytes([10, 0, 2, 15]))])
def test_request(cable, ip, self_ip):
    """What goes out, byte for byte; ipaddr is the sender when it is set."""
    m, peer = cable(Peer.reply)
    if ip:
        m.ok(f"setenv ipaddr {ip}")
    arp(m, "192.168.7.9", MAC)
    ours = bytes.fromhex("525400123456")
    assert peer.requests == [
        b"\xff" * 6 + ours + b"\x08\x06\0\1\x08\0\6\4\0\1" + ours + self_ip +
        bytes(6) + bytes([192, 168, 7, 9])]


def test_frames_of_every_size(cable):
    """The longest arrives whole; runts, giants and others' are dropped."""
    def answer(peer, request):
        peer.send(BROADCAST + bytes(46))
        peer.send(BROADCAST + bytes(1504))      # 1518, with a VLAN tag
        peer.send(BROADCAST + bytes(1505))      # giant
        peer.send(BROADCAST + bytes(4000))      # giant, several buffers
        peer.send(b"\x52\x54\0\x12\x34\x57" + BROADCAST[6:] + bytes(46))
        peer.send(BROADCAST[:6] + b"\x03" + BROADCAST[7:] + bytes(46))
        peer.reply(request, pad=1476)

    m, _ = cable(answer)
    arp(m, "192.168.7.9", MAC)
    s = stats(m)
    assert s["rx_frames"] == 3 and s["rx_dropped"] == 4
    assert s["rx_bytes"] == 60 + 2 * 1518


def test_jumbo_frames(cable):
    def answer(peer, request):
        for size in range(1514, 9018, 500):
            peer.send(BROADCAST + bytes(size - 14))
        peer.reply(request, pad=9018 - 42)

    m, _ = cable(answer, "host_mtu=9000")
    arp(m, "192.168.7.9", MAC)
    s = stats(m)
    assert s["rx_frames"] == 17 and s["rx_dropped"] == 0
    assert s["rx_bytes"] == sum(range(1514, 9018, 500)) + 9018


@pytest.mark.parametrize("virtio,props", [
    (1, ""), (2, ""), (1, "any_layout=off,mrg_rxbuf=off"), (2, "packed=on"),
    (2, "event_idx=off"), (2, "packed=on,event_idx=off"),
])
def test_flood(cable, virtio, props):
    """Many times more frames than the ring holds: the ring is refilled, and
    notified, or the answer at the end would never come in."""
    frames = 5 * RX_BUFFERS

    def answer(peer, request):
        if len(peer.requests) > 1:
            return
        for i in range(frames):
            peer.send(BROADCAST + bytes(86))
            if i % 80 == 79:            # the host's socket buffer is short
                time.sleep(0.05)
        peer.reply(request)

    m, peer = cable(answer, props, virtio)
    arp(m, "192.168.7.9", MAC)
    s = stats(m)
    assert s["rx_frames"] == frames + 1
    assert s["rx_bytes"] == frames * 100 + 42
    queue = re.search(r"^  queue0 +requests (\d+), kicks (\d+)",
                      m.ok("virtio status eth0"), re.M)
    assert int(queue[1]) == frames + 1 + RX_BUFFERS
    assert int(queue[2]) < frames       # not one a frame


@pytest.mark.parametrize("change", [
    lambda f: f[:21] + b"\1" + f[22:],          # not a reply
    lambda f: f[:28] + b"\x0a" + f[29:],        # of another address
    lambda f: f[:22] + b"\xff" * 6 + f[28:],    # a group's
    lambda f: f[:12] + b"\x08\0" + f[14:],      # not ARP
    lambda f: f[:41],                           # cut
])
def test_wrong_answers(cable, change):
    def answer(peer, request):
        sent, peer.send = peer.send, lambda f: sent(change(f))
        peer.reply(request)
        peer.send = sent

    m, _ = cable(answer)
    m.fails("net arp 192.168.7.9", "no answer", timeout=10)


@pytest.mark.parametrize("virtio", [1, 2])
def test_rng(machine, virtio):
    m = machine(virtio=virtio, rng=True)
    assert m.ok("rng list") == "RNG #0 - virtio-rng#31\n"
    first, second = m.ok("rng"), m.ok("rng 0 40")
    line = r"000000[0-3]0:( [0-9a-f]{2}){16}  .{16}\n"
    assert re.fullmatch(f"({line}){{4}}", first) and first != second
    assert re.fullmatch(r"00000000:( [0-9a-f]{2}){3} {41}.{3}\n",
                        m.ok("rng 0 3"))
    assert m.ok("rng 0 0") == ""
    m.fails("rng 1", "rng: device 1: no such device")
    m.fails("rng 0 zz", "rng: 'zz' is not a number")
    m.fails("rng 0 1 2", "Usage:")


def test_rng_rate_limit(machine):
    """Fewer bytes than asked for, and late: all arrive, none is made up."""
    m = machine(args=["-device", "virtio-rng-device,max-bytes=64,period=50"])
    out = m.ok("rng 0 200")
    rows = re.findall(r"^00000[01][0-9a-f]{2}: (.{47})", out, re.M)
    assert len(rows) == 32 and len(set(rows)) == 32


def test_rng_ctrl_c(machine):
    m = machine(args=["-device", "virtio-rng-device,max-bytes=1,period=60000"])
    m.send("rng 0 40\r")
    m.expect("40\r\n")
    m.send("\x03")
    assert "rng: device 0: " in m.prompt(timeout=2)
    m.fails("rng 0 40", timeout=10)     # silent: given up within its deadline
