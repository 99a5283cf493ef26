#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# mirrors.sh - the Debian mirrors that this host's own apt sources name.
#
# Prints one line "URI KEYRING" for each, without duplicates; KEYRING is "-"
# where the entry names no key file. Reads the one-line form (*.list) and the
# deb822 form (*.sources), see sources.list(5). An entry counts as Debian's
# when it is enabled, gives binary packages of "main", and its suite is a
# Debian release name; the names any vendor may use ("stable", ...) count
# only where the address or the key says Debian too. Security and updates
# entries are left out: the same packages are in the main archive.
#
# APT_ETC names another /etc/apt, for the tests.

set -eu

etc=${APT_ETC:-/etc/apt}

set --
for f in "$etc"/sources.list "$etc"/sources.list.d/*.list \
		"$etc"/sources.list.d/*.sources; do
	[ -r "$f" ] && set -- "$@" "$f"
done
[ $# -gt 0 ] || exit 0

awk '
function emit(uri, suite, comps, key,    debian) {
	sub(/\/$/, "", suite)
	if (suite ~ /security/ || uri ~ /^cdrom:/ || (" " comps " ") !~ / main /)
		return
	sub(/-(updates|backports|proposed-updates)$/, "", suite)
	debian = (uri ~ /debian/ || key ~ /debian/)
	if (suite ~ /^(buster|bullseye|bookworm|trixie|forky|duke|sid)$/ ||
	    (debian && suite ~ /^((old)*stable|testing|unstable)$/))
		if (!seen[uri]++)
			print uri, (key ~ /^\// ? key : "-")
}

function stanza(    i, j, u, s, nu, ns) {
	if (field["types"] ~ /(^| )deb( |$)/ &&
	    tolower(field["enabled"]) !~ /^ *(no|false|off|0)/) {
		nu = split(field["uris"], u, " ")
		ns = split(field["suites"], s, " ")
		for (i = 1; i <= nu; i++)
			for (j = 1; j <= ns; j++)
				emit(u[i], s[j], field["components"],
				     keyfile(field["signed-by"]))
	}
	delete field
	name = ""
}

# The path in a Signed-By; a key written into the file has none.
function keyfile(text) {
	gsub(/^ +| +$/, "", text)
	return text ~ /^\/[^ ]*$/ ? text : ""
}

FNR == 1 { stanza(); oneline = (FILENAME ~ /\.list$/) }
/^[ \t]*#/ { next }

oneline {
	opts = ""
	if (match($0, /\[[^]]*\]/) && $0 !~ /cdrom:/) {
		opts = substr($0, RSTART + 1, RLENGTH - 2)
		$0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
	}
	sub(/#.*/, "")
	if ($1 != "deb" || NF < 4)
		next
	key = ""
	if (match(opts, /signed-by=[^ ]*/))
		key = substr(opts, RSTART + 10, RLENGTH - 10)
	comps = ""
	for (i = 4; i <= NF; i++)
		comps = comps " " $i
	emit($2, $3, comps, key)
	next
}

/^[ \t]*$/ { stanza(); next }
/^[ \t]/ { field[name] = field[name] " " $0; next }
/:/ {
	name = tolower(substr($0, 1, index($0, ":") - 1))
	field[name] = substr($0, index($0, ":") + 1)
	gsub(/\t/, " ", field[name])
}
END { stanza() }
' "$@"
