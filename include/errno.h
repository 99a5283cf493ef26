/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error codes. Functions return 0 or one of these negated; codes travel up
 * unchanged and only cmd/ prints them, with err_str() from <lib/errstr.h>.
 * Host tests use the C library's <errno.h> instead: the names are the contract,
 * not the numbers.
 */
#ifndef VIREO_ERRNO_H
#define VIREO_ERRNO_H

#define ENOENT       2   /* no such file, node or variable */
#define EINTR        4   /* stopped by Ctrl-C */
#define EIO          5   /* the device reported a failure, or lied */
#define ENOEXEC      8   /* not a payload of the expected format */
#define EAGAIN       11  /* nothing yet, ask again */
#define ENOMEM       12  /* out of heap, DMA memory or free RAM */
#define EACCES       13  /* reserved memory would be overwritten */
#define EFAULT       14  /* address is not RAM, or the access trapped */
#define EBUSY        16  /* in use, or cannot be done without */
#define EEXIST       17  /* is already there */
#define ENODEV       19  /* no such device */
#define ENOTDIR      20  /* a directory was needed */
#define EISDIR       21  /* is a directory */
#define EINVAL       22  /* argument is not valid */
#define EFBIG        27  /* does not fit its place */
#define ENOSPC       28  /* no room left */
#define EROFS        30  /* read-only device */
#define ERANGE       34  /* past the end */
#define ENAMETOOLONG 36  /* name or line is too long */
#define ENOSYS       38  /* not supported by this device or build */
#define ENOTEMPTY    39  /* a directory with something in it */
#define ELOOP        40  /* chain or recursion without an end */
#define EBADMSG      74  /* foreign data is corrupt */
#define EOVERFLOW    75  /* arithmetic on foreign numbers overflowed */
#define ETIMEDOUT    110 /* no answer in time; the device was reset */
#define EUCLEAN      117 /* done, but what is left behind needs a check */
#define ENOMEDIUM    123 /* no medium in the drive */
#define EOWNERDEAD   130 /* the device did not reset: it may still write */

#endif
