# SPDX-License-Identifier: BSD-2-Clause
"""The fdt command, judged by dtc: what it prints is source that dtc compiles to
the tree in memory, and what it changes is what dtc reads there."""

import re
import struct

import pytest

from vireo import tool

TREE = 0x48000000

SOURCE = """/dts-v1/;
/memreserve/ 0x50000000 0x1000;
/ {
	#address-cells = <2>; #size-cells = <2>;
	compatible = "one,two", "three";
	aliases { u = "/bus/uart@9000000"; };
	bus {
		uart@9000000 { reg = <0 0x9000000 0 0x1000>; empty;
			bytes = [00 11 22]; long = <%s>; };
		second { };
	};
	chosen { bootargs = "old"; };
};
""" % " ".join(str(i) for i in range(40))


def compiled(work, source, name="tree.dtb", *flags):
    src, dtb = work / (name + ".dts"), work / name
    src.write_text(source)
    tool("dtc", "-q", *flags, "-O", "dtb", "-o", dtb, src)
    return dtb


def put(path, addr):
    return ["-device", f"loader,file={path},addr={addr:#x},force-raw=on"]


@pytest.fixture
def m(machine, work):
    """A machine whose working tree is SOURCE, with room to grow."""
    dtb = compiled(work, SOURCE, "tree.dtb", "-p", "4096")
    m = machine(args=put(dtb, TREE))
    assert m.ok(f"fdt addr {TREE:x}") == f"Working FDT set to {TREE:x}\n"
    assert m.ok("printenv fdtaddr") == f"fdtaddr={TREE:x}\n"
    return m


def saved(m, addr=TREE, size=0x4000):
    """The tree in memory, as a file."""
    path = m.work / "saved.dtb"
    m.hmp(f'pmemsave {addr} {size} "{path}"')
    return path


def dts(dtb):
    """Its source, sorted: what two equal trees have in common."""
    return tool("dtc", "-q", "-s", "-I", "dtb", "-O", "dts", dtb)


def fdtget(m, *words):
    return tool("fdtget", saved(m), *words).strip()


def control(m):
    return int(m.ok("fdt addr -c").split()[-1], 16)


def test_print_compiles_to_the_same_tree(machine, work):
    """All of QEMU's tree; values that are only named are fetched by hand."""
    m = machine()
    text = m.ok("fdt print", timeout=60)

    def fetch(match):
        return "[" + m.memory(match[1], match[2]).hex(" ") + "]"

    text, count = re.subn(r"\* (0x\w{16}) \[(0x\w{8})\]", fetch, text)
    assert count > 0
    ours = compiled(work, "/dts-v1/;\n" + text, "ours.dtb")
    assert dts(ours) == dts(saved(m, control(m)))


def test_print(m):
    assert m.ok("fdt print /bus").splitlines()[:5] == [
        "bus {", "\tuart@9000000 {",
        "\t\treg = <0x00000000 0x09000000 0x00000000 0x00001000>;",
        "\t\tempty;", "\t\tbytes = [00 11 22];"]
    assert m.ok("fdt list /bus") == \
        "bus {\n\tuart@9000000 {\n\t};\n\tsecond {\n\t};\n};\n"
    assert m.ok("fdt print / compatible") == 'compatible = "one,two", "three"\n'
    assert m.ok("fdt print u bytes") == "bytes = [00 11 22]\n"
    assert m.ok("fdt print u empty") == "u empty\n"
    m.fails("fdt print /nope", "libfdt fdt_path_offset() returned "
            "FDT_ERR_NOTFOUND\n")
    m.fails("fdt print / nope", "libfdt fdt_getprop(): FDT_ERR_NOTFOUND\n")
    assert "0x27>" not in m.ok("fdt print u")


def test_header(m):
    out = m.ok("fdt header")
    head = struct.unpack(">10I", saved(m).read_bytes()[:40])
    assert f"magic:\t\t\t0x{head[0]:x}\n" in out
    assert f"totalsize:\t\t0x{head[1]:x} ({head[1]})\n" in out
    assert f"size_dt_struct:\t\t0x{head[9]:x}\n" in out
    assert "number mem_rsv:\t\t0x1\n" in out
    m.ok("fdt header get v totalsize")
    assert m.ok("echo $v") == f"{head[1]:x}\n"
    m.fails("fdt header get v nope", "fdt header get: no member 'nope'\n")


def test_get(m):
    for line, value in (
            ("value v / compatible", "one,two"),
            ("value v / compatible 1", "three"),
            ("value v /bus/uart@9000000 reg 1", "0x09000000"),
            ("value v / '#size-cells'", "0x00000002"),
            ("value v u reg", "00000000090000000000000000001000"),
            ("name v /bus 1", "second"),
            ("size v /bus", "2"),
            ("size v / compatible", "e")):
        m.ok("fdt get " + line)
        assert m.ok("echo $v") == value + "\n"
    m.ok("fdt get addr v u bytes")
    assert m.ok("md.b $v 3").split(":")[1].split()[:3] == ["00", "11", "22"]
    m.fails("fdt get value v / nope", "libfdt fdt_getprop(): FDT_ERR_NOTFOUND")
    m.fails("fdt get value v /nope x", "fdt_path_offset() returned")
    m.fails("fdt get value v / compatible 2", "2 string(s)")
    m.fails("fdt get value v u long", "unprintable")
    m.fails("fdt get value v u bytes", "unprintable")
    m.fails("fdt get name v /bus 2", "libfdt node not found")
    m.fails("fdt get nonsense v / x", "Usage:")


def test_set(m):
    m.ok('fdt set /chosen bootargs "a b" c')
    assert fdtget(m, "/chosen", "bootargs") == "a b c"
    m.ok("fdt set /chosen cells '<1 0x10 4294967295>'")
    assert fdtget(m, "-t", "x", "/chosen", "cells") == "1 10 ffffffff"
    m.ok("fdt set /chosen cells <1 2 0xff>")
    assert fdtget(m, "-t", "x", "/chosen", "cells") == "1 2 ff"
    m.ok('fdt set /chosen cells "<7 8>"')
    assert fdtget(m, "-t", "x", "/chosen", "cells") == "7 8"
    m.ok("fdt set /chosen bytes [00 1122 f]")
    assert fdtget(m, "-t", "bx", "/chosen", "bytes") == "0 11 22 f"
    m.ok("fdt set /chosen flag")
    assert fdtget(m, "/chosen", "flag") == ""
    m.ok("fdt mknode / new")
    m.ok("fdt set /new x y")
    assert fdtget(m, "/new", "x") == "y"
    m.ok("fdt rm /new x")
    m.fails("fdt print /new x", "FDT_ERR_NOTFOUND")
    m.ok("fdt rm /new")
    m.fails("fdt print /new", "FDT_ERR_NOTFOUND")
    m.ok("fdt bootcpu 3")
    assert "boot_cpuid_phys:\t0x3" in m.ok("fdt header")


def test_set_refuses(m):
    before = saved(m).read_bytes()
    for line, text in (
            ("fdt set /chosen x '<1 z>'", 'could not convert "z'),
            ("fdt set /chosen x '<4294967296>'", "could not convert"),
            ("fdt set /chosen x '<1 2'", "'>' is missing"),
            ("fdt set /chosen x '<1> 2'", "Unexpected character '>'"),
            ("fdt set /chosen x [zz]", "could not convert"),
            ("fdt set /nope x 1", "FDT_ERR_NOTFOUND"),
            ("fdt mknode / bus", "libfdt fdt_add_subnode(): FDT_ERR_EXISTS"),
            ("fdt mknode / a/b", "no name for a node"),
            ("fdt mknode / " + "a" * 256, "no name for a node"),
            ("fdt set / " + "a" * 256 + " 1", "no name for a property"),
            ("fdt set / '' 1", "no name for a property"),
            (f"fdt addr {TREE + 1:x}", "is not 8-byte aligned"),
            ("fdt rm /nope", "FDT_ERR_NOTFOUND"),
            ("fdt rm / nope", "libfdt fdt_delprop(): FDT_ERR_NOTFOUND"),
            ("fdt rm /", "root node must stay"),
            ("fdt rsvmem delete 9", "FDT_ERR_NOTFOUND"),
            ("fdt nonsense", "nonsense"),
            ("fdt", "Usage:")):
        m.fails(line, text)
    assert saved(m).read_bytes() == before


def test_full_tree(machine, work):
    """Without room a change is refused, until resize makes some; the control
    tree grows by itself."""
    m = machine(args=put(compiled(work, SOURCE), TREE))
    m.ok(f"fdt addr {TREE:x}")
    m.fails("fdt set /chosen more " + "x" * 200,
            "libfdt fdt_setprop(): FDT_ERR_NOSPACE")
    m.ok("fdt resize 1000")
    m.ok("fdt set /chosen more " + "x" * 200)
    assert fdtget(m, "/chosen", "more") == "x" * 200
    m.ok("fdt addr $fdtcontroladdr")
    for i in range(20):
        m.ok(f"fdt set /chosen more{i} " + "y" * 900)
    dts(saved(m, control(m), 0x8000))
    m.fails("fdt resize 7fffffff", "too many")
    m.fails("fdt resize 100000", "the control tree has room for 0x")


def test_memory_chosen_rsvmem(m):
    m.ok("fdt memory 40000000 20000000")
    assert fdtget(m, "-t", "x", "/memory@40000000", "reg") == "0 40000000 0 20000000"
    m.ok("fdt memory 80000000 1000")
    assert fdtget(m, "-l", "/").split().count("memory@80000000") == 1
    assert "memory@40000000" not in fdtget(m, "-l", "/")
    m.ok("setenv bootargs new args; fdt chosen 44000000 1000")
    assert fdtget(m, "/chosen", "bootargs") == "new args"
    assert fdtget(m, "-t", "x", "/chosen", "linux,initrd-end") == "0 44001000"
    m.ok("fdt rsvmem add 60000000 2000")
    assert m.ok("fdt rsvmem print").splitlines()[2:] == [
        "    0\t0000000050000000\t0000000000001000",
        "    1\t0000000060000000\t0000000000002000"]
    m.ok("fdt rsvmem delete 0")
    assert "/memreserve/\t0x0000000060000000" in dts(saved(m))


def test_move_and_addr(m):
    m.fails("fdt move 48000000 9000000 4000")
    m.fails("fdt move 48000000 49000000 10", "does not hold")
    m.fails("fdt move 48000000 $fdtcontroladdr 4000", "is there")
    assert m.ok("fdt move 48000000 49000000 8000") == \
        "Working FDT set to 49000000\n"
    assert "totalsize:\t\t0x8000 " in m.ok("fdt header")
    assert dts(saved(m, 0x49000000, 0x8000)) == dts(saved(m))
    assert m.ok("fdt addr") == "Working fdt: 49000000\n"
    assert "0x10 < existing length 0x8000" in m.ok("fdt addr 49000000 10")
    m.ok("fdt addr 49000000 9000")
    assert "totalsize:\t\t0x9000 " in m.ok("fdt header")


def test_apply(machine, work):
    overlay = "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"/\"; " \
              "__overlay__ { added { x = <5>; }; }; }; };"
    bad = "/dts-v1/; /plugin/; / { fragment@0 { target-path = \"/nope\"; " \
          "__overlay__ { y; }; }; };"
    m = machine(args=put(compiled(work, SOURCE, "t", "-p", "4096"), TREE)
                + put(compiled(work, overlay, "o"), 0x4a000000)
                + put(compiled(work, bad, "b"), 0x4b000000)
                + put(compiled(work, SOURCE, "n"), 0x4d000000))
    m.ok(f"fdt addr {TREE:x}")
    before = saved(m).read_bytes()
    m.fails("fdt apply 4b000000", "libfdt fdt_overlay_apply(): FDT_ERR")
    m.fails("fdt apply 4c000000", "FDT_ERR_BADMAGIC")
    m.fails("fdt apply 4d000000", "fdt apply: 0x4d000000: no overlay: no node")
    assert saved(m).read_bytes() == before
    m.ok("fdt apply 4a000000")
    assert fdtget(m, "-t", "x", "/added", "x") == "5"


@pytest.mark.parametrize("offset,value,text", [
    (0, 0xd00dfeee, "libfdt fdt_check_header(): FDT_ERR_BADMAGIC"),
    (4, 39, "libfdt fdt_check_header(): FDT_ERR"),
    (4, 0x7fffffff, "passes the end of RAM"),
    (8, 0xfffffff0, "FDT_ERR"),
    (12, 0xfffffff0, "FDT_ERR"),
    (16, 0xfffffff0, "FDT_ERR"),
    (20, 16, "FDT_ERR_BADVERSION"),
    (24, 99, "FDT_ERR_BADVERSION"),
    (32, 0xfffffff0, "FDT_ERR"),
    (36, 8, "FDT_ERR"),
    (0x40, 2, "FDT_ERR_BADSTRUCTURE"),      # no first node
    (0x4c, 0xffffff, "FDT_ERR_BADSTRUCTURE"),   # a property's length
    (0x50, 0xffffff, "FDT_ERR"),            # where its name is
])
def test_damaged(machine, work, offset, value, text):
    """Each field of the header, and of the first property."""
    data = bytearray(compiled(work, SOURCE).read_bytes())
    assert struct.unpack_from(">I", data, 8)[0] == 0x48
    at = offset + 8 if offset >= 0x40 else offset
    struct.pack_into(">I", data, at, value)
    path = work / "damaged"
    path.write_bytes(data)
    m = machine(args=put(path, TREE))
    m.fails(f"fdt addr {TREE:x}", text)
    assert m.cmd(f"fdt addr -q {TREE:x}").out == ""
    m.fails(f"booti {TREE:x} - {TREE:x}")
    assert m.ok("fdt addr") == f"Working fdt: {control(m):x}\n"


def test_tree_that_was_overwritten(m):
    """It was sound when it was chosen: it is looked at again each time."""
    m.ok(f"mw.l {TREE + 0x48:x} 0 10")
    for line in ("fdt print", "fdt set / x y", "fdt header", "fdt get size v /",
                 "fdt rm /bus", "fdt resize"):
        m.fails(line, "FDT_ERR")
    m.ok("fdt addr $fdtcontroladdr")
    m.ok("fdt print /chosen")


def test_addr_refuses(m):
    for line, text in (("fdt addr zz", "not a number"),
                       ("fdt addr 0", "is not RAM"),
                       ("fdt addr 9000000", "is not RAM"),
                       ("fdt addr ffffffffffffffff", "is not RAM"),
                       ("fdt addr 5ffffff0", "RAM"),
                       ("fdt addr -c 48000000", "firmware's own")):
        m.fails(line, text)
    assert m.ok("fdt addr") == f"Working fdt: {TREE:x}\n"
