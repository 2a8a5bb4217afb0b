/* opt_test.c -- the option table: every kind of value, its range, both ways to write it, the
 * configuration file, and what is refused. */
#include "lib/opt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "tests/tap.h"

static struct conf {
    bool        loud, flag, given;
    long long   count, size_bytes, time_s;
    double      rate;
    const char *name, *config;
    int         colour;
} conf;

static const struct opt opts[] = {
    { 'l', "loud", 0, OPT_FLAG, &conf.loud, 0, 0, "say more", 0, 0 },
    { 'f', "flag", 0, OPT_FLAG, &conf.flag, 0, 0, "on", 0, 0 },
    { 'n', "count", "N", OPT_INT, &conf.count, -5, 100, "how many", 0, &conf.given },
    { 0, "rate", "X", OPT_REAL, &conf.rate, 0, 1, "how fast", 0, 0 },
    { 'o', "name", "TEXT", OPT_STR, &conf.name, 0, 0, "who", 0, 0 },
    { 0, "colour", 0, OPT_CHOICE, &conf.colour, 0, 0, "which", "red|green|dark-red", 0 },
    { 'M', "memory", "SIZE", OPT_SIZE, &conf.size_bytes, 1, 1e15, "how large", 0, 0 },
    { 0, "time-limit", "TIME", OPT_TIME, &conf.time_s, 0, 1e9, "how long", 0, 0 },
    { 0, "config", "FILE", OPT_CONFIG, &conf.config, 0, 0, "more options", 0, 0 },
    { 0 },
};

static char *arguments[32];
static int   argument_count, first;

/* The result of a command line; its words are divided by single spaces, "_" stands for nothing. */
static int
parse(const char *line)
{
    static char  text[1024], nothing[1];
    enum opt_ask ask;
    int          rc;

    conf = (struct conf){ .count = 7, .rate = 0.5, .size_bytes = 1 << 20, .time_s = 3600,
        .flag = true };
    snprintf(text, sizeof text, "prog %s", line);
    argument_count = 0;
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        arguments[argument_count++] = strcmp(word, "_") == 0 ? nothing : word;
    arguments[argument_count] = NULL;
    rc = opt_parse(opts, argument_count, arguments, &first, &ask);
    return rc == OK ? (int)ask : rc;
}

static bool
refused(const char *line, const char *because)
{
    return parse(line) == ERR_FORMAT && strstr(err_msg(), because) != NULL;
}

static void
test_values(void)
{
    ok(parse("") == OPT_RUN && conf.count == 7 && !conf.given && first == argument_count,
        "nothing given: the defaults");
    ok(parse("--count 9") == 0 && conf.count == 9 && conf.given, "--name value");
    ok(parse("--count=-5") == 0 && conf.count == -5, "--name=value, the smallest");
    ok(parse("-n 100") == 0 && conf.count == 100, "-n value, the largest");
    ok(parse("-n8") == 0 && conf.count == 8, "-nvalue");
    ok(parse("-lo x") == 0 && conf.loud && strcmp(conf.name, "x") == 0,
        "letters together, the last takes the value");
    ok(parse("--no-flag --loud") == 0 && !conf.flag && conf.loud, "--no-flag");
    ok(parse("--rate 1e-3") == 0 && conf.rate == 1e-3, "a real number");
    ok(parse("--colour dark-red") == 0 && conf.colour == 2, "a choice");
    ok(parse("--name=a=b") == 0 && strcmp(conf.name, "a=b") == 0, "a value may hold =");
    ok(parse("--name=") == 0 && conf.name[0] == '\0', "a text may be empty");
    ok(parse("-n 1 --count 2") == 0 && conf.count == 2, "the last one counts");
    ok(parse("-M 3K") == 0 && conf.size_bytes == 3072, "3K");
    ok(parse("-M 2g") == 0 && conf.size_bytes == 2LL << 30, "2g");
    ok(parse("-M 512") == 0 && conf.size_bytes == 512, "bytes");
    ok(parse("--time-limit 3h50m") == 0 && conf.time_s == 13800, "3h50m");
    ok(parse("--time-limit 90") == 0 && conf.time_s == 90, "seconds");
    ok(parse("--time-limit 2d") == 0 && conf.time_s == 172800, "2d");
}

static void
test_operands(void)
{
    ok(parse("a -l b --count 3 -") == 0 && argument_count - first == 3 && conf.count == 3
        && strcmp(arguments[first], "a") == 0 && strcmp(arguments[first + 1], "b") == 0
        && strcmp(arguments[first + 2], "-") == 0, "operands keep their order, - among them");
    ok(parse("-l -- --count -x") == 0 && argument_count - first == 2 && strcmp(arguments[first],
        "--count") == 0,
        "behind -- all are operands");
    ok(parse("--help --nonsense") == OPT_HELP && parse("-h") == OPT_HELP
        && parse("-lh") == OPT_HELP, "help is asked for");
    ok(parse("--version") == OPT_VERSION, "the version is asked for");
}

static void
test_refused(void)
{
    static const char *const lines[][2] = {
        { "--nonsense", "unknown option --nonsense" }, { "--nonsense=1",
            "unknown option --nonsense" },
        { "--coun 3", "unknown option --coun" }, { "-x", "unknown option -x" }, { "-lx",
            "unknown option -x" },
        { "--count", "--count needs a value" }, { "-n", "-n needs a value" }, { "--count 101",
            "from -5 to 100" },
        { "--count -6", "not a value" }, { "--count 1x", "\"1x\" is not a value of --count" },
        { "--count _", "not a value" }, { "--count 1.5", "not a value" },
            { "--count 99999999999999999999", "not a value" },
        { "--rate nan", "not a value" }, { "--rate inf", "not a value" }, { "--rate 1.01",
            "from 0 to 1" },
        { "--rate _", "not a value" }, { "--colour re", "one of red|green|dark-red" },
            { "--colour _", "one of" },
        { "--colour red|green", "one of" }, { "-M 0", "from 1 to" },
        { "-M 3Q", "as in 512K, 64M, 8G" },
            { "-M 3KK", "not a value" },
        { "-M 0x10M", "not a value" }, { "-M 1e3M", "not a value" }, { "-M K", "not a value" },
        { "-M -1", "not a value" }, { "--time-limit 3x", "not a value" },
        { "--time-limit h", "not a value" }, { "--loud=yes", "takes no value" }, { "--no-count",
            "unknown option --no-count" },
        { "--no-loud=1", "unknown option --no-loud" },
    };

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ok(refused(lines[i][0], lines[i][1]), "refused: %s (%s)", lines[i][0], err_msg());
}

static void
test_config(void)
{
    char path[] = "/tmp/opt_test.XXXXXX", line[64];

    close(mkstemp(path));
    snprintf(line, sizeof line, "--config %s --rate 0.25", path);
#define CONFIG(text) CHECK(file_write_all(path, text, sizeof text - 1) == OK)
    CONFIG("# a comment\n\n  count = 42\nrate=0.75\nflag = no\n name = two words \ncolour=green");
    ok(parse(line) == 0 && conf.count == 42 && !conf.flag && conf.colour == 1, "a configuration");
    ok(strcmp(conf.name, "two words") == 0, "a text without the space around it");
    ok(conf.rate == 0.25, "the command line wins");
    CONFIG("count = 1\nnonsense = 2\n");
    ok(refused(line, ":2: unknown option \"nonsense\""), "an unknown key: %s", err_msg());
    CONFIG("count = 1000\n");
    ok(refused(line, ":1: \"1000\" is not a value"), "out of range: %s", err_msg());
    CONFIG("count\n");
    ok(refused(line, ":1: no \"=\""), "no =: %s", err_msg());
    CONFIG("flag = maybe\n");
    ok(refused(line, "yes or no"), "a flag is yes or no");
    CONFIG("\xef\xbb\xbf" "count = 43\r\n\r\ncolour = green\r\n");
    ok(parse(line) == 0 && conf.count == 43 && conf.colour == 1,
        "a configuration with a byte order mark and CR LF");
    CONFIG("config = x\n");
    ok(refused(line, "cannot stand in a configuration"), "no configuration within one");
    CONFIG("count = 1\n\0nonsense = 2\n");
    ok(refused(line, ": holds a NUL byte"), "behind a NUL nothing would be read");
    unlink(path);
    ok(parse(line) == ERR_IO, "a configuration that is not there: %s", err_msg());
}

static void
test_print(void)
{
    struct buf  text = { 0 }, again = { 0 };
    struct conf before;
    char        path[] = "/tmp/opt_test.XXXXXX", line[64];

    close(mkstemp(path));
    CHECK(parse("--count 3 --rate 0.1 -M 5M --time-limit 90m --colour green --no-flag --name x")
        == 0);
    before = conf;
    ok(opt_dump(opts, &text) == OK && strcmp(text.bytes,
        "loud = no\nflag = no\ncount = 3\nrate = 0.1\nname = x\n"
        "colour = green\nmemory = 5M\ntime-limit = 90m\n") == 0, "the resolved options");
    CHECK(file_write_all(path, text.bytes, text.len) == OK);
    snprintf(line, sizeof line, "--config %s", path);
    ok(parse(line) == 0 && conf.count == before.count && conf.rate == before.rate
        && conf.time_s == before.time_s
        && conf.size_bytes == before.size_bytes && conf.colour == before.colour
            && conf.flag == before.flag,
        "they read back the same");
    unlink(path);
    conf.name = "x\ncount = 4";
    ok(opt_dump(opts, &again) == ERR_FORMAT && strstr(err_msg(), "--name") != NULL,
        "a value that would read back as two: %s", err_msg());
    buf_reset(&again);
    CHECK(parse("") == 0 && opt_help(opts, &again) == OK);
    ok(strstr(again.bytes, "  -n, --count N               how many (7)\n") != NULL
        && strstr(again.bytes,
            "      --colour red|green|dark-red\n                              which (red)\n")
                != NULL
        && strstr(again.bytes, "  -l, --loud                  say more\n") != NULL
        && strstr(again.bytes, "  -M, --memory SIZE           how large (1M)\n") != NULL,
            "--help with the defaults");
    buf_free(&text);
    buf_free(&again);
}

int
main(void)
{
    test_values();
    test_operands();
    test_refused();
    test_config();
    test_print();
    return tap_done();
}
