/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Script images: U-Boot's legacy image header, big-endian, type 6. Nothing is
 * believed before its checksum fits; the sizes are checked even then, for
 * a checksum is no signature. Refuses other types, compression and FIT.
 */
#include <boot/script.h>

#include <errno.h>
#include <string.h>

#include <core/ram.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "boot_priv.h"

/* struct legacy_img_hdr */
#define IH_MAGIC_AT    0
#define IH_HCRC        4
#define IH_SIZE        12
#define IH_DCRC        24
#define IH_TYPE        30
#define IH_COMP        31

#define IH_MAGIC       0x27051956u
#define IH_TYPE_SCRIPT 6
#define FDT_MAGIC      0xd00dfeedu /* a FIT is a device tree */

static uint32_t header_crc(const uint8_t *head)
{
	static const uint8_t zero[4]; /* ih_hcrc counts as 0 */
	uint32_t crc = crc32(0, head, IH_HCRC);

	crc = crc32(crc, zero, sizeof(zero));
	return crc32(crc, head + IH_HCRC + 4, SCRIPT_HEAD - IH_HCRC - 4);
}

static int check_header(const uint8_t *head, struct boot_why *why)
{
	uint32_t magic = get_be32(head + IH_MAGIC_AT);

	if (magic == FDT_MAGIC)
		return refuse(why, -ENOSYS, "FIT is not supported yet");
	if (magic != IH_MAGIC)
		return refuse(why, -ENOEXEC,
			      "no image header: mkimage -T script makes one");
	if (get_be32(head + IH_HCRC) != header_crc(head))
		return refuse(why, -EBADMSG, "bad header checksum");
	if (head[IH_TYPE] != IH_TYPE_SCRIPT)
		return refuse(why, -ENOEXEC, "image of type %u, not a script",
			      head[IH_TYPE]);
	if (head[IH_COMP])
		return refuse(why, -ENOSYS, "compressed script, not supported");
	return 0;
}

static int check_data(const uint8_t *head, uint64_t addr, struct boot_why *why)
{
	uint32_t size = get_be32(head + IH_SIZE);
	int ret;

	ret = ram_check_read(addr, SCRIPT_HEAD + (uint64_t)size);
	if (ret)
		return refuse(why, ret,
			      "0x%x bytes of data: longer than memory", size);
	if (size > SCRIPT_DATA_MAX)
		return refuse(why, -EFBIG, "0x%x bytes of data: above 1 MiB",
			      size);
	if (get_be32(head + IH_DCRC) != crc32(0, head + SCRIPT_HEAD, size))
		return refuse(why, -EBADMSG, "bad data checksum");
	return 0;
}

/* The text begins behind the 0 that ends the list of sizes. */
static int find_text(const uint8_t *data, uint32_t size, struct script *s,
		     struct boot_why *why)
{
	uint32_t at = 0, len;

	do {
		if (!inside(at, 4, size))
			return refuse(why, -EBADMSG, "sizes without an end");
		at += 4;
	} while (get_be32(data + at - 4));
	len = get_be32(data);
	if (!inside(at, len, size))
		return refuse(why, -EBADMSG,
			      "script of 0x%x bytes: longer than its data",
			      len);
	s->text = (const char *)data + at;
	/* A NUL would end the text for the shell, which then ran a part. */
	s->len = strnlen(s->text, len);
	if (s->len < len)
		return refuse(why, -EBADMSG, "NUL at byte 0x%zx of the script",
			      s->len);
	return len ? 0 : refuse(why, -EBADMSG, "empty script");
}

int script_find(uint64_t addr, struct script *s, struct boot_why *why)
{
	const uint8_t *head = (const uint8_t *)(uintptr_t)addr;
	int ret = ram_check_read(addr, SCRIPT_HEAD);

	if (ret)
		return refuse(why, ret, "not RAM");
	ret = check_header(head, why);
	if (!ret)
		ret = check_data(head, addr, why);
	if (ret)
		return ret;
	return find_text(head + SCRIPT_HEAD, get_be32(head + IH_SIZE), s, why);
}
