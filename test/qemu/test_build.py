# SPDX-License-Identifier: BSD-2-Clause
"""The build: the same bytes wherever it runs, and the three ways to start."""

import os
import shutil
import struct

from vireo import OUT, ROOT, tool


def build(folder, *variables):
    """Build a copy of the working tree in `folder`; return the image."""
    names = tool("git", "-C", ROOT, "ls-files", "-co", "--exclude-standard",
                 "-z").split("\0")
    for name in filter(None, names):
        source = ROOT / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)
    env = {"MAKEFLAGS": "", "MAKELEVEL": "0"}
    tool("make", "-C", folder, "SOURCE_DATE_EPOCH=1700000000",
         *variables, "out/vireo.bin", env=env, timeout=600)
    return (folder / "out" / "vireo.bin").read_bytes()


def test_reproducible(work):
    """Two folders, two times of day, one image."""
    first = build(work / "a")
    os.utime(work / "a" / "Makefile")
    assert build(work / "another" / "place") == first


def test_start_formats():
    image = (OUT / "vireo.bin").read_bytes()
    assert image[0x38:0x3c] == b"ARM\x64"
    text_offset, image_size, flags = struct.unpack_from("<QQQ", image, 8)
    assert text_offset == 0 and flags == 0xa
    assert image_size >= len(image)
    assert len(image) <= 400 * 1024     # what the project keeps to now
    pflash = (OUT / "vireo-pflash.bin").read_bytes()
    assert len(pflash) == 64 << 20
    assert pflash[:len(image)] == image and not any(pflash[len(image):])
