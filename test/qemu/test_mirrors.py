# SPDX-License-Identifier: BSD-2-Clause
"""images/fetch/mirrors.sh: the Debian mirrors in the host's apt sources."""

import os
import subprocess

import pytest

from vireo import ROOT, SLOW


def mirrors(etc):
    """Run the script with this /etc/apt."""
    return subprocess.run([ROOT / "images" / "fetch" / "mirrors.sh"],
                          env={**os.environ, "APT_ETC": str(etc)}, text=True,
                          stdin=subprocess.DEVNULL, timeout=60 * SLOW,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


MIRRORS = [
    ("one line", "sources.list",
     "deb http://a.example/debian bookworm main contrib\n",
     ["http://a.example/debian -"]),
    ("options and a comment", "sources.list",
     "deb [ arch=amd64 signed-by=/k/debian.gpg ] http://a.example/debian/ "
     "bookworm main # our own\n", ["http://a.example/debian/ /k/debian.gpg"]),
    ("commented out", "sources.list",
     "# deb http://a.example/debian bookworm main\n", []),
    ("sources only", "sources.list",
     "deb-src http://a.example/debian bookworm main\n", []),
    ("not main", "sources.list",
     "deb http://a.example/debian bookworm contrib non-free\n", []),
    ("a disc", "sources.list",
     "deb cdrom:[Debian GNU/Linux 12 _Bookworm_]/ bookworm main\n", []),
    ("security is not an archive of everything", "sources.list",
     "deb http://a.example/debian-security bookworm-security main\n", []),
    ("updates alone name the mirror too, and once", "sources.list",
     "deb http://a.example/debian trixie main\n"
     "deb http://a.example/debian trixie-updates main\n",
     ["http://a.example/debian -"]),
    ("another vendor's stable", "sources.list.d/x.list",
     "deb [signed-by=/k/x.gpg] https://dl.example/browser/ stable main\n", []),
    ("Debian's stable", "sources.list.d/x.list",
     "deb https://mirror.example/debian stable main\n",
     ["https://mirror.example/debian -"]),
    ("Ubuntu", "sources.list.d/ubuntu.sources",
     "Types: deb\nURIs: http://u.example/ubuntu/\nSuites: noble noble-updates\n"
     "Components: main universe\nSigned-By: /usr/share/keyrings/u.gpg\n", []),
    ("deb822", "sources.list.d/debian.sources",
     "# made by hand\nTypes: deb deb-src\nURIs: http://a.example/debian\n"
     "Suites: bookworm bookworm-updates\nComponents: main\n"
     "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
     "Types: deb\nURIs: http://b.example/debian-security\n"
     "Suites: bookworm-security\nComponents: main\n",
     ["http://a.example/debian "
      "/usr/share/keyrings/debian-archive-keyring.gpg"]),
    ("deb822, folded, two addresses", "sources.list.d/debian.sources",
     "types: deb\nuris: http://a.example/debian\n http://b.example/debian\n"
     "suites:\n trixie\ncomponents: main\n",
     ["http://a.example/debian -", "http://b.example/debian -"]),
    ("deb822, disabled", "sources.list.d/debian.sources",
     "Types: deb\nURIs: http://a.example/debian\nSuites: sid\n"
     "Components: main\nEnabled: no\n", []),
    ("deb822, key in the file", "sources.list.d/debian.sources",
     "Types: deb\nURIs: http://a.example/debian\nSuites: sid\n"
     "Components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n"
     " mQINBF\n -----END PGP PUBLIC KEY BLOCK-----\n",
     ["http://a.example/debian -"]),
    ("a mirror list", "sources.list.d/debian.sources",
     "Types: deb\nURIs: mirror+file:///etc/apt/mirrors/debian.list\n"
     "Suites: bookworm\nComponents: main\n",
     ["mirror+file:///etc/apt/mirrors/debian.list -"]),
]


@pytest.mark.parametrize("name,path,text,want", MIRRORS,
                         ids=[m[0].replace(" ", "-") for m in MIRRORS])
def test_mirrors(work, name, path, text, want):
    (work / "sources.list.d").mkdir()
    (work / path).write_text(text)
    p = mirrors(work)
    assert (p.returncode, p.stderr) == (0, "")
    assert p.stdout.splitlines() == want


def test_mirrors_without_sources(work):
    p = mirrors(work)
    assert (p.returncode, p.stdout, p.stderr) == (0, "", "")
