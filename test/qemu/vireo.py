# SPDX-License-Identifier: BSD-2-Clause
"""Drive the firmware in QEMU.

A test asks for the `machine` fixture (conftest.py) and starts one or more:

    def test_version(machine):
        m = machine()                      # -bios, virtio-mmio v1, EL1, 512M
        assert m.ok("version").startswith("Vireo ")
        m.fails("nonsense", "Unknown command 'nonsense' - try 'help'")

    def test_disk(machine, work):
        img = work / "d.img"
        img.write_bytes(bytes(1 << 20))
        m = machine(virtio=2, disks=[Disk(img, ro=True)])
        r = m.cmd("virtio read 48000000 0 1")
        assert r.rc == 0 and "1 blocks read: OK" in r.out

The console is a socket, not a terminal: bytes pass unchanged, Ctrl-C is
m.send("\\x03"). Everything the console says is kept in out/test/NAME/, and
QEMU dies with the test, whatever happens.

Environment: VIREO_SLOW=3 multiplies every time-out (a loaded machine),
VIREO_OUT names another out/ folder.
"""

import ctypes
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
import pexpect.fdpexpect

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("VIREO_OUT", ROOT / "out"))
SLOW = float(os.environ.get("VIREO_SLOW", "1"))

PROMPT = "=> "
SHELL_PROMPT = "/ # "                   # busybox, in the demo initramfs
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MMIO_SLOTS = 32


class QemuError(AssertionError):
    """QEMU or the firmware did not do what a test relies on."""


@dataclass
class Result:
    """What a command printed (no echo, no prompt, newlines as \\n), and $?."""
    out: str
    rc: int

    @property
    def lines(self):
        return self.out.splitlines()


@dataclass
class Disk:
    """A virtio-blk disk.

    path    image file, or None when `node` says it all
    ro      read-only device
    bs      logical block size, 512 or 4096
    serial  what `virtio id` shows, at most 20 characters
    slot    virtio-mmio slot; default: the disk's place in the list, so that
            the first disk is the lowest slot and the firmware's `virtio 0`.
            On PCI the device number is one more
    bus     "mmio", "pci" (transitional), "pci-modern" or "pci-legacy";
            default: the machine's
    port    the PCI bus it is on, one of Config.ports
    device  more -device properties, e.g. "discard=off,write-cache=on"
    node    a whole -blockdev value with node-name=%s, for blkdebug, null-co
            and the like:
            "driver=raw,node-name=%s,file.driver=blkdebug,..."
    """
    path: Path = None
    ro: bool = False
    bs: int = 512
    serial: str = None
    slot: int = None
    device: str = ""
    node: str = None
    bus: str = None
    port: str = "pcie.0"

    def args(self, n, slot, bus):
        name = f"d{n}"
        if self.node:
            node = self.node % name
        else:
            node = f"driver=raw,node-name={name},discard=unmap," \
                   f"read-only={'on' if self.ro else 'off'}," \
                   f"file.driver=file,file.filename={comma(self.path)}"
        dev = device("blk", self.bus or bus, slot, slot + 1, self.port) \
            + f",drive={name},rerror=report,werror=report"
        if self.bs != 512:
            dev += f",logical_block_size={self.bs},physical_block_size={self.bs}"
        if self.serial:
            dev += f",serial={comma(self.serial)}"
        if self.device:
            dev += "," + self.device
        return ["-blockdev", node, "-device", dev]


PCI_FLAVOURS = {"pci": "", "pci-modern": ",disable-legacy=on",
                "pci-legacy": ",disable-modern=on,disable-legacy=off"}


def device(kind, bus, slot, addr, port="pcie.0"):
    """The -device value of a virtio device: `slot` on MMIO, `addr` on PCI."""
    if bus == "mmio":
        return f"virtio-{kind}-device,bus=virtio-mmio-bus.{slot}"
    if port.startswith("rp"):           # behind a root port there is one slot
        addr = 0
    return f"virtio-{kind}-pci,bus={port},addr={addr:#x}" + \
        PCI_FLAVOURS[bus] + (",romfile=" if kind == "net" else "")


@dataclass
class Config:
    """How to start the machine; Machine(**these) or machine(**these).

    start    "bios", "kernel" or "pflash": how QEMU gets the firmware
    virtio   1 or 2: the version of every virtio-mmio slot
    el       1 or 2: 2 has virtualization=on
    secure   secure=on (EL3 with bios and pflash)
    gic      2 or 3
    cpu, mem, smp   as QEMU's options
    machine  more -M properties, e.g. "highmem=off"
    disks    paths or Disk objects; the first is the firmware's `virtio 0`
    bus      where virtio devices are: "mmio", "pci", "pci-modern", "pci-legacy"
    ports    -device values that come before them: root ports, bridges
    net      True: virtio-net with slirp, in slot 30 (PCI: device 1e)
    rng      True: virtio-rng, in slot 31 (PCI: device 1f)
    env      presets of variables (fw_cfg opt/org.vireo/var/NAME); bootdelay
             is -1, which stops at the prompt, unless given, and env_store none,
             so that no disk is touched before a test does
    env_text text for fw_cfg opt/org.vireo/env, as `env export -t` writes it
    args     more QEMU arguments
    chardevs names of more consoles, for args to use: each becomes a chardev of
             that name; m.on(name) talks to it, m.on("uart") to the first again
    firmware another image than out/vireo.bin, e.g. a path to Debian's U-Boot
    wait     wait for the firmware's prompt before returning
    timeout  seconds for anything the firmware is asked to do
    """
    start: str = "bios"
    virtio: int = 1
    el: int = 1
    secure: bool = False
    gic: int = 2
    cpu: str = "cortex-a57"
    mem: str = "512M"
    smp: int = 1
    machine: str = ""
    disks: list = field(default_factory=list)
    bus: str = "mmio"
    ports: list = field(default_factory=list)
    net: bool = False
    rng: bool = False
    env: dict = field(default_factory=dict)
    env_text: str = None
    args: list = field(default_factory=list)
    chardevs: list = field(default_factory=list)
    firmware: Path = None
    wait: bool = True
    timeout: float = 20

    def command(self, work):
        """The QEMU command line, without console and monitor."""
        virt = f"virt,gic-version={self.gic}" \
               f",virtualization={'on' if self.el == 2 else 'off'}" \
               f",secure={'on' if self.secure else 'off'}"
        if self.machine:
            virt += "," + self.machine
        cmd = ["qemu-system-aarch64", "-M", virt, "-cpu", self.cpu,
               "-m", self.mem, "-smp", str(self.smp),
               "-nodefaults", "-display", "none"]
        if self.virtio == 2:
            cmd += ["-global", "virtio-mmio.force-legacy=false"]
        cmd += self.firmware_args()
        for port in self.ports:
            cmd += ["-device", port]
        for i, d in enumerate(self.disks):
            d = d if isinstance(d, Disk) else Disk(d)
            cmd += d.args(i, i if d.slot is None else d.slot, self.bus)
        if self.net:
            cmd += ["-netdev", "user,id=n0", "-device",
                    device("net", self.bus, 30, 0x1e) + ",netdev=n0"]
        if self.rng:
            cmd += ["-device", device("rng", self.bus, 31, 0x1f)]
        for name, value in {"bootdelay": "-1", "env_store": "none",
                            **self.env}.items():
            if value is not None:
                cmd += ["-fw_cfg", f"name=opt/org.vireo/var/{name},"
                                   f"string={comma(value)}"]
        if self.env_text is not None:
            text = work / "env.txt"
            text.write_text(self.env_text)
            cmd += ["-fw_cfg", f"name=opt/org.vireo/env,file={comma(text)}"]
        return cmd + [str(a) for a in self.args]

    def firmware_args(self):
        if self.start == "pflash":
            image = self.firmware or OUT / "vireo-pflash.bin"
            return ["-drive", "if=pflash,unit=0,format=raw,readonly=on,"
                              f"file={comma(image)}"]
        image = self.firmware or OUT / "vireo.bin"
        return ["-" + self.start, str(image)]


class Machine:
    """A running QEMU with the firmware in it."""

    def __init__(self, work, **config):
        self.config = Config(**config)
        self.work = Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.timeout = self.config.timeout * SLOW
        self._socks, ends = {}, {}
        for name in ["uart", *self.config.chardevs]:
            self._socks[name], ends[name] = socket.socketpair()
        self._qmp_sock, qmp = socket.socketpair()
        n = len(list(self.work.glob("console*.log")))
        self.log_path = self.work / f"console{n or ''}.log"
        self._log = open(self.log_path, "w", encoding="utf-8", errors="replace", newline="")
        self._err = open(self.work / f"qemu{n or ''}.err", "w+")
        cmd = self.config.command(self.work)
        for name, end in ends.items():
            cmd += ["-chardev", f"socket,id={name},fd={end.fileno()}"]
        cmd += [
            "-serial", "chardev:uart",
            "-chardev", f"socket,id=qmp,fd={qmp.fileno()}",
            "-mon", "chardev=qmp,mode=control"]
        self._err.write(" ".join(cmd) + "\n")
        self._err.flush()
        self._proc = subprocess.Popen(
            cmd, stdin=subprocess.DEVNULL, stdout=self._err, stderr=self._err,
            pass_fds=[*(e.fileno() for e in ends.values()), qmp.fileno()],
            preexec_fn=_die_with_us)
        for end in [*ends.values(), qmp]:
            end.close()
        self._qmp_file = None
        self._pipes = []
        self._cons = {name: self._spawn(s) for name, s in self._socks.items()}
        self.on("uart")
        if self.config.wait:
            try:
                self.banner = self.prompt()
            except BaseException:
                self.close()
                raise

    # ---- the console

    def _spawn(self, sock):
        con = pexpect.fdpexpect.fdspawn(
            self._pump(sock) if self.config.chardevs else sock.fileno(),
            timeout=self.timeout, encoding="utf-8",
            codec_errors="replace", maxread=65536)
        con.delaybeforesend = None
        con.logfile_read = self._log
        return con

    def _pump(self, sock):
        """A pipe that gets all that the socket does, at once. A socket holds some
        hundred bytes when they come one by one; then QEMU stands still, when it is
        the UART's, or drops what a virtio console says."""
        out, end = os.pipe()
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 1 << 20)

        def run():
            with open(end, "wb", buffering=0) as f:
                while data := self._recv(sock):
                    f.write(data)

        threading.Thread(target=run, daemon=True).start()
        self._pipes.append(out)
        return out

    @staticmethod
    def _recv(sock):
        try:
            return sock.recv(65536)
        except OSError:
            return b""

    def on(self, name):
        """From now on talk to this console."""
        self._sock, self._con = self._socks[name], self._cons[name]
        return self

    def send(self, text):
        """Send text as it is: no newline added, nothing waited for."""
        data = text.encode() if isinstance(text, str) else text
        try:
            self._sock.sendall(data)
        except OSError as e:
            raise QemuError(f"cannot send {text!r}: {e}\n{self._tail()}")

    def expect(self, pattern, timeout=None):
        """Wait for a regular expression; return what came before it.

        The match object is in self.match. A list of patterns is allowed:
        self.which is then the index of the one seen.
        """
        limit = self.timeout if timeout is None else timeout * SLOW
        try:
            self.which = self._con.expect(pattern, timeout=limit)
        except pexpect.TIMEOUT:
            raise QemuError(f"waited {limit:g} s for {pattern!r}\n"
                            f"{self._tail()}") from None
        except (pexpect.EOF, ConnectionResetError):
            raise QemuError(f"QEMU ended while waiting for {pattern!r}\n"
                            f"{self._tail()}") from None
        self.match = self._con.match
        return self._con.before

    def prompt(self, timeout=None):
        """Wait for the firmware's prompt at the start of a line; return what
        came before it, cleaned as in Result."""
        before = self.expect(r"(?:(?<=\n)|(?<=\r)|\A)(?:\x1b\[[0-9;?]*[A-Za-z])*"
                             + PROMPT + r"(?:\x1b\[[0-9;?]*[A-Za-z])*\Z", timeout)
        return clean(before)

    def cmd(self, line, timeout=None):
        """Type a line at the prompt; return what it printed and its $?."""
        out = self.run(line, timeout)
        rc = self.run("echo $?")
        if not rc.strip().isdigit():
            raise QemuError(f"{line!r}: $? shows {rc!r}\n{self._tail()}")
        return Result(out, int(rc))

    def run(self, line, timeout=None):
        """Type a line at the prompt; return what it printed. $? is not asked
        for, so the next empty line repeats this command."""
        self.send(line + "\r")
        self.expect(r"\r?\n")           # the end of the echo
        return self.prompt(timeout)

    def ok(self, line, timeout=None):
        """A command that must give 0; returns what it printed."""
        r = self.cmd(line, timeout)
        if r.rc != 0:
            raise QemuError(f"{line!r} gave {r.rc}:\n{r.out}")
        return r.out

    def fails(self, line, text=None, timeout=None):
        """A command that must give 1, and say `text` if given; returns what
        it printed."""
        r = self.cmd(line, timeout)
        if r.rc != 1:
            raise QemuError(f"{line!r} gave {r.rc}, not 1:\n{r.out}")
        if not r.out.strip():
            raise QemuError(f"{line!r} failed without a word")
        if text is not None and text not in r.out:
            raise QemuError(f"{line!r} did not say {text!r} but:\n{r.out}")
        return r.out

    # ---- Linux, booted by the firmware

    def linux(self, timeout=60):
        """Wait for the demo initramfs' shell; return its report as a dict:
        kernel, machine, command, disks."""
        self.expect("Vireo: Linux is up\r?\n", timeout)
        report = clean(self.expect(re.escape(SHELL_PROMPT), timeout))
        return dict(re.findall(r"^  (\w+) +(.*)$", report, re.M))

    def sh(self, line, timeout=None):
        """Run a line in that shell; return what it printed."""
        self.send(line + "\n")
        self.expect(r"\r?\n")
        return clean(self.expect(re.escape(SHELL_PROMPT), timeout))

    # ---- QEMU

    def qmp(self, command, **arguments):
        """Run a QMP command; return what it returns."""
        if self._qmp_file is None:
            self._qmp_sock.settimeout(self.timeout)
            self._qmp_file = self._qmp_sock.makefile("rw")
            self._qmp_file.readline()
            self._qmp_call("qmp_capabilities", {})
        return self._qmp_call(command, arguments)

    def _qmp_call(self, command, arguments):
        json.dump({"execute": command, "arguments": arguments}, self._qmp_file)
        self._qmp_file.write("\n")
        self._qmp_file.flush()
        while True:
            line = self._qmp_file.readline()
            if not line:
                raise QemuError(f"QEMU ended during {command}\n{self._tail()}")
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise QemuError(f"{command}: {answer['error']['desc']}")

    def hmp(self, line):
        """Run a line of the human monitor; return its text."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def memory(self, addr, size):
        """What is in memory, as QEMU sees it."""
        path = self.work / "memory.bin"
        self.hmp(f'pmemsave {addr} {size} "{path}"')
        return path.read_bytes()

    def wait_exit(self, timeout=None):
        """Wait for QEMU to end by itself (poweroff); return its status."""
        try:
            self.expect(pexpect.EOF, timeout)
            return self._proc.wait(self.timeout)
        except subprocess.TimeoutExpired:
            raise QemuError(f"QEMU did not end\n{self._tail()}") from None

    def console_bytes(self):
        """How many bytes the console has sent so far, as far as read."""
        self._log.flush()
        return self.log_path.stat().st_size

    def poll(self):
        """Take in what the console says, waiting for nothing."""
        try:
            self._con.expect(r"(?!)", timeout=0)
        except pexpect.TIMEOUT:
            pass
        except (pexpect.EOF, ConnectionResetError):
            raise QemuError(f"QEMU ended\n{self._tail()}") from None

    def stderr(self):
        """QEMU's standard error: its complaints about a guest driver appear there."""
        self._err.flush()
        self._err.seek(0)
        return "".join(self._err.readlines()[1:])

    def close(self):
        """Kill QEMU, whatever it is doing. May be called twice."""
        if self._proc.poll() is None:
            self._proc.kill()
        self._proc.wait()
        for f in (self._log, *self._socks.values(), self._qmp_sock, self._err):
            f.close()
        while self._pipes:
            os.close(self._pipes.pop())

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _tail(self):
        self._log.flush()
        text = self.log_path.read_text(errors="replace")
        pending = self._con.buffer if isinstance(self._con.buffer, str) else ""
        err = self.stderr()
        return f"--- console ({self.log_path}), last 2000 characters:\n" \
               f"{clean(text)[-2000:]}\n--- unread: {pending[-200:]!r}" \
               + (f"\n--- QEMU: {err}" if err else "")


def clean(text):
    """Console text without terminal sequences and carriage returns."""
    return ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "")


def comma(value):
    """A value for a QEMU option list, where commas are doubled."""
    return str(value).replace(",", ",,")


def tool(*words, **kw):
    """Run a host program; return its output. A missing one or a failure fails the test."""
    env = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin",
           "LC_ALL": "C.UTF-8", **kw.pop("env", {})}
    words = [str(w) for w in words]
    try:
        p = subprocess.run(words, env=env, text=kw.pop("text", True),
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=kw.pop("timeout", 120) * SLOW, **kw)
    except FileNotFoundError:
        raise AssertionError(f"{words[0]} is not installed") from None
    if p.returncode != 0:
        raise AssertionError(f"{' '.join(words)} gave {p.returncode}:\n"
                             f"{p.stdout}{p.stderr}")
    return p.stdout


def _die_with_us():
    """In the child: be killed when the test's process ends."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
