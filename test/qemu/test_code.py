# SPDX-License-Identifier: BSD-2-Clause
"""What the compiler made of it: rules that hold for instructions, read from the
disassembly. The checklist's items are named in the tests."""

import functools
import os
import re
import shutil

import pytest

from vireo import OUT, ROOT, tool

FW = OUT / "fw"
ASSEMBLY = {p.stem for p in (ROOT / "arch" / "arm64").glob("*.S")}


def objdump():
    for prefix in (os.environ.get("CROSS_COMPILE", ""), "aarch64-none-elf-",
                   "aarch64-elf-", "aarch64-linux-gnu-", "llvm-"):
        if prefix and shutil.which(prefix + "objdump"):
            return prefix + "objdump"
    raise AssertionError("no objdump that knows aarch64")


@functools.lru_cache(maxsize=None)
def functions(path):
    """An object's functions: name: [(mnemonic, operands)]."""
    found, current = {}, None
    for line in tool(objdump(), "-d", "--no-show-raw-insn", path).splitlines():
        head = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        if head:
            current = found.setdefault(head[1], [])
            continue
        insn = re.match(r"^ *[0-9a-f]+:\s+(\S+)\s*(.*)$", line)
        if insn and current is not None:
            operands = re.sub(r"\s*(<.*|//.*|;.*)$", "", insn[2]).lower()
            current.append((insn[1], operands))
    assert found, path
    return found


def every(path):
    return [(name, *insn) for name, insns in functions(path).items()
            for insn in insns]


def test_no_atomics():
    """VQ-10: no exclusive or atomic instruction: KVM, and memory shared with a
    device, know plain accesses only."""
    atomic = re.compile(r"(ld|st)l?a?x[rp][bh]?|casp?a?l?[bh]?|swpa?l?[bh]?|"
                        r"(ld|st)(add|clr|eor|set|[su]max|[su]min)a?l?[bh]?")
    assert not [i for i in every(OUT / "vireo.elf") if atomic.fullmatch(i[1])]


def test_interrupts_stay_masked():
    code = every(OUT / "vireo.elf")
    assert not [i for i in code if i[1] == "msr" and "daifclr" in i[2].lower()]
    assert not [i for i in code if i[1] == "eret"]
    masks = [i for i in code if i[1] == "msr" and "daifset" in i[2].lower()]
    assert len(masks) == 1


def test_no_floating_point():
    """Our C is compiled for general registers; only arch/arm64/*.S moves FP
    registers. libfdt, which comes compiled, is not looked at."""
    register = re.compile(r"\b[vqdshb]([12]?\d|3[01])\b")
    objects = [p for p in FW.rglob("*.o") if not
               (p.parent == FW / "arch" / "arm64" and p.stem in ASSEMBLY)]
    assert len(objects) > 60
    for path in objects:
        if path.parent == FW:           # made tables, no code
            continue
        try:
            code = every(path)
        except AssertionError:
            continue                    # no code
        used = [i for i in code if register.search(i[2]) and
                not re.match(r"(b|bl|b\..*|[ct]bn?z|adrp?)$", i[1])]
        assert not used, path


def test_volatile_is_kept_in_one_place():
    """Accesses to registers and shared memory go through arch/io.h."""
    for room in ("arch", "board", "core", "drivers", "block", "net", "fs",
                 "env", "boot", "shell", "cmd", "lib"):
        for path in (ROOT / room).rglob("*.[ch]"):
            if path.name == "io.h":
                continue
            text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
            words = re.findall(r"(__asm__\s+)?\bvolatile\b(?! void \*)", text)
            assert "" not in words, path


def test_mmio_accessors():
    """MMIO-15: each is one load or store of one general register from a base
    register, which is all that KVM decodes from the syndrome."""
    text = (ROOT / "arch/arm64/include/arch/io.h").read_text()
    for body in re.findall(r"mmio_\w+\(.*?\n\}", text, re.S):
        asm = re.findall(r'__asm__ volatile\("([^"]*)"', body)
        assert len(asm) == 1
        assert re.fullmatch(r"(ldr|str)[bh]? %w?[0-9], \[%1\]", asm[0])
        assert '"memory"' in body
    for path, names in (
            ("drivers/serial/pl011.o", ["put", "get", "pl011_present"]),
            # reg_read and reg_write, or what the compiler put them into
            ("drivers/virtio/virtio_mmio.o",
             ["reg_read|mmio_get_status", "reg_write|mmio_set_status",
              "mmio_config_read"])):
        there = functions(FW / path)
        for name in names:
            code = next(there[n] for n in name.split("|") if n in there)
            narrow = [o for m, o in code if re.match(r"(ld|st)", m) and
                      re.match(r"w", o)]
            bare = [o for o in narrow if re.fullmatch(r"w\w+, \[x\d+\]", o)]
            assert bare, name
            assert not [o for m, o in code if m in ("ldp", "stp") and
                        o.startswith("w")], name
            for m, o in code:           # no write-back but the stack's
                if re.search(r"\]!|\], #", o):
                    assert "[sp" in o or "sp," in o, (name, m, o)


def order(code, *steps):
    """The steps (mnemonic, operands as regular expressions) follow each
    other, other instructions in between."""
    at = 0
    for mnemonic, operands in steps:
        while at < len(code) and not (re.fullmatch(mnemonic, code[at][0]) and
                                      re.search(operands, code[at][1])):
            at += 1
        assert at < len(code), (mnemonic, operands, code)
        at += 1


def test_ring_barriers():
    """VQ-9: descriptors before the index, the index before the flags are read,
    used->idx before the element. PKD-4, 6, 11: the same of a slot's flags."""
    ring = functions(FW / "drivers/virtio/virtq_split.o")
    order(ring["split_publish"], ("dmb", "oshst"), ("strh", ""),
          ("dmb", "^osh$"), ("ldrh", ""))
    order(ring["split_peek"], ("ldrh", ""), ("dmb", "oshld"), ("ldu?r", "^w"),
          ("ldu?r", "^w"))
    ring = functions(FW / "drivers/virtio/virtq_packed.o")
    order(ring["packed_publish"], ("dmb", "oshst"), ("strh", ""),
          ("dmb", "^osh$"), ("ldu?r", "^w"))
    order(ring["packed_peek"], ("ldrh", ""), ("dmb", "oshld"), ("ldrh", ""),
          ("ldu?r", "^w"))
    order(functions(FW / "drivers/fw_cfg/fw_cfg.o")["fw_cfg_read"],
          ("dmb", "oshst"), ("str", r"^x\d+, \[x\d+\]$"), ("ldr", "^w"),
          ("dmb", "oshld"))


def test_no_other_barriers():
    """Two a batch and one a completion, and none anywhere else in the drivers."""
    count = {name: sum(m in ("dmb", "dsb") for m, _ in code)
             for path in (FW / "drivers/virtio").glob("*.o")
             for name, code in functions(path).items()}
    assert {name: n for name, n in count.items() if n} == {
        "split_publish": 2, "split_peek": 1,
        "packed_publish": 2, "packed_peek": 1}


@pytest.mark.parametrize("name,steps", [
    ("mmu_switch_el1", [("dsb", "sy"), ("msr", "sctlr_el1"), ("isb", ""),
                        ("msr", "ttbr0_el1"), ("isb", ""),
                        ("tlbi", "vmalle1"), ("ic", "iallu"), ("dsb", "sy"),
                        ("isb", ""), ("msr", "sctlr_el1"), ("isb", "")]),
    ("handoff_el2", [("dsb", "sy"), ("msr", "sctlr_el2"), ("isb", ""),
                     ("tlbi", "alle2"), ("ic", "iallu"), ("dsb", "sy"),
                     ("isb", ""), ("br", "x9")]),
])
def test_switches(name, steps):
    """Between MMU off and on, or off and the payload, memory is not touched."""
    code = functions(FW / "arch/arm64/switch.o")[name]
    order(code, *steps)
    assert not [i for i in code if re.match(r"(ld|st)", i[0])]


def test_cache_maintenance():
    """What runs with caches off is cleaned to the point of coherency, what was
    written as data and is executed to the point of unification."""
    cpu = functions(FW / "arch/arm64/cpu.o")
    clean = cpu["cache_clean"]
    assert ("dc", "civac") in [(m, o.split(",")[0]) for m, o in clean]
    assert ("dsb", "sy") in clean
    sync = [(m, o.split(",")[0]) for m, o in cpu["cache_sync_code"]]
    for insn in (("dc", "cvau"), ("ic", "ivau"), ("isb", "")):
        assert insn in sync
    assert sync.count(("dsb", "ish")) == 2
