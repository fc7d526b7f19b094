#include "cli/train/run.h"

#include "base/files/spool.h"
#include "base/plural.h"
#include "base/shell.h"
#include "cli/terminal/format.h"
#include "cli/train/separator.h"
#include "kernels/dispatch.h"
#include "text/shuffle.h"
#include "text/split.h"
#include "train/schedule.h"

static size_t split_size(const struct train_run *run, size_t split) {
    const struct split *s = &run->plan.splits[split];
    return s->end - s->begin;
}

static const char *format_part(const struct train_run *run, size_t split,
                               char text[CHARNN_FORMAT_SIZE]) {
    return format_count(split_characters(run->corpus, run->plan.splits[split]), text);
}

static void print_text(struct train_run *run) {
    static const char *const encodings[] = {
        [CHARNN_ENCODING_UTF8] = "UTF-8",
        [CHARNN_ENCODING_BYTES] = "bytes",
    };
    const struct corpus *corpus = run->corpus;
    char text[6][CHARNN_FORMAT_SIZE];
    char records[CHARNN_FORMAT_SIZE + 16] = "";
    size_t count = corpus_records(corpus);
    if (count > 0) {
        (void)snprintf(records, sizeof records, ", in %s record%s", format_count(count, text[0]),
                       plural_ending(count));
    }
    progress_say(
        &run->progress, "text",
        "%s characters (%s), %s different%s: %s to train, %s to validate, %s to test",
        format_count(split_characters(corpus, (struct split){0, corpus_length(corpus)}), text[1]),
        encodings[corpus_encoding(corpus)], format_count(vocab_size(run->vocab), text[2]), records,
        format_part(run, CHARNN_SPLIT_TRAIN, text[3]), format_part(run, CHARNN_SPLIT_VAL, text[4]),
        format_part(run, CHARNN_SPLIT_TEST, text[5]));
}

static void print_model(struct train_run *run) {
    const struct model_shape *shape = &run->model->shape;
    char text[CHARNN_FORMAT_SIZE];
    char attention[64] = "";
    if (shape->attention > 0) {
        (void)snprintf(attention, sizeof attention, ", attention over %zu character%s",
                       shape->attention, plural_ending(shape->attention));
    }
    progress_say(&run->progress, "model", "%s%s, %zu layer%s of %zu unit%s%s%s, %s parameters",
                 shape->cell->name, shape->peephole ? " with peepholes" : "", shape->layers,
                 plural_ending(shape->layers), shape->hidden, plural_ending(shape->hidden),
                 shape->skip ? " with skip connections" : "", attention,
                 format_count(run->model->parameters.elements, text));
}

static void print_memory(struct train_run *run) {
    char text[CHARNN_FORMAT_SIZE];
    size_t spooled = corpus_spooled(run->corpus);
    progress_say(&run->progress, "memory", "about %s, not counting the text",
                 format_bytes(run->memory, text));
    if (spooled > 0) {
        progress_say(&run->progress, "disk",
                     "%s of piped or decompressed text, in temporary files in %s",
                     format_bytes(spooled, text), spool_folder());
    }
}

static void print_length(struct train_run *run) {
    const struct trainer_plan *plan = trainer_plan(run->trainer);
    size_t threads = thread_pool_size(run->pool);
    char text[CHARNN_FORMAT_SIZE];
    char steps[CHARNN_FORMAT_SIZE + 16] = "";
    char seconds[CHARNN_FORMAT_SIZE + 16] = "";
    if (plan->updates > trainer_progress(run->trainer)->step) {
        (void)snprintf(steps, sizeof steps, ", %s step%s", format_count(plan->updates, text),
                       plural_ending(plan->updates));
    }
    if (run->settings->max_seconds > 0) {
        (void)snprintf(seconds, sizeof seconds, ", at most %s",
                       format_duration(run->settings->max_seconds, text));
    }
    progress_say(&run->progress, "run",
                 "%s window%s of %zu x %zu characters per epoch%s%s; %zu thread%s, kernels %s",
                 format_count(plan->windows, text), plural_ending(plan->windows), plan->batch,
                 plan->steps, steps, seconds, threads, plural_ending(threads),
                 kernels_current()->name);
}

/* A run that starts from a checkpoint takes the encoding from it, not from the text. */
static void note_encoding(struct train_run *run) {
    const struct corpus *corpus = run->corpus;
    size_t file;
    size_t offset;
    if (run->origin == NULL && run->settings->encoding == CHARNN_ENCODING_AUTO &&
        corpus_encoding(corpus) == CHARNN_ENCODING_BYTES &&
        corpus_find_raw_byte(corpus, &file, &offset)) {
        progress_say(&run->progress, "note",
                     "%s is not valid UTF-8 at offset %zu, so each byte is read as a character; "
                     "convert the file with iconv, or use --encoding utf8 if such bytes are few",
                     corpus_file(corpus, file), offset);
    }
}

static void note_repeated_files(struct train_run *run) {
    size_t count = corpus_repeated_files(run->corpus);
    char text[CHARNN_FORMAT_SIZE];
    if (count > 0) {
        progress_say(&run->progress, "note",
                     "left out %s file%s in folders: links to files that are already in the text",
                     format_count(count, text), plural_ending(count));
    }
}

static void note_single_records(struct train_run *run) {
    size_t files = corpus_file_count(run->corpus);
    char hint[CHARNN_SEPARATOR_HINT];
    if (run->settings->records[0] == '\0' || corpus_records(run->corpus) > files) {
        return;
    }
    separator_explain(run->corpus, run->settings->records, hint);
    progress_say(&run->progress, "note",
                 "%s a single record: the --records separator never occurs in it%s",
                 files == 1 ? "the text is" : "each file is", hint);
}

/* Copies of a record stay in one part, so very many of them can leave another part small or empty.
 */
static void warn_of_copies(struct train_run *run) {
    const struct train_settings *s = run->settings;
    struct split asked[CHARNN_SPLITS];
    char text[5][CHARNN_FORMAT_SIZE];
    size_t size[CHARNN_SPLITS];
    size_t records = 0;
    bool small = false;
    if (run->copies == 0) {
        return;
    }
    size_t most = corpus_most_copied(run->corpus, &records);
    split_length(corpus_length(run->corpus), s->train_frac, s->val_frac, asked);
    for (size_t i = CHARNN_SPLIT_VAL; i < CHARNN_SPLITS; i++) {
        size[i] = asked[i].end - asked[i].begin;
        small = small || (split_size(run, i) < size[i] / 2 && most > size[i] / 2);
    }
    if (!small || records < 2) {
        return;
    }
    progress_say(
        &run->progress, "warning",
        "a record that stands %s times in the text makes up %.0f%% of it; because copies "
        "stay in one part, %s characters are left to validate and %s to test, instead of "
        "%s and %s; remove copies, or divide the text in its own order with "
        "--split-seed 0",
        format_count(records, text[0]), 100 * (double)most / (double)corpus_length(run->corpus),
        format_part(run, CHARNN_SPLIT_VAL, text[1]), format_part(run, CHARNN_SPLIT_TEST, text[2]),
        format_count(size[CHARNN_SPLIT_VAL], text[3]),
        format_count(size[CHARNN_SPLIT_TEST], text[4]));
}

static void print_notes(struct train_run *run) {
    const struct trainer_plan *plan = trainer_plan(run->trainer);
    const struct train_settings *s = run->settings;
    char text[CHARNN_FORMAT_SIZE];
    note_encoding(run);
    note_repeated_files(run);
    note_single_records(run);
    if (run->copies > 0) {
        progress_say(&run->progress, "note",
                     "%s record%s of others; copies of a record are in the same part of the text",
                     format_count(run->copies, text),
                     run->copies == 1 ? " is a copy" : "s are copies");
    }
    warn_of_copies(run);
    if (plan->reduced) {
        progress_say(&run->progress, "note",
                     "the text is short: %zu stream%s of %zu character%s instead of %zu of %zu",
                     plan->batch, plural_ending(plan->batch), plan->steps,
                     plural_ending(plan->steps), s->batch_size, s->seq_length);
    }
    if (split_size(run, CHARNN_SPLIT_VAL) < 2) {
        progress_say(&run->progress, "note",
                     "there is no validation text, so the newest checkpoint counts as the best");
    }
    if (s->resume) {
        progress_say(&run->progress, "resumed", "at step %s",
                     format_count(trainer_progress(run->trainer)->step, text));
        train_print_best(run, true);
    }
}

/* A slow step looks like a program that hangs. */
static void note_long_steps(struct train_run *run) {
    const double long_step = 2e11; /* operations: seconds on most machines */
    const struct trainer_plan *plan = trainer_plan(run->trainer);
    /* per parameter and character: a multiplication and an addition forward, twice that backward */
    double operations = 6.0 * (double)run->model->parameters.elements *
                        (double)(plan->batch * plan->steps) * (double)run->settings->accumulate;
    if (operations > long_step) {
        progress_say(&run->progress, "note",
                     "a step takes about %.2g trillion operations, which is seconds or minutes; if "
                     "the run is "
                     "stopped within one, it resumes with that step",
                     operations / 1e12);
    }
}

static void print_rare(struct train_run *run) {
    char text[2][CHARNN_FORMAT_SIZE];
    if (run->rare.different > 0) {
        progress_say(&run->progress, "rare",
                     "characters that occur fewer than %s times are learned as one: %s different, "
                     "%.2g%% of the text",
                     format_count(run->settings->min_count, text[0]),
                     format_count(run->rare.different, text[1]),
                     100 * (double)run->rare.occurrences / (double)corpus_length(run->corpus));
    }
}

/* ", plus 5 new: 'a' (U+0061), 'b' (U+0062), 'c' (U+0063), ..." */
static void format_added(const struct vocab *vocab, size_t known, char *text, size_t size) {
    enum { NAMED = 3 };
    size_t added = vocab_size(vocab) - known;
    char count[CHARNN_FORMAT_SIZE];
    char name[CHARNN_SYMBOL_DESCRIPTION];
    int length = snprintf(text, size, ", plus %s new", format_count(added, count));
    for (size_t i = 0; i < added && i < NAMED; i++) {
        length += snprintf(text + length, size - (size_t)length, "%s%s", i == 0 ? ": " : ", ",
                           symbol_describe(vocab_codes(vocab)[known + i], name, sizeof name));
    }
    (void)snprintf(text + length, size - (size_t)length, "%s", added > NAMED ? ", ..." : "");
}

/* The characters of the --init-from model compared with those of the text. */
static void print_origin(struct train_run *run) {
    const struct vocab *known = checkpoint_vocab(run->origin);
    size_t size = vocab_size(known);
    size_t characters =
        size - (vocab_unknown(known) >= 0 ? 1 : 0) - (vocab_end(known) >= 0 ? 1 : 0);
    size_t unused = characters - corpus_count_known(run->corpus, known);
    char text[2][CHARNN_FORMAT_SIZE];
    char lacking[CHARNN_FORMAT_SIZE + 32] = "";
    char added[4 * CHARNN_SYMBOL_DESCRIPTION + 64] = "";
    if (unused > 0) {
        (void)snprintf(lacking, sizeof lacking, " (%s not in the text)",
                       format_count(unused, text[0]));
    }
    if (vocab_size(run->vocab) > size) {
        format_added(run->vocab, size, added, sizeof added);
    }
    progress_say(&run->progress, "origin", "%s: %s character%s%s%s", checkpoint_path(run->origin),
                 format_count(characters, text[1]), plural_ending(characters), lacking, added);
}

/* What a run takes over from the model of --init-from without being asked to. */
static void note_inherited(struct train_run *run) {
    const struct train_settings *s = run->settings;
    const struct options *options = &run->invocation->options;
    char text[256];
    struct text words = text_start(text, sizeof text);
    if (s->records[0] != '\0' && options_origin(options, "records") == CHARNN_ORIGIN_DEFAULT) {
        text_add(&words, " --records ");
        shell_add_escaped_word(&words, s->records);
    }
    if (s->learn_after[0] != '\0' &&
        options_origin(options, "learn-after") == CHARNN_ORIGIN_DEFAULT) {
        text_add(&words, " --learn-after ");
        shell_add_escaped_word(&words, s->learn_after);
    }
    if (words.used > 0) {
        progress_say(&run->progress, "note", "as the model was trained:%s", text);
    }
}

/* Prints the learning rate if the options of a resumed run may have changed it. */
static void print_rate(struct train_run *run) {
    static const char *const options[] = {"learning-rate", "schedule", "learning-rate-decay",
                                          "learning-rate-decay-after", "learning-rate-decay-every",
                                          "warmup-steps",
                                          /* which other schedules than step depend on */
                                          "max-epochs", "max-steps", "max-seconds"};
    enum { ENDS = 3, OPTIONS = sizeof options / sizeof options[0] };
    bool falls = schedule_falls(run->settings);
    char limits[CHARNN_LIMITS];
    bool given = false;
    for (size_t i = 0; i < (falls ? OPTIONS : OPTIONS - ENDS); i++) {
        given = given || options_given(&run->invocation->options, options[i]);
    }
    if (run->settings->resume && given && !train_is_complete(run, limits)) {
        progress_say(&run->progress, "rate", "%.4g from this step on%s", trainer_rate(run->trainer),
                     falls ? ", falling to 0 at the end of the run" : "; later decays apply to it");
    }
}

void train_print_sizes(struct train_run *run) {
    print_text(run);
    train_print_recipe(run);
    print_model(run);
    print_memory(run);
}

void train_print_summary(struct train_run *run) {
    const cJSON *change;
    char limits[CHARNN_LIMITS];
    if (run->settings->resume) {
        train_print_sizes(run);
    }
    print_length(run);
    print_notes(run);
    train_print_advice(run);
    print_rare(run);
    if (run->origin != NULL && !run->settings->resume) {
        print_origin(run);
        note_inherited(run);
    }
    cJSON_ArrayForEach(change, run->changes) {
        progress_say(&run->progress, "changed", "%s", change->valuestring);
    }
    print_rate(run);
    if (!train_is_complete(run, limits)) {
        note_long_steps(run);
    }
}
