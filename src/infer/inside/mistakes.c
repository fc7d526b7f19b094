#include "infer/inside/mistakes.h"

#include "base/memory.h"
#include "base/xxh64.h"
#include "text/letters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAME(name, label, meaning) {label, meaning},
const struct mistake_name mistake_names[CHARNN_MISTAKE_COUNT] = {CHARNN_MISTAKES(NAME)};
#undef NAME

static const size_t memories[] = {100, 500, 1000, 5000};
enum { MEMORIES = sizeof memories / sizeof memories[0] };

/* What is known of a recording. */
struct inquiry {
    const struct recording *recording;
    const struct comparison *comparison;
    const int32_t *ids; /* [N] of the recording */
    uint64_t *words;    /* [word_count] hashes of the words of the training text, ascending */
    size_t word_count;
};

static bool is_of_word(uint32_t code) {
    return code_is_letter(code) || code_is_digit(code) || code > CHARNN_SYMBOL_END;
}

static uint64_t hash_word(const int32_t *ids, size_t length) {
    return xxh64_bytes((const unsigned char *)ids, length * sizeof *ids, 0);
}

/* Lists the words of the training text; without memory for the list, only counts them. */
static void collect_words(struct inquiry *q, const struct vocab *vocab) {
    const uint32_t *codes = vocab_codes(vocab);
    const int32_t *ids = q->comparison->ids;
    size_t count = q->comparison->training;
    q->word_count = 0;
    for (size_t begin = 0, end; begin < count; begin = end + 1) {
        end = begin;
        while (end < count && is_of_word(codes[ids[end]])) {
            end++;
        }
        if (end > begin) {
            if (q->words != NULL) {
                q->words[q->word_count] = hash_word(ids + begin, end - begin);
            }
            q->word_count++;
        }
    }
}

static int compare_hashes(const void *a, const void *b) {
    uint64_t one = *(const uint64_t *)a;
    uint64_t other = *(const uint64_t *)b;
    return (one > other) - (one < other);
}

/* How many words of the training text have a hash below `hash`. */
static size_t words_below(const struct inquiry *q, uint64_t hash) {
    size_t low = 0;
    size_t high = q->word_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (q->words[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* How often the training text has a word, up to one more than a rare word. */
static size_t count_word(const struct inquiry *q, size_t begin, size_t end) {
    uint64_t hash = hash_word(q->ids + begin, end - begin);
    size_t count = 0;
    for (size_t i = words_below(q, hash); i < q->word_count && q->words[i] == hash; i++) {
        if (count++ == CHARNN_MISTAKE_RARE) {
            break;
        }
    }
    return count;
}

/* How far before a word its letters begin that are in a row there, or SIZE_MAX if they are not in
 * the longest memory. They end before the word, because no letter is next to it. */
static size_t find_before(const struct inquiry *q, size_t begin, size_t end) {
    for (size_t back = 1; back <= memories[MEMORIES - 1] && back <= begin; back++) {
        const int32_t *at = q->ids + begin - back;
        if (q->recording->codes[begin - back] == CHARNN_SYMBOL_END) {
            break;
        }
        if (memcmp(at, q->ids + begin, (end - begin) * sizeof *at) == 0) {
            return back;
        }
    }
    return SIZE_MAX;
}

/* The type of an error in the word [begin, end), or CHARNN_MISTAKE_COUNT if it is of no type that
 * looks at words. */
static enum mistake_type classify_in_word(const struct inquiry *q, size_t t, size_t begin,
                                          size_t end) {
    size_t back = t > begin ? find_before(q, begin, end) : SIZE_MAX;
    for (size_t i = 0; i < MEMORIES; i++) {
        if (back <= memories[i]) {
            return (enum mistake_type)(CHARNN_MISTAKE_MEMORY_100 + i);
        }
    }
    size_t count = count_word(q, begin, end);
    return count == 0                     ? CHARNN_MISTAKE_NEW_WORD
           : count <= CHARNN_MISTAKE_RARE ? CHARNN_MISTAKE_RARE_WORD
                                          : CHARNN_MISTAKE_COUNT;
}

/* Quotes are those of ASCII and the curly ones. */
static bool is_before_word(uint32_t code) {
    return code_is_blank(code) || symbol_ends_line(code) || code == '"' || code == '\'' ||
           code_is_between(code, 0x2018, 0x201F);
}

static enum mistake_type classify(const struct inquiry *q, size_t t) {
    const struct recording *r = q->recording;
    size_t begin = t;
    size_t end = t;
    enum mistake_type type = CHARNN_MISTAKE_COUNT;
    if (q->comparison->short_right[t]) {
        return CHARNN_MISTAKE_NGRAM;
    }
    if (is_of_word(r->codes[t])) {
        while (begin > 0 && is_of_word(r->codes[begin - 1])) {
            begin--;
        }
        while (end < r->length && is_of_word(r->codes[end])) {
            end++;
        }
        type = classify_in_word(q, t, begin, end);
    }
    if (type != CHARNN_MISTAKE_COUNT) {
        return type;
    }
    if (is_before_word(r->codes[t - 1])) {
        return CHARNN_MISTAKE_WORD_START;
    }
    double lacking = 0.5 - exp(-(double)r->nats[t]);
    return code_is_punctuation(r->codes[t]) ? CHARNN_MISTAKE_PUNCTUATION
           : lacking < 0.1                  ? CHARNN_MISTAKE_BOOST_1
           : lacking < 0.2                  ? CHARNN_MISTAKE_BOOST_2
           : lacking < 0.3                  ? CHARNN_MISTAKE_BOOST_3
           : lacking < 0.4                  ? CHARNN_MISTAKE_BOOST_4
                                            : CHARNN_MISTAKE_REST;
}

/* Counts an error, and keeps it as an example if its loss is among the largest. */
static void add(struct mistake *mistake, const struct recording *r, size_t t) {
    size_t at = mistake->example_count;
    mistake->count++;
    while (at > 0 && r->nats[mistake->examples[at - 1]] < r->nats[t]) {
        at--;
    }
    if (at == CHARNN_MISTAKE_EXAMPLES) {
        return;
    }
    mistake->example_count += mistake->example_count < CHARNN_MISTAKE_EXAMPLES;
    for (size_t i = mistake->example_count; --i > at;) {
        mistake->examples[i] = mistake->examples[i - 1];
    }
    mistake->examples[at] = t;
}

enum status mistakes_find(const struct recording *recording, const struct comparison *comparison,
                          const struct vocab *vocab, struct mistakes *mistakes,
                          struct error *error) {
    struct inquiry q = {.recording = recording,
                        .comparison = comparison,
                        .ids = comparison->ids + comparison->training};
    *mistakes = (struct mistakes){0};
    collect_words(&q, vocab);
    if (MEMORY_NEW(&q.words, q.word_count, "the words of the training text", error) != CHARNN_OK) {
        return error->status;
    }
    collect_words(&q, vocab);
    qsort(q.words, q.word_count, sizeof *q.words, compare_hashes);
    for (size_t t = 1; t < recording->length; t++) {
        if (!comparison_network_right(recording, t)) {
            mistakes->errors++;
            add(&mistakes->types[classify(&q, t)], recording, t);
        }
    }
    memory_free(q.words);
    return CHARNN_OK;
}
