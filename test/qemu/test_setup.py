# SPDX-License-Identifier: BSD-2-Clause
"""Set-up and downloads (images/fetch/): what they find, fetch and refuse.

No network and no firmware: downloads come from archives made here, signed
with a key made here, and installations go to programs that only take notes.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import openpgp
from vireo import ROOT, SLOW, tool

FETCH = ROOT / "images" / "fetch"
DEAD = "http://127.0.0.1:9/debian"      # the discard port: nobody answers


def run(script, *args, **env):
    """Run a script of images/fetch with these variables set; the host's own
    settings do not reach it."""
    base = {k: v for k, v in os.environ.items()
            if not k.startswith("DEBIAN_") and k != "APT_ETC"}
    base.update({k: str(v) for k, v in env.items()})
    return subprocess.run([FETCH / script, *args], env=base, text=True,
                          stdin=subprocess.DEVNULL, timeout=120 * SLOW,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


# ---- deb.sh, on archives made here

def pins():
    """The pinned sources, name: (version, sha256), and the suite."""
    rows = [line.split() for line in (FETCH / "pins").read_text().splitlines()]
    suite = next(r[1] for r in rows if r[:1] == ["suite"])
    return {r[1]: (r[2], r[3]) for r in rows if r[:1] == ["source"]}, suite


class Archive:
    """A Debian archive in a folder, with one suite and one architecture."""

    def __init__(self, path, seed="archive"):
        self.path = path
        self.key = openpgp.key(seed)
        self.packages = []
        self.sources = []
        self.suite = pins()[1]
        self.keyring = path / "key.gpg"
        path.mkdir()

    def add(self, name, version="1.0", source=None, depends=None, files=()):
        tree = self.path / "tree"
        (tree / "DEBIAN").mkdir(parents=True)
        control = f"Package: {name}\nVersion: {version}\n" \
                  f"Architecture: arm64\nMaintainer: Nobody <a@b>\n" \
                  f"Description: for a test\n"
        if source:
            control += f"Source: {source[0]} ({source[1]})\n"
        if depends:
            control += f"Depends: {depends}\n"
        (tree / "DEBIAN" / "control").write_text(control)
        for f in files:
            (tree / f).parent.mkdir(parents=True, exist_ok=True)
            (tree / f).write_text(f"{f}\n")
        deb = self.path / f"{name}_{version}_arm64.deb"
        tool("dpkg-deb", "--root-owner-group", "-b", tree, deb)
        shutil.rmtree(tree)
        data = deb.read_bytes()
        self.packages.append(
            control + f"Filename: {deb.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n")
        return deb

    def add_source(self, name, version, sha256):
        self.sources.append(
            f"Package: {name}\nVersion: {version}\nDirectory: .\n"
            f"Checksums-Sha256:\n {sha256} 1 {name}_{version}.orig.tar.xz\n")

    def publish(self, sign=True):
        dist = self.path / "dists" / self.suite
        sums = ""
        for name, rows in (("main/binary-arm64/Packages", self.packages),
                           ("main/source/Sources", self.sources)):
            f = dist / name
            f.parent.mkdir(parents=True, exist_ok=True)
            f.write_text("\n".join(rows))
            data = f.read_bytes()
            sums += f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}\n"
        (dist / "Release").write_text(
            f"Origin: Test\nSuite: {self.suite}\nCodename: {self.suite}\n"
            "Architectures: arm64\nComponents: main\n"
            f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S UTC', time.gmtime())}\n"
            f"SHA256:\n{sums}")
        if not sign:
            return
        self.keyring.write_bytes(self.key.certificate())
        (dist / "Release.gpg").write_text(
            self.key.sign((dist / "Release").read_bytes()))


@pytest.fixture
def archive(work):
    return Archive(work / "archive")


def fetch(archive, work, *packages, **env):
    return run("deb.sh", *packages, XDG_CACHE_HOME=work / "cache",
               **{"DEBIAN_MIRROR": f"file:{archive.path}",
                  "DEBIAN_KEYRING": archive.keyring, **env})


def cached(work):
    """The names of all that a user would take for a fetched package, and of
    what an unfinished run would have left."""
    cache = work / "cache" / "vireo"
    return sorted(p.name for p in cache.glob("deb/*")) + \
        sorted(p.name for p in cache.glob("tmp*"))


def test_fetch(archive, work):
    """The cache is filled, a kernel's metapackage is followed, and with a
    full cache nothing else is needed."""
    archive.add("busybox-static", "1:1.35")
    archive.add("linux-image-6.1.0-9-cloud-arm64", "6.1.9")
    archive.add("linux-image-cloud-arm64", "6.1.9",
                depends="linux-image-6.1.0-9-cloud-arm64 (= 6.1.9)")
    archive.publish()
    names = ["busybox-static", "linux-image-cloud-arm64"]
    first = fetch(archive, work, *names)
    assert first.returncode == 0, first.stderr
    assert cached(work) == ["busybox-static_1%3a1.35_arm64.deb",
                            "linux-image-6.1.0-9-cloud-arm64_6.1.9_arm64.deb"]
    again = fetch(archive, work, *names, DEBIAN_MIRROR=DEAD, PATH=no_apt(work))
    assert (again.returncode, again.stdout, again.stderr) == \
        (0, first.stdout, "")
    assert [Path(p).name for p in again.stdout.splitlines()] == cached(work)


def test_fetch_leaves_the_host_alone(archive, work):
    """The private state has an empty dpkg status and its own lists; the
    host's are as they were, and the host's foreign architectures too."""
    def host():
        lists = Path("/var/lib/apt/lists")
        return (Path("/var/lib/dpkg/status").stat().st_mtime_ns,
                sorted((p.name, p.stat().st_mtime_ns)
                       for p in lists.glob("*_*")),
                tool("dpkg", "--print-foreign-architectures"))
    before = host()
    archive.add("busybox-static")
    archive.publish()
    p = fetch(archive, work, "busybox-static")
    assert p.returncode == 0, p.stderr
    state = work / "cache" / "vireo" / "apt"
    assert (state / "status").read_bytes() == b""
    assert list((state / "lists").glob("*Release"))
    assert host() == before


def no_apt(work):
    """A PATH on which there is no apt: the tools of deb.sh's offline path."""
    path = work / "bin"
    path.mkdir(exist_ok=True)
    for name in ("awk", "cat", "dirname", "dpkg-deb", "find", "grep", "sh",
                 "sort", "sed", "tar", "xz", "zstd", "rm"):
        where = shutil.which(name)
        if where and not (path / name).exists():
            (path / name).symlink_to(where)
    return path


def test_pinned_source(archive, work):
    version, sha256 = pins()[0]["device-tree-compiler"]
    archive.add("libfdt-dev", version + "+b1",
                source=("device-tree-compiler", version),
                files=["usr/lib/aarch64-linux-gnu/libfdt.a",
                       "usr/include/libfdt.h"])
    archive.add_source("device-tree-compiler", version, sha256)
    archive.publish()
    p = fetch(archive, work, "libfdt-dev")
    assert p.returncode == 0, p.stderr
    out = work / "libfdt"
    p = run("libfdt.sh", out, XDG_CACHE_HOME=work / "cache",
            DEBIAN_MIRROR=DEAD)
    assert p.returncode == 0, p.stderr
    assert sorted(str(f.relative_to(out)) for f in out.rglob("*.*")) == \
        ["include/libfdt.h", "libfdt.a"]


def test_other_source_version_refused(archive, work):
    archive.add("libfdt-dev", "9.9-1", source=("device-tree-compiler", "9.9-1"))
    archive.publish()
    p = fetch(archive, work, "libfdt-dev")
    assert p.returncode != 0
    assert "device-tree-compiler 9.9-1" in p.stderr
    assert pins()[0]["device-tree-compiler"][0] in p.stderr
    assert cached(work) == []


def test_other_tarball_refused(archive, work):
    version, _ = pins()[0]["device-tree-compiler"]
    archive.add("libfdt-dev", version,
                source=("device-tree-compiler", version))
    archive.add_source("device-tree-compiler", version, "0" * 64)
    archive.publish()
    p = fetch(archive, work, "libfdt-dev")
    assert p.returncode != 0 and "tarball" in p.stderr
    assert cached(work) == []


def test_old_pin_in_the_cache_is_not_used(archive, work):
    deb = archive.add("libfdt-dev", "0.1-1",
                      source=("device-tree-compiler", "0.1-1"))
    cache = work / "cache" / "vireo" / "deb"
    cache.mkdir(parents=True)
    shutil.move(deb, cache)
    p = fetch(archive, work, "libfdt-dev", DEBIAN_MIRROR=DEAD)
    assert p.returncode != 0 and p.stdout == ""


def refused(p, package, work):
    """It failed, said which package and how to try again, and left nothing."""
    assert p.returncode != 0
    assert p.stdout == ""
    assert f"Debian package {package} (arm64" in p.stderr
    assert f"To try again: images/fetch/deb.sh {package}" in p.stderr
    assert cached(work) == []


def test_unreachable_mirror(archive, work):
    p = fetch(archive, work, "busybox-static", DEBIAN_MIRROR=DEAD,
              DEBIAN_KEYRING="")
    refused(p, "busybox-static", work)
    assert DEAD in p.stderr


def test_missing_package(archive, work):
    archive.add("busybox-static")
    archive.publish()
    refused(fetch(archive, work, "no-such-package"), "no-such-package", work)


def test_unsigned_archive_refused(archive, work):
    archive.add("busybox-static")
    archive.publish(sign=False)
    archive.keyring.write_bytes(b"")
    refused(fetch(archive, work, "busybox-static"), "busybox-static", work)


def test_wrong_key_refused(archive, work):
    archive.add("busybox-static")
    archive.publish()
    other = Archive(work / "other", seed="other")
    other.publish()
    refused(fetch(archive, work, "busybox-static",
                  DEBIAN_KEYRING=other.keyring), "busybox-static", work)


def test_changed_package_refused(archive, work):
    deb = archive.add("busybox-static")
    archive.publish()
    data = bytearray(deb.read_bytes())
    data[-1] ^= 1
    deb.write_bytes(data)
    refused(fetch(archive, work, "busybox-static"), "busybox-static", work)


def test_interrupted_download(work, archive):
    """Ctrl-C in the middle: the status says so and nothing is left behind."""
    archive.add("busybox-static")
    archive.publish()
    slow = work / "slow"
    slow.mkdir()
    (slow / "apt-get").write_text(
        "#!/bin/sh\ncase \"$*\" in *' download '*) echo x >half_1_arm64.deb; "
        f"touch {work}/started; exec sleep 60;; esac\n")
    (slow / "apt-get").chmod(0o755)
    env = {**os.environ, "XDG_CACHE_HOME": str(work / "cache"),
           "DEBIAN_MIRROR": DEAD, "DEBIAN_KEYRING": str(archive.keyring),
           "PATH": f"{slow}:{os.environ['PATH']}"}
    # What runs in the background of a script ignores SIGINT, and hands that on.
    p = subprocess.Popen([FETCH / "deb.sh", "busybox-static"], env=env,
                         start_new_session=True, stdin=subprocess.DEVNULL,
                         preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                          signal.SIG_DFL),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30 * SLOW
    while not (work / "started").exists():
        assert time.monotonic() < deadline, "the download did not begin"
        time.sleep(0.02)
    os.killpg(p.pid, signal.SIGINT)
    out, _ = p.communicate(timeout=30 * SLOW)
    assert p.returncode != 0 and out == b""
    assert cached(work) == []


def test_no_mirror_anywhere(work):
    """An apt host whose sources name no Debian mirror, and no debootstrap."""
    p = run("deb.sh", "busybox-static", XDG_CACHE_HOME=work / "cache",
            APT_ETC=work, DEBOOTSTRAP_DIR=work / "none")
    assert p.returncode != 0
    assert "DEBIAN_MIRROR=" in p.stderr
    assert cached(work) == []


def test_mirror_of_debootstrap(work):
    """The same with debootstrap: its built-in mirror is used."""
    scripts = work / "debootstrap" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "sid").write_text(
        f"mirror_style release\ndefault_mirror {DEAD}\nkeyring /k/x.gpg\n")
    p = run("deb.sh", "busybox-static", XDG_CACHE_HOME=work / "cache",
            APT_ETC=work, DEBOOTSTRAP_DIR=work / "debootstrap")
    refused(p, "busybox-static", work)
    assert DEAD in p.stderr


# ---- setup.sh, on systems made of a PATH

def system(work, *, apt=True, sudo=None, root=False, absent=()):
    """A PATH with the host's tools but for the absent ones, where apt-get,
    sudo and id are stand-ins that write down what is asked of them."""
    path = work / "system"
    path.mkdir()
    for folder in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"):
        for f in Path(folder).iterdir():
            if f.name not in absent and not (path / f.name).exists() \
                    and f.name not in ("apt-get", "apt-cache", "sudo", "id"):
                (path / f.name).symlink_to(f)
    notes = work / "notes"

    def fake(name, body):
        (path / name).write_text(f"#!/bin/sh\n{body}\n")
        (path / name).chmod(0o755)

    fake("id", f"echo {0 if root else 1000}")
    if apt:
        fake("apt-get", f"echo apt-get \"$@\" >>{notes}")
        fake("apt-cache", "exit 0")
    if sudo == "free":
        fake("sudo", '[ "$1" != -n ] || shift\nexec "$@"')
    elif sudo == "password":
        fake("sudo", f"echo sudo \"$@\" >>{notes}\nexit 1")
    return path, notes


def setup(path, *goals, **env):
    base = {"PATH": str(path), "HOME": os.environ["HOME"],
            "DEBIAN_MIRROR": DEAD}
    return subprocess.run(
        ["/bin/sh", FETCH / "setup.sh", *goals], env={**base, **env},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.PIPE, timeout=120 * SLOW)


def test_setup_has_nothing_to_do():
    """On the machine the tests run on, everything they need is there."""
    p = run("setup.sh", "test")
    assert (p.returncode, p.stdout, p.stderr) == (0, "", "")


def test_setup_installs_what_is_missing(work):
    path, notes = system(work, root=True, absent=["qemu-system-aarch64"])
    p = setup(path, "run")
    assert "qemu-system-arm" in p.stderr
    assert notes.read_text().splitlines()[:2] == [
        "apt-get -q update",
        "apt-get -q -y -o DPkg::Lock::Timeout=300 install "
        "--no-install-recommends qemu-system-arm"]
    # The stand-in installs nothing: that must be noticed.
    assert p.returncode != 0 and "still not usable" in p.stderr


def test_setup_waits_for_another_apt(work):
    """A machine that updates itself holds the lists for a while."""
    path, notes = system(work, root=True, absent=["qemu-system-aarch64"])
    (path / "apt-get").write_text(
        f"#!/bin/sh\necho \"$@\" >>{notes}\n"
        f"[ \"$2\" != update ] || [ -e {work}/second ] || {{ >{work}/second; "
        "echo 'E: Could not get lock /var/lib/apt/lists/lock.'; exit 100; }\n")
    setup(path, "run")
    assert [n.split()[-1] for n in notes.read_text().splitlines()[:3]] == \
        ["update", "update", "qemu-system-arm"]


def test_setup_says_what_apt_could_not_install(work):
    path, _ = system(work, root=True, absent=["qemu-system-aarch64"])
    (path / "apt-get").write_text("#!/bin/sh\necho E: a reason; exit 100\n")
    p = setup(path, "run")
    assert p.returncode != 0 and "E: a reason" in p.stderr
    assert "apt could not install qemu-system-arm, see above" in p.stderr
    assert "To try again: make run" in p.stderr


def test_setup_host_compiler_is_gcc(work):
    """Debian's clang makes itself "cc"; the host tests are built by gcc."""
    path, notes = system(work, root=True, absent=["gcc"])
    setup(path, "test")
    assert "--no-install-recommends gcc" in notes.read_text()


def test_setup_uses_sudo(work):
    path, notes = system(work, sudo="free", absent=["qemu-system-aarch64"])
    setup(path, "run")
    assert "install --no-install-recommends qemu-system-arm" in \
        notes.read_text()


def test_setup_does_not_wait_for_a_password(work):
    path, notes = system(work, sudo="password",
                         absent=["qemu-system-aarch64", "mcopy"])
    p = setup(path, "run")
    assert p.returncode != 0
    assert "sudo sh -c 'apt-get update && apt-get install " \
        "--no-install-recommends qemu-system-arm mtools'" in p.stderr
    assert notes.read_text().splitlines() == ["sudo -n true"]


def test_setup_without_apt_names_the_packages(work):
    path, notes = system(work, apt=False, absent=["qemu-system-aarch64"])
    p = setup(path, "run")
    assert p.returncode != 0 and not notes.exists()
    assert "Fedora: sudo dnf install qemu-system-aarch64-core" in p.stderr
    assert "Arch:   sudo pacman -S qemu-system-aarch64" in p.stderr
    assert "macOS:  brew install qemu" in p.stderr


COMPILERS = ["aarch64-none-elf-gcc", "aarch64-elf-gcc", "aarch64-linux-gnu-gcc"]


@pytest.mark.parametrize("absent,env,want", [
    (COMPILERS[:2], {}, None),
    (COMPILERS + ["clang"], {}, "gcc-aarch64-linux-gnu"),
    (COMPILERS + ["clang"], {"CROSS_COMPILE": "/opt/x/bin/aarch64-"}, None),
    (["ld.lld"], {"LLVM": "1"}, "clang lld llvm"),
], ids=["gcc", "none", "named", "llvm"])
def test_setup_cross_compiler(work, absent, env, want):
    path, notes = system(work, root=True, absent=absent)
    p = setup(path, "all", **env)
    asked = notes.read_text() if notes.exists() else ""
    if want:
        assert f"--no-install-recommends {want}\n" in asked
    else:
        assert (p.returncode, asked) == (0, ""), p.stderr


def test_setup_table():
    """Every row has jobs, a probe, and a package or "-" for every system."""
    for line in (FETCH / "tools").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        fields = line.split()
        assert len(fields) == 6, line
        assert set(fields[0].split(",")) <= \
            {"build", "run", "test", "check", "debug", "bench", "demo"}, line
        assert fields[1].split(":")[0] in ("cmd", "hdr", "py", "fn"), line
