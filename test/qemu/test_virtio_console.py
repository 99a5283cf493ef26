# SPDX-License-Identifier: BSD-2-Clause
"""virtio consoles: chosen by variable, by /chosen, by the lack of a UART; typed on,
pasted to, interrupted; with MULTIPORT and without, on both register versions."""

import re

import pytest

from vireo import Disk, OUT, tool

SLOT = 20
BASE = 0xa000000 + 0x200 * SLOT


def console(ports=None, slot=SLOT, nr=None, name="vc", others=()):
    """A controller whose console is chardev `name`."""
    more = "" if ports is None else f",max_ports={ports}"
    at = "" if nr is None else f",nr={nr}"
    args = ["-device", f"virtio-serial-device,id={name}s"
            f",bus=virtio-mmio-bus.{slot}{more}"]
    for i, other in enumerate(others):
        args += ["-chardev", f"null,id={name}n{i}", "-device",
                 f"{other},bus={name}s.0,chardev={name}n{i}"]
    return args + ["-device", f"virtconsole,bus={name}s.0,chardev={name}{at}"]


def coninfo(m):
    return dict(re.findall(r"^\|-- (\S+) \(IO\)\n((?:\|   \|-- \w+\n)*)",
                           m.ok("coninfo"), re.M))


def uses(text):
    return re.findall(r"std\w+", text)


def to_virtio(m):
    """Input and output move to the virtio console."""
    m.send("setenv stdin virtio-console; setenv stdout virtio-console\r")
    m.on("vc").prompt()
    return m


@pytest.mark.parametrize("virtio", [1, 2])
@pytest.mark.parametrize("ports", [1, 2, 31])
def test_type(machine, virtio, ports):
    m = machine(virtio=virtio, args=console(ports), chardevs=["vc"])
    assert uses(coninfo(m)["virtio-console"]) == []
    to_virtio(m)
    assert "console port                0\n" in m.ok("virtio status console0")
    accepted = re.search("accepted .*", m.ok("virtio status console0"))[0]
    assert ("CONSOLE_F_MULTIPORT" in accepted) == (ports > 1)
    for i in range(50):
        assert m.ok(f"echo line {i} " + "x" * i) == f"line {i} {'x' * i}\n" \
            .replace(" \n", "\n")
    out = m.ok("help")
    assert len(out) > 2000 and "coninfo" in out
    m.fails("nonsense", "Unknown command")
    assert uses(coninfo(m)["serial"]) == ["stderr"]
    assert not m.stderr()


@pytest.mark.parametrize("how", ["", ",packed=on", ",disable-modern=on"])
@pytest.mark.parametrize("ports", [1, 31])
def test_pci(machine, ports, how):
    m = to_virtio(machine(chardevs=["vc"], args=[
        "-device", f"virtio-serial-pci,id=vcs,max_ports={ports}{how}",
        "-device", "virtconsole,bus=vcs.0,chardev=vc"]))
    for i in range(20):
        assert m.ok(f"echo {i} {'x' * 300}") == f"{i} {'x' * 300}\n"
    assert not m.stderr()


def test_both(machine):
    m = machine(args=console(), chardevs=["vc"])
    m.ok("setenv stdout serial,console0; setenv stdin serial,console0")
    assert m.ok("echo one") == "one\n"
    m.on("vc").expect("\none\r\n")
    m.expect("\n0\r\n")                     # $?, asked for there
    m.prompt()
    assert m.ok("echo two") == "two\n"
    m.on("uart").expect("two\r\n")
    shown = coninfo(m.on("vc"))
    for name in ("serial", "virtio-console"):
        assert "stdin" in shown[name] and "stdout" in shown[name]


def test_refused(machine):
    m = machine(args=console(nr=9), chardevs=["vc"])
    for value in ("nothing", "serial,nothing", ",serial", "serial,,serial",
                  "virtio-console"):        # its port is past those looked at
        m.fails(f"setenv stdout {value}", "setenv: stdout: no such device")
    assert m.ok("echo $stdout") == "serial\n"
    m.ok("setenv stdout; setenv stdout serial,serial; setenv stderr serial")
    assert uses(coninfo(m)["serial"]) == ["stdin", "stdout", "stderr"]


@pytest.mark.parametrize("first", ["", "sleep 1\r"], ids=["", "busy"])
@pytest.mark.parametrize("ports", [1, 31])
def test_paste(machine, ports, first):
    """Far more than all buffers hold, at once, also while a command runs. Judged on the
    UART: QEMU drops output that its chardev does not take at once."""
    m = to_virtio(machine(args=console(ports), chardevs=["vc"]))
    words = [f"{i:04d}{'x' * (i % 7)}" for i in range(500)]
    m.send(first + "".join(f"t=${{t}}{w}\r" for w in words)
           + "setenv stdin serial; setenv stdout serial\r")
    m.on("uart").prompt()
    assert m.ok("echo $t") == "".join(words) + "\n"


@pytest.mark.parametrize("ports", [1, 31])
def test_ctrlc(machine, ports):
    m = to_virtio(machine(args=console(ports), chardevs=["vc"]))
    m.send("sleep 100\r")
    m.expect("\n")
    m.send("echo dropped\r\x03")
    m.prompt(5)
    assert "dropped" not in m.run("true")


def test_first_console_port(machine):
    """Port 0 is empty, port 1 no console."""
    m = to_virtio(machine(args=console(nr=2, others=["virtserialport,nr=1"]),
                          chardevs=["vc"]))
    assert "console port                2\n" in m.ok("virtio status console0")


def test_two(machine):
    m = machine(args=console(slot=3) + console(slot=2, name="wc", ports=1),
                chardevs=["vc", "wc"])
    m.ok("setenv stdout serial,virtio-console,virtio-console1")
    m.ok("echo all")
    for name in ("vc", "wc"):
        m.on(name).expect("all\r\n")


def test_reset_under_it(machine):
    """The device is reset behind the firmware's back: the UART takes over, and the
    console can be chosen again."""
    m = machine(args=console(), chardevs=["vc"])
    m.ok("setenv stdout virtio-console,serial; setenv stdin serial")
    m.send(f"mw {BASE + 0x70:x} 0; sleep 0.01; echo on\r")
    m.expect("console virtio-console: device asked for a reset; using serial\r")
    m.prompt()
    assert uses(coninfo(m)["virtio-console"]) == []
    to_virtio(m)
    assert m.ok("echo again") == "again\n"
    m.on("uart")


def test_host_reads_nothing(machine):
    """Nobody takes what is written: no hang."""
    m = machine(args=console(), chardevs=["vc"])
    m.ok("setenv stdout serial,virtio-console")
    m.ok("md 40000000 800", timeout=60)
    assert m.ok("echo fine") == "fine\n"


def test_preset(machine):
    m = machine(args=console(), chardevs=["vc"], wait=False,
                env={"stdin": "virtio-console", "stdout": "virtio-console"})
    m.on("vc").prompt()
    assert m.ok("echo $stdin") == "virtio-console\n"


# ---- chosen by the device tree

@pytest.fixture
def tree(work):
    """A function that makes QEMU's tree, changed by fdtput words."""
    def make(*changes, args=()):
        dtb = work / "q.dtb"
        tool("qemu-system-aarch64", "-M", f"virt,dumpdtb={dtb}", "-cpu",
             "cortex-a57", "-m", "512M", "-nodefaults", "-display", "none", *args)
        for words in changes:
            tool("fdtput", *words[:1], *[w if w != "@" else dtb for w in words[1:]])
        return ["-dtb", dtb]
    return make


@pytest.mark.parametrize("ports", [1, 31])
def test_no_uart(machine, tree, ports):
    dtb = tree(["-r", "@", "/pl011@9000000"],
               ["-d", "@", "/chosen", "stdout-path"])
    m = machine(args=[*dtb, *console(ports)], chardevs=["vc"], wait=False)
    assert "Vireo 20" in m.on("vc").prompt()
    assert m.ok("echo $stdin $stdout $stderr") == \
        "virtio-console " * 2 + "virtio-console\n"
    assert list(coninfo(m)) == ["virtio-console"]
    m.ok("env default -a; echo $stdout")
    assert m.ok("echo still here") == "still here\n"


def test_no_uart_no_console(machine, tree):
    """The UART is used although nobody says that it is there."""
    dtb = tree(["-r", "@", "/pl011@9000000"])
    assert machine(args=dtb).ok("echo hello") == "hello\n"


def test_stdout_path(machine, tree):
    dtb = tree(["-ts", "@", "/chosen", "stdout-path", f"/virtio_mmio@{BASE:x}"])
    m = machine(args=[*dtb, *console()], chardevs=["vc"], wait=False)
    m.on("vc").prompt()
    assert m.ok("echo $stdout") == "console0\n"
    m.send("setenv stdout serial; setenv stdin serial\r")
    assert m.on("uart").prompt()
    assert m.ok("echo uart") == "uart\n"


def test_stdout_path_to_nothing(machine, tree):
    dtb = tree(["-ts", "@", "/chosen", "stdout-path", f"/virtio_mmio@{BASE:x}"])
    m = machine(args=dtb)
    assert f"/chosen: console at 0x{BASE:x}: no such device" in m.banner
    assert m.ok("echo $stdout") == "serial\n"


def test_linux(machine):
    """The console is quiet when the kernel takes over."""
    m = machine(args=console(), chardevs=["vc"], wait=False,
                env={"bootdelay": None, "stdout": "serial,virtio-console"},
                disks=[Disk(OUT / "disk.img", ro=True)])
    m.linux(90)
    m.on("vc").expect("Starting kernel")
