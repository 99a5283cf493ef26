# SPDX-License-Identifier: BSD-2-Clause
"""Memory that the device tree reserves is written by nobody: not by commands,
not by the firmware when it looks for its own place."""

import re

import pytest

from test_tree import (MIB, RAM, at_prompt, compiled, reason, start,  # noqa: F401
                       trees)

END = RAM + 512 * MIB


def pairs(*ranges):
    return " ".join(f"{v >> 32:#x} {v & 0xffffffff:#x}"
                    for r in ranges for v in r)


def with_reserved(dts, *children, memreserve=(), cells=(2, 2), more=""):
    """The tree with a child for each list of (address, size) pairs."""
    nodes = "".join(f"r@{i} {{ reg = <{pairs(*c)}>; {more} }};\n"
                    for i, c in enumerate(children))
    text = dts.replace("/dts-v1/;", "/dts-v1/;\n" + "".join(
        f"/memreserve/ {a:#x} {s:#x};\n" for a, s in memreserve), 1)
    return text.replace("chosen {", f"""reserved-memory {{
            #address-cells = <{cells[0]}>; #size-cells = <{cells[1]}>; ranges;
            {nodes} }};
        chosen {{""", 1) if children else text


def reserved(m, name="reserved memory"):
    """What bdinfo lists under that name, as (start, size)."""
    found = re.findall(r"reserved\[\d+\]\s+\[0x([0-9a-f]+)-0x[0-9a-f]+\], "
                       r"0x([0-9a-f]+) bytes, (.*)", m.ok("bdinfo"))
    return [(int(a, 16), int(s, 16)) for a, s, n in found if n == name]


def said(text):
    return [line for line in text.splitlines()
            if line.startswith("device tree:")]


def test_kept_clear(start, trees, work):                # noqa: F811
    kept = [(0x48000000, 0x1000), (0x49000000, MIB), (0x4a000000, 16),
            (0x4c000000, 2 * MIB)]
    text = with_reserved(trees(), [kept[0]], kept[1:3], memreserve=[kept[3]])
    m, text = start(compiled(work, text))
    assert at_prompt(m) and said(text) == []
    assert reserved(m) == kept
    for base, size in kept:
        for at in (base, base + size - 1, base - 1):
            out = m.fails(f"mw.b {at:x} 55 2")
            assert "reserved" in out
        m.ok(f"mw.b {base - 8:x} 55 8")
        m.ok(f"mw.b {base + size:x} 55 8")
        m.ok(f"md.b {base:x} 10")       # reading is fine


@pytest.mark.parametrize("top", [(END - 32 * MIB, 32 * MIB),
                                 (END - 4096, 1),
                                 (END - 200 * MIB, 199 * MIB)])
def test_firmware_goes_elsewhere(start, trees, work, top):  # noqa: F811
    for text in (with_reserved(trees(), [top]),
                 with_reserved(trees(), memreserve=[top])):
        m, _ = start(compiled(work, text))
        assert at_prompt(m) and reserved(m) == [top]
        (base, _), = reserved(m, "firmware")
        assert base + 16 * MIB <= top[0]
        m.close()


def test_no_place_left(start, trees, work):             # noqa: F811
    text = with_reserved(trees(), [(RAM + MIB, 512 * MIB)])
    m, text = start(compiled(work, text))
    assert "not enough RAM" in reason(m, text)


GOOD = (0x48000000, 0x1000)
BAD = {
    "wraps": ([GOOD, (0x48000000, (1 << 64) - 0x1000)],
              "reserved memory at 0x48000000, size 0xfffffffffffff000: wraps"),
    "not RAM": ([(0x9000000, 0x1000), GOOD],
                "reserved memory at 0x9000000, size 0x1000: not RAM"),
    "above": ([(END, 0x1000), GOOD],
              "reserved memory at 0x60000000, size 0x1000: not RAM"),
    "empty": ([(0x48000000, 0), GOOD],
              "reserved memory at 0x48000000, size 0x0: empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad(start, trees, work, name):                 # noqa: F811
    ranges, says = BAD[name]
    trees_ = [with_reserved(trees(), ranges),
              with_reserved(trees(), *([r] for r in ranges))]
    if name != "empty":         # dtc and libfdt take that for the list's end
        trees_.append(with_reserved(trees(), memreserve=ranges))
    for text in trees_:
        m, text = start(compiled(work, text))
        assert at_prompt(m)
        assert said(text) == ["device tree: " + says]
        assert reserved(m) == [GOOD]
        m.close()


def test_too_many(start, trees, work):                  # noqa: F811
    many = [(0x48000000 + i * 0x2000, 0x1000) for i in range(2000)]
    for text in (with_reserved(trees(), many),
                 with_reserved(trees(), *([r] for r in many)),
                 with_reserved(trees(), [GOOD], memreserve=many)):
        m, text = start(compiled(work, text))
        assert at_prompt(m)
        assert len(said(text)) == 1 and "one too many" in text
        assert reserved(m) == many[:16]
        m.close()


def test_not_counted(start, trees, work):               # noqa: F811
    """Children that are switched off, other cells, a child without reg; what
    covers the tree or the ramdisk alone."""
    text = with_reserved(trees(), [GOOD], more='status = "disabled";')
    m, text = start(compiled(work, text))
    assert at_prompt(m) and reserved(m) == [] and said(text) == []
    m.close()
    text = with_reserved(trees(), [GOOD], cells=(1, 1))
    m, text = start(compiled(work, text))
    assert at_prompt(m) and reserved(m) == []
    assert "#address-cells" in said(text)[0]
    m.close()
    text = with_reserved(trees(), []).replace("reg = <>;", "size = <1>;")
    m, text = start(compiled(work, text))
    assert at_prompt(m) and reserved(m) == [] and said(text) == []
    m.close()
    text = with_reserved(trees(), memreserve=[(RAM, 0x1000),
                                              (0x50000000, 0x2000)])
    text = text.replace("chosen {", "chosen { linux,initrd-start = <0x50000000>;"
                        " linux,initrd-end = <0x50001800>;")
    m, text = start(compiled(work, text))
    assert at_prompt(m) and reserved(m) == [] and said(text) == []
    assert reserved(m, "ramdisk") == [(0x50000000, 0x1800)]
