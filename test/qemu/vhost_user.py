# SPDX-License-Identifier: BSD-2-Clause
"""The back end's side of vhost-user, as QEMU 7.2 speaks it: the device runs in
the test's own process, on the guest's memory.

    class Disk(BackEnd):
        device_features = 1 << 9
        def request(self, n, ring, chain): ...

    with Disk() as disk:
        m = machine(**disk.config("vhost-user-blk"))

The socket is here, with an abstract name that the kernel chooses; QEMU connects,
and within a second again after disconnect() and connect(). Everything the device does happens
in its own thread: queues, timers (later) and what a test wants done (call). What
goes wrong there is raised in the test by check().

Source: docs/interop/vhost-user.rst of QEMU.
"""

import ctypes
import heapq
import itertools
import mmap
import os
import select
import socket
import struct
import threading
import time

from vring import (F_EVENT_IDX, F_INDIRECT, F_PACKED, F_VERSION_1, PackedRing,
                   SplitRing)

GET_FEATURES, SET_FEATURES, SET_OWNER, RESET_OWNER, SET_MEM_TABLE = range(1, 6)
SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE, SET_VRING_KICK, \
    SET_VRING_CALL, SET_VRING_ERR, GET_PROTOCOL_FEATURES, \
    SET_PROTOCOL_FEATURES, GET_QUEUE_NUM, SET_VRING_ENABLE = range(8, 19)
SET_BACKEND_REQ_FD, GET_CONFIG, SET_CONFIG = 21, 24, 25
BACKEND_CONFIG_CHANGE = 2

VERSION, REPLY, NEED_REPLY = 1, 4, 8
F_PROTOCOL_FEATURES = 1 << 30
PROTOCOL_F_REPLY_ACK, PROTOCOL_F_BACKEND_REQ, PROTOCOL_F_CONFIG = \
    1 << 3, 1 << 5, 1 << 9
LIBC = ctypes.CDLL(None)


class Memory:
    """Guest memory by guest address. 16 and 32 bits are single accesses: what
    the other side sees of an index is the old value or the new."""

    def __init__(self, regions):
        """regions: (guest address, size, user address, offset, fd)"""
        self.regions = []
        for gpa, size, user, offset, fd in regions:
            m = mmap.mmap(fd, offset + size)
            whole = memoryview(m)[offset:]
            self.regions.append((gpa, size, user, m, whole, whole.cast("H"),
                                 whole.cast("I")))

    def _find(self, addr, n):
        for r in self.regions:
            if r[0] <= addr and addr + n <= r[0] + r[1]:
                return r
        raise ValueError(f"{addr:#x}, {n} bytes: not in guest memory")

    def guest(self, user):
        """The guest address of one in QEMU's own address space."""
        for r in self.regions:
            if r[2] <= user < r[2] + r[1]:
                return user - r[2] + r[0]
        raise ValueError(f"{user:#x}: not in the memory table")

    def read(self, addr, n):
        r = self._find(addr, n)
        return bytes(r[4][addr - r[0]:addr - r[0] + n])

    def write(self, addr, data):
        r = self._find(addr, len(data))
        r[4][addr - r[0]:addr - r[0] + len(data)] = data

    def u16(self, addr):
        r = self._find(addr, 2)
        return r[5][(addr - r[0]) // 2]

    def set16(self, addr, v):
        r = self._find(addr, 2)
        r[5][(addr - r[0]) // 2] = v

    def set32(self, addr, v):
        r = self._find(addr, 4)
        r[6][(addr - r[0]) // 4] = v

    def desc(self, addr):
        return struct.unpack("<QIHH", self.read(addr, 16))

    def same(self, addr, n, data, at):
        """Are these n bytes what data, a bytearray, has from `at` on? In place:
        all of memory is looked at after each command."""
        r = self._find(addr, n)
        ours = (ctypes.c_char * n).from_buffer(r[4], addr - r[0])
        theirs = (ctypes.c_char * n).from_buffer(data, at)
        return not LIBC.memcmp(ours, theirs, ctypes.c_size_t(n))

    def close(self):
        for r in self.regions:
            for view in r[:3:-1]:
                view.release()
            r[3].close()
        self.regions = []


class Queue:
    """One virtqueue as the messages build it up."""

    def __init__(self):
        self.size = self.base = 0
        self.areas = self.kick = self.call = self.ring = None
        self.enabled = False

    def notify(self):
        if self.call is not None and self.ring.wants_call():
            os.eventfd_write(self.call, 1)


class BackEnd:
    device_features = 0
    nqueues = 1
    served = (0,)                       # queues on which requests arrive
    config_space = b""

    def __init__(self, packed=False, indirect=True, event_idx=True):
        self.features = F_VERSION_1 | F_PROTOCOL_FEATURES | \
            self.device_features | F_PACKED * packed | \
            F_INDIRECT * indirect | F_EVENT_IDX * event_idx
        self.accepted = 0
        self.mem = None
        self.stops = self.starts = 0    # of queue 0, as QEMU asked for them
        self.kicks = 0
        self._failure = None
        self._config_fd = None
        self._timers, self._jobs, self._order = [], [], itertools.count()
        self._memories = []
        self._queues = [Queue() for _ in range(self.nqueues)]
        self._wake = os.eventfd(0)
        self._sock = self._listener = None
        self._name = ""                 # the kernel chooses
        self._ended = False
        self.connect()
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    # ---- for tests

    def chardev(self, id="vu0"):
        return ["-chardev", f"socket,id={id},abstract=on,reconnect=1,"
                            f"path={self._name[1:].decode()}"]

    def config(self, *devices, mem="64M", **more):
        """Machine(**...): RAM that both sides map, virtio-mmio version 2, and
        these -device and -netdev arguments after the chardev vu0."""
        return {"virtio": 2, "mem": mem, "machine": "memory-backend=mem",
                **more,
                "args": ["-object", "memory-backend-memfd,id=mem,"
                                    f"size={mem},share=on",
                         *self.chardev(), *devices, *more.get("args", [])]}

    def call(self, fn, *args):
        """Do it in the device's thread, and wait."""
        done = threading.Event()
        self._jobs.append((fn, args, done))
        os.eventfd_write(self._wake, 1)
        ended = done.wait(10)
        self.check()
        assert ended, "the back end does not answer"

    def come_back(self, seconds=5):
        """From a test: connect(), and wait until QEMU has been here."""
        self.call(self.connect)
        end = time.monotonic() + seconds
        while not self._sock:
            assert time.monotonic() < end, "QEMU does not connect"
            time.sleep(0.05)

    def check(self):
        """Raise what went wrong in the device's thread."""
        if self._failure:
            raise AssertionError("the back end failed") from self._failure

    def close(self):
        self._ended = True
        os.eventfd_write(self._wake, 1)
        self._thread.join()
        self.disconnect()
        os.close(self._wake)
        for mem in self._memories:
            mem.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
        if not exc[0]:
            self.check()

    # ---- for devices: in the device's thread

    def request(self, n, ring, chain):
        """A request has arrived on queue n."""
        raise NotImplementedError

    def stopping(self, n):
        """The driver resets the device; it is waiting for the answer."""

    def later(self, seconds, fn, *args):
        heapq.heappush(self._timers, (time.monotonic() + seconds,
                                      next(self._order), fn, args))

    def done(self, n, chain, length):
        """The honest end of a request."""
        ring = self._queues[n].ring
        ring.put(chain, length)
        self.publish(n, ring)

    def publish(self, n, ring):
        ring.publish()
        if ring is self._queues[n].ring:
            self._queues[n].notify()

    def take(self, n):
        """The next chain of queue n, None without one."""
        q = self._queues[n]
        return q.ring.pop() if q.ring else None

    def config_changed(self):
        self._config_fd.sendall(struct.pack("<III", BACKEND_CONFIG_CHANGE,
                                            VERSION, 0))

    def disconnect(self, back=None):
        """Close the connection; for `back` seconds there is no other."""
        self._drop()
        if self._listener:
            self._listener.close()
        self._listener = None
        if back is not None:
            self.later(back, self.connect)

    def connect(self):
        """Be there for QEMU, which looks once a second."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._name)
        self._listener.listen(1)
        self._name = self._listener.getsockname()

    # ---- the thread

    def _drop(self):
        for q in self._queues:
            self._set_fd(q, "kick", None)
            self._set_fd(q, "call", None)
            q.ring = None
        for s in (self._sock, self._config_fd):
            if s:
                s.close()
        self._sock = self._config_fd = None

    def _main(self):
        try:
            while not self._ended:
                self._turn()
        except Exception as e:          # shown by check()
            self._failure = e
            self._drop()
        for _, _, done in self._jobs:
            done.set()

    def _turn(self):
        wait = None
        if self._timers:
            wait = max(0, self._timers[0][0] - time.monotonic())
        fds = {q.kick: n for n, q in enumerate(self._queues)
               if q.ring and q.kick is not None}
        watched = [self._wake, *fds] + [s for s in (self._sock, self._listener)
                                        if s]
        ready = select.select(watched, [], [], wait)[0]
        if self._listener in ready:
            self._drop()
            self._sock = self._listener.accept()[0]
            return
        if self._sock in ready:
            self._message()
            return                      # the queues may have changed
        if self._wake in ready:
            os.eventfd_read(self._wake)
        while self._jobs:
            fn, args, done = self._jobs[0]
            fn(*args)
            self._jobs.pop(0)
            done.set()
        while self._timers and self._timers[0][0] <= time.monotonic():
            _, _, fn, args = heapq.heappop(self._timers)
            fn(*args)
        for fd, n in fds.items():
            if fd in ready and self._queues[n].kick == fd:
                os.eventfd_read(fd)
                self.kicks += 1
                self._serve(n)

    def _serve(self, n):
        """All requests, until there are none (or no ring any more)."""
        while n in self.served and (chain := self.take(n)):
            self.request(n, self._queues[n].ring, chain)

    # ---- messages

    def _message(self):
        try:
            head, fds = socket.recv_fds(self._sock, 12, 8)[:2]
        except ConnectionResetError:
            head = b""
        if not head:                    # QEMU has ended
            self._drop()
            return
        kind, flags, size = struct.unpack("<III", head)
        body = b""
        while len(body) < size:
            body += self._sock.recv(size - len(body))
        reply = self._handle(kind, body, fds)
        if reply is None and flags & NEED_REPLY:
            reply = struct.pack("<Q", 0)
        if reply is not None and self._sock:
            self._sock.sendall(struct.pack("<III", kind, VERSION | REPLY,
                                           len(reply)) + reply)

    def _handle(self, kind, body, fds):
        """Return: the reply, None without one"""
        if kind in (GET_FEATURES, GET_PROTOCOL_FEATURES, GET_QUEUE_NUM):
            protocol = PROTOCOL_F_REPLY_ACK | PROTOCOL_F_BACKEND_REQ | \
                PROTOCOL_F_CONFIG * bool(self.config_space)
            return struct.pack("<Q", {GET_FEATURES: self.features,
                                      GET_PROTOCOL_FEATURES: protocol,
                                      GET_QUEUE_NUM: self.nqueues}[kind])
        if kind == SET_FEATURES:
            self.accepted, = struct.unpack("<Q", body)
        elif kind == SET_MEM_TABLE:
            self._set_memory(body, fds)
        elif kind == SET_BACKEND_REQ_FD:
            self._config_fd = socket.socket(fileno=fds[0])
        elif kind == GET_CONFIG:
            off, size, flags = struct.unpack_from("<III", body)
            data = self.config_space[off:off + size]
            return struct.pack("<III", off, size, flags) + data.ljust(size, b"\0")
        elif SET_VRING_NUM <= kind <= SET_VRING_ENABLE and \
                kind != SET_PROTOCOL_FEATURES:
            return self._vring(kind, body, fds)
        elif kind not in (SET_OWNER, RESET_OWNER, SET_PROTOCOL_FEATURES,
                          SET_CONFIG):
            raise ValueError(f"vhost-user message {kind} is not known")
        return None

    def _set_memory(self, body, fds):
        n, = struct.unpack_from("<I", body)
        table = [struct.unpack_from("<QQQQ", body, 8 + 32 * i)
                 for i in range(n)]
        assert len(fds) == n
        self.mem = Memory([(*row, fd) for row, fd in zip(table, fds)])
        # All stay mapped: a device that lies may still use an old one.
        self._memories.append(self.mem)
        for fd in fds:
            os.close(fd)

    def _vring(self, kind, body, fds):
        n, value = struct.unpack("<II", body[:8])
        if kind in (SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR):
            n &= 0xff
        q = self._queues[n]
        if kind == SET_VRING_NUM:
            q.size = value
        elif kind == SET_VRING_BASE:
            q.base = value
        elif kind == SET_VRING_ADDR:
            desc, used, avail = struct.unpack_from("<QQQ", body, 8)
            q.areas = [self.mem.guest(a) for a in (desc, avail, used)]
        elif kind == SET_VRING_CALL:
            self._set_fd(q, "call", fds[0] if fds else None)
        elif kind == SET_VRING_ERR and fds:
            os.close(fds[0])
        elif kind == SET_VRING_ENABLE:
            q.enabled = bool(value)
        elif kind == SET_VRING_KICK:
            self._set_fd(q, "kick", fds[0])
        elif kind == GET_VRING_BASE:
            return self._stop(n, q)
        if not q.ring and q.kick is not None and q.enabled:
            self._start(n, q)
        return None

    @staticmethod
    def _set_fd(q, name, fd):
        old = getattr(q, name)
        if old is not None:
            os.close(old)
        setattr(q, name, fd)

    def _start(self, n, q):
        ring = PackedRing if self.accepted & F_PACKED else SplitRing
        q.ring = ring(self.mem, q.size, q.areas, self.accepted, q.base)
        self.starts += n == 0
        self.later(0, self._serve, n)   # what came while nobody listened

    def _stop(self, n, q):
        if q.ring:
            self.stopping(n)
            q.base = q.ring.base()
        self.stops += n == 0
        q.ring = None
        self._set_fd(q, "kick", None)
        return struct.pack("<II", n, q.base)
