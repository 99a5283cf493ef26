/* SPDX-License-Identifier: BSD-2-Clause */
/* A cmocka test in a child process: see isolated.h. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "isolated.h"

static int child(const struct CMUnitTest *test)
{
	const struct CMUnitTest tests[] = { *test };
	int null = open("/dev/null", O_WRONLY);

	/* The child's own "[ RUN ]" lines; failures go to stderr. */
	dup2(null, STDOUT_FILENO);
	alarm(FAKE_ISOLATED_SECONDS);
	return cmocka_run_group_tests_name(test->name, tests, NULL, NULL);
}

void fake_isolated_run(void **state)
{
	const struct CMUnitTest *test = *state;
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child(test));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("%s: signal %d", test->name, WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}
