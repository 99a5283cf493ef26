/* SPDX-License-Identifier: BSD-2-Clause */
/* Error codes in words, to stand after "command: object: ". */
#include <lib/errstr.h>

#include <errno.h>
#include <stddef.h>

#include <lib/compiler.h>

static const struct {
	int err;
	const char *text;
} texts[] = {
	{ ENOENT, "not found" },
	{ EINTR, "interrupted" },
	{ EIO, "input/output error" },
	{ ENOEXEC, "not in an executable format" },
	{ EAGAIN, "nothing there yet" },
	{ ENOMEM, "out of memory" },
	{ EACCES, "would overwrite reserved memory" },
	{ EFAULT, "not memory" },
	{ EBUSY, "in use" },
	{ EEXIST, "already exists" },
	{ ENODEV, "no such device" },
	{ ENOTDIR, "not a directory" },
	{ EISDIR, "is a directory" },
	{ EINVAL, "not valid" },
	{ EFBIG, "too large" },
	{ ENOSPC, "no space left" },
	{ EROFS, "read-only" },
	{ ERANGE, "past the end" },
	{ ENAMETOOLONG, "too long" },
	{ ENOSYS, "not supported" },
	{ ENOTEMPTY, "directory is not empty" },
	{ ELOOP, "loops without an end" },
	{ EBADMSG, "corrupt" },
	{ EOVERFLOW, "number too large" },
	{ ETIMEDOUT, "timed out" },
	{ EUCLEAN, "done, but it was left to be checked" },
	{ ENOMEDIUM, "no medium" },
	{ EOWNERDEAD, "device does not reset, it may still write to memory" },
};

const char *err_str(int err)
{
	int code = err < 0 ? -err : err;

	if (!code)
		return "no error";
	for (size_t i = 0; i < array_size(texts); i++)
		if (texts[i].err == code)
			return texts[i].text;
	return "unknown error";
}
