// SPDX-License-Identifier: Apache-2.0
//
// A shared object that does, as soon as a server has loaded it (MODULE LOAD of Redis, load_module of nginx), what
// /implant.todo says, a line each, from within the server's process:
//
//	exec PROGRAM          a child runs it
//	write FILE            opens it for writing, makes it
//	connect ADDRESS PORT  by TCP, IPv4
//	call NUMBER           a system call without arguments
//
// and writes "implant: LINE: error or ok" to descriptor 2. The server then says that this is no module of its.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *program)
{
	int ends[2], error = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	child = fork();
	if (!child) {
		char *argv[] = {(char *)program, NULL};

		execv(program, argv);
		error = errno;
		if (write(ends[1], &error, sizeof(error)) < 0)
			error = 0;
		_exit(1);
	}
	close(ends[1]);
	if (child < 0)
		error = errno;
	else if (read(ends[0], &error, sizeof(error)) < 0)
		error = errno;
	close(ends[0]);
	return error;
}

static int open_for_writing(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int connect_to(const char *address, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = 0;

	if (fd < 0)
		return errno;
	inet_pton(AF_INET, address, &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		error = errno;
	close(fd);
	return error;
}

static int obey(char *line)
{
	char *save = NULL, *verb = strtok_r(line, " ", &save), *what = strtok_r(NULL, " ", &save);
	char *port = strtok_r(NULL, " ", &save);

	if (!verb || !what)
		return EINVAL;
	if (!strcmp(verb, "exec"))
		return run(what);
	if (!strcmp(verb, "write"))
		return open_for_writing(what);
	if (!strcmp(verb, "connect") && port)
		return connect_to(what, atoi(port));
	if (!strcmp(verb, "call"))
		return syscall(atol(what)) < 0 ? errno : 0;
	return EINVAL;
}

__attribute__((constructor)) static void loaded(void)
{
	char line[256], copy[256];
	FILE *todo = fopen("/implant.todo", "re");

	while (todo && fgets(line, sizeof(line), todo)) {
		int error;

		line[strcspn(line, "\n")] = 0;
		strcpy(copy, line);
		error = obey(copy);
		dprintf(2, "implant: %s: %s\n", line, error ? strerror(error) : "ok");
	}
	if (todo)
		fclose(todo);
}
