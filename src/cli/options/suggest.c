#include "cli/options/suggest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 40 }; /* longer words have no suggestions */

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static int plain(char c) {
    return c == '_' ? '-' : c;
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
    size_t distance = edit_distance(suggestion->word, candidate);
    if (distance < suggestion->distance) {
        suggestion->best = candidate;
        suggestion->distance = distance;
    }
}
