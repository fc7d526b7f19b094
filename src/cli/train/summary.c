#include "cli/train/summary.h"

#include "base/plural.h"
#include "base/spool.h"
#include "cli/terminal/format.h"
#include "infer/generator.h"
#include "kernels/dispatch.h"

static void print_advice(const struct trainer_parts *parts, FILE *err) {
    size_t characters = corpus_length(parts->corpus);
    size_t parameters = parts->model->parameters.elements;
    /* Karpathy's rule of thumb: both of about the same order of magnitude. */
    if (parameters / 10 > characters) {
        (void)fprintf(err, "advice      more than ten parameters for each character: the model may "
                           "learn the text by heart; use a smaller --rnn-size, or --dropout\n");
    } else if (characters / 50 > parameters) {
        (void)fprintf(err, "advice      more than fifty characters for each parameter: a larger "
                           "--rnn-size would learn more from this text\n");
    }
}

static void print_text(const struct trainer_parts *parts, const struct trainer_plan *plan,
                       FILE *err) {
    char text[5][CHARNN_FORMAT_SIZE];
    static const char *const encodings[] = {"", "UTF-8", "bytes"};
    char records[CHARNN_FORMAT_SIZE + 16] = "";
    size_t count = corpus_records(parts->corpus);
    if (count > 0) {
        (void)snprintf(records, sizeof records, ", in %s record%s", format_count(count, text[0]),
                       plural_ending(count));
    }
    size_t sizes[CHARNN_SPLITS];
    for (size_t i = 0; i < CHARNN_SPLITS; i++) {
        sizes[i] = plan->splits[i].end - plan->splits[i].begin;
    }
    (void)fprintf(err,
                  "text        %s characters (%s), %s different%s: %s to train, %s to validate, "
                  "%s to test\n",
                  format_count(corpus_length(parts->corpus), text[0]),
                  encodings[corpus_encoding(parts->corpus)],
                  format_count(vocab_size(parts->vocab), text[4]), records,
                  format_count(sizes[0], text[1]), format_count(sizes[1], text[2]),
                  format_count(sizes[2], text[3]));
}

/* Where each byte is a character because the text could not be read as UTF-8; a run that goes on
 * from a checkpoint has the encoding of that. */
static void print_encoding(const struct trainer_parts *parts, FILE *err) {
    const struct train_settings *s = parts->settings;
    size_t file;
    size_t offset;
    if (s->encoding == CHARNN_ENCODING_AUTO && !s->resume && s->init_from[0] == '\0' &&
        corpus_encoding(parts->corpus) == CHARNN_ENCODING_BYTES &&
        corpus_find_raw_byte(parts->corpus, &file, &offset)) {
        (void)fprintf(
            err,
            "note        %s is not UTF-8 (at offset %zu), so each byte is a character; "
            "convert it, as with iconv, or say --encoding utf8 where such bytes are few\n",
            corpus_file(parts->corpus, file), offset);
    }
}

/*
 * What the process takes beside what the parts count: tables of the program and its libraries that
 * are changed when it is loaded, the heap's small pieces (the settings as text and as JSON, buffers
 * of streams) and the stack; then what is touched of each thread's stack. Measured with glibc on
 * x86-64, and of weight for small models only.
 */
enum { START_BYTES = 150 * 1000, PROCESS_BYTES = 390 * 1000, THREAD_BYTES = 8 * 1024 };

/* Bytes at the peak: while it trains and saves, or for a tiny model while the text was opened. */
static size_t estimate_memory(const struct trainer_parts *parts, const struct trainer_plan *plan) {
    size_t threads = thread_pool_size(parts->pool);
    struct corpus_memory corpus = corpus_memory(parts->corpus);
    size_t start = START_BYTES + corpus.most;
    size_t run = PROCESS_BYTES + threads * THREAD_BYTES + corpus.held + plan->memory;
    if (parts->settings->sample_every > 0) {
        run += generator_memory(parts->model);
    }
    return run > start ? run : start;
}

static void print_memory(const struct trainer_parts *parts, const struct trainer_plan *plan,
                         FILE *err) {
    char text[CHARNN_FORMAT_SIZE];
    size_t spooled = corpus_spooled(parts->corpus);
    (void)fprintf(err, "memory      about %s, the text not counted\n",
                  format_bytes(estimate_memory(parts, plan), text));
    if (spooled > 0) {
        (void)fprintf(
            err, "disk        %s of text from pipes or compressed files, until the end in %s\n",
            format_bytes(spooled, text), spool_folder());
    }
}

static void print_run(const struct trainer_parts *parts, const struct trainer_plan *plan,
                      FILE *err) {
    const struct train_settings *s = parts->settings;
    char text[CHARNN_FORMAT_SIZE];
    (void)fprintf(err, "run         %s window%s of %zu x %zu characters an epoch",
                  format_count(plan->windows, text), plural_ending(plan->windows), plan->batch,
                  plan->steps);
    if (plan->updates > 0) {
        (void)fprintf(err, ", %s step%s", format_count(plan->updates, text),
                      plural_ending(plan->updates));
    }
    if (s->max_seconds > 0) {
        (void)fprintf(err, ", at most %s", format_duration(s->max_seconds, text));
    }
    (void)fprintf(err, "; %zu thread%s, kernels %s\n", thread_pool_size(parts->pool),
                  plural_ending(thread_pool_size(parts->pool)), kernels_current()->name);
}

void train_summary_print(const struct trainer_parts *parts, const struct trainer *trainer,
                         FILE *err) {
    const struct trainer_plan *plan = trainer_plan(trainer);
    const struct model_shape *shape = &parts->model->shape;
    char text[CHARNN_FORMAT_SIZE];
    print_text(parts, plan, err);
    (void)fprintf(err, "model       %s%s, %zu layer%s of %zu unit%s, %s parameters\n",
                  shape->cell->name, shape->peephole ? " with peepholes" : "", shape->layers,
                  plural_ending(shape->layers), shape->hidden, plural_ending(shape->hidden),
                  format_count(parts->model->parameters.elements, text));
    print_memory(parts, plan, err);
    print_run(parts, plan, err);
    print_encoding(parts, err);
    if (corpus_records(parts->corpus) == 1) {
        (void)fputs(
            "note        the text is one record: nothing is in it of what --records says to "
            "be between two\n",
            err);
    }
    if (plan->reduced) {
        (void)fprintf(
            err,
            "note        the text is short: %zu stream%s of %zu character%s instead of %zu "
            "of %zu\n",
            plan->batch, plural_ending(plan->batch), plan->steps, plural_ending(plan->steps),
            parts->settings->batch_size, parts->settings->seq_length);
    }
    if (plan->splits[CHARNN_SPLIT_VAL].end - plan->splits[CHARNN_SPLIT_VAL].begin < 2) {
        (void)fprintf(err, "note        there is no text to validate on, so the newest checkpoint "
                           "counts as the best\n");
    }
    if (parts->settings->resume) {
        (void)fprintf(err, "resumed     at step %s\n",
                      format_count(trainer_progress(trainer)->step, text));
    }
    print_advice(parts, err);
}

void train_summary_print_rare(const struct trainer_parts *parts, const struct rare_symbols *rare,
                              FILE *err) {
    char text[2][CHARNN_FORMAT_SIZE];
    if (rare->different > 0) {
        double share = (double)rare->occurrences / (double)corpus_length(parts->corpus);
        (void)fprintf(err,
                      "rare        %s different character%s, of which each occurs less than %s "
                      "times, are learned as one: %.2g%% of the text\n",
                      format_count(rare->different, text[0]), plural_ending(rare->different),
                      format_count(parts->settings->min_count, text[1]), 100 * share);
    }
}

/* The first of the codes that were added, and how many more. */
static void print_added(const struct vocab *vocab, size_t known, FILE *err) {
    enum { NAMED = 3 };
    size_t added = vocab_size(vocab) - known;
    char text[CHARNN_FORMAT_SIZE];
    (void)fprintf(err, ", and %s new one%s", format_count(added, text), plural_ending(added));
    for (size_t i = 0; i < added && i < NAMED; i++) {
        char name[CHARNN_SYMBOL_DESCRIPTION];
        (void)fprintf(err, "%s%s", i == 0 ? ": " : ", ",
                      symbol_describe(vocab_codes(vocab)[known + i], name, sizeof name));
    }
    (void)fputs(added > NAMED ? ", ..." : "", err);
}

void train_summary_print_origin(const struct trainer_parts *parts, const struct checkpoint *origin,
                                FILE *err) {
    const struct vocab *known = checkpoint_vocab(origin);
    size_t characters = vocab_size(known);
    characters -= vocab_unknown(known) >= 0 ? 1 : 0;
    characters -= vocab_end(known) >= 0 ? 1 : 0;
    size_t unused = characters - corpus_count_known(parts->corpus, known);
    char text[CHARNN_FORMAT_SIZE];
    (void)fprintf(err, "origin      %s: all of its %s character%s", checkpoint_path(origin),
                  format_count(characters, text), plural_ending(characters));
    if (unused > 0) {
        (void)fprintf(err, ", of which the text lacks %s", format_count(unused, text));
    }
    if (vocab_size(parts->vocab) > vocab_size(known)) {
        print_added(parts->vocab, vocab_size(known), err);
    }
    (void)fputc('\n', err);
}
