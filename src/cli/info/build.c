#include "cli/info/build.h"

#include "base/json.h"
#include "base/machine/thread_pool.h"
#include "base/version.h"
#include "cli/terminal/line_input.h"
#include "kernels/dispatch.h"
#include "ranks/ranks.h"
#include "text/files/compression.h"
#include "train/start/ridge.h"

#include <stdlib.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#if defined(__clang__)
#define COMPILER                                                                                   \
    "clang " TEXT(__clang_major__) "." TEXT(__clang_minor__) "." TEXT(__clang_patchlevel__)
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

/* Set by the Makefile. */
#ifndef CHARNN_BUILD_FLAGS
#define CHARNN_BUILD_FLAGS ""
#endif

/* __STDC_VERSION__ is the year and month of the standard: "C11" for 201112. */
static const char c_standard[] = {'C', '0' + __STDC_VERSION__ / 1000 % 10,
                                  '0' + __STDC_VERSION__ / 100 % 10, '\0'};

enum { LIBRARIES = 5 };

/* An optional library. */
struct library {
    const char *name;
    const char *version; /* NULL: the program was built without it */
    const char *without; /* what is then missing */
};

static void list_libraries(struct library libraries[LIBRARIES]) {
    libraries[0] = (struct library){"zlib", compression_library(CHARNN_COMPRESSION_GZIP),
                                    "none: texts in .gz cannot be read"};
    libraries[1] = (struct library){"zstd", compression_library(CHARNN_COMPRESSION_ZSTD),
                                    "none: texts in .zst cannot be read"};
    libraries[2] = (struct library){"libedit", line_input_library(),
                                    "none: lines of --interactive cannot be edited"};
    libraries[3] = (struct library){"lapack", ridge_library(), "none: train has no --ridge"};
    libraries[4] = (struct library){"mpi", ranks_library(), "none: train runs on one machine"};
}

static bool kernels_are_named(void) {
    const char *name = getenv("CHARNN_KERNELS");
    return name != NULL && name[0] != '\0';
}

static void print_kernels(FILE *out) {
    const char *reason =
        kernels_are_named() ? "set by CHARNN_KERNELS" : "the fastest that this processor supports";
    (void)fprintf(out, "\nKernels\n");
    for (size_t i = 0; i < kernels_count; i++) {
        const struct kernels *kernels = kernels_table[i];
        bool used = kernels == kernels_current();
        (void)fprintf(out, "  %-13s %s%s%s\n", kernels->name,
                      kernels->supported() ? "supported" : "not supported by this processor",
                      used ? "; in use: " : "", used ? reason : "");
    }
}

void build_info_print(FILE *out) {
    struct library libraries[LIBRARIES];
    list_libraries(libraries);
    (void)fprintf(out, "charnn %s\n\nBuild\n", CHARNN_VERSION);
    (void)fprintf(out, "  compiler      %s, %s\n", COMPILER, c_standard);
    if (CHARNN_BUILD_FLAGS[0] != '\0') {
        (void)fprintf(out, "  flags         %s\n", CHARNN_BUILD_FLAGS);
    }
    (void)fprintf(out, "  cJSON         %s\n", cJSON_Version());
    for (size_t i = 0; i < LIBRARIES; i++) {
        const struct library *library = &libraries[i];
        (void)fprintf(out, "  %-13s %s\n", library->name,
                      library->version != NULL ? library->version : library->without);
    }
    print_kernels(out);
    (void)fprintf(out, "\nThreads\n  %-13zu default: one per available processor\n",
                  thread_pool_default_size());
}

static enum status describe_libraries(cJSON *json, struct error *error) {
    struct library libraries[LIBRARIES];
    list_libraries(libraries);
    if (json_add_string(json, "cjson", cJSON_Version(), error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < LIBRARIES; i++) {
        const char *name = libraries[i].name;
        const char *version = libraries[i].version;
        if (version == NULL && cJSON_AddNullToObject(json, name) == NULL) {
            return error_set(error, CHARNN_ERROR_MEMORY, "out of memory for a description as JSON");
        }
        if (version != NULL && json_add_string(json, name, version, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status describe_kernels(cJSON *json, struct error *error) {
    cJSON *list;
    if (json_add_array(json, "kernels", &list, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < kernels_count; i++) {
        const struct kernels *kernels = kernels_table[i];
        cJSON *entry;
        if (json_add_object(list, NULL, &entry, error) != CHARNN_OK ||
            json_add_string(entry, "name", kernels->name, error) != CHARNN_OK ||
            json_add_bool(entry, "supported", kernels->supported(), error) != CHARNN_OK ||
            json_add_bool(entry, "in_use", kernels == kernels_current(), error) != CHARNN_OK) {
            return error->status;
        }
    }
    return json_add_string(json, "kernels_chosen_by",
                           kernels_are_named() ? "CHARNN_KERNELS" : "processor", error);
}

enum status build_info_describe(cJSON *json, struct error *error) {
    if (json_add_string(json, "version", CHARNN_VERSION, error) != CHARNN_OK ||
        json_add_string(json, "compiler", COMPILER, error) != CHARNN_OK ||
        json_add_string(json, "c_standard", c_standard, error) != CHARNN_OK ||
        json_add_string(json, "flags", CHARNN_BUILD_FLAGS, error) != CHARNN_OK ||
        describe_libraries(json, error) != CHARNN_OK ||
        describe_kernels(json, error) != CHARNN_OK) {
        return error->status;
    }
    return json_add_size(json, "threads", thread_pool_default_size(), error);
}
