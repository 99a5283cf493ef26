# SPDX-License-Identifier: BSD-2-Clause
"""The device's side of a virtqueue in somebody else's memory: split (VIRTIO 1.4,
2.7) and packed (2.8), with indirect descriptors and EVENT_IDX when they were
negotiated.

    chain = ring.pop()          # the next request, or None
    ring.put(chain, 513)        # a used element; nobody has been told
    ring.publish()              # now

A device that lies gives put() a forged chain, or calls jump() and scribble().
Rings know nothing of file descriptors; whoever owns one notifies.
"""

import random
from dataclasses import dataclass

F_INDIRECT = 1 << 28
F_EVENT_IDX = 1 << 29
F_VERSION_1 = 1 << 32
F_PACKED = 1 << 34

DESC_NEXT, DESC_WRITE, DESC_INDIRECT = 1, 2, 4
AVAIL_NO_INTERRUPT = USED_NO_NOTIFY = 1
PACKED_AVAIL, PACKED_USED = 1 << 7, 1 << 15
EVENT_ENABLE, EVENT_DISABLE, EVENT_DESC = 0, 1, 2


class RingError(Exception):
    """The driver has put nonsense into its ring."""


@dataclass
class Chain:
    """A request: buffers in order, each (address, length, may be written)."""
    id: int
    bufs: list
    ndesc: int = 1
    members: tuple = ()                 # descriptors in the ring, head first
    mem: object = None

    def room(self):
        return sum(n for _, n, w in self.bufs if w)

    def read(self):
        """All that the device may read."""
        return b"".join(self.mem.read(a, n) for a, n, w in self.bufs if not w)

    def write(self, data, at=0):
        """Bytes into the writable buffers, from their byte `at` on."""
        for addr, size, writable in self.bufs:
            if not writable:
                continue
            if at < size and data:
                part = data[:size - at]
                self.mem.write(addr + at, part)
                data = data[len(part):]
                at += len(part)
            at -= size
        assert not data, "more bytes than the buffers hold"

    def forged(self, id):
        return Chain(id, [], self.ndesc, self.members, self.mem)


class Ring:
    """What both layouts share. mem: vhost_user.Memory; the three areas are
    guest addresses; base: what SET_VRING_BASE says."""

    def __init__(self, mem, size, areas, features):
        self.mem = mem
        self.size = size
        self.desc, self.driver, self.device = areas
        self.event_idx = bool(features & F_EVENT_IDX)
        self.indirect = bool(features & F_INDIRECT)

    def _indirect(self, addr, size):
        """The buffers of an indirect table, and how they are chained."""
        if not self.indirect:
            raise RingError("indirect descriptor that was not negotiated")
        if not size or size % 16:
            raise RingError(f"indirect table of {size} bytes")
        return [self.mem.desc(addr + i) for i in range(0, size, 16)]


class SplitRing(Ring):
    packed = False

    def __init__(self, mem, size, areas, features, base):
        super().__init__(mem, size, areas, features)
        self.last_avail = base
        self.used_idx = mem.u16(self.device + 2)
        self.signalled = self.used_idx
        self.rubbish = None
        self.quiet(False)

    def base(self):
        return self.last_avail

    def quiet(self, on):
        """Ask for no notifications, for ever."""
        self.silent = on
        self.mem.set16(self.device, USED_NO_NOTIFY if on else 0)

    def pop(self):
        if self.event_idx and not self.silent:
            self.mem.set16(self.device + 4 + 8 * self.size, self.last_avail)
        idx = self.mem.u16(self.driver + 2)
        if idx in (self.last_avail, self.rubbish):
            return None
        if (idx - self.last_avail) & 0xffff > self.size:
            raise RingError(f"avail index {idx}, seen {self.last_avail}")
        slot = self.driver + 4 + 2 * (self.last_avail % self.size)
        self.last_avail = (self.last_avail + 1) & 0xffff
        return self._walk(self.mem.u16(slot))

    def _walk(self, head):
        members, at = [], head
        while True:
            if at >= self.size or at in members:
                raise RingError(f"chain of {head} leads to {at}")
            members.append(at)
            addr, length, flags, at = self.mem.desc(self.desc + 16 * at)
            if flags & DESC_INDIRECT:
                if flags & DESC_NEXT or len(members) > 1:
                    raise RingError("an indirect descriptor in a chain")
                bufs = self._table(self._indirect(addr, length))
                return self._chain(head, bufs, members)
            if not flags & DESC_NEXT:
                break
        entries = [self.mem.desc(self.desc + 16 * i) for i in members]
        return self._chain(head, entries, members)

    @staticmethod
    def _table(table):
        """2.7.5.3: chained by next, from entry 0."""
        entries, at = [], 0
        while True:
            if at >= len(table) or len(entries) > len(table):
                raise RingError("indirect chain leads nowhere")
            entries.append(table[at])
            if not table[at][2] & DESC_NEXT:
                return entries
            at = table[at][3]

    def _chain(self, head, entries, members):
        return Chain(head, buffers(entries), len(members), tuple(members),
                     self.mem)

    def put(self, chain, length):
        slot = self.device + 4 + 8 * (self.used_idx % self.size)
        self.mem.set32(slot, chain.id)
        self.mem.set32(slot + 4, length)
        self.used_idx = (self.used_idx + 1) & 0xffff

    def publish(self):
        self.mem.set16(self.device + 2, self.used_idx)

    def wants_call(self):
        old, self.signalled = self.signalled, self.used_idx
        if self.event_idx:
            event = self.mem.u16(self.driver + 4 + 2 * self.size)
            return (self.used_idx - event - 1) & 0xffff < \
                (self.used_idx - old) & 0xffff
        return not self.mem.u16(self.driver) & AVAIL_NO_INTERRUPT

    def jump(self, n):
        """The used index moves by n, with no element behind it."""
        self.used_idx = (self.used_idx + n) & 0xffff
        self.publish()

    def scribble(self):
        """Descriptors become loops with addresses of anything; the available
        ring and its index are nonsense, until the driver writes them again."""
        rnd = random.Random(self.last_avail)
        for i in range(self.size):
            self.mem.write(self.desc + 16 * i, rnd.randbytes(12) +
                           bytes([DESC_NEXT | DESC_WRITE, 0, i & 255, i >> 8]))
        self.rubbish = self.last_avail ^ 0x5a5a
        self.mem.set16(self.driver + 2, self.rubbish)
        self.mem.write(self.driver + 4, rnd.randbytes(2 * self.size))


class PackedRing(Ring):
    packed = True

    def __init__(self, mem, size, areas, features, base):
        super().__init__(mem, size, areas, features)
        self.next, self.wrap = base & 0x7fff, bool(base & 0x8000)
        self.used, self.used_wrap = base >> 16 & 0x7fff, bool(base >> 31)
        self.pending = []
        self.quiet(False)

    def base(self):
        return self.next | self.wrap << 15 | self.used << 16 | \
            self.used_wrap << 31

    def quiet(self, on):
        self.silent = on
        self.mem.set16(self.device + 2, EVENT_DISABLE if on else EVENT_ENABLE)

    def pop(self):
        if self.event_idx and not self.silent:
            self.mem.set16(self.device, self.next | self.wrap << 15)
            self.mem.set16(self.device + 2, EVENT_DESC)
        flags = self.mem.u16(self.desc + 16 * self.next + 14)
        if bool(flags & PACKED_AVAIL) != self.wrap or \
                bool(flags & PACKED_USED) == self.wrap:
            return None
        members, entries = [], []
        while True:
            if len(members) == self.size:
                raise RingError("a chain as long as the ring has no end")
            addr, length, id, flags = self.mem.desc(self.desc + 16 * self.next)
            members.append(self.next)
            self.next, self.wrap = self._after(self.next, self.wrap)
            entries.append((addr, length, flags, id))
            if not flags & DESC_NEXT:
                break
        if flags & DESC_INDIRECT:
            # 2.8.7: in order, only WRITE counts; (addr, len, id, flags)
            entries = [(a, n, f, 0) for a, n, _, f in
                       self._indirect(addr, length)]
        return Chain(id, buffers(entries), len(members), tuple(members),
                     self.mem)

    def _after(self, at, wrap, n=1):
        at += n
        return (at - self.size, not wrap) if at >= self.size else (at, wrap)

    def put(self, chain, length):
        self.pending.append((self.used, self.used_wrap, chain, length))
        self.used, self.used_wrap = self._after(self.used, self.used_wrap,
                                                chain.ndesc)

    def publish(self):
        """The first one's flags last, so that all appear at once."""
        for at, wrap, chain, length in reversed(self.pending):
            slot = self.desc + 16 * at
            self.mem.set32(slot + 8, length)
            self.mem.set16(slot + 12, chain.id & 0xffff)
            self._mark(at, wrap)
        self.pending = []

    def _mark(self, at, wrap):
        self.mem.set16(self.desc + 16 * at + 14,
                       PACKED_AVAIL | PACKED_USED if wrap else 0)

    def wants_call(self):
        flags = self.mem.u16(self.driver + 2)
        # With an event offset: one call too many is legal (2.8.21.2).
        return flags != EVENT_DISABLE

    def jump(self, n):
        """n descriptors are marked used that nobody made available; backwards,
        those before are marked with the wrap counter of this round."""
        step = 1 if n > 0 else -1
        for i in range(0 if n > 0 else -1, n if n > 0 else n - 1, step):
            at, wrap = (self.used + i), self.used_wrap
            if not 0 <= at < self.size:
                at, wrap = at % self.size, not wrap
            self._mark(at, wrap)

    def scribble(self):
        """Addresses, lengths and ids of every descriptor; flags would say
        "used"."""
        rnd = random.Random(self.next)
        for i in range(self.size):
            self.mem.write(self.desc + 16 * i, rnd.randbytes(14))


def buffers(entries):
    """Descriptors as buffers; the order that 2.7.4.2 asks for is checked."""
    bufs = [(a, n, bool(f & DESC_WRITE)) for a, n, f, _ in entries]
    if any(not n for _, n, _ in bufs):
        raise RingError("a descriptor of no bytes")
    if any(a[2] and not b[2] for a, b in zip(bufs, bufs[1:])):
        raise RingError("a readable buffer after a writable one")
    return bufs
