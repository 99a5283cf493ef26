# SPDX-License-Identifier: BSD-2-Clause
"""A block and a network device for vhost_user.BackEnd, and the ways in which they
lie. They serve well until misbehave() names something from a menu:

    disk.misbehave(RING_LIES["length 0"])       # every request from now on
    disk.misbehave(late(3), times=1, skip=2)    # the third only
    disk.misbehave(None)

A lie is a function (device, queue number, ring, chain) that stands where the honest
answer would be: device.work() and then device.done().
"""

import struct

from vhost_user import BackEnd

SECTOR = 512


class Liar(BackEnd):
    def __init__(self, **kw):
        self.lied = self.seen = 0
        self.lent = set()               # (address, length) it may write to
        self._lie, self._times, self._skip, self._queue = None, None, 0, 0
        self.held = []                  # to be done before a reset is answered
        self.ghosts = []                # to be done after it was
        super().__init__(**kw)

    def misbehave(self, lie, times=None, skip=0, queue=0):
        self.call(self._misbehave, lie, times, skip, queue)

    def _misbehave(self, *how):
        self._lie, self._times, self._skip, self._queue = how
        self.lied = self.seen = 0

    def work(self, n, chain):
        """Do what is asked for. Return: the number of bytes written"""
        raise NotImplementedError

    def answer(self, n, ring, chain):
        """As it should be, or by the lie that is in force."""
        self.seen += 1
        self.lent.update((a, size) for a, size, w in chain.bufs if w)
        lie = self._lie if n == self._queue and self._times != 0 else None
        if lie and self._skip:
            self._skip -= 1
            lie = None
        if not lie:
            self.done(n, chain, self.work(n, chain))
            return
        self.lied += 1
        if self._times:
            self._times -= 1
        lie(self, n, ring, chain)

    def request(self, n, ring, chain):
        self.answer(n, ring, chain)

    def stopping(self, n):
        for fn in self.held:
            fn()
        for fn in self.ghosts:
            self.later(0.1, fn)
        self.held, self.ghosts = [], []


# ---- block

IN, OUT, FLUSH, GET_ID = 0, 1, 4, 8
OK, IOERR, UNSUPP, UNTOUCHED = 0, 1, 2, None
BLK_F_SIZE_MAX, BLK_F_SEG_MAX, BLK_F_FLUSH = 1, 2, 9
SIZE_MAX, SEG_MAX = 256 << 10, 4        # a request is 1 MiB in four segments


def sectors(lba, n, salt=0):
    """What is on the disk: each sector says which it is."""
    return b"".join(struct.pack("<QQ", i, i * 0x9e3779b97f4a7c15 + salt &
                                (1 << 64) - 1) * 32
                    for i in range(lba, lba + n))


class Disk(Liar):
    """virtio-blk, 5.2. contents: bytes of the disk, changed by writing."""
    device_features = 1 << BLK_F_SIZE_MAX | 1 << BLK_F_SEG_MAX | \
        1 << BLK_F_FLUSH

    def __init__(self, contents, **kw):
        self.contents = bytearray(contents)
        self.views = []                 # other contents, taken in turn for reads
        self.resize(len(contents) // SECTOR)
        super().__init__(**kw)

    def resize(self, capacity):
        self.capacity = capacity
        self.config_space = struct.pack("<QII", capacity, SIZE_MAX, SEG_MAX)

    def work(self, n, chain, status=OK):
        request = chain.read()
        kind, _, lba = struct.unpack_from("<IIQ", request)
        room = chain.room() - 1
        data = b""
        if kind == IN:
            if lba + room // SECTOR > self.capacity:
                status = IOERR
            else:
                data = self._source()[lba * SECTOR:lba * SECTOR + room]
        elif kind == OUT:
            at, data_out = lba * SECTOR, request[16:]
            if at + len(data_out) > self.capacity * SECTOR:
                status = IOERR
            elif status == OK:
                self.contents[at:at + len(data_out)] = data_out
        elif kind == GET_ID:
            data = b"hostile".ljust(room, b"\0")
        elif kind != FLUSH:
            status = UNSUPP
        chain.write(data)
        if status is not UNTOUCHED:
            chain.write(bytes([status]), room)
        return len(data) + 1

    def _source(self):
        if not self.views:
            return self.contents
        self.views.append(self.views.pop(0))
        return self.views[-1]


# ---- network

NET_F_MRG_RXBUF = 15
NET_HDR = 12
RX, TX = 0, 1


def station(ip):
    """The MAC address that this network gives to an IPv4 address."""
    return b"\x52\x56" + bytes(int(x) for x in ip.split("."))


def mac_text(mac):
    return ":".join(f"{b:02x}" for b in mac)


class Nic(Liar):
    """virtio-net, 5.1. Whoever is asked for by ARP answers."""
    device_features = 1 << NET_F_MRG_RXBUF
    nqueues = 2
    served = (TX,)

    def __init__(self, **kw):
        self.noise = None               # called before each answer
        self.frame = b""                # the one work() puts into a buffer
        self.dropped = 0                # the guest lent no buffer
        super().__init__(**kw)

    def request(self, n, ring, chain):
        frame = chain.read()[NET_HDR:]
        self.answer(n, ring, chain)
        if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1":
            if self.noise:
                self.noise(self)
            self.deliver(arp_reply(frame))

    def deliver(self, frame):
        chain = self.take(RX)
        if not chain:
            self.dropped += 1
            return
        self.frame = frame
        self.answer(RX, self._queues[RX].ring, chain)

    def work(self, n, chain):
        if n == TX:
            return 0
        chain.write(header() + self.frame)
        return NET_HDR + len(self.frame)

    def raw(self, data, length=None):
        """Header and frame as they are, in one buffer."""
        chain = self.take(RX)
        if chain:
            chain.write(data)
            self.done(RX, chain, len(data) if length is None else length)


def header(num_buffers=1, flags=0, gso=0):
    return struct.pack("<BBHHHHH", flags, gso, 0, 0, 0, 0, num_buffers)


def arp_reply(frame):
    asked = ".".join(str(b) for b in frame[38:42])
    us, them = station(asked), frame[22:28]
    return (them + us + frame[12:20] + b"\0\2" + us + frame[38:42] + them +
            frame[28:32]).ljust(60, b"\0")


# ---- lies of any device

def never(dev, n, ring, chain):
    """Taken and not given back."""


def late(seconds):
    """Given back, in order, so many seconds after."""
    def lie(dev, n, ring, chain):
        dev.later(seconds, lambda: ring is dev._queues[n].ring and
                  dev.done(n, chain, dev.work(n, chain)))
    return lie


def at_reset(dev, n, ring, chain):
    """Done when the driver has given up, before the reset is answered."""
    dev.held.append(lambda: dev.done(n, chain, dev.work(n, chain)))


def after_reset(dev, n, ring, chain):
    """Done when the driver believes that nothing is touched any more."""
    def write():
        length = dev.work(n, chain)
        ring.put(chain, length)
        dev.publish(n, ring)
    dev.ghosts.append(write)


def length(value):
    """A used length of this, or of the right one plus this when negative or
    given as (n,)."""
    def lie(dev, n, ring, chain):
        right = dev.work(n, chain)
        dev.done(n, chain, right + value[0] if isinstance(value, tuple) else value)
    return lie


def bad_id(choose):
    """The work is done and another id given back: choose(ring, chain)."""
    def lie(dev, n, ring, chain):
        dev.done(n, chain.forged(choose(ring, chain)), dev.work(n, chain))
    return lie


def twice(dev, n, ring, chain):
    """The same request given back two times."""
    size = dev.work(n, chain)
    ring.put(chain, size)
    ring.put(chain, size)
    dev.publish(n, ring)


def jump(by):
    """The index moves, nothing was done."""
    def lie(dev, n, ring, chain):
        ring.jump(by)
    return lie


def rewritten(dev, n, ring, chain):
    """All requests are taken, then everything that the driver wrote into the
    ring is overwritten."""
    chains = everything(dev, n, chain)
    ring.scribble()
    for c in chains:
        dev.done(n, c, dev.work(n, c))


def everything(dev, n, chain):
    """This request and all that wait."""
    chains = [chain]
    while more := dev.take(n):
        chains.append(more)
    dev.lied = len(chains)
    return chains


def deaf(dev, n, ring, chain):
    """Answers, and asks for no more notifications."""
    ring.quiet(True)
    dev.done(n, chain, dev.work(n, chain))


def gone(back=None):
    """The connection is closed with the request taken."""
    def lie(dev, n, ring, chain):
        dev.disconnect(back)
    return lie


LENGTHS = {"0": 0, "one short": (-1,), "one long": (1,), "2^31": 1 << 31,
           "2^32-1": 0xffffffff}
IDS = {
    "size": lambda ring, chain: ring.size,
    "2^16-1": lambda ring, chain: 0xffff,
    "free": lambda ring, chain: (chain.id + ring.size // 2) % ring.size,
    "not a head": lambda ring, chain: (chain.members[1]
                                       if len(chain.members) > 1 and
                                       not ring.packed
                                       else (chain.id + 1) % ring.size),
}
RING_LIES = {
    **{f"length {k}": length(v) for k, v in LENGTHS.items()},
    **{f"id {k}": bad_id(v) for k, v in IDS.items()},
    "twice": twice,
    "index + 2": jump(2),
    "index + 1000": jump(1000),
}


# ---- lies of a disk

def status(value):
    """The work is done, and this the status byte."""
    def lie(dev, n, ring, chain):
        dev.done(n, chain, dev.work(n, chain, value))
    return lie


def premature(dev, n, ring, chain):
    """Given back first; data and status come when the driver has given up."""
    dev.held.append(lambda: dev.work(n, chain))
    dev.done(n, chain, chain.room())


def reversed_order(dev, n, ring, chain):
    """All that are there, the last first, which is the device's right."""
    for c in reversed(everything(dev, n, chain)):
        dev.done(n, c, dev.work(n, c))


def shrinking(capacity):
    """The disk becomes smaller than the request."""
    def lie(dev, n, ring, chain):
        dev.resize(capacity)
        dev.config_changed()
        dev.done(n, chain, dev.work(n, chain))
    return lie


def overwritten(data):
    """Answers well, then writes into the buffer until the next request."""
    def lie(dev, n, ring, chain):
        dev.done(n, chain, dev.work(n, chain))
        seen = dev.seen

        def again():
            if dev.seen == seen and dev._queues[n].ring is ring:
                chain.write((data * (chain.room() // len(data) + 1))
                            [:chain.room() - 1])
                dev.later(0.001, again)
        again()
    return lie
