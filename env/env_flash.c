/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Store FLASH: the start of the flash that is not the firmware's own, U-Boot's place
 * for it on this machine, and 256 KiB on. The data is programmed before the header, so
 * a copy that was not finished has no CRC. Reading asks the chips nothing: they are
 * memory.
 */
#include <env/store.h>

#include <errno.h>
#include <string.h>

#include <block/flash.h>
#include <env/env_block.h>
#include <lib/byteorder.h>

#define PLACE_SIZE UINT64_C(0x40000) /* one erase block in QEMU */
#define HEAD       ENV_BLOCK_HEAD
#define FLAGS_WORD 4

/* UEFI's variables begin so (PI specification, volume 3, 3.2.1). */
#define FV_SIGNATURE_AT 0x28
#define FV_SIGNATURE    UINT32_C(0x4856465f) /* "_FVH" */

static struct flash *flash;

static int flash_write_check(const char **why)
{
	uint8_t word[4];
	int ret = flash_open(flash);

	if (!ret)
		ret = flash_read(flash, FV_SIGNATURE_AT, sizeof(word), word);
	*why = ret ? flash_error(flash, ret) : "it holds UEFI's variables";
	if (!ret && get_le32(word) == FV_SIGNATURE)
		ret = -EBUSY;
	return ret;
}

static int flash_find(bool write, const char **where, const char **why)
{
	int ret;

	flash = flash_next(NULL);
	*why = "no flash but the firmware's own";
	if (!flash)
		return write ? -ENODEV : -ENOENT;
	*where = "flash 0";
	ret = write ? flash_write_check(why) : 0;
	if (!ret)
		*why = NULL;
	return ret;
}

static uint64_t place(unsigned int n)
{
	return n * PLACE_SIZE;
}

static int flash_size(unsigned int n, size_t *size)
{
	(void)n;
	*size = ENV_BLOCK_SIZE;
	return 0;
}

static int flash_get(unsigned int n, size_t len, void *buf)
{
	return flash_read(flash, place(n), len, buf);
}

static int flash_clear(unsigned int n)
{
	return flash_erase(flash, place(n), PLACE_SIZE);
}

static int flash_put(unsigned int n, size_t len, const void *buf)
{
	int ret = flash_clear(n);

	if (!ret)
		ret = flash_program(flash, place(n) + HEAD, len - HEAD,
				    (const char *)buf + HEAD);
	return ret ? ret : flash_program(flash, place(n), HEAD, buf);
}

/* Ones to zeroes: no erase is needed. */
static int flash_retire(unsigned int n)
{
	uint8_t word[4];
	int ret = flash_read(flash, place(n) + FLAGS_WORD, sizeof(word), word);

	word[0] = 0;
	return ret ? ret
		   : flash_program(flash, place(n) + FLAGS_WORD, sizeof(word),
				   word);
}

static bool flash_is_foreign(void)
{
	uint8_t head[ENV_BLOCK_NAMED];
	bool any = false;

	for (unsigned int n = 0; n < 2; n++) {
		if (flash_get(n, sizeof(head), head))
			continue;
		if (env_block_named(head))
			return false;
		any = any || !env_block_blank(head);
	}
	return any;
}

static const char *flash_why(int err)
{
	return flash ? flash_error(flash, err) : NULL;
}

static const struct env_store flash_store = {
	.name = "FLASH",
	.order = 1,
	.active_flag = true,
	.note = "kept only if QEMU has -drive if=pflash,unit=1",
	.copy = { "copy 1", "copy 2" },
	.open = flash_find,
	.size = flash_size,
	.read = flash_get,
	.write = flash_put,
	.erase = flash_clear,
	.retire = flash_retire,
	.error = flash_why,
	.is_foreign = flash_is_foreign,
};

TABLE_ENTRY(env_store, &flash_store);
