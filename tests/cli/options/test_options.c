/* The command line: the option parser on a small table, and the real tables of the commands. */
#include "base/json.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/completion/completion.h"
#include "cli/eval/settings.h"
#include "cli/info/settings.h"
#include "cli/manual/manual.h"
#include "cli/options/describe.h"
#include "cli/options/help.h"
#include "cli/options/json.h"
#include "cli/options/parse.h"
#include "cli/options/resume.h"
#include "cli/options/suggest.h"
#include "cli/options/value.h"
#include "cli/sample/settings.h"
#include "cli/terminal/stream.h"
#include "cli/train/options.h"
#include "suites.h"
#include "support/temporary.h"
#include "text/split.h"
#include "train/settings.h"

#include <float.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A table with one option of every type. */
struct toy {
    bool loud;
    bool quiet;
    size_t count;
    uint64_t seed;
    double rate;
    int shape;
    const char *cell;
    const char *file;
};

static const char *const shapes[] = {"round", "square", NULL};
static const char *const cells[] = {"lstm", "gru", NULL};

#define FIELD(kind, field) CHARNN_OPTION_FIELD(kind, struct toy, field)

static const struct option_spec toy_rows[] = {
    {.name = "loud", .letter = 'l', FIELD(FLAG, loud), .help = "shout", .saved = true},
    {.name = "quiet", .letter = 'q', FIELD(FLAG, quiet), .help = "whisper"},
    {.name = "the-count",
     .letter = 'c',
     FIELD(SIZE, count),
     .range = CHARNN_RANGE_FROM_TO(1, 1000),
     .fallback = "7",
     .help = "how many",
     .saved = true,
     .fixed = true},
    {.name = "seed",
     FIELD(SEED, seed),
     .range = CHARNN_RANGE_FROM_TO(0, 0x1p53 - 1),
     .fallback = "123",
     .help = "chance",
     .saved = true},
    {.name = "rate",
     FIELD(DOUBLE, rate),
     .range = CHARNN_RANGE_FROM_BELOW(0, 1),
     .fallback = "0.1",
     .help = "how fast",
     .saved = true},
    {.name = "shape",
     FIELD(CHOICE, shape),
     .choices = shapes,
     .fallback = "square",
     .help = "how",
     .saved = true},
    {.name = "cell",
     FIELD(NAME, cell),
     .choices = cells,
     .fallback = "lstm",
     .help = "what",
     .saved = true,
     .fixed = true},
    {.name = "the-file", .letter = 'f', FIELD(STRING, file), .help = "where"},
    {.name = "preset", .type = CHARNN_OPTION_PRESET, .help = "values"},
    {.name = "config", .type = CHARNN_OPTION_CONFIG, .help = "more values"},
    {.name = "gpuid", .type = CHARNN_OPTION_IGNORED, .help = "none"},
    CHARNN_OPTION_HELP_ROWS,
};

#undef FIELD

static const struct option_preset toy_presets[] = {
    {"many", "a lot", "--the-count=900 --rate=0.9 --loud=true"}};

static const char *const toy_notes[] = {"files", NULL};

static const struct option_table toy_table = {
    .rows = toy_rows,
    .count = sizeof toy_rows / sizeof toy_rows[0],
    .settings_size = sizeof(struct toy),
    .presets = toy_presets,
    .preset_count = 1,
    .notes = toy_notes,
};

enum { WORDS = 24 };

static struct toy toy;
static struct options options;
static struct error error;

/* Splits a line at spaces into argv, with "toy" before it; '' is an empty word. */
static int split(char *line, char *argv[WORDS]) {
    static char name[] = "toy";
    static char empty[] = "";
    int argc = 0;
    argv[argc++] = name;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        ck_assert_int_lt(argc, WORDS - 1);
        argv[argc++] = strcmp(word, "''") == 0 ? empty : word;
    }
    argv[argc] = NULL;
    return argc;
}

/* Parses a command line of the toy table into `toy` and `options`. */
static enum status parse(const char *line) {
    static char words[512];
    static char *argv[WORDS];
    options_deinit(&options);
    error = (struct error){0};
    (void)snprintf(words, sizeof words, "%s", line);
    int argc = split(words, argv);
    ck_assert_int_eq(options_init(&options, &toy_table, &toy, &error), CHARNN_OK);
    return options_parse(&options, argc, argv, &error);
}

static void assert_parses(const char *line) {
    ck_assert_msg(parse(line) == CHARNN_OK, "'%s' is refused: %s", line, error.message);
}

static void assert_refused(const char *line, const char *message) {
    ck_assert_msg(parse(line) == CHARNN_ERROR_USAGE, "'%s' is not refused as misuse", line);
    ck_assert_str_eq(error.message, message);
}

/* A file with this text; its name is valid until the next call. */
static const char *write_file(const char *text) {
    static char name[64];
    (void)snprintf(name, sizeof name, "/tmp/charnn-options-%ld.json", (long)getpid());
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    return name;
}

static const char *config_line(const char *text, const char *rest) {
    static char line[256];
    (void)snprintf(line, sizeof line, "--config %s %s", write_file(text), rest);
    return line;
}

static void teardown(void) {
    options_deinit(&options);
    (void)unlink(write_file(""));
}

START_TEST(defaults_come_from_the_table) {
    assert_parses("");
    ck_assert(!toy.loud && !toy.quiet);
    ck_assert_uint_eq(toy.count, 7);
    ck_assert_uint_eq(toy.seed, 123);
    ck_assert_double_eq(toy.rate, 0.1);
    ck_assert_int_eq(toy.shape, 1);
    ck_assert_str_eq(toy.cell, "lstm");
    ck_assert_str_eq(toy.file, "");
    ck_assert_uint_eq(options.argument_count, 0);
    ck_assert(!options_given(&options, "the-count"));
}
END_TEST

static const char *const spellings[] = {
    "--the-count 42", "--the-count=42", "-the-count 42", "-the-count=42", "--the_count 42",
    "--the_count=42", "-the_count 42",  "-the_count=42", "--the-c 42",    "-the_c=42",
    "-c 42",          "-c42",           "-lc42",         "-lqc 42",
};

START_TEST(an_option_has_many_spellings) {
    assert_parses(spellings[_i]);
    ck_assert_uint_eq(toy.count, 42);
    ck_assert(options_given(&options, "the_count"));
    ck_assert(!options_given(&options, "seed"));
}
END_TEST

START_TEST(flags_are_set_and_cleared) {
    assert_parses("--loud --quiet");
    ck_assert(toy.loud && toy.quiet);
    assert_parses("--loud --no-loud");
    ck_assert(!toy.loud);
    assert_parses("-no_loud --loud");
    ck_assert(toy.loud);
    assert_refused("--loud=true", "--loud takes no value");
    assert_refused("--no-quiet", "unknown option '--no-quiet'; see 'charnn toy --help'");
}
END_TEST

START_TEST(values_are_never_respelt) {
    assert_parses("--the-file a_b");
    ck_assert_str_eq(toy.file, "a_b");
    assert_parses("--the_file=-the_count");
    ck_assert_str_eq(toy.file, "-the_count");
    assert_parses("--the-file -the_count");
    ck_assert_str_eq(toy.file, "-the_count");
    assert_parses("-fa_b");
    ck_assert_str_eq(toy.file, "a_b");
    assert_parses("--the_file --");
    ck_assert_str_eq(toy.file, "--");
    assert_parses("-- -the_count the_file");
    ck_assert_uint_eq(options.argument_count, 2);
    ck_assert_str_eq(options.arguments[0], "-the_count");
    ck_assert_str_eq(options.arguments[1], "the_file");
}
END_TEST

START_TEST(arguments_keep_their_order) {
    assert_parses("one --the-count 3 - -q two -- --loud");
    ck_assert_uint_eq(options.argument_count, 4);
    ck_assert_str_eq(options.arguments[0], "one");
    ck_assert_str_eq(options.arguments[1], "-");
    ck_assert_str_eq(options.arguments[2], "two");
    ck_assert_str_eq(options.arguments[3], "--loud");
    ck_assert_uint_eq(toy.count, 3);
    ck_assert(toy.quiet && !toy.loud);
}
END_TEST

START_TEST(posixly_correct_changes_nothing) {
    ck_assert_int_eq(setenv("POSIXLY_CORRECT", "1", 1), 0);
    assert_parses("one --the-count 3 two");
    ck_assert_int_eq(unsetenv("POSIXLY_CORRECT"), 0);
    ck_assert_uint_eq(options.argument_count, 2);
    ck_assert_uint_eq(toy.count, 3);
}
END_TEST

START_TEST(the_last_of_equal_options_counts) {
    assert_parses("--the-count 3 --rate 0.5 --the-count 4");
    ck_assert_uint_eq(toy.count, 4);
}
END_TEST

#define COUNT_TAKES " is not allowed; it takes a whole number from 1 to 1000"
#define RATE_TAKES " is not allowed; it takes a number at least 0 and below 1"
#define SEED_TAKES " is not allowed; it takes a whole number from 0 to 2^53-1"

static const struct {
    const char *line;
    const char *message;
} refusals[] = {
    {"--the-count abc", "--the-count: 'abc'" COUNT_TAKES},
    {"-the_count 0", "--the-count: '0'" COUNT_TAKES},
    {"-c 1001", "--the-count: '1001'" COUNT_TAKES},
    {"--the-count 5x", "--the-count: '5x'" COUNT_TAKES},
    {"--the-count 5.0", "--the-count: '5.0'" COUNT_TAKES},
    {"--the-count 1e2", "--the-count: '1e2'" COUNT_TAKES},
    {"--the-count +5", "--the-count: '+5'" COUNT_TAKES},
    {"--the-count=-5", "--the-count: '-5'" COUNT_TAKES},
    {"--the-count ''", "--the-count: ''" COUNT_TAKES},
    {"--the-count=", "--the-count: ''" COUNT_TAKES},
    {"--the-count 18446744073709551617", "--the-count: '18446744073709551617'" COUNT_TAKES},
    {"--seed=-1", "--seed: '-1'" SEED_TAKES},
    {"--seed -1", "--seed: '-1'" SEED_TAKES},
    {"--seed 9007199254740992", "--seed: '9007199254740992'" SEED_TAKES},
    {"--rate 1", "--rate: '1'" RATE_TAKES},
    {"--rate -0.1", "--rate: '-0.1'" RATE_TAKES},
    {"--rate nan", "--rate: 'nan'" RATE_TAKES},
    {"--rate inf", "--rate: 'inf'" RATE_TAKES},
    {"--rate 0x1p-1", "--rate: '0x1p-1'" RATE_TAKES},
    {"--rate 0,5", "--rate: '0,5'" RATE_TAKES},
    {"--rate 0.5.5", "--rate: '0.5.5'" RATE_TAKES},
    {"--rate 1e-999", "--rate: '1e-999'" RATE_TAKES},
    {"--shape oval", "--shape: 'oval' is not allowed; it takes round or square"},
    {"--shape roun", "--shape: 'roun' is not allowed; it takes round or square"},
    {"--cell rnn", "--cell: 'rnn' is not allowed; it takes lstm or gru"},
    {"--preset few", "--preset: 'few' is not allowed; it takes many"},
    {"--the-count", "--the-count needs a value: a whole number from 1 to 1000"},
    {"-l -c", "--the-count needs a value: a whole number from 1 to 1000"},
    {"--the-file", "--the-file needs a value: a non-empty text"},
    {"--the 3", "'--the' is ambiguous; it could be --the-count, --the-file"},
    {"--foo", "unknown option '--foo'; see 'charnn toy --help'"},
    {"-xoo_bar=3", "unknown option '-xoo_bar'; see 'charnn toy --help'"},
    {"-lx", "unknown option '-lx'; see 'charnn toy --help'"},
    {"--the-cuont 3", "unknown option '--the-cuont'; did you mean '--the-count'?"},
    {"-thecount=3", "unknown option '-thecount'; did you mean '--the-count'?"},
    {"-t 3", "unknown option '-t'; see 'charnn toy --help'"},   /* not --the-count, --the-file */
    {"-r 0.5", "unknown option '-r'; see 'charnn toy --help'"}, /* not --rate */
    {"-r=0.5", "unknown option '-r'; see 'charnn toy --help'"},
    {"-:", "unknown option '-:'; see 'charnn toy --help'"},
    {"-o x", "unknown option '-o'; samples and results go to standard output; use >FILE"},
    {"--version", "unknown option '--version'; 'charnn --version' prints the version"},
    {"--theCount 3", "unknown option '--theCount'; did you mean '--the-count'?"},
};

START_TEST(mistakes_are_refused_in_words) {
    assert_refused(refusals[_i].line, refusals[_i].message);
}
END_TEST

START_TEST(values_at_the_edges_are_allowed) {
    assert_parses("--the-count 1 --rate 0 --seed 9007199254740991");
    ck_assert_uint_eq(toy.count, 1);
    ck_assert_double_eq(toy.rate, 0);
    ck_assert_uint_eq(toy.seed, 9007199254740991U);
    assert_parses("--the-count 1000 --rate 0.99999999999999 --seed 0");
    ck_assert_uint_eq(toy.count, 1000);
    ck_assert_double_eq(toy.rate, 0.99999999999999);
    assert_parses("--rate -0");
    ck_assert(!signbit(toy.rate));
    assert_parses("--rate 2e-3 --the-count 007");
    ck_assert_double_eq(toy.rate, 0.002);
    ck_assert_uint_eq(toy.count, 7);
}
END_TEST

static const char *const ignored_lines[] = {
    "-gpuid -1 one", "--gpuid 0 one", "--gpuid=3 one", "one -gpuid", "-gpuid one",
};

START_TEST(options_without_effect_are_reported) {
    assert_parses(ignored_lines[_i]);
    ck_assert_uint_eq(options.argument_count, 1);
    ck_assert_str_eq(options.arguments[0], "one");
    for (size_t i = 0; i < toy_table.count; i++) {
        ck_assert_int_eq(options_ignored(&options, i), strcmp(toy_rows[i].name, "gpuid") == 0);
    }
}
END_TEST

START_TEST(help_comes_before_complaints) {
    assert_parses("--the-count abc -h --foo");
    ck_assert(options.help && !options.help_all);
    assert_parses("-hhhhhhhh");
    ck_assert(options.help && !options.help_all);
    assert_parses("--the-count abc -help_all --foo");
    ck_assert(options.help && options.help_all);
    assert_parses("-llllllll");
    ck_assert(!options.help && toy.loud);
}
END_TEST

START_TEST(flags_override_files_override_presets) {
    assert_parses("--preset many");
    ck_assert_uint_eq(toy.count, 900);
    ck_assert_double_eq(toy.rate, 0.9);
    ck_assert(toy.loud);
    ck_assert(options_given(&options, "the-count") && !options_given(&options, "seed"));

    assert_parses("--the-count 5 --preset many");
    ck_assert_uint_eq(toy.count, 5);
    ck_assert_double_eq(toy.rate, 0.9);

    const char *text = "{\"the_count\": 6, \"rate\": 0.25, \"loud\": false}";
    assert_parses(config_line(text, "--preset many"));
    ck_assert_uint_eq(toy.count, 6);
    ck_assert_double_eq(toy.rate, 0.25);
    ck_assert(!toy.loud);
    ck_assert(options_given(&options, "rate") && !options_given(&options, "shape"));

    assert_parses(config_line(text, "--preset many --rate 0.75 --loud"));
    ck_assert_uint_eq(toy.count, 6);
    ck_assert_double_eq(toy.rate, 0.75);
    ck_assert(toy.loud);
}
END_TEST

START_TEST(files_set_every_type) {
    assert_parses(config_line("\n{\"loud\": true, \"quiet\": true, \"the-count\": 8, "
                              "\"seed\": 9007199254740991, \"rate\": 1e-3, \"shape\": \"round\", "
                              "\"cell\": \"gru\", \"the_file\": \"a \\u00e9\"}\n",
                              ""));
    ck_assert(toy.loud && toy.quiet);
    ck_assert_uint_eq(toy.count, 8);
    ck_assert_uint_eq(toy.seed, 9007199254740991U);
    ck_assert_double_eq(toy.rate, 0.001);
    ck_assert_int_eq(toy.shape, 0);
    ck_assert_str_eq(toy.cell, "gru");
    ck_assert_str_eq(toy.file, "a \xC3\xA9");
    assert_parses(config_line("{\"files\": [\"x\"], \"the_count\": 9}", ""));
    ck_assert_uint_eq(toy.count, 9);
}
END_TEST

static const struct {
    const char *text;
    const char *message; /* after the file's name */
} bad_files[] = {
    {"{\"the_count\": 0}", ": the_count: 0" COUNT_TAKES},
    {"{\"the_count\": 1.5}", ": the_count: 1.5" COUNT_TAKES},
    {"{\"the_count\": -2}", ": the_count: -2" COUNT_TAKES},
    {"{\"the_count\": \"8\"}", ": the_count: \"8\"" COUNT_TAKES},
    {"{\"the_count\": [8]}", ": the_count: [8]" COUNT_TAKES},
    {"{\"seed\": 9007199254740992}", ": seed: 9007199254740992" SEED_TAKES},
    {"{\"the-count\": null}", ": the-count: null" COUNT_TAKES},
    {"{\"rate\": true}", ": rate: true" RATE_TAKES},
    {"{\"loud\": 1}", ": loud: 1 is not allowed; it takes true or false"},
    {"{\"cell\": \"cnn\"}", ": cell: \"cnn\" is not allowed; it takes lstm or gru"},
    {"{\"the_file\": 1}", ": the_file: 1 is not allowed; it takes a non-empty text"},
    {"{\"counts\": 1}", ": 'counts' is not a known setting"},
    {"{\"config\": \"x\"}", ": 'config' is not a known setting"},
    {"{\"gpuid\": 0}", ": 'gpuid' is not a known setting"},
};

START_TEST(files_are_checked_like_flags) {
    const char *line = config_line(bad_files[_i].text, "");
    char expected[256];
    (void)snprintf(expected, sizeof expected, "%s%s", write_file(bad_files[_i].text),
                   bad_files[_i].message);
    assert_refused(line, expected);
}
END_TEST

static const char *const broken_files[] = {
    "",
    "[1]",
    "{\"the_count\": 3",
    "{\"the_count\": 3} x",
    "the_count: 3",
    "{\"the_count\": 3, \"the_count\": 4}",
};

START_TEST(files_that_are_no_json_are_refused) {
    const char *line = config_line(broken_files[_i], "");
    ck_assert_int_eq(parse(line), CHARNN_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(error.message, "/tmp/charnn-options-"));
}
END_TEST

START_TEST(a_missing_file_is_named) {
    ck_assert_int_eq(parse("--config /nowhere/settings.json"), CHARNN_ERROR_IO);
    ck_assert_ptr_nonnull(strstr(error.message, "/nowhere/settings.json"));
}
END_TEST

/* The settings as JSON text; the caller frees it with cJSON_free(). */
static char *print_settings(const struct option_table *table, const void *settings) {
    cJSON *json;
    ck_assert_int_eq(options_to_json(table, settings, &json, &error), CHARNN_OK);
    char *text = cJSON_PrintUnformatted(json);
    ck_assert_ptr_nonnull(text);
    cJSON_Delete(json);
    return text;
}

START_TEST(json_has_the_saved_rows) {
    assert_parses("--quiet --the-file x --rate 0.30000000000000004 --seed 9007199254740991");
    char *text = print_settings(&toy_table, &toy);
    ck_assert_str_eq(text, "{\"loud\":false,\"the_count\":7,\"seed\":9007199254740991,"
                           "\"rate\":0.30000000000000004,\"shape\":\"square\",\"cell\":\"lstm\"}");
    cJSON_free(text);
}
END_TEST

START_TEST(json_round_trip_is_exact) {
    static const double rates[] = {0.1,    1.0 / 3, 0.30000000000000004, 0x1.fffffffffffffp-1,
                                   1e-300, 0.002,   0x1.0000000000001p-3};
    assert_parses("--loud --the-count 999 --shape round --cell gru --seed 9007199254740991");
    toy.rate = rates[_i];
    struct toy before = toy;
    char *text = print_settings(&toy_table, &toy);
    assert_parses(config_line(text, ""));
    cJSON_free(text);
    ck_assert_mem_eq(&toy.rate, &before.rate, sizeof before.rate);
    ck_assert_uint_eq(toy.seed, before.seed);
    ck_assert_uint_eq(toy.count, before.count);
    ck_assert_int_eq(toy.shape, before.shape);
    ck_assert_str_eq(toy.cell, before.cell);
    ck_assert(toy.loud);
}
END_TEST

/* Resumes the parsed options from a JSON text. */
static enum status resume(const char *text) {
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    enum status status = options_resume(&options, json, "cv/last", &error);
    cJSON_Delete(json);
    return status;
}

START_TEST(resuming_takes_what_was_not_given) {
    static const char saved[] = "{\"the_count\":9,\"rate\":0.5,\"cell\":\"gru\",\"loud\":true,"
                                "\"files\":[\"x\"]}";
    assert_parses("--rate 0.25 --seed 5 --the-count 9 --the-file x");
    ck_assert_int_eq(resume(saved), CHARNN_OK);
    ck_assert_uint_eq(toy.count, 9);
    ck_assert_double_eq(toy.rate, 0.25);
    ck_assert_uint_eq(toy.seed, 5);
    ck_assert_str_eq(toy.cell, "gru");
    ck_assert_str_eq(toy.file, "x");
    ck_assert(toy.loud);

    assert_parses("--the-count 8");
    ck_assert_int_eq(resume(saved), CHARNN_ERROR_USAGE);
    ck_assert_str_eq(error.message,
                     "--the-count cannot be changed by --resume: it is 9 in cv/last, not 8");
    assert_parses("--cell lstm");
    ck_assert_int_eq(resume(saved), CHARNN_ERROR_USAGE);
    ck_assert_str_eq(error.message,
                     "--cell cannot be changed by --resume: it is gru in cv/last, not lstm");
    assert_parses("");
    ck_assert_int_eq(resume("{\"color\":1}"), CHARNN_ERROR_USAGE);
    ck_assert_str_eq(error.message, "cv/last: 'color' is not a known setting");
}
END_TEST

START_TEST(domains_read_well) {
    static const struct {
        struct option_range range;
        enum option_type type;
        const char *text;
    } domains[] = {
        {CHARNN_RANGE_FROM_TO(1, 65536), CHARNN_OPTION_SIZE, "a whole number from 1 to 65536"},
        {CHARNN_RANGE_FROM_TO(0, 1e12), CHARNN_OPTION_SIZE, "a whole number from 0 to 10^12"},
        {CHARNN_RANGE_FROM_TO(0, 2e6), CHARNN_OPTION_SIZE, "a whole number from 0 to 2000000"},
        {CHARNN_RANGE_FROM(0), CHARNN_OPTION_DOUBLE, "a number at least 0"},
        {CHARNN_RANGE_FROM_TO(0.5, 1), CHARNN_OPTION_DOUBLE, "a number from 0.5 to 1"},
        {CHARNN_RANGE_FROM_BELOW(0, 1), CHARNN_OPTION_DOUBLE, "a number at least 0 and below 1"},
        {CHARNN_RANGE_ABOVE_TO(0, 100), CHARNN_OPTION_DOUBLE, "a number above 0 and at most 100"},
    };
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        const struct option_spec spec = {.type = domains[i].type, .range = domains[i].range};
        char text[CHARNN_OPTION_TEXT];
        option_describe_domain(&toy_table, &spec, text, sizeof text);
        ck_assert_str_eq(text, domains[i].text);
    }
}
END_TEST

START_TEST(suggestions_are_near) {
    static const char *const words[][2] = {
        {"trian", "train"}, {"evaal", "eval"}, {"sampel", "sample"}, {"x", NULL}, {"banana", NULL},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct suggestion suggestion = suggestion_start(words[i][0]);
        suggestion_consider(&suggestion, "train");
        suggestion_consider(&suggestion, "sample");
        suggestion_consider(&suggestion, "eval");
        ck_assert_pstr_eq(suggestion.best, words[i][1]);
    }
}
END_TEST

/* The commands' own tables. */

static struct invocation invocation;

/* Reads a whole command line like "train x.txt". */
static enum status invoke(const char *line) {
    static char words[512];
    static char *argv[WORDS];
    const struct command *command;
    error = (struct error){0};
    invocation_deinit(&invocation);
    (void)snprintf(words, sizeof words, "%s", line);
    int argc = split(words, argv);
    if (command_find(charnn_commands, argv[1], &command, &error) != CHARNN_OK) {
        return error.status;
    }
    return invocation_init(&invocation, command->spec, argc - 1, argv + 1, stdout, stderr, &error);
}

static void teardown_commands(void) {
    invocation_deinit(&invocation);
    teardown();
}

START_TEST(tables_are_sound) {
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        const struct option_table *table = command->options;
        ck_assert_ptr_nonnull(table->rows[0].heading);
        for (size_t row = 0; row < table->count; row++) {
            const struct option_spec *spec = &table->rows[row];
            ck_assert_ptr_nonnull(spec->help);
            ck_assert_msg(options_find(table, spec->name) == spec, "two rows --%s", spec->name);
            ck_assert_ptr_null(strchr(spec->name, '_'));
            /* What is not given is saved as an empty text, and read again. */
            ck_assert_msg(!spec->saved || spec->type != CHARNN_OPTION_STRING || spec->may_be_empty,
                          "--%s", spec->name);
            ck_assert_msg(!spec->fixed || spec->saved, "--%s is fixed, not saved", spec->name);
            ck_assert_msg(spec->type == CHARNN_OPTION_FLAG || spec->type == CHARNN_OPTION_HELP ||
                              spec->type == CHARNN_OPTION_HELP_ALL || spec->argument != NULL,
                          "--%s does not name its value", spec->name);
            if (option_is_number(spec) && spec->example != NULL) {
                void *settings = calloc(1, table->settings_size);
                ck_assert(option_value_set(spec, spec->example, settings));
                free(settings);
            }
        }
    }
}
END_TEST

START_TEST(train_has_char_rnns_options) {
    ck_assert_int_eq(invoke("train -data_dir data/tinyshakespeare -rnn_size 256 -num_layers 3 "
                            "-model gru -dropout 0.5 -gpuid -1"),
                     CHARNN_OK);
    const struct train_settings *train = invocation.settings;
    ck_assert_str_eq(train->data_dir, "data/tinyshakespeare");
    ck_assert_uint_eq(train->rnn_size, 256);
    ck_assert_uint_eq(train->num_layers, 3);
    ck_assert_str_eq(train->model, "gru");
    ck_assert_double_eq(train->dropout, 0.5);

    static const char *const names[] = {
        "data_dir",
        "rnn_size",
        "num_layers",
        "model",
        "learning_rate",
        "decay_rate",
        "learning_rate_decay",
        "learning_rate_decay_after",
        "dropout",
        "seq_length",
        "batch_size",
        "max_epochs",
        "grad_clip",
        "train_frac",
        "val_frac",
        "init_from",
        "seed",
        "print_every",
        "eval_val_every",
        "checkpoint_dir",
        "savefile",
        "opencl",
        "gpuid",
        "accurate_gpu_timing",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ck_assert_msg(options_find(train_command.options, names[i]) != NULL, "no %s", names[i]);
    }
}
END_TEST

START_TEST(the_preset_is_char_rnns_recipe) {
    ck_assert_int_eq(invoke("train --preset char-rnn --rnn-size 64 x"), CHARNN_OK);
    const struct train_settings *train = invocation.settings;
    ck_assert_uint_eq(train->rnn_size, 64);
    ck_assert_uint_eq(train->num_layers, 2);
    ck_assert_uint_eq(train->seq_length, 50);
    ck_assert_uint_eq(train->batch_size, 50);
    ck_assert_int_eq(train->optimizer, CHARNN_OPTIMIZER_RMSPROP);
    ck_assert_double_eq(train->decay_rate, 0.95);
    ck_assert_double_eq(train->learning_rate, 2e-3);
    ck_assert_int_eq(train->schedule, CHARNN_SCHEDULE_STEP);
    ck_assert_double_eq(train->learning_rate_decay, 0.97);
    ck_assert_double_eq(train->learning_rate_decay_after, 10);
    ck_assert_double_eq(train->learning_rate_decay_every, 1);
    ck_assert_double_eq(train->grad_clip, 5);
    ck_assert_double_eq(train->grad_norm, 0);
    ck_assert_double_eq(train->dropout, 0);
    ck_assert_double_eq(train->init_scale, 0.08);
    ck_assert_double_eq(train->train_frac, 0.95);
    ck_assert_double_eq(train->val_frac, 0.05);
    ck_assert_uint_eq(train->max_epochs, 50);
    ck_assert_str_eq(train->model, "lstm");
}
END_TEST

START_TEST(train_settings_survive_json) {
    ck_assert_int_eq(invoke("train --preset char-rnn --learning-rate 0.0123456789012345678 x"),
                     CHARNN_OK);
    char *text = print_settings(train_command.options, invocation.settings);
    char line[128];
    (void)snprintf(line, sizeof line, "train --config %s x", write_file(text));
    ck_assert_int_eq(invoke(line), CHARNN_OK);
    char *again = print_settings(train_command.options, invocation.settings);
    ck_assert_str_eq(text, again);
    cJSON_free(text);
    cJSON_free(again);
}
END_TEST

/* A number as charnn info shows it, as text and as JSON. */
static void check_shown(const struct option_spec *spec, const cJSON *item, const void *settings,
                        void *read) {
    char shown[64];
    cJSON *json;
    struct text text = text_start(shown, sizeof shown);
    number_add(&text, item->valuedouble);
    ck_assert_msg(option_value_set(spec, shown, read) && option_value_equal(spec, settings, read),
                  "--%s is shown as %s", spec->name, shown);
    ck_assert_int_eq(json_create_object(&json, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_double(json, item->string, item->valuedouble, &error), CHARNN_OK);
    char *printed = cJSON_PrintUnformatted(json);
    cJSON *again = cJSON_Parse(printed);
    ck_assert_int_eq(options_read_json(&invocation.options, again, "info", read, &error),
                     CHARNN_OK);
    ck_assert_msg(option_value_equal(spec, settings, read), "--%s is %s in JSON", spec->name,
                  printed);
    cJSON_Delete(again);
    cJSON_free(printed);
    cJSON_Delete(json);
}

/* A value through the settings of a checkpoint and back. */
static void check_saved(const struct option_spec *spec, const char *value) {
    struct train_settings read = {0};
    ck_assert_int_eq(invoke("train x"), CHARNN_OK);
    struct options *o = &invocation.options;
    ck_assert_msg(option_value_set(spec, value, o->settings), "--%s %s", spec->name, value);
    char *text = print_settings(o->table, o->settings);
    cJSON *json = cJSON_Parse(text);
    ck_assert_ptr_nonnull(json);
    ck_assert_msg(options_read_json(o, json, "saved", &read, &error) == CHARNN_OK, "%s",
                  error.message);
    ck_assert_msg(option_value_equal(spec, o->settings, &read), "--%s %s is not read back",
                  spec->name, value);
    ck_assert_msg(options_resume(o, json, "last", &error) == CHARNN_OK, "%s", error.message);
    const cJSON *item;
    cJSON_ArrayForEach(item, json) {
        if (cJSON_IsNumber(item) && options_find(o->table, item->string) == spec) {
            check_shown(spec, item, o->settings, &read);
        }
    }
    cJSON_Delete(json);
    cJSON_free(text);
}

static void check_saved_numbers(const struct option_spec *spec) {
    const struct option_range *range = &spec->range;
    const double numbers[] = {
        range->above ? nextafter(range->minimum, 1) + DBL_MIN : range->minimum,
        range->below ? nextafter(range->maximum, 0) : fmin(range->maximum, DBL_MAX),
        999999999999999,
        1e15,
        1234567890123450,
        9007199254740990,
        0x1p53 - 1,
        1e16,
        1.0 / 3,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[400];
        bool whole = spec->type != CHARNN_OPTION_DOUBLE;
        (void)snprintf(text, sizeof text, whole ? "%.0f" : "%.17g", numbers[i]);
        if (numbers[i] >= range->minimum && numbers[i] <= range->maximum) {
            check_saved(spec, text);
        }
    }
}

START_TEST(every_saved_value_is_read_back) {
    size_t saved = 0;
    for (size_t row = 0; row < train_options.count; row++) {
        const struct option_spec *spec = &train_options.rows[row];
        const char *choice;
        if (!spec->saved) {
            continue;
        }
        saved++;
        for (size_t i = 0; (choice = option_choice(&train_options, spec, i)) != NULL; i++) {
            check_saved(spec, choice);
        }
        if (option_is_number(spec)) {
            check_saved_numbers(spec);
        } else if (spec->type == CHARNN_OPTION_STRING) {
            check_saved(spec, "");
            check_saved(spec, "1e15 \"\\\n\t\x01\xC3\xA9'");
        }
    }
    ck_assert_uint_gt(saved, 40);
}
END_TEST

START_TEST(sample_has_char_rnns_options) {
    ck_assert_int_eq(invoke("sample cv/lm -length 10 -temperature 0.5 -primetext ab -seed 4 "
                            "-sample 0 -verbose 0 -opencl 0"),
                     CHARNN_OK);
    const struct sample_settings *sample = invocation.settings;
    ck_assert_uint_eq(sample->length, 10);
    ck_assert_double_eq(sample->temperature.values[0], 0.5);
    ck_assert_str_eq(sample->primetext, "ab");
    ck_assert_uint_eq(sample->seed, 4);
    ck_assert(sample->argmax);
    ck_assert_str_eq(invocation.options.arguments[0], "cv/lm");

    ck_assert_int_eq(invoke("sample cv/lm"), CHARNN_OK);
    sample = invocation.settings;
    ck_assert_uint_eq(sample->length, 2000);
    ck_assert_double_eq(sample->temperature.values[0], 1);
    ck_assert(!sample->argmax);
    ck_assert_uint_eq(sample->num_samples, 1);
    ck_assert_str_eq(sample->separator, "--------------------");
    ck_assert(!options_given(&invocation.options, "seed"));
    ck_assert_int_eq(invoke("sample cv/lm --argmax"), CHARNN_OK);
    sample = invocation.settings;
    ck_assert(sample->argmax);
}
END_TEST

START_TEST(sample_takes_lists) {
    static const double expected[3] = {0.5, 100, 1e-3};
    ck_assert_int_eq(invoke("sample cv/lm -t 0.5,100,1e-3 --stop a --stop=b -stop c"), CHARNN_OK);
    const struct sample_settings *sample = invocation.settings;
    ck_assert_uint_eq(sample->temperature.count, 3);
    ck_assert_mem_eq(sample->temperature.values, expected, sizeof expected);
    ck_assert_uint_eq(sample->stop.count, 3);
    ck_assert_str_eq(sample->stop.texts[0], "a");
    ck_assert_str_eq(sample->stop.texts[1], "b");
    ck_assert_str_eq(sample->stop.texts[2], "c");
    ck_assert_int_eq(invoke("sample cv/lm -t 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2"), CHARNN_OK);
    sample = invocation.settings;
    ck_assert_uint_eq(sample->temperature.count, 16);
    ck_assert_double_eq(sample->temperature.values[15], 2);
    ck_assert_uint_eq(sample->stop.count, 0);
    static const char *const bad[] = {"-t ,1",  "-t 1,",  "-t 1,,2",
                                      "-t 1,0", "-t 1;2", "-t 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2",
                                      "--stop="};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "sample cv/lm %s", bad[i]);
        ck_assert_msg(invoke(line) == CHARNN_ERROR_USAGE, "%s", bad[i]);
    }
}
END_TEST

START_TEST(sample_takes_a_number_of_texts) {
    static const char *const lines[] = {
        "sample cv/lm -n 3 --separator --", "sample -n3 cv/lm --separator=--",
        "sample --num-samples 3 --separator -- cv/lm", "sample -num_samples 3 cv/lm -separator --"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        ck_assert_int_eq(invoke(lines[i]), CHARNN_OK);
        const struct sample_settings *sample = invocation.settings;
        ck_assert_uint_eq(sample->num_samples, 3);
        ck_assert_str_eq(sample->separator, "--");
        ck_assert_str_eq(invocation.options.arguments[0], "cv/lm");
    }
}
END_TEST

START_TEST(the_beginning_of_an_option_is_enough) {
    static const char *const lines[] = {"sample cv/lm --prime ab", "sample cv/lm --prime=ab",
                                        "sample cv/lm -prime ab", "sample cv/lm --pri ab",
                                        "sample cv/lm --primetext=ab"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        ck_assert_int_eq(invoke(lines[i]), CHARNN_OK);
        const struct sample_settings *sample = invocation.settings;
        ck_assert_str_eq(sample->primetext, "ab");
        ck_assert_str_eq(sample->primetext_file, "");
    }
    ck_assert_int_eq(invoke("sample cv/lm --primetext_f ab"), CHARNN_OK);
    const struct sample_settings *sample = invocation.settings;
    ck_assert_str_eq(sample->primetext_file, "ab");
    ck_assert_int_eq(invoke("sample cv/lm --primes ab"), CHARNN_OK);
    sample = invocation.settings;
    ck_assert_str_eq(sample->primes, "ab");
    ck_assert_str_eq(sample->primetext, "");
}
END_TEST

/* What other programs call them. */
START_TEST(synonyms_are_known) {
    static const char *const words[][3] = {
        {"train", "iters", "max-steps"},
        {"train", "early-stopping", "patience"},
        {"train", "size", "rnn-size"},
        {"train", "block-size", "seq-length"},
        {"train", "output-dir", "checkpoint-dir"},
        {"train", "finetune", "init-from"},
        {"sample", "greedy", "argmax"},
        {"sample", "count", "num-samples"},
        {"sample", "max_tokens", "length"},
        {"eval", "jobs", "threads"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char line[64];
        char message[128];
        (void)snprintf(line, sizeof line, "%s --%s x", words[i][0], words[i][1]);
        (void)snprintf(message, sizeof message, "unknown option '--%s'; did you mean '--%s'?",
                       words[i][1], words[i][2]);
        ck_assert_int_eq(invoke(line), CHARNN_ERROR_USAGE);
        ck_assert_str_eq(error.message, message);
    }
}
END_TEST

START_TEST(eval_and_info_have_their_options) {
    ck_assert_int_eq(invoke("eval --split test --json --exact --threads 2 cv/lm -"), CHARNN_OK);
    const struct eval_settings *eval = invocation.settings;
    ck_assert_int_eq(eval->split, CHARNN_SPLIT_TEST);
    ck_assert(eval->json && eval->exact);
    ck_assert_uint_eq(eval->threads, 2);
    ck_assert_str_eq(invocation.options.arguments[1], "-");
    ck_assert_int_eq(invoke("info cv/lm -json"), CHARNN_OK);
    const struct info_settings *info = invocation.settings;
    ck_assert(info->json && !info->build);
    ck_assert_int_eq(invoke("info --build"), CHARNN_OK);
    info = invocation.settings;
    ck_assert(info->build && !info->json);
}
END_TEST

static const struct {
    const char *line;
    const char *message;
} misuses[] = {
    {"trian x", "unknown command 'trian'; did you mean 'train'?"},
    {"quux", "unknown command 'quux'; see 'charnn --help'"},
    {"-rnn_size 3", "a command must come before '-rnn_size'; see 'charnn --help'"},
    {"generate x", "unknown command 'generate'; did you mean 'sample'?"},
    {"evaluate x", "unknown command 'evaluate'; did you mean 'eval'?"},
    {"--train x", "unknown option '--train'; did you mean 'train'?"},
    {"-v", "unknown option '-v'; did you mean '--version'?"},
    {"version", "unknown command 'version'; did you mean '--version'?"},
    {"train --epochs 3 x", "unknown option '--epochs'; did you mean '--max-epochs'?"},
    {"train --steps=3 x", "unknown option '--steps'; did you mean '--max-steps'?"},
    {"train --lr 1 x", "unknown option '--lr'; did you mean '--learning-rate'?"},
    {"train --layers 1 x", "unknown option '--layers'; did you mean '--num-layers'?"},
    {"train --hidden-size 3 x", "unknown option '--hidden-size'; did you mean '--rnn-size'?"},
    {"train -hidden_size 3 x", "unknown option '-hidden_size'; did you mean '--rnn-size'?"},
    {"train --output x", "unknown option '--output'; did you mean '--checkpoint-dir'?"},
    {"train -v x", "unknown option '-v'; 'charnn --version' prints the version"},
    {"sample -prompt=x y", "unknown option '-prompt'; did you mean '--primetext'?"},
    {"sample --epochs 3 x", "unknown option '--epochs'; see 'charnn sample --help'"},
    {"sample --prompt x y", "unknown option '--prompt'; did you mean '--primetext'?"},
    {"sample --output x y", "unknown option '--output'; samples and results go to standard output; "
                            "use >FILE"},
    {"sample x -o y", "unknown option '-o'; samples and results go to standard output; use >FILE"},
    {"train --learning-rate-dec x", "--learning-rate-decay: 'x' is not allowed; it takes a number "
                                    "above 0 and at most 1"},
    {"eval --per x", "'--per' is ambiguous; it could be --per-line, --per-char"},
    {"train --rnn-size abc x",
     "--rnn-size: 'abc' is not allowed; it takes a whole number from 1 to 65536"},
    {"train --rnnsize 3 x", "unknown option '--rnnsize'; did you mean '--rnn-size'?"},
    {"train --foo x", "unknown option '--foo'; see 'charnn train --help'"},
    {"train", "no text to train on: name a file, '-' for standard input, or with --data-dir a "
              "folder that contains input.txt"},
    {"train --train-frac 0.99 --val-frac 0.05 x",
     "--train-frac 0.99 and --val-frac 0.05 add up to more than 1"},
    {"train --model gru --peephole x", "--peephole needs --model lstm, but the model is gru"},
    {"train --model rnn --lstm-variant nig x",
     "--lstm-variant needs --model lstm, but the model is rnn"},
    {"train --lstm-variant gru x", "--lstm-variant: 'gru' is not allowed; it takes np, vanilla, "
                                   "nig, nfg, nog, niaf, noaf, cifg "
                                   "or fgr"},
    {"train --resume --init-from y x",
     "--resume continues a run and --init-from starts a new one; give only one of them"},
    {"train --checkpoint-dir= x", "--checkpoint-dir: '' is not allowed; it takes a non-empty text"},
    {"train --log= x", "--log: '' is not allowed; it takes a non-empty text"},
    {"train --savefile a/b x",
     "--savefile: 'a/b' is not allowed; it takes a prefix of file names, without '/'"},
    {"sample", "missing argument: expected CHECKPOINT; see 'charnn sample --help'"},
    {"sample a b", "unexpected argument 'b'; see 'charnn sample --help'"},
    {"sample a --temperature 0",
     "--temperature: '0' is not allowed; it takes 1 to 16 numbers separated by commas, "
     "each above 0 and at most 100; for the most likely character at each place use --argmax"},
    {"sample a --seed -1", "--seed: '-1' is not allowed; it takes a whole number from 0 to 2^53-1; "
                           "leave out --seed for a random seed"},
    {"sample a --stop a\\q",
     "--stop: '\\q' is no escape; write \\\\ for a backslash, or \\n, \\t, \\r "
     "or \\xHH, a byte from \\x01 to \\xff"},
    {"train -input_h5 data/x.h5 -input_json data/x.json -model_type gru -rnn_size 8 -wordvec_size "
     "4",
     "'-input_h5' is an option of torch-rnn; the charnn command is: charnn train data/x.txt "
     "--model gru "
     "-rnn_size 8"},
    {"train a -lr_decay_every 5 --lr-decay-factor=0.5 -batchnorm 1",
     "'-lr_decay_every' is an option of torch-rnn; the charnn command is: charnn train a "
     "--learning-rate-decay-every 5 --learning-rate-decay 0.5"},
    {"train --input_h5",
     "'--input_h5' is an option of torch-rnn; the charnn command is: charnn train"},
    {"sample -checkpoint cv/checkpoint_10000.t7 -length 2000 -start_text it's -gpu -1",
     "'-checkpoint' is an option of torch-rnn; the charnn command is: charnn sample "
     "cv/best.safetensors "
     "-length 2000 --primetext 'it'\\''s' -gpu -1"},
    {"train a --records b\\",
     "--records: '\\' is no escape; write \\\\ for a backslash, or \\n, \\t, "
     "\\r or \\xHH, a byte from \\x01 to \\xff"},
    {"sample a -n 0", "--num-samples: '0' is not allowed; it takes a whole number from 1 to 10^9"},
    {"sample a -n -1",
     "--num-samples: '-1' is not allowed; it takes a whole number from 1 to 10^9"},
    {"sample a --num-samples 1000000001",
     "--num-samples: '1000000001' is not allowed; it takes a whole number from 1 to 10^9"},
    {"sample a --num-samples 99999999999999999999",
     "--num-samples: '99999999999999999999' is not allowed; it takes a whole number from 1 to "
     "10^9"},
    {"sample a -n two",
     "--num-samples: 'two' is not allowed; it takes a whole number from 1 to 10^9"},
    {"sample a -n", "--num-samples needs a value: a whole number from 1 to 10^9"},
    {"sample a -p x --primetext-file y",
     "give only one of --primetext, --primetext-file and --primes"},
    {"eval a", "no text to score: name a FILE after the checkpoint, or choose a part of the "
               "training text with --split"},
    {"info", "missing argument: expected CHECKPOINT or --build; see 'charnn info --help'"},
    {"info a b", "unexpected argument 'b'; see 'charnn info --help'"},
    {"info --build a", "unexpected argument 'a' with --build, which describes this program"},
    {"help --man --completion", "give only one of --man and --completion"},
};

START_TEST(misuse_of_commands_is_refused_in_words) {
    ck_assert_int_eq(chdir("/"), 0); /* data/tinyshakespeare may be in the current folder */
    ck_assert_int_eq(invoke(misuses[_i].line), CHARNN_ERROR_USAGE);
    ck_assert_str_eq(error.message, misuses[_i].message);
}
END_TEST

START_TEST(fractions_may_fill_the_text) {
    ck_assert_int_eq(invoke("train --train-frac 0.9 --val-frac 0.1 x"), CHARNN_OK);
    ck_assert_int_eq(invoke("train --train-frac 0.7 --val-frac 0.3 x"), CHARNN_OK);
    ck_assert_int_eq(invoke("train --train-frac 1 --val-frac 0 x"), CHARNN_OK);
}
END_TEST

/* The completion script of a shell; the caller frees it. */
static char *capture_completion(const char *shell) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(completion_print(out, shell, charnn_commands, &error), CHARNN_OK);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* Full help text with its line breaks and indents made single spaces; the caller frees it. */
static char *capture_help(const struct command_spec *command, size_t width, bool joined) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    help_print_command_in_full(out, command, width);
    ck_assert_int_eq(fclose(out), 0);
    if (joined) {
        char *to = text;
        for (const char *from = text; *from != '\0'; from++) {
            bool blank = *from == ' ' || *from == '\n';
            if (!blank || (to > text && to[-1] != ' ')) {
                *to++ = blank ? ' ' : *from;
            }
        }
        *to = '\0';
    }
    return text;
}

START_TEST(help_has_every_option) {
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        char *text = capture_help(command, 80, true);
        for (size_t row = 0; row < command->options->count; row++) {
            const struct option_spec *spec = &command->options->rows[row];
            char term[CHARNN_OPTION_TEXT];
            char description[2 * CHARNN_OPTION_TEXT];
            char entry[3 * CHARNN_OPTION_TEXT + 2];
            help_format_option(spec, term, sizeof term);
            help_format_description(command->options, spec, description, sizeof description);
            (void)snprintf(entry, sizeof entry, "%s %s", term, description);
            ck_assert_msg(strstr(text, entry) != NULL, "%s: %s", command->name, entry);
            ck_assert_ptr_nonnull(strstr(term, spec->name));
            if (spec->fallback != NULL) {
                (void)snprintf(entry, sizeof entry, "default %s",
                               spec->by_text ? "varies" : spec->fallback);
                ck_assert_ptr_nonnull(strstr(description, entry));
            }
        }
        free(text);
    }
}
END_TEST

START_TEST(help_describes_an_option_in_full) {
    char text[2 * CHARNN_OPTION_TEXT];
    const struct option_table *table = train_command.options;
    help_format_description(table, options_find(table, "rnn-size"), text, sizeof text);
    ck_assert_str_eq(text,
                     "hidden units per layer (from 1 to 65536; default 128; for example 512)");
    help_format_option(options_find(table, "rnn-size"), text, sizeof text);
    ck_assert_str_eq(text, "--rnn-size N");
    help_format_option(options_find(table, "peephole"), text, sizeof text);
    ck_assert_str_eq(text, "--[no-]peephole");
    help_format_option(options_find(table, "help"), text, sizeof text);
    ck_assert_str_eq(text, "-h, --help");
}
END_TEST

START_TEST(help_fits_the_width) {
    static const size_t widths[] = {80, 100, 60};
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        char *text = capture_help(command, widths[_i], false);
        /* Examples are command lines, to be copied whole. */
        *strstr(text, "\nExamples\n") = '\0';
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            ck_assert_msg(strlen(line) <= widths[_i], "too long: %s", line);
            ck_assert_msg(line[strlen(line) - 1] != ' ', "ends in a space: '%s'", line);
        }
        free(text);
    }
}
END_TEST

START_TEST(short_help_has_the_everyday_options) {
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        char *text = NULL;
        size_t size = 0;
        size_t lines = 0;
        FILE *out = open_memstream(&text, &size);
        ck_assert_ptr_nonnull(out);
        help_print_command(out, command, 80);
        ck_assert_int_eq(fclose(out), 0);
        for (size_t row = 0; row < command->options->count; row++) {
            const struct option_spec *spec = &command->options->rows[row];
            char term[CHARNN_OPTION_TEXT];
            char start[CHARNN_OPTION_TEXT + 4];
            help_format_option(spec, term, sizeof term);
            (void)snprintf(start, sizeof start, "\n  %s", term);
            bool found = strstr(text, start) != NULL;
            ck_assert_msg(found == (spec->brief != NULL), "%s: %s", command->name, term);
        }
        for (size_t example = 0; example < 3; example++) {
            ck_assert_ptr_nonnull(command->examples[example].line);
            ck_assert_ptr_nonnull(strstr(text, command->examples[example].line));
        }
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            ck_assert_msg(strlen(line) <= 80, "too long: %s", line);
        }
        for (size_t at = 0; at < size; at++) {
            lines += text[at] == '\n' || text[at] == '\0'; /* strtok() wrote the NULs */
        }
        ck_assert_msg(lines <= 45, "%s: %zu lines", command->name, lines);
        free(text);
    }
}
END_TEST

START_TEST(short_help_reads_well) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    help_print_command(out, &info_command, 80);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(text, "Usage: charnn info [OPTION]... [CHECKPOINT]\n\n"
                           "Describes the model, vocabulary and training of a checkpoint.\n\n"
                           "Options\n"
                           "  --json                    print JSON\n"
                           "  --build                   describe this program instead\n\n"
                           "Examples\n"
                           "  charnn info cv/best.safetensors\n"
                           "      Describe a model and its training.\n"
                           "  charnn info --json cv/best.safetensors | jq .settings "
                           ">settings.json\n"
                           "      Save the settings of a run, for train --config.\n"
                           "  charnn info --build\n"
                           "      Describe this program and how it computes on this machine.\n\n"
                           "All options: 'charnn info --help-all'. Manual: 'man charnn-info'.\n");
    free(text);
}
END_TEST

/* The manual page of a command; of the program if it is NULL. The caller frees it. */
static char *capture_manual(const struct command_spec *command) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    if (command != NULL) {
        manual_print_command(out, command, charnn_commands);
    } else {
        manual_print(out, charnn_commands);
    }
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static void assert_sections(const char *text, const char *const *sections) {
    const char *position = text;
    for (; *sections != NULL; sections++) {
        position = strstr(position, *sections);
        ck_assert_msg(position != NULL, "%s is not in the manual, or out of order", *sections);
    }
}

START_TEST(manual_has_its_sections) {
    static const char *const sections[] = {
        ".TH CHARNN 1 ",   ".SH NAME",        ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH COMMANDS",
        ".SH EXIT STATUS", ".SH ENVIRONMENT", ".SH FILES",    ".SH SEE ALSO",    NULL};
    char *text = capture_manual(NULL);
    assert_sections(text, sections);
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        char page[64];
        (void)snprintf(page, sizeof page, "\\fBcharnn\\-%s\\fR(1)", charnn_commands[i].spec->name);
        ck_assert_ptr_nonnull(strstr(strstr(text, ".SH SEE ALSO"), page));
    }
    free(text);
}
END_TEST

START_TEST(manual_has_every_option) {
    static const char *const sections[] = {".TH CHARNN\\-",   ".SH NAME",    ".SH SYNOPSIS",
                                           ".SH DESCRIPTION", ".SH OPTIONS", ".SH EXAMPLES",
                                           ".SH SEE ALSO",    NULL};
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        char *text = capture_manual(command);
        assert_sections(text, sections);
        const char *position = strstr(text, ".SH OPTIONS");
        for (size_t row = 0; row < command->options->count; row++) {
            char name[64] = "";
            for (const char *c = command->options->rows[row].name; *c != '\0'; c++) {
                (void)strcat(name, *c == '-' ? "\\-" : (char[]){*c, '\0'});
            }
            position = strstr(position, name);
            ck_assert_msg(position != NULL, "%s is not in the manual", name);
        }
        free(text);
    }
}
END_TEST

/* Examples are to be copied: neither filled nor hyphenated. */
START_TEST(manual_has_every_example) {
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        char *text = capture_manual(command);
        ck_assert_ptr_nonnull(strstr(text, "\n.nh\n.ad l\n"));
        size_t examples = 0;
        for (const char *at = text; (at = strstr(at, "\n.EX\n\\fB")) != NULL; at++) {
            examples++;
        }
        for (size_t example = 0; command->examples[example].line != NULL; example++) {
            ck_assert_uint_gt(examples--, 0);
        }
        ck_assert_uint_eq(examples, 0);
        free(text);
    }
}
END_TEST

/* The first line that a shell command prints; false where the command fails. */
static bool run_shell(const char *command, char *line, int size) {
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    if (fgets(line, size, pipe) == NULL) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    return pclose(pipe) == 0;
}

static void check_roff(const char *text) {
    char line[256];
    char command[256];
    if (run_shell("command -v groff", line, sizeof line)) {
        (void)snprintf(command, sizeof command, "groff -man -ww -z %s 2>&1", write_file(text));
        ck_assert(run_shell(command, line, sizeof line));
        ck_assert_str_eq(line, "");
    }
    if (run_shell("command -v mandoc", line, sizeof line)) {
        (void)snprintf(command, sizeof command, "mandoc -Tlint -Wwarning %s 2>&1",
                       write_file(text));
        ck_assert_msg(run_shell(command, line, sizeof line), "%s", line);
        ck_assert_str_eq(line, "");
    }
}

START_TEST(manual_is_good_roff) {
    for (size_t i = 0; i == 0 || charnn_commands[i - 1].spec != NULL; i++) {
        char *text = capture_manual(i > 0 ? charnn_commands[i - 1].spec : NULL);
        check_roff(text);
        free(text);
    }
}
END_TEST

static const struct {
    const char *words; /* of the command line, the last being completed */
    const char *reply;
} completions[] = {
    {"charnn ''", "train sample eval info convert inspect plot help"},
    {"charnn s", "sample"},
    {"charnn --v", "--version"},
    {"charnn train --rnn", "--rnn-size"},
    {"charnn train --learning-rate-decay", "--learning-rate-decay --learning-rate-decay-after "
                                           "--learning-rate-decay-every"},
    {"charnn train --no-", "--no-peephole --no-skip --no-reservoir"},
    {"charnn train --model ''", "lstm gru rnn"},
    {"charnn train --model = g", "gru"},
    {"charnn train --model =", "lstm gru rnn"},
    {"charnn train -rnn_size ''", "128"},
    {"charnn train --preset ''", "char-rnn"},
    {"charnn train --log c", ""},
    {"charnn train x.tx", ""},
    {"charnn sample -l ''", "2000"},
    {"charnn eval --split t", "train test"},
    {"charnn info --", "--json --build --help --help-all"},
    {"charnn help e", "eval"},
    {"charnn help --completion f", "fish"},
    {"charnn sample ''", "cv "
                         "m.safetensors"},
    {"charnn info t", ""},
    {"charnn eval --heat m", "m.safetensors"},
    {"charnn eval cv ''", ""}, /* any file */
    {"charnn train --init-from c", "cv"},
    {"charnn sample --primetext-file m", ""}, /* any file */
    {"charnn plot t", ""},                    /* any file */
    {"charnn plot --b", "--bits"},
};

static char completion_folder[TEMPORARY_PATH];

/* A folder with files to complete, and the script of a shell. */
static void make_completion_folder(const char *shell) {
    char command[TEMPORARY_PATH + 64];
    char *text = capture_completion(shell);
    temporary_folder(completion_folder);
    (void)snprintf(command, sizeof command,
                   "cd %s && mkdir cv && touch text.txt m.safetensors && mv %s _charnn",
                   completion_folder, write_file(text));
    ck_assert_int_eq(system(command), 0);
    free(text);
}

START_TEST(completion_replies) {
    char line[4096];
    char command[1024];
    if (!run_shell("command -v bash", line, sizeof line)) {
        return;
    }
    make_completion_folder("bash");
    (void)snprintf(
        command, sizeof command,
        "cd %s && bash -n _charnn && bash -c \"source ./_charnn; COMP_WORDS=(%s); "
        "COMP_CWORD=\\$((\\${#COMP_WORDS[@]} - 1)); _charnn; echo \\${COMPREPLY[*]}\" 2>&1",
        completion_folder, completions[_i].words);
    ck_assert(run_shell(command, line, sizeof line));
    ck_assert_str_eq(line, completions[_i].reply);
    temporary_remove(completion_folder);
}
END_TEST

static const struct {
    const char *line;
    const char *replies; /* separated by spaces */
} fish_completions[] = {
    {"charnn ", "convert eval help info inspect plot sample train"},
    {"charnn --v", "--version"},
    {"charnn train --rnn", "--rnn-size"},
    {"charnn train --no-", "--no-peephole --no-reservoir --no-skip"},
    {"charnn train --rnn-size ", "128"},
    {"charnn train --model g", "gru"},
    {"charnn train --model=g", "--model=gru"},
    {"charnn train --preset ", "char-rnn"},
    {"charnn eval --split t", "test train"},
    {"charnn sample -l ", "2000"},
    {"charnn help e", "eval"},
    {"charnn help --completion f", "fish"},
    {"charnn sample ", "cv/ "
                       "m.safetensors"},
    {"charnn eval t", ""},
    {"charnn eval cv t", "text.txt"},
    {"charnn train t", "text.txt"},
    {"charnn train --log t", "text.txt"},
    {"charnn train --init-from ", "cv/ "
                                  "m.safetensors"},
    {"charnn train --checkpoint-dir ", "cv/"},
    {"charnn plot t", "text.txt"},
    {"charnn plot --svg t", "text.txt"},
};

START_TEST(fish_completion_replies) {
    char line[4096];
    char command[1024];
    if (!run_shell("command -v fish", line, sizeof line)) {
        return;
    }
    make_completion_folder("fish");
    (void)snprintf(
        command, sizeof command,
        "cd %s && HOME=$PWD fish --no-config -c 'source _charnn; complete -C \"%s\"' 2>&1 "
        "| cut -f1 | LC_ALL=C sort -u | paste -sd' ' -",
        completion_folder, fish_completions[_i].line);
    ck_assert(run_shell(command, line, sizeof line));
    ck_assert_str_eq(line, fish_completions[_i].replies);
    temporary_remove(completion_folder);
}
END_TEST

/* The completion is the only one, so the line that is run shows it. */
static const struct {
    const char *line;
    const char *completed;
} zsh_completions[] = {
    {"charnn tr", "train"},
    {"charnn --v", "--version"},
    {"charnn train --rnn", "train --rnn-size"},
    {"charnn train --no-p", "train --no-peephole"},
    {"charnn train --rnn-size ", "train --rnn-size 128"},
    {"charnn train --model=g", "train --model=gru"},
    {"charnn train --preset c", "train --preset char-rnn"},
    {"charnn sample -l ", "sample -l 2000"},
    {"charnn help e", "help eval"},
    {"charnn help --completion f", "help --completion fish"},
    {"charnn sample m", "sample m.safetensors"},
    {"charnn sample c", "sample cv"},
    {"charnn info t", "info t"},
    {"charnn eval --against m", "eval --against m.safetensors"},
    {"charnn eval cv t", "eval cv text.txt"},
    {"charnn train t", "train text.txt"},
    {"charnn train --log t", "train --log text.txt"},
    {"charnn plot t", "plot text.txt"},
};

/* Types $1 and a tab in a shell in which charnn shows its arguments. */
static const char zsh_driver[] =
    "zmodload zsh/zpty\n"
    "zpty z zsh -f -i\n"
    "zpty -w z 'PS1=; stty -echo; charnn() { print RE\"PLY:\" $*; }; fpath=($PWD $fpath);' \\\n"
    "    'autoload -U compinit; compinit -u -D; print REA\"DY\"'\n"
    "zpty -r z output '*READY*'\n"
    "zpty -w z $1$'\\t'\n"
    "zpty -r z output $'*REPLY: *\\n'\n"
    "print -r -- $output | sed -n 's/.*REPLY: //p' | tr -d '\\r'\n";

START_TEST(zsh_completion_replies) {
    char line[4096];
    char command[1024];
    if (!run_shell("command -v zsh", line, sizeof line)) {
        return;
    }
    make_completion_folder("zsh");
    (void)snprintf(command, sizeof command, "cd %s && zsh -n _charnn && zsh -f %s '%s' 2>&1",
                   completion_folder, write_file(zsh_driver), zsh_completions[_i].line);
    ck_assert(run_shell(command, line, sizeof line));
    ck_assert_str_eq(line, zsh_completions[_i].completed);
    temporary_remove(completion_folder);
}
END_TEST

START_TEST(zsh_and_fish_have_every_option) {
    char *zsh = capture_completion("zsh");
    char *fish = capture_completion("fish");
    const char *zsh_at = zsh;
    const char *fish_at = fish;
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        for (size_t row = 0; row < command->options->count; row++) {
            char name[128];
            (void)snprintf(name, sizeof name, "--%s", command->options->rows[row].name);
            zsh_at = strstr(zsh_at, name);
            ck_assert_msg(zsh_at != NULL, "zsh: %s %s", command->name, name);
            (void)snprintf(name, sizeof name, "'__charnn_command %s' -l %s ", command->name,
                           command->options->rows[row].name);
            fish_at = strstr(fish_at, name);
            ck_assert_msg(fish_at != NULL, "fish: %s", name);
        }
    }
    free(zsh);
    free(fish);
}
END_TEST

START_TEST(shells_without_a_script_are_refused) {
    error = (struct error){0};
    ck_assert_int_eq(completion_print(stdout, "tcsh", charnn_commands, &error), CHARNN_ERROR_USAGE);
    ck_assert_str_eq(error.message, "--completion: no script for 'tcsh'; name bash, zsh or fish");
    char *standard = capture_completion(NULL);
    char *bash = capture_completion("bash");
    ck_assert_str_eq(standard, bash);
    free(standard);
    free(bash);
}
END_TEST

START_TEST(completion_has_every_option) {
    char *text = capture_completion("bash");
    for (size_t i = 0; charnn_commands[i].spec != NULL; i++) {
        const struct command_spec *command = charnn_commands[i].spec;
        char start[64];
        (void)snprintf(start, sizeof start, "        %s:-*) words=\"", command->name);
        const char *words = strstr(text, start);
        ck_assert_ptr_nonnull(words);
        char *names = strndup(words, strcspn(words, "\n"));
        ck_assert_ptr_nonnull(names);
        for (size_t row = 0; row < command->options->count; row++) {
            char name[64];
            (void)snprintf(name, sizeof name, "--%s", command->options->rows[row].name);
            ck_assert_msg(strstr(names, name) != NULL, "%s %s", command->name, name);
        }
        free(names);
    }
    free(text);
}
END_TEST

START_TEST(output_failures_are_told_apart) {
    error = (struct error){0};
    FILE *full = fopen("/dev/full", "w");
    if (full != NULL) {
        ck_assert_int_eq(stream_write(full, "text", 4, &error), CHARNN_OK);
        ck_assert_int_eq(stream_close(full, &error), CHARNN_ERROR_IO);
        ck_assert_str_eq(error.message, "cannot write the output: No space left on device");
    }
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(close(ends[0]), 0);
    ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    FILE *broken = fdopen(ends[1], "w");
    ck_assert_ptr_nonnull(broken);
    ck_assert_int_eq(stream_write(broken, "text", 4, &error), CHARNN_OK);
    ck_assert_int_eq(stream_close(broken, &error), CHARNN_ERROR_PIPE);
    ck_assert_str_eq(error.message, "");
    ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static TCase *parser_case(void) {
    TCase *parser = tcase_create("parser");
    tcase_add_checked_fixture(parser, NULL, teardown);
    tcase_add_test(parser, defaults_come_from_the_table);
    tcase_add_loop_test(parser, an_option_has_many_spellings, 0, COUNT(spellings));
    tcase_add_test(parser, flags_are_set_and_cleared);
    tcase_add_test(parser, values_are_never_respelt);
    tcase_add_test(parser, arguments_keep_their_order);
    tcase_add_test(parser, posixly_correct_changes_nothing);
    tcase_add_test(parser, the_last_of_equal_options_counts);
    tcase_add_loop_test(parser, mistakes_are_refused_in_words, 0, COUNT(refusals));
    tcase_add_test(parser, values_at_the_edges_are_allowed);
    tcase_add_loop_test(parser, options_without_effect_are_reported, 0, COUNT(ignored_lines));
    tcase_add_test(parser, help_comes_before_complaints);
    tcase_add_test(parser, domains_read_well);
    tcase_add_test(parser, suggestions_are_near);
    return parser;
}

static TCase *json_case(void) {
    TCase *json = tcase_create("json");
    tcase_add_checked_fixture(json, NULL, teardown);
    tcase_add_test(json, flags_override_files_override_presets);
    tcase_add_test(json, files_set_every_type);
    tcase_add_loop_test(json, files_are_checked_like_flags, 0, COUNT(bad_files));
    tcase_add_loop_test(json, files_that_are_no_json_are_refused, 0, COUNT(broken_files));
    tcase_add_test(json, a_missing_file_is_named);
    tcase_add_test(json, json_has_the_saved_rows);
    tcase_add_loop_test(json, json_round_trip_is_exact, 0, 7);
    tcase_add_test(json, resuming_takes_what_was_not_given);
    return json;
}

static TCase *commands_case(void) {
    TCase *commands = tcase_create("commands");
    tcase_add_checked_fixture(commands, NULL, teardown_commands);
    tcase_add_test(commands, tables_are_sound);
    tcase_add_test(commands, train_has_char_rnns_options);
    tcase_add_test(commands, the_preset_is_char_rnns_recipe);
    tcase_add_test(commands, train_settings_survive_json);
    tcase_add_test(commands, every_saved_value_is_read_back);
    tcase_add_test(commands, sample_has_char_rnns_options);
    tcase_add_test(commands, sample_takes_a_number_of_texts);
    tcase_add_test(commands, sample_takes_lists);
    tcase_add_test(commands, the_beginning_of_an_option_is_enough);
    tcase_add_test(commands, synonyms_are_known);
    tcase_add_test(commands, eval_and_info_have_their_options);
    tcase_add_loop_test(commands, misuse_of_commands_is_refused_in_words, 0, COUNT(misuses));
    tcase_add_test(commands, fractions_may_fill_the_text);
    return commands;
}

static TCase *texts_case(void) {
    TCase *texts = tcase_create("texts");
    tcase_add_checked_fixture(texts, NULL, teardown);
    tcase_add_test(texts, help_has_every_option);
    tcase_add_test(texts, help_describes_an_option_in_full);
    tcase_add_loop_test(texts, help_fits_the_width, 0, 3);
    tcase_add_test(texts, short_help_has_the_everyday_options);
    tcase_add_test(texts, short_help_reads_well);
    tcase_add_test(texts, manual_has_its_sections);
    tcase_add_test(texts, manual_has_every_option);
    tcase_add_test(texts, manual_has_every_example);
    tcase_add_test(texts, manual_is_good_roff);
    tcase_add_test(texts, completion_has_every_option);
    tcase_add_loop_test(texts, completion_replies, 0, COUNT(completions));
    tcase_add_loop_test(texts, fish_completion_replies, 0, COUNT(fish_completions));
    tcase_add_loop_test(texts, zsh_completion_replies, 0, COUNT(zsh_completions));
    tcase_add_test(texts, zsh_and_fish_have_every_option);
    tcase_add_test(texts, shells_without_a_script_are_refused);
    tcase_add_test(texts, output_failures_are_told_apart);
    return texts;
}

Suite *options_suite(void) {
    Suite *suite = suite_create("options");
    suite_add_tcase(suite, parser_case());
    suite_add_tcase(suite, json_case());
    suite_add_tcase(suite, commands_case());
    suite_add_tcase(suite, texts_case());
    return suite;
}
