#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh run|shell|debug|demo|bootchart - start QEMU with the firmware and the demo disk.
#
# run boots as the firmware is set up to; shell stops at its prompt; debug
# stops before the first instruction, with gdb in the terminal and the console
# in out/console.log and on the socket out/console.sock; demo and bootchart are
# programs of their own that start the first two.
#
# MACHINE  -M (default virt; e.g. virt,virtualization=on,gic-version=3)
# CPU      -cpu (default cortex-a57)
# SMP      -smp (default 1)
# MEM      -m (default 512M)
# DISK     this image in place of out/disk.img; it is written to where the
#          firmware or Linux write (*.qcow2 is qcow2, everything else raw)
# APPEND   the kernel's command line, as the firmware's variable bootargs
# QEMU_ARGS  more arguments, split at blanks

set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
job=$1
case $job in
demo | bootchart) exec "${PYTHON:-python3}" "$root/images/$job.py" ;;
esac
disk=${DISK:-$root/out/disk.img}

# A value inside one of QEMU's option lists.
quoted() {
	printf '%s' "$1" | sed 's/,/,,/g'
}

if [ ! -r "$disk" ]; then
	echo "run.sh: cannot read the disk image $disk" >&2
	exit 1
fi
case $disk in
*.qcow2) format=qcow2 ;;
*) format=raw ;;
esac

set -- qemu-system-aarch64 -M "${MACHINE:-virt}" -cpu "${CPU:-cortex-a57}" \
	-smp "${SMP:-1}" -m "${MEM:-512M}" -nodefaults -display none \
	-bios "$root/out/vireo.bin" \
	-drive "if=none,id=disk,format=$format,file=$(quoted "$disk")" \
	-device virtio-blk-device,drive=disk \
	-netdev user,id=net -device virtio-net-device,netdev=net \
	-device virtio-rng-device
[ "$job" = run ] || set -- "$@" -fw_cfg name=opt/org.vireo/var/bootdelay,string=-1
[ -z "${APPEND:-}" ] ||
	set -- "$@" -fw_cfg "name=opt/org.vireo/var/bootargs,string=$(quoted "$APPEND")"
# shellcheck disable=SC2086 # words, as on a command line
[ -z "${QEMU_ARGS:-}" ] || set -- "$@" $QEMU_ARGS

if [ "$job" != debug ]; then
	echo "Starting QEMU. Ctrl-A X ends it, Ctrl-A C is its monitor; Ctrl-C goes to the machine."
	exec "$@" -serial mon:stdio
fi

# gdb starts QEMU itself and talks to it through a pipe: no port to collide on,
# and QEMU ends with gdb.
console=$root/out/console
rm -f "$console.sock" "$console.log"
set -- "$@" -monitor none -serial chardev:console -chardev \
	"socket,id=console,path=$console.sock,server=on,wait=off,logfile=$console.log"
{
	echo "#!/bin/sh"
	printf 'exec'
	for word in "$@"; do
		printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"
	done
	printf ' -S -gdb stdio\n'
} >"$root/out/debug-qemu.sh"
gdb="gdb-multiarch"
command -v "$gdb" >/dev/null || gdb="gdb"
echo "The console is in out/console.log; to type on it: socat -,raw,echo=0,escape=0x1d unix:out/console.sock"
cd "$root"
exec "$gdb" -q -x images/debug.gdb out/vireo.elf
