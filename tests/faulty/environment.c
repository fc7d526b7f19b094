/*
 * Linked into build/tests/faulty/charnn, the program whose calls fail for shell tests:
 *
 *   CHARNN_FAULTS='write:3:ENOSPC fsync:2-4:EIO rename:1-:EACCES write:2:short rename:2:kill'
 *
 * Each fault is KIND:CALLS:ERROR. KIND is from support/faults.h. CALLS is a number, a range, or a
 * range without end. ERROR is an errno name, "short" or "kill". At exit, the number of calls of
 * each kind is written to the file CHARNN_FAULTS_COUNT, in lines like "write 12".
 *
 * CHARNN_MEMORY is the physical memory of the machine in bytes; with CHARNN_CLOCK each look at the
 * clock shows so many seconds more.
 */
#include "support/faults.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULT_NAME(kind, name, what) [kind] = name,
static const char *const kinds[FAULT_KINDS] = {FAULT_LIST(FAULT_NAME)};
#undef FAULT_NAME

static const struct {
    const char *name;
    int number;
} numbers[] = {
    {"EACCES", EACCES}, {"EAGAIN", EAGAIN},     {"EDQUOT", EDQUOT},   {"EINTR", EINTR},
    {"EINVAL", EINVAL}, {"EIO", EIO},           {"EMFILE", EMFILE},   {"ENOENT", ENOENT},
    {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC},     {"ENOLCK", ENOLCK},   {"EPERM", EPERM},
    {"EROFS", EROFS},   {"short", FAULT_SHORT}, {"kill", FAULT_KILL},
};

/* Adds a fault like "rename:1-:EACCES"; false if it is invalid. */
static bool add_fault(char *text) {
    char *which = strchr(text, ':');
    char *how = which != NULL ? strchr(which + 1, ':') : NULL;
    if (how == NULL) {
        return false;
    }
    *which++ = '\0';
    *how++ = '\0';
    char *end;
    size_t first = strtoul(which, &end, 10);
    size_t last = first;
    if (*end == '-') {
        last = end[1] != '\0' ? strtoul(end + 1, &end, 10) : SIZE_MAX;
        end += *end == '-';
    }
    size_t kind = 0;
    while (kind < FAULT_KINDS && strcmp(text, kinds[kind]) != 0) {
        kind++;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(how, numbers[i].name) == 0 && kind < FAULT_KINDS && first > 0 && *end == '\0') {
            faults_add((enum fault_kind)kind, first, last, numbers[i].number);
            return true;
        }
    }
    return false;
}

/* Clears the faults first, because writing the counts must not fail. */
static void write_counts(void) {
    size_t calls[FAULT_KINDS];
    for (size_t kind = 0; kind < FAULT_KINDS; kind++) {
        calls[kind] = faults_calls((enum fault_kind)kind);
    }
    faults_clear();
    FILE *file = fopen(getenv("CHARNN_FAULTS_COUNT"), "w");
    for (size_t kind = 0; file != NULL && kind < FAULT_KINDS; kind++) {
        (void)fprintf(file, "%s %zu\n", kinds[kind], calls[kind]);
    }
    if (file == NULL || fclose(file) != 0) {
        _exit(125);
    }
}

__attribute__((constructor)) static void read_environment(void) {
    const char *list = getenv("CHARNN_FAULTS");
    char text[1024];
    int length = snprintf(text, sizeof text, "%s", list != NULL ? list : "");
    bool valid = length >= 0 && (size_t)length < sizeof text;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); valid && word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        valid = add_fault(word);
    }
    const char *memory = getenv("CHARNN_MEMORY");
    const char *clock = getenv("CHARNN_CLOCK");
    faults_set_memory(memory != NULL ? strtoul(memory, NULL, 10) : 0);
    faults_set_clock(clock != NULL ? strtod(clock, NULL) : 0);
    if (!valid || (getenv("CHARNN_FAULTS_COUNT") != NULL && atexit(write_counts) != 0)) {
        (void)fprintf(stderr, "faulty: invalid CHARNN_FAULTS '%s'\n", list);
        _exit(125);
    }
}
