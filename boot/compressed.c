/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Payloads that would have to be unpacked first. They are recognised so
 * that the refusal can say what they are.
 */
#include <boot/boot.h>

#include <string.h>

static bool gzip_probe(const uint8_t *head)
{
	return head[0] == 0x1f && head[1] == 0x8b; /* RFC 1952, 2.3.1 */
}

static const struct payload_type gzip_payload = {
	.name = "a gzip-compressed file",
	.probe = gzip_probe,
};
TABLE_ENTRY(payload, &gzip_payload);

/* A PE file whose second word says so: Linux drivers/firmware/efi/libstub. */
static bool zboot_probe(const uint8_t *head)
{
	return !memcmp(head, "MZ", 2) && !memcmp(head + 4, "zimg", 4);
}

static const struct payload_type zboot_payload = {
	.name = "a compressed EFI kernel (zboot)",
	.probe = zboot_probe,
};
TABLE_ENTRY(payload, &zboot_payload);
