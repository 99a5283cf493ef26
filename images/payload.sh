#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# payload.sh DIR - make the Linux payload for the demo disk and the tests:
# DIR/Image and DIR/initrd.img, from Debian's arm64 cloud kernel and static
# busybox. The same packages give the same bytes. Files appear when whole.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$1

# Modules of the initramfs, each after the ones it needs.
modules='virtio virtio_ring virtio_mmio virtio_pci_legacy_dev
virtio_pci_modern_dev virtio_pci virtio_blk failover net_failover
virtio_net rng-core virtio-rng fat nls_cp437 nls_ascii vfat'

debs=$("$here/fetch/deb.sh" linux-image-cloud-arm64 busybox-static)

mkdir -p "$out"
tmp=$(mktemp -d "$out/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

printf '%s\n' "$debs" | while read -r deb; do
	dpkg-deb -x "$deb" "$tmp/root"
done

# A compressed kernel is what a boot loader without decompressors cannot use.
cp "$tmp"/root/boot/vmlinuz-* "$tmp/Image"
if gzip -t "$tmp/Image" 2>/dev/null; then
	gzip -dc "$tmp/Image" >"$tmp/Image.plain"
	mv "$tmp/Image.plain" "$tmp/Image"
fi
magic=$(dd if="$tmp/Image" bs=1 skip=56 count=3 2>/dev/null)
if [ "$magic" != ARM ]; then
	echo "payload.sh: Debian's kernel is not an arm64 Image" >&2
	exit 1
fi

ram=$tmp/initramfs
mkdir -p "$ram/bin" "$ram/dev" "$ram/modules"
cp "$tmp"/root/*bin/busybox "$ram/bin/"
install -m 755 "$here/initramfs/init" "$ram/init"
for m in $modules; do
	find "$tmp/root/lib/modules" -name "$m.ko" -exec cp {} "$ram/modules/" \;
	[ ! -e "$ram/modules/$m.ko" ] || echo "$m.ko" >>"$ram/modules/order"
done
if [ ! -e "$ram/modules/virtio_blk.ko" ]; then
	echo "payload.sh: Debian's kernel has no virtio_blk.ko" >&2
	exit 1
fi
find "$ram" -exec touch -h -d @0 {} +
(cd "$ram" && find . | LC_ALL=C sort |
	cpio --quiet -o -H newc -R 0:0 --reproducible | gzip -9n) \
	>"$tmp/initrd.img"

mv "$tmp/initrd.img" "$out/initrd.img"
mv "$tmp/Image" "$out/Image"
