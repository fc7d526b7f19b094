#include "text/records.h"

#include <string.h>

/* Finds the line at *offset: its end, without LF or CR LF, and the offset of the next line. */
static void find_line(const unsigned char *text, size_t size, size_t *offset, size_t *end) {
    size_t begin = *offset;
    const unsigned char *newline = memchr(text + begin, '\n', size - begin);
    *end = newline != NULL ? (size_t)(newline - text) : size;
    *offset = newline != NULL ? *end + 1 : size;
    *end -= newline != NULL && *end > begin && newline[-1] == '\r';
}

static bool is_blank(const unsigned char *text, size_t begin, size_t end) {
    while (begin < end && (text[begin] == ' ' || text[begin] == '\t')) {
        begin++;
    }
    return begin == end;
}

/* Finds the lines from *offset, the start of a line, up to a blank one, and skips that. */
static void find_paragraph(const unsigned char *text, size_t size, size_t *offset, size_t *end) {
    *end = *offset;
    while (*offset < size) {
        size_t begin = *offset;
        size_t line;
        find_line(text, size, offset, &line);
        if (is_blank(text, begin, line)) {
            return;
        }
        *end = line;
    }
}

struct delimiter {
    const char *text;
    bool join_newlines;
};

/* Bytes at `at` that match the delimiter from its character `from` on; 0 if they do not. With
 * join_newlines CR LF matches LF, except if the delimiter has the CR itself. */
static size_t match(const struct delimiter *delimiter, size_t from, const unsigned char *text,
                    size_t size, size_t at) {
    size_t end = at;
    for (const char *c = delimiter->text + from; *c != '\0'; c++) {
        bool has_pair = c[0] == '\r' && c[1] == '\n';
        bool pair = size - end >= 2 && text[end] == '\r' && text[end + 1] == '\n';
        end += delimiter->join_newlines && pair && !has_pair;
        if (end == size || text[end] != (unsigned char)*c) {
            return 0;
        }
        end++;
    }
    return end - at;
}

/* Returns the offset of the delimiter at or after `from`, and its bytes; `size` and 0 if there is
 * none. */
static size_t find_text(const struct delimiter *delimiter, const unsigned char *text, size_t size,
                        size_t from, size_t *length) {
    const unsigned char first = (unsigned char)delimiter->text[0];
    for (size_t next = from; next < size; next++) {
        const unsigned char *found = memchr(text + next, first, size - next);
        if (found == NULL) {
            break;
        }
        next = (size_t)(found - text);
        bool pair =
            delimiter->join_newlines && first == '\n' && next > from && text[next - 1] == '\r';
        size_t at = pair ? next - 1 : next;
        *length = match(delimiter, 0, text, size, at);
        if (*length > 0) {
            return at;
        }
    }
    *length = 0;
    return size;
}

/* The end of the last record: an LF that ends the file is a separator if the delimiter begins with
 * one. */
static size_t last_end(const struct delimiter *delimiter, const unsigned char *text, size_t begin,
                       size_t size) {
    if (delimiter->text[0] != '\n' || size == begin || text[size - 1] != '\n') {
        return size;
    }
    bool pair = delimiter->join_newlines && size - begin >= 2 && text[size - 2] == '\r';
    return size - (pair ? 2 : 1);
}

static void find_delimited(const struct delimiter *delimiter, const unsigned char *text,
                           size_t size, size_t *offset, size_t *end) {
    size_t begin = *offset;
    bool line_begins = begin == 0 || text[begin - 1] == '\n';
    if (delimiter->text[0] == '\n' && delimiter->text[1] != '\0' && line_begins) {
        size_t whole = match(delimiter, 0, text, size, begin);
        size_t length = whole > 0 ? whole : match(delimiter, 1, text, size, begin);
        if (length > 0) {
            *end = begin; /* an empty record, for the caller to skip */
            *offset += length;
            return;
        }
    }
    size_t length;
    *end = find_text(delimiter, text, size, begin, &length);
    *offset = *end + length;
    if (length == 0) {
        *end = last_end(delimiter, text, begin, size);
    }
}

bool records_next(const char *rule, bool join_newlines, const unsigned char *text, size_t size,
                  size_t *offset, size_t *begin, size_t *end) {
    const struct delimiter delimiter = {rule, join_newlines};
    while (*offset < size) {
        *begin = *offset;
        if (strcmp(rule, "line") == 0) {
            find_line(text, size, offset, end);
        } else if (strcmp(rule, "blank") == 0) {
            find_paragraph(text, size, offset, end);
        } else {
            find_delimited(&delimiter, text, size, offset, end);
        }
        if (*end > *begin) {
            return true;
        }
    }
    return false;
}

size_t records_find_end(const char *text, bool join_newlines, const unsigned char *record,
                        size_t size) {
    const struct delimiter delimiter = {text, join_newlines};
    size_t length;
    size_t at = find_text(&delimiter, record, size, 0, &length);
    return length > 0 ? at + length : 0;
}

const char *records_separator(const char *rule) {
    return strcmp(rule, "line") == 0 ? "\n" : strcmp(rule, "blank") == 0 ? "\n\n" : rule;
}
