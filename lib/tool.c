/* tool.c -- see tool.h.  The one file below tools/ that prints and exits. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "lib/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unicode/uclean.h>
#include <unistd.h>

#include "lib/version.h"

static const struct tool *self;
static bool               quiet;
static bool               progress_shown;

/* One line, in one write.  What it quotes, the name of a file or a word of one, may hold a line end
 * or worse: control characters are written as C has them. */
static void
print_line(const char *fmt, va_list args)
{
    enum { TEXT_BYTES = 8192, ESCAPE_BYTES = 4 };
    char   text[TEXT_BYTES], shown[ESCAPE_BYTES * TEXT_BYTES + 2];
    size_t at = 0;
    int    start = snprintf(text, sizeof text, "%s: ", self->name);

    tool_progress_end();
    vsnprintf(text + start, sizeof text - (size_t)start, fmt, args);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n')
            at += (size_t)sprintf(shown + at, "\\n");
        else if ((unsigned char)*c < ' ' || *c == 0x7f)
            at += (size_t)sprintf(shown + at, "\\x%02x", (unsigned char)*c);
        else
            shown[at++] = *c;
    }
    shown[at++] = '\n';
    fwrite(shown, 1, at, stderr);
}

/* libgomp reads its environment before main, so it can only be told by starting again.  1000 rounds
 * of spinning are some microseconds: enough for threads that run, little for those that do not. */
void
tool_patient(char **argv)
{
    char    path[4096];
    ssize_t len;

    if (getenv("OMP_WAIT_POLICY") != NULL || getenv("GOMP_SPINCOUNT") != NULL)
        return;
    len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0 || setenv("GOMP_SPINCOUNT", "1000", 0) != 0)
        return;
    path[len] = '\0';
    execv(path, argv); /* where it fails, the program only waits less patiently */
}

void
die(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print_line(fmt, args);
    va_end(args);
    file_cleanup();
    _exit(EXIT_FAILED); /* threads may run: no destructors, nothing is buffered */
}

void
die_err(void)
{
    die("%s", err_msg());
}

void
die_usage(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print_line(fmt, args);
    va_end(args);
    fprintf(stderr, "%s: see %s --help\n", self->name, self->name);
    file_cleanup();
    _exit(EXIT_USAGE);
}

void
tool_try(int rc)
{
    if (rc != OK)
        die_err();
}

void
tool_say(const char *fmt, ...)
{
    va_list args;

    if (quiet)
        return;
    va_start(args, fmt);
    print_line(fmt, args);
    va_end(args);
}

void
tool_hush(void)
{
    quiet = true;
}

void
tool_binary(const struct out *out)
{
    if (out_is_terminal(out))
        die("the output is binary: send it to a file or a pipe");
}

static long long
processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
}

static void
print_and_exit(const char *text)
{
    if (fputs(text, stdout) == EOF || fclose(stdout) != 0)
        die("cannot write to standard output");
    exit(EXIT_DONE);
}

static void
help(const struct tool *tool)
{
    struct buf text = { 0 };

    if (buf_addf(&text, "usage: %s [OPTIONS] %s\n%s\n\n", tool->name, tool->operands,
        tool->summary) != OK
        || opt_help(tool->opts, &text) != OK
        || buf_addf(&text, "  -h, --help                  this text; the manual is %s(1)\n"
               "      --version               name and version\n", tool->name) != OK)
        die_err();
    print_and_exit(text.bytes);
}

/* A signal that ends the program takes the temporary files with it. */
static void
on_fatal_signal(int number)
{
    file_cleanup();
    signal(number, SIG_DFL);
    raise(number);
}

/* A program may be started with its standard files closed.  The first file it opened would then be
 * standard output or error, and the talk would go into its data.  What is put there instead refuses
 * to be read, or written, as a closed one does; talk goes nowhere. */
static void
hold_standard_files(void)
{
    static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
            _exit(EXIT_FAILED);
}

/* ---- memory for libraries that do not survive without ----
 *
 * Where there is no memory, jansson 2.14 leaves out a character, a key or an element and goes on,
 * and ICU 72 follows null pointers.  So they get theirs from here, and where there is none the
 * program ends.  Weak: a program that links neither is not made to. */

extern __typeof__(json_set_alloc_funcs) json_set_alloc_funcs __attribute__((weak));
extern __typeof__(u_setMemoryFunctions) u_setMemoryFunctions __attribute__((weak));

static void *
realloc_or_die(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes > 0 ? bytes : 1);

    if (memory == NULL)
        die("no memory: a library asked for %zu bytes", bytes);
    return memory;
}

static void *
json_memory(size_t bytes)
{
    return realloc_or_die(NULL, bytes);
}

static void *U_CALLCONV
icu_memory(const void *context, size_t bytes)
{
    (void)context;
    return realloc_or_die(NULL, bytes);
}

static void *U_CALLCONV
icu_more_memory(const void *context, void *old, size_t bytes)
{
    (void)context;
    return realloc_or_die(old, bytes);
}

static void U_CALLCONV
icu_free(const void *context, void *memory)
{
    (void)context;
    free(memory);
}

static void
lend_memory(void)
{
    UErrorCode status = U_ZERO_ERROR;

    if (json_set_alloc_funcs != NULL)
        json_set_alloc_funcs(json_memory, free);
    if (u_setMemoryFunctions != NULL)
        u_setMemoryFunctions(NULL, icu_memory, icu_more_memory, icu_free, &status);
}

int
tool_begin(const struct tool *tool, struct tool_conf *conf, int argc, char **argv)
{
    static const int fatal[] = { SIGHUP, SIGINT, SIGTERM, SIGPIPE };
    struct buf       version = { 0 };
    enum opt_ask     ask;
    int              first, rc;

    self = tool;
    hold_standard_files();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        struct sigaction act = { .sa_handler = on_fatal_signal }, old;

        if (sigaction(fatal[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(fatal[i], &act, NULL);
    }
    signal(SIGXFSZ, SIG_IGN); /* a file above the limit of its size: the write fails, and is told */
    lend_memory();
    rc = opt_parse(tool->opts, argc, argv, &first, &ask);
    if (rc == ERR_MEMORY)
        die_err();
    if (rc != OK)
        die_usage("%s", err_msg());
    if (ask == OPT_HELP)
        help(tool);
    if (ask == OPT_VERSION) {
        if (buf_addf(&version, "%s (cloze) %s\n", tool->name, CLOZE_VERSION) != OK)
            die_err();
        print_and_exit(version.bytes);
    }
    if (conf->jobs == 0)
        conf->jobs = processors();
    quiet = conf->quiet;
    return first;
}

/* ---- progress ---- */

static double
now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* due -- standard error is a terminal and the last line is a second old. */
static bool
due(double t)
{
    static double last_s = -1;

    if (quiet || isatty(STDERR_FILENO) != 1)
        return false;
    if (last_s >= 0 && t - last_s < 1)
        return false;
    last_s = t;
    return true;
}

void
tool_progress(const char *what, uint64_t done, uint64_t total)
{
    static double start_s = -1;
    double        t = now_s(), rate;

    if (start_s < 0)
        start_s = t;
    if (t - start_s < 1 || !due(t))
        return;
    rate = (double)done / (t - start_s);
    fprintf(stderr, "\r%s: %s %.1f MB, %.1f MB/s", self->name, what, (double)done * 1e-6,
        rate * 1e-6);
    if (total > done && rate > 0)
        fprintf(stderr, ", %.0f s left", (double)(total - done) / rate);
    fputs("\033[K", stderr);
    progress_shown = true;
}

void
tool_status(const char *fmt, ...)
{
    va_list args;

    if (!due(now_s()))
        return;
    fprintf(stderr, "\r%s: ", self->name);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputs("\033[K", stderr);
    progress_shown = true;
}

void
tool_progress_end(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}
