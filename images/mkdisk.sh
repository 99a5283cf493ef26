#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# mkdisk.sh [options] -o IMAGE [SOURCE[=NAME]...] - make a FAT disk image.
#
#   -o IMAGE    the image to write
#   -t TABLE    gpt (default), mbr, or none: the file system fills the disk
#   -f BITS     FAT width: 12, 16 or 32 (default)
#   -b BYTES    sector size: 512 (default) or 4096
#   -s MIB      size of the whole disk (default: what the files need)
#   -c SECTORS  sectors per cluster (default: mkfs.fat's choice)
#   -l LABEL    volume label (default VIREO)
#
# Each SOURCE, a file or a folder, is copied into the root under its own name
# or under NAME, which may have folders that exist ("a/b"). No root rights are
# needed: mkfs.fat, mtools and a partition tool work on plain files. Names and
# numbers that are random by custom are fixed, so that the same files give the
# same image; modification times are kept. IMAGE appears when it is whole.
#
# Disks with 4096-byte sectors are partitioned by fdisk -b 4096, since sgdisk
# and sfdisk take any plain file for a disk with sectors of 512.

set -eu
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1

usage() {
	sed -n 's/^# \{0,1\}//; 3,/^$/p' "$0" >&2
	exit 2
}

out='' table=gpt bits=32 sector=512 size='' cluster='' label=VIREO
while getopts o:t:f:b:s:c:l: opt; do
	case $opt in
	o) out=$OPTARG ;;
	t) table=$OPTARG ;;
	f) bits=$OPTARG ;;
	b) sector=$OPTARG ;;
	s) size=$OPTARG ;;
	c) cluster=$OPTARG ;;
	l) label=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ -n "$out" ] || usage

# The table and alignment take 1 MiB before and, with GPT, 1 MiB behind.
case $table in
gpt) before=1 behind=1 ;;
mbr) before=1 behind=0 ;;
none) before=0 behind=0 ;;
*) usage ;;
esac

# Room for the files, a cluster's slack each, and the FAT itself; FAT32 has at
# least 65525 clusters.
if [ -z "$size" ]; then
	size=$((before + behind + 4))
	for f; do
		size=$((size + $(du -sm --apparent-size "${f%%=*}" | cut -f1)))
	done
	size=$((size + size / 16))
	least=$((before + behind + 34 * sector / 512))
	[ "$bits" != 32 ] || [ "$size" -ge "$least" ] || size=$least
fi

tmp=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# The file system.
fat=$tmp/fat
truncate -s $((size - before - behind))M "$fat"
mkfs.fat --invariant -F "$bits" -S "$sector" ${cluster:+-s "$cluster"} \
	-h $((before * 1048576 / sector)) -n "$label" "$fat" >/dev/null
for f; do
	case $f in
	*=*) name=${f#*=} f=${f%%=*} ;;
	*) name=$(basename "$f") ;;
	esac
	mcopy -s -m -Q -i "$fat" "$f" "::$name"
done

# The disk around it.
disk=$tmp/disk
first=$((before * 1048576 / sector))
last=$(((size - behind) * 1048576 / sector - 1))
truncate -s "${size}M" "$disk"
case $table-$sector in
gpt-512)
	sgdisk --disk-guid=5649524f-4755-4944-8000-000000000001 \
		--new=1:$first:$last --typecode=1:0700 --change-name=1:boot \
		--partition-guid=1:5649524f-4755-4944-8000-000000000011 \
		"$disk" >/dev/null ;;
gpt-4096)
	# x: expert menu, for the fixed ids; type 11 is basic data
	printf '%s\n' g n 1 $first $last t 11 \
		x i 5649524f-4755-4944-8000-000000000001 \
		u 5649524f-4755-4944-8000-000000000011 n boot r w |
		fdisk -b 4096 "$disk" >/dev/null ;;
mbr-512)
	printf 'label: dos\nlabel-id: 0x56495245\nstart=%s, size=%s, type=c, bootable\n' \
		$first $((last - first + 1)) |
		sfdisk -q "$disk" ;;
mbr-4096)
	printf '%s\n' o x i 0x56495245 r n p 1 $first $last t c a w |
		fdisk -b 4096 "$disk" >/dev/null ;;
esac
dd if="$fat" of="$disk" bs=1M seek=$before conv=notrunc,sparse status=none
mv "$disk" "$out"
