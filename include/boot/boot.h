/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting: payload types, and running what they placed. A payload type is one
 * file that registers itself: TABLE_ENTRY(payload, &arm64_image).
 */
#ifndef VIREO_BOOT_BOOT_H
#define VIREO_BOOT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <boot/fdt.h>
#include <boot/why.h>
#include <lib/compiler.h>
#include <lib/table.h>

#define PAYLOAD_HEAD 64 /* bytes that tell every type apart */

/* Where a payload goes, worked out before anything is touched. */
struct payload_plan {
	uint64_t src, src_len; /* the bytes in memory it is made from */
	uint64_t base, size;   /* RAM it occupies when running, BSS too */
	uint64_t entry;        /* address to jump to */
	bool by_sections;      /* ELF: the caller's wish, before plan() */
};

struct payload_type {
	const char *name;    /* with its article: "an arm64 Linux Image" */
	const char *command; /* what runs one; NULL: nothing yet */
	/* Pure. @head: PAYLOAD_HEAD bytes */
	bool (*probe)(const uint8_t *head);
	/*
	 * Plan for what begins at @addr, of which at most @len bytes are there.
	 * Every byte place() will write was checked by it: free RAM, no overlap with
	 * the source. NULL in a type that cannot be run.
	 * Return: 0; -ENOEXEC, -EBADMSG, -EACCES, -EFAULT, -EOVERFLOW, -ENOMEM
	 * with @why
	 */
	int (*plan)(uint64_t addr, uint64_t len, struct payload_plan *plan,
		    struct boot_why *why);
	/* Copy into place; cannot fail after a plan. */
	void (*place)(const struct payload_plan *plan);
};

TABLE_DECLARE(payload, const struct payload_type);

extern const struct payload_type arm64_image, elf_payload;

/* payload_find - whose @head (PAYLOAD_HEAD bytes) is it? NULL: nobody's. */
const struct payload_type *payload_find(const uint8_t *head);

/*
 * payload_plan - find out where the @type at @addr goes.
 * @limit: bytes known to be there, 0 when nobody knows: then up to the end of
 *         free RAM
 * Return: 0; -ENOEXEC not of this type (the text says which it is, "" for none); as
 *         payload_type.plan
 */
must_check int payload_plan(const struct payload_type *type, uint64_t addr,
			    uint64_t limit, struct payload_plan *plan,
			    struct boot_why *why);

/* boot_call_check - may @entry be called? Return: 0; -EINVAL not 4-byte aligned;
 * -EACCES, -EFAULT, with @why */
must_check int boot_call_check(uint64_t entry, struct boot_why *why);

/*
 * boot_call - run @entry(@argc, @argv) as a function, MMU and caches on, devices
 * as they are. For its duration the free stretch of RAM around @entry may be
 * executed; nowhere else may. A fault in it ends it.
 * @code, @code_len: what was written there last and must reach the instruction
 * cache; clipped to that stretch
 * Return: 0 and *rc; as boot_call_check; -EFAULT without text after a fault, which
 * was printed
 */
must_check int boot_call(uint64_t entry, uint64_t code, uint64_t code_len,
			 int argc, char **argv, uint64_t *rc,
			 struct boot_why *why);

/*
 * boot_env_defaults - set every variable a fresh machine has; the load addresses
 * follow from the first bank of RAM. Complains on the console when the
 * environment is full. The control tree was set before.
 */
void boot_env_defaults(uint64_t ram_base, uint64_t ram_size);

/*
 * autoboot - what happens without a user: bootdelay counted down, then bootcmd.
 * Nothing waits when bootdelay is 0; a negative one goes to the prompt.
 * @run: how to run text (shell_run)
 */
void autoboot(int (*run)(const char *text));

#endif
