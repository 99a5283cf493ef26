/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a unit answers besides data: the status byte (SAM-5, 5.3) and sense data, in
 * either format (SPC-4, 4.5), as an error code and in words.
 */
#include <drivers/scsi.h>

#include <errno.h>
#include <stdio.h>

/* Status, SAM-5 5.3.1 */
#define GOOD            0x00
#define CHECK_CONDITION 0x02
#define BUSY            0x08
#define TASK_SET_FULL   0x28

/* Sense keys, SPC-4 4.5.6 */
enum {
	RECOVERED_ERROR = 0x1,
	NOT_READY = 0x2,
	ILLEGAL_REQUEST = 0x5,
	UNIT_ATTENTION = 0x6,
	DATA_PROTECT = 0x7,
};

/* Additional sense codes that mean more than their key does */
#define ASC_BECOMING_READY    0x0401
#define ASC_LBA_RANGE         0x21
#define ASC_INVALID_CMD       0x20
#define ASC_INVALID_FIELD     0x24
#define ASC_NO_UNIT           0x25
#define ASC_WRITE_PROT        0x27
#define ASC_NO_MEDIUM         0x3a

#define ASCQ_SPACE_ALLOCATION 0x07 /* of write protected */

struct sense {
	uint8_t key, asc, ascq;
};

static const char *const keys[16] = {
	"no sense",        "recovered error", "not ready",
	"medium error",    "hardware error",  "illegal request",
	"unit attention",  "data protect",    "blank check",
	"vendor specific", "copy aborted",    "aborted command",
	"reserved",        "volume overflow", "miscompare",
	"completed",
};

/* Additional sense codes, SPC-4 annex F; those without a qualifier in words stand
 * for all of theirs. */
static const struct {
	uint8_t asc, ascq;
	const char *text;
} codes[] = {
	{ 0x00, 0x06, "I/O process terminated" },
	{ 0x04, 0x01, "becoming ready" },
	{ 0x04, 0x00, "not ready" },
	{ 0x0c, 0x00, "write error" },
	{ 0x11, 0x00, "unrecovered read error" },
	{ 0x20, 0x00, "invalid command" },
	{ 0x21, 0x00, "block out of range" },
	{ 0x24, 0x00, "invalid field in command" },
	{ 0x25, 0x00, "no such unit" },
	{ 0x27, 0x07, "space allocation failed" },
	{ 0x27, 0x00, "write protected" },
	{ 0x28, 0x00, "medium may have changed" },
	{ 0x29, 0x00, "reset" },
	{ 0x2a, 0x00, "parameters changed" },
	{ 0x30, 0x00, "incompatible medium" },
	{ 0x3a, 0x00, "no medium" },
	{ 0x3f, 0x00, "unit has changed" },
	{ 0x44, 0x00, "internal failure" },
	{ 0x53, 0x00, "medium load or eject failed" },
	{ 0x55, 0x00, "out of resources" },
};

static const char *code_text(const struct sense *s)
{
	for (size_t i = 0; i < array_size(codes); i++)
		if (codes[i].asc == s->asc &&
		    (!codes[i].ascq || codes[i].ascq == s->ascq))
			return codes[i].text;
	return NULL;
}

/* The byte at @at, which there may be none of. */
static uint8_t byte(const uint8_t *sense, size_t len, size_t at)
{
	return at < len ? sense[at] : 0;
}

static struct sense parse(const uint8_t *sense, size_t len)
{
	uint8_t code = byte(sense, len, 0) & 0x7f;

	if (code == 0x70 || code == 0x71) /* fixed format */
		return (struct sense){ byte(sense, len, 2) & 0xf,
				       byte(sense, len, 12),
				       byte(sense, len, 13) };
	if (code == 0x72 || code == 0x73) /* descriptor format */
		return (struct sense){ byte(sense, len, 1) & 0xf,
				       byte(sense, len, 2),
				       byte(sense, len, 3) };
	return (struct sense){ 0 };
}

int scsi_explain(struct scsi_unit *u, int err, const char *text)
{
	snprintf(u->why, sizeof(u->why), "%s", text);
	return err;
}

static void explain(struct scsi_unit *u, const struct sense *s)
{
	const char *code = code_text(s);

	snprintf(u->why, sizeof(u->why), "%s%s%s (sense %x/%02x/%02x)",
		 keys[s->key], code ? ": " : "", code ? code : "", s->key,
		 s->asc, s->ascq);
}

static int verdict(struct scsi_unit *u, const struct sense *s)
{
	switch (s->key) {
	case RECOVERED_ERROR:
		u->why[0] = '\0';
		return 0;
	case UNIT_ATTENTION: /* another medium, a reset, … */
		u->dev.generation++;
		return -EAGAIN;
	case NOT_READY:
		if (s->asc == ASC_NO_MEDIUM)
			return -ENOMEDIUM;
		return (s->asc << 8 | s->ascq) == ASC_BECOMING_READY ? -EAGAIN
								     : -EIO;
	case ILLEGAL_REQUEST:
		if (s->asc == ASC_NO_UNIT)
			return -ENODEV;
		if (s->asc == ASC_INVALID_CMD || s->asc == ASC_INVALID_FIELD)
			return -ENOSYS;
		return s->asc == ASC_LBA_RANGE ? -ERANGE : -EIO;
	case DATA_PROTECT: /* 27h/07h: a thin disk's host is full */
		return s->asc == ASC_WRITE_PROT &&
				       s->ascq != ASCQ_SPACE_ALLOCATION
			       ? -EROFS
			       : -EIO;
	default:
		return -EIO;
	}
}

int scsi_answer(struct scsi_unit *u, uint8_t status, const uint8_t *sense,
		size_t len)
{
	struct sense s;
	char text[24];

	switch (status) {
	case GOOD:
		return 0;
	case BUSY:
	case TASK_SET_FULL:
		return scsi_explain(u, -EAGAIN, "unit is busy");
	case CHECK_CONDITION:
		s = parse(sense, len);
		explain(u, &s);
		return verdict(u, &s);
	default:
		snprintf(text, sizeof(text), "status 0x%02x", status);
		return scsi_explain(u, -EIO, text);
	}
}
