# SPDX-License-Identifier: BSD-2-Clause
"""As much of OpenPGP as signs a test archive: an RSA key made from a seed, its
certificate, and detached signatures. Written here because gpg brings an agent
that desktops start by themselves. Source: RFC 4880. For tests only: whoever
knows the seed has the key.
"""

import base64
import functools
import hashlib
import math
import random
import struct

CREATED = 1577836800                    # 2020-01-01
E = 65537
# RFC 8017, 9.2: what stands before a SHA-256 in a signature.
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def _probable_prime(n, rng):
    if any(n % p == 0 for p in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
        return False
    d, r = n - 1, 0
    while not d & 1:
        d, r = d >> 1, r + 1
    for _ in range(24):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(r - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def _prime(rng, bits):
    while True:
        n = rng.getrandbits(bits) | 3 << bits - 2 | 1
        if math.gcd(n - 1, E) == 1 and _probable_prime(n, rng):
            return n


def _packet(tag, body):
    """New format, five-byte length: 4.2.2."""
    return bytes([0xc0 | tag, 0xff]) + struct.pack(">I", len(body)) + body


def _mpi(n):
    return struct.pack(">H", n.bit_length()) + \
        n.to_bytes((n.bit_length() + 7) // 8, "big")


def _subpacket(kind, data):
    return bytes([len(data) + 1, kind]) + data


class Key:
    """A key pair; the same seed gives the same one."""

    def __init__(self, seed):
        rng = random.Random(seed)
        p, q = _prime(rng, 1024), _prime(rng, 1024)
        self.n = p * q
        self.d = pow(E, -1, math.lcm(p - 1, q - 1))
        self.body = struct.pack(">BIB", 4, CREATED, 1) + _mpi(self.n) + _mpi(E)
        self.hashed_body = b"\x99" + struct.pack(">H", len(self.body)) + self.body
        self.fingerprint = hashlib.sha1(self.hashed_body).digest()

    def _signature(self, kind, data, *subpackets):
        """A version 4 signature packet over data: 5.2.3, 5.2.4."""
        hashed = b"".join((_subpacket(2, struct.pack(">I", CREATED + 1)),
                           _subpacket(33, b"\x04" + self.fingerprint), *subpackets))
        head = bytes([4, kind, 1, 8]) + struct.pack(">H", len(hashed)) + hashed
        digest = hashlib.sha256(data + head + b"\x04\xff" +
                                struct.pack(">I", len(head))).digest()
        block = b"\x00" + SHA256_PREFIX + digest
        block = b"\x00\x01" + b"\xff" * (254 - len(block)) + block
        value = pow(int.from_bytes(block, "big"), self.d, self.n)
        issuer = _subpacket(16, self.fingerprint[-8:])
        return _packet(2, head + struct.pack(">H", len(issuer)) + issuer +
                       digest[:2] + _mpi(value))

    def certificate(self):
        """What goes into a keyring: the key, a name, the key's word for it."""
        name = b"Vireo test archive"
        data = self.hashed_body + b"\xb4" + struct.pack(">I", len(name)) + name
        return _packet(6, self.body) + _packet(13, name) + \
            self._signature(0x13, data, _subpacket(27, b"\x03"))

    def sign(self, data):
        """A detached signature, armoured."""
        packet = self._signature(0x00, data)
        text = base64.encodebytes(packet).decode()
        crc = base64.b64encode(_crc24(packet).to_bytes(3, "big")).decode()
        return "-----BEGIN PGP SIGNATURE-----\n\n" \
               f"{text}={crc}\n-----END PGP SIGNATURE-----\n"


@functools.lru_cache(maxsize=None)
def key(seed):
    """The key of a seed; making one takes a moment."""
    return Key(seed)


def _crc24(data):
    """6.1."""
    crc = 0xb704ce
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864cfb
    return crc
