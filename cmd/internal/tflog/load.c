// What happens before a Go program's main: the libraries are loaded, and log.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "load.h"

extern char **environ;

static int keep_log;                 // the command line has --tf-log
static int saved = -1, memory = -1;  // the process's standard error; a file in memory in its place

int tflab_noise(const char *line, size_t n) {
	static const char warning[] = "WARNING: All log messages before absl::InitializeLog()";
	if (n >= sizeof warning - 1 && memcmp(line, warning, sizeof warning - 1) == 0) {
		return 1;
	}
	if (n < 5 || memchr("IWE", line[0], 3) == NULL) {
		return 0;
	}
	for (int i = 1; i < 5; i++) {
		if (line[i] < '0' || line[i] > '9') {
			return 0;
		}
	}
	return memmem(line, n, "] ", 2) != NULL;
}

static void write_all(const char *text, size_t n) {
	while (n > 0) {
		ssize_t wrote = write(saved, text, n);
		if (wrote <= 0) {
			return; // there is nowhere to complain
		}
		text += wrote;
		n -= wrote;
	}
}

// pass_on restores standard error and writes what was held back to it: all of it, or
// all but the log.
static void pass_on(int all) {
	off_t n = lseek(memory, 0, SEEK_CUR);
	char *text = n > 0 ? mmap(NULL, n, PROT_READ, MAP_SHARED, memory, 0) : MAP_FAILED;
	dup2(saved, STDERR_FILENO);
	if (text != MAP_FAILED) {
		for (char *line = text, *end = text + n, *next; line < end; line = next) {
			char *newline = memchr(line, '\n', end - line);
			next = newline != NULL ? newline + 1 : end;
			if (all || !tflab_noise(line, next - line)) {
				write_all(line, next - line);
			}
		}
		munmap(text, n);
	}
	close(memory);
	close(saved);
}

static const int deadly[] = {SIGABRT, SIGILL, SIGSEGV, SIGBUS, SIGFPE};

static void each_deadly(void (*handler)(int)) {
	for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
		signal(deadly[i], handler);
	}
}

// tell_why is for a library that ends the process, on a CPU that lacks what the
// library needs for instance: the log has the reason.
static void tell_why(int deadly_signal) {
	pass_on(1);
	signal(deadly_signal, SIG_DFL);
	raise(deadly_signal);
}

// before runs before the constructor of any library.
static void before(int argc, char **argv, char **envp) {
	for (int i = 1; i < argc; i++) {
		const char *flag = argv[i] + strspn(argv[i], "-");
		if (flag != argv[i] && (strcmp(flag, "tf-log") == 0 || strcmp(flag, "tf-log=true") == 0)) {
			keep_log = 1;
		}
	}
	int hold = !keep_log;
	for (; *envp != NULL; envp++) {
		hold = hold && strcmp(*envp, "TF_CPP_MIN_LOG_LEVEL=0") != 0;
	}
	if (!hold || (saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) < 0) {
		return;
	}
	if ((memory = memfd_create("stderr", MFD_CLOEXEC)) < 0 || dup2(memory, STDERR_FILENO) < 0) {
		close(saved);
		saved = -1;
		return;
	}
	each_deadly(tell_why);
}

__attribute__((section(".preinit_array"), used))
static void (*const preinit)(int, char **, char **) = before;

// after runs after the constructors of all libraries, before Go starts.
__attribute__((constructor)) static void after(void) {
	if (saved >= 0) {
		each_deadly(SIG_DFL);
		pass_on(0);
	}
}

// getenv is found before the C library's, by all libraries.
char *getenv(const char *name) {
	size_t n = strlen(name);
	for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
		if (strncmp(*entry, name, n) == 0 && (*entry)[n] == '=') {
			return *entry + n + 1;
		}
	}
	static char errors_only[] = "3";
	return !keep_log && strcmp(name, "TF_CPP_MIN_LOG_LEVEL") == 0 ? errors_only : NULL;
}
