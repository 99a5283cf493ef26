# SPDX-License-Identifier: BSD-2-Clause
"""The shell and its own commands, typed at the real console."""

import re
import subprocess
import time

import pytest

# What is typed, what must be printed, $?.
CASES = [
    ("echo a  'b  c' \"d\"", "a b  c d\n", 0),
    ("echo -n abc", "abc\n", 0),
    ("true", "", 0),
    ("false", "", 1),
    ("true && echo yes || echo no", "yes\n", 0),
    ("false && echo yes || echo no", "no\n", 0),
    ("x=1; y=$x$x; echo ${y} \"$y\" '$y' ${z:-none}", "11 11 $y none\n", 0),
    ("x='a;b'; echo $x", "a;b\n", 0),
    ("echo a & echo b", "syntax error: '&': there are no background jobs\n", 1),
    ("echo a | echo b", "syntax error: '|': there are no pipes\n", 1),
    ("echo a > b",
     "syntax error: '>': there are no files to redirect to\n", 1),
    ("nonsense 1 2", "Unknown command 'nonsense' - try 'help'\n", 1),
    ("sleep", "sleep - delay execution for some time\n\nUsage:\nsleep N\n"
     "    - delay execution for N seconds (N is _decimal_ and can be\n"
     "      fractional)\n", 1),
    ("sleep 0.1", "", 0),
    ("sleep zz", "sleep: 'zz' is not a number of seconds\n", 1),
    ("setenv v a  b; printenv v", "v=a b\n", 0),
    ("printenv nosuch", "## Error: \"nosuch\" not defined\n", 1),
    ("setenv a=b c",
     "## Error: illegal character in variable name \"a=b\"\n", 1),
    ("setenv v; printenv v", "## Error: \"v\" not defined\n", 1),
    ("env set v 1; env print v; env exists v; echo $?; env delete v; "
     "env exists v", "v=1\n0\n", 1),
    ("env", "env - environment handling commands\n", 1),
    ("env nonsense", "env: unknown subcommand 'nonsense'\n", 1),
    ("setenv r 'echo one; false'; run r || echo two", "one\ntwo\n", 0),
    ("run nosuch", "## Error: \"nosuch\" not defined\n", 1),
    ("setenv r run r; run r",
     "shell: more than 32 texts inside each other\n", 1),
    ("reset now", "reset - Perform RESET of the CPU\n", 1),
    ("setenv r 'echo in; exit 1; echo no'; run r", "in\n", 1),
    ("exit", "exit not allowed from main input shell.\n", 1),
    ("local=5; showvar local; printenv local",
     "local=5\n## Error: \"local\" not defined\n", 1),
    ("showvar nosuch", "## Error: \"nosuch\" not defined\n", 1),
    ("test 0x10 -eq 16 -a a != b", "", 0),
    ("test zz -eq 1", "test: 'zz' is not a number\n", 1),
    ("test", "", 1),
    ("[ -z '' ]", "", 0),
    ("[ -z ''", "[: ']' is missing\n", 1),
    ("test -e virtio 7:1 /nosuch", "", 1),
    ("time true", "\ntime: 0.000 seconds\n", 0),
    ("time nonsense", "Unknown command 'nonsense' - try 'help'\n\n"
     "time: 0.000 seconds\n", 1),
    ("help nonsense", "Unknown command 'nonsense' - try 'help' without "
     "arguments for list of all known commands\n\n", 1),
    ("help true", "true - do nothing, successfully\n\nUsage:\ntrue \n", 0),
    ("env export -t zz", "env export: 'zz' is not a number\n", 1),
    ("env export -t 0", "env export: 0x0: not RAM\n", 1),
    ("env import -t 0", "env import: 0x0: not RAM\n", 1),
]


def test_commands(machine):
    m = machine()
    wrong = []
    for line, out, rc in CASES:
        r = m.cmd(line)
        # A usage text may go on; its beginning is what counts.
        same = r.out == out or (line.startswith(("env", "reset")) and rc
                                and r.out.startswith(out))
        if not same or r.rc != rc:
            wrong.append((line, r.out, r.rc))
    assert not wrong


def test_commands_in_commands(machine):
    """The stack holds as many as are allowed; more end in a word."""
    m = machine()
    m.fails("time " * 818 + "true", "time: more than 32 commands inside ")
    m.ok("time " * 32 + "true")
    m.fails("setenv r time run r; run r", "more than 32 commands inside ")
    assert m.ok("echo alive") == "alive\n"


def test_help_is_sorted(machine):
    lines = machine().ok("help").splitlines()
    assert lines[0] == "?         - alias for 'help'"
    names = [re.match(r"(\S+) *- \S", line).group(1) for line in lines]
    assert names == sorted(names) and len(set(names)) == len(names)
    assert {"echo", "md", "setenv", "version"} <= set(names)


def test_version(machine):
    m = machine()
    lines = m.ok("version").splitlines()
    assert lines[0] in m.banner and lines[0].startswith("Vireo ")
    assert len(lines) == 4 and not lines[1] and lines[2] and lines[3]


def test_printenv(machine):
    lines = machine(env={"b": "2", "a": "1"}).ok("printenv").splitlines()
    names = [line.split("=")[0] for line in lines[:-2]]
    assert names == sorted(names) and {"a", "b"} <= set(names)
    size = sum(len(line) + 1 for line in lines[:-2])
    assert lines[-2:] == ["", f"Environment size: {size}/65536 bytes"]


def test_export_import(machine):
    m = machine()
    m.ok("setenv v 'a\\b c'")
    m.ok("env export -t 48000000; setenv size $filesize; setenv v")
    m.ok("env import -t 48000000 $size")
    assert m.ok("printenv v") == "v=a\\b c\n"
    m.ok("setenv w 1; env import -d -t 48000000")
    m.fails("printenv w")
    assert m.ok("echo $v") == "a\\b c\n"


def test_default(machine):
    m = machine()
    before = m.ok("printenv")
    m.ok("setenv extra 1; setenv bootdelay 99")
    assert "Resetting to default environment" in m.ok("env default -a")
    m.fails("printenv extra")
    assert len(m.ok("printenv").splitlines()) <= len(before.splitlines())


def test_sleep_takes_its_time(machine):
    m = machine()
    start = time.monotonic()
    m.ok("sleep 1.5")
    assert 1.4 < time.monotonic() - start < 4


@pytest.mark.parametrize("line", [
    "sleep 100; echo dropped",
    "setenv r 'sleep 100; echo dropped'; run r; echo dropped",
    "time sleep 100 || echo dropped",
])
def test_ctrlc(machine, line):
    """Ctrl-C ends the whole line, within a quarter of a second."""
    m = machine()
    m.send(line + "\r")
    m.expect("\n")
    time.sleep(0.3)
    start = time.monotonic()
    m.send("\x03")
    out = m.prompt(5)
    assert time.monotonic() - start < 2
    assert out.endswith("<INTERRUPT>\n") and "dropped" not in out
    assert m.run("echo $?") == "1\n"


def test_ctrlc_at_the_prompt(machine):
    m = machine()
    m.send("echo half a li")
    m.expect("half a li")
    m.send("\x03")
    m.expect("<INTERRUPT>")
    m.prompt()
    assert m.run("echo $?") == "1\n"


def test_fault_in_a_command(machine):
    """It ends the command; the line goes on, the shell is as it was."""
    m = machine()
    r = m.cmd("x=5; setenv r 'md 200000000000 1; echo rc $?'; run r; echo $x")
    assert "rc 1\n5\n" in r.out and r.rc == 0
    assert m.ok("echo $x") == "5\n"


def test_continuation(machine):
    m = machine()
    m.send("echo 'a\r")
    m.expect("\n> ")
    m.send("b' &&\r")
    m.expect("\n> ")
    m.send("echo c\r")
    m.expect("\na\r\nb\r\nc\r\n")
    m.prompt()


def test_empty_line_repeats(machine):
    m = machine()
    assert m.run("echo again") == "again\n"
    assert m.run("") == "again\n"
    m.run("setenv v 1")
    assert m.run("") == ""


def test_editing(machine):
    m = machine()
    m.send("ecko x\x01\x1b[C\x1b[C\x04h\x05\x08yz\r")
    m.expect("\nyz\r\n")
    m.prompt()
    m.send("\x1b[A\x1b[A\x17w\r")       # up: once only, it is the oldest
    m.expect("\nw\r\n")
    m.prompt()
    m.send("\x12yz\r")                  # Ctrl-R
    m.expect("\nyz\r\n")
    m.prompt()
    assert m.run("history").splitlines()[0] == "  1  echo yz"


def test_slow_escape_sequence(machine):
    """As over a bad line: a byte at a time."""
    m = machine()
    for c in "echo ac\x1b[D\x1b[1;5C\x1b[Db\r":
        m.send(c)
        time.sleep(0.02)
    m.expect("\nabc\r\n")
    m.prompt()


def test_tab(machine):
    m = machine(env={"tabvariable": "x"})
    m.send("echo $tabv\t$tabv\t\r")
    m.expect(r"\nxx\r\n")
    m.prompt()
    m.send("vers\t\r")
    m.expect("\nVireo ")
    m.prompt()
    m.send("printenv tab\t\r")
    m.expect("\ntabvariable=x\r\n")
    m.prompt()
    m.send("s\t\t\x15")
    m.expect("\a\r\n")
    assert "setenv" in m.expect("=> s")
    m.send("\x03")
    m.prompt()


def test_tab_names_files(machine, work):
    img = work / "d.img"
    subprocess.run(["mkfs.fat", "-C", img, "4096"], check=True,
                   stdout=subprocess.DEVNULL)
    (work / "f").write_text("x")
    subprocess.run(["mmd", "-i", img, "::/folder"], check=True)
    for name in ["/folder/long name.txt", "/folder/longer"]:
        subprocess.run(["mcopy", "-i", img, work / "f", "::" + name],
                       check=True)
    m = machine(disks=[img])
    m.send("test -e vir\t0\t/fo\tlo\t\t\x15")
    m.expect(r"-e virtio 0 /folder/long\a\r\n")
    listed = m.expect("=> test")
    assert "/folder/long name.txt" in listed and "/folder/longer" in listed
    m.send("\x03")
    m.prompt()
    m.send("test -e virtio 0 /folder/long\\ \t; echo $?\r")
    m.expect(r"/folder/long\\ name.txt ; echo \$\?\r\n0\r\n")
    m.prompt()


def test_editenv(machine):
    m = machine(env={"v": "old"})
    m.send("editenv v\r")
    m.expect("\nedit: old")
    m.send("er\r")
    m.prompt()
    assert m.ok("printenv v") == "v=older\n"
    m.send("editenv v\r")
    m.expect("\nedit: older")
    m.send("xx\x03")
    m.expect("<INTERRUPT>")
    m.prompt()
    assert m.ok("printenv v") == "v=older\n"


def test_long_line(machine):
    """Refused with a bell; never cut, never hung."""
    m = machine()
    m.send("echo " + "x" * 5000 + "\r")
    m.expect("\a")
    m.expect("line too long\r\n")
    m.prompt()
    assert m.run("echo $?") == "1\n"
    text = "y" * 4000
    assert m.run("echo " + text) == text + "\n"


def test_paste_of_lines(machine):
    """200 lines at full speed, with commands that take longer than typing."""
    m = machine()
    m.send("".join(f"setenv n {i}; sleep .005; echo line $n\r"
                   for i in range(200)))
    for i in range(200):
        m.expect(rf"\nline {i}\r\n")
    m.prompt()


@pytest.mark.parametrize("virt", ["off", "on"])
def test_reset(machine, virt):
    m = machine(el=2 if virt == "on" else 1)
    m.send("reset\r")
    m.expect(r"\nresetting \.\.\.\r\n")
    m.expect(r"\nVireo ")
    m.prompt()
    assert m.ok("echo up") == "up\n"


@pytest.mark.parametrize("virt", ["off", "on"])
def test_poweroff(machine, virt):
    m = machine(el=2 if virt == "on" else 1)
    m.send("poweroff\r")
    m.expect(r"\npoweroff \.\.\.\r\n")
    assert m.wait_exit() == 0
