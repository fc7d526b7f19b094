#include "cli/options/suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What other programs call an option or a command. A word may occur more than once. */
static const struct {
    const char *word;
    const char *name;
} synonyms[] = {
    {"epochs", "max-epochs"},
    {"num-epochs", "max-epochs"},
    {"steps", "max-steps"},
    {"iterations", "max-steps"},
    {"iters", "max-steps"},
    {"max-iters", "max-steps"},
    {"time", "max-seconds"},
    {"early-stopping", "patience"},
    {"lr", "learning-rate"},
    {"rate", "learning-rate"},
    {"wd", "weight-decay"},
    {"clip", "grad-clip"},
    {"layers", "num-layers"},
    {"hidden", "rnn-size"},
    {"hidden-size", "rnn-size"},
    {"units", "rnn-size"},
    {"size", "rnn-size"},
    {"cell", "model"},
    {"block-size", "seq-length"},
    {"context", "seq-length"},
    {"sequence-length", "seq-length"},
    {"input", "data-dir"},
    {"continue", "resume"},
    {"finetune", "init-from"},
    {"pretrained", "init-from"},
    {"o", "checkpoint-dir"},
    {"out", "checkpoint-dir"},
    {"out-dir", "checkpoint-dir"},
    {"output", "checkpoint-dir"},
    {"output-dir", "checkpoint-dir"},
    {"jobs", "threads"},
    {"workers", "threads"},
    {"prompt", "primetext"},
    {"start", "primetext"},
    {"prompt-file", "primetext-file"},
    {"chars", "length"},
    {"tokens", "length"},
    {"max-tokens", "length"},
    {"count", "num-samples"},
    {"samples", "num-samples"},
    {"greedy", "argmax"},
    {"v", "version"},
    {"fit", "train"},
    {"learn", "train"},
    {"resume", "train"},
    {"finetune", "train"},
    {"gen", "sample"},
    {"generate", "sample"},
    {"write", "sample"},
    {"evaluate", "eval"},
    {"score", "eval"},
    {"test", "eval"},
    {"describe", "info"},
    {"show", "info"},
};

/* What to do if no option corresponds. */
static const struct {
    const char *word;
    const char *advice;
} answers[] = {
#define TO_STANDARD_OUTPUT "samples and results go to standard output; use >FILE"
    {"o", TO_STANDARD_OUTPUT},
    {"out", TO_STANDARD_OUTPUT},
    {"outfile", TO_STANDARD_OUTPUT},
    {"output", TO_STANDARD_OUTPUT},
    {"output-file", TO_STANDARD_OUTPUT},
#undef TO_STANDARD_OUTPUT
    {"v", "'charnn --version' prints the version"},
    {"version", "'charnn --version' prints the version"},
};

enum { LONGEST = 40 }; /* longer words have no suggestions */

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static int plain(char c) {
    return c == '_' ? '-' : c;
}

static bool same(const char *a, const char *b) {
    while (*a != '\0' && plain(*a) == plain(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

bool suggestion_is_synonym(const char *word, const char *name) {
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        if (same(synonyms[i].word, word) && strcmp(synonyms[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

const char *suggestion_answer(const char *word) {
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (same(answers[i].word, word)) {
            return answers[i].advice;
        }
    }
    return NULL;
}

/* Number of insertions, deletions, substitutions and swaps of neighbours between two words: the
 * optimal string alignment distance (Damerau 1964). SIZE_MAX for words beyond LONGEST. */
static size_t edit_distance(const char *a, const char *b) {
    size_t length_a = strlen(a);
    size_t length_b = strlen(b);
    if (length_a > LONGEST || length_b > LONGEST) {
        return SIZE_MAX;
    }
    size_t rows[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= length_a; i++) {
        for (size_t j = 0; j <= length_b; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t change = plain(a[i - 1]) == plain(b[j - 1]) ? 0 : 1;
            size_t cost = least(rows[i - 1][j] + 1, rows[i][j - 1] + 1);
            cost = least(cost, rows[i - 1][j - 1] + change);
            if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
                plain(a[i - 2]) == plain(b[j - 1])) {
                cost = least(cost, rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = cost;
        }
    }
    return rows[length_a][length_b];
}

struct suggestion suggestion_start(const char *word) {
    /* Similar: at most one error per three letters. */
    return (struct suggestion){.word = word, .distance = strlen(word) / 3 + 1};
}

void suggestion_consider(struct suggestion *suggestion, const char *candidate) {
    size_t distance = suggestion_is_synonym(suggestion->word, candidate)
                          ? 0
                          : edit_distance(suggestion->word, candidate);
    if (distance < suggestion->distance) {
        suggestion->best = candidate;
        suggestion->distance = distance;
    }
}
