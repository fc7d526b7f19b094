/*
 * The characters that a network has wrong, by type: after Karpathy, Johnson & Li (2015), section
 * 4.4. A character is an error if the network gives it a probability of at most 0.5.
 *
 * The types are taken off one after another: an error is of the first type that fits. A word is a
 * run of letters, digits and bytes outside UTF-8, as long as possible.
 */
#ifndef CHARNN_INFER_INSIDE_MISTAKES_H
#define CHARNN_INFER_INSIDE_MISTAKES_H

#include "infer/inside/comparison.h"

/* X(name, label, meaning) */
#define CHARNN_MISTAKES(X)                                                                         \
    X(NGRAM, "n-gram", "an n-gram model with n up to 9 has it right")                              \
    X(MEMORY_100, "memory 100",                                                                    \
      "after the first character of a word whose letters are, in a row, in the 100 characters "    \
      "before it (and of its record)")                                                             \
    X(MEMORY_500, "memory 500", "the same in 500 characters")                                      \
    X(MEMORY_1000, "memory 1000", "the same in 1,000 characters")                                  \
    X(MEMORY_5000, "memory 5000", "the same in 5,000 characters")                                  \
    X(NEW_WORD, "new word", "in a word that the training text lacks")                              \
    X(RARE_WORD, "rare word", "in a word that the training text has 1 to 5 times")                 \
    X(WORD_START, "after a space", "after a space, tab, newline or quote, or first in a record")   \
    X(PUNCTUATION, "punctuation", "a character of ASCII that is no letter, digit or blank")        \
    X(BOOST_1, "boost 0.1", "a probability that is higher by 0.1 would do")                        \
    X(BOOST_2, "boost 0.2", "a probability that is higher by 0.2 would do")                        \
    X(BOOST_3, "boost 0.3", "a probability that is higher by 0.3 would do")                        \
    X(BOOST_4, "boost 0.4", "a probability that is higher by 0.4 would do")                        \
    X(REST, "the rest", "a probability of at most 0.1")

#define CHARNN_MISTAKE_NAME(name, label, meaning) CHARNN_MISTAKE_##name,
enum mistake_type { CHARNN_MISTAKES(CHARNN_MISTAKE_NAME) CHARNN_MISTAKE_COUNT };
#undef CHARNN_MISTAKE_NAME

struct mistake_name {
    const char *label;
    const char *meaning;
};

extern const struct mistake_name mistake_names[CHARNN_MISTAKE_COUNT];

enum { CHARNN_MISTAKE_EXAMPLES = 3, CHARNN_MISTAKE_RARE = 5 };

struct mistakes {
    size_t errors;
    struct mistake {
        size_t count;
        /* The errors with the largest loss, that first: indices into the recording. */
        size_t examples[CHARNN_MISTAKE_EXAMPLES];
        size_t example_count;
    } types[CHARNN_MISTAKE_COUNT];
};

/* The share of a type in all errors; 0 if there are none. */
static inline double mistakes_share(const struct mistakes *mistakes, size_t type) {
    return mistakes->errors > 0 ? (double)mistakes->types[type].count / (double)mistakes->errors
                                : 0;
}

/* Sorts the errors of a recording. Errors: CHARNN_ERROR_MEMORY. */
CHARNN_MUST_CHECK enum status mistakes_find(const struct recording *recording,
                                            const struct comparison *comparison,
                                            const struct vocab *vocab, struct mistakes *mistakes,
                                            struct error *error);

#endif
