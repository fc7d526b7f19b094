#include "text/text_files.h"

#include "base/memory.h"
#include "text/compression.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAPS_MOST = 1 << 14 }; /* more files go into the spool: systems limit a process's maps */

size_t text_files_spooled(const struct text_files *files) {
    return files->spool != NULL ? spool_size(files->spool) : 0;
}

/* Appends to the spool what a file holds that cannot be mapped. */
static enum status spool_file(struct text_files *files, const char *path, struct error *error) {
    enum compression compression = compression_of(path);
    if (files->spool == NULL && spool_create(&files->spool, error) != CHARNN_OK) {
        return error->status;
    }
    if (compression != CHARNN_COMPRESSION_NONE) {
        return decompress(compression, path, files->spool, error);
    }
    if (strcmp(path, "-") == 0) {
        return spool_read(files->spool, STDIN_FILENO, "standard input", error);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    enum status status = spool_read(files->spool, fd, path, error);
    (void)close(fd);
    return status;
}

/* Whether a file can be mapped; what is not there is left to file_bytes_init() to refuse. */
static bool is_mappable(const char *path) {
    struct stat about;
    if (strcmp(path, "-") == 0) {
        return fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
               lseek(STDIN_FILENO, 0, SEEK_CUR) == 0;
    }
    if (stat(path, &about) != 0) {
        return true;
    }
    return S_ISREG(about.st_mode) && about.st_size > 0 &&
           compression_of(path) == CHARNN_COMPRESSION_NONE;
}

static enum status open_file(struct text_files *files, const char *path, size_t *maps,
                             struct error *error) {
    struct text_file *file = &files->files[files->count];
    if (*maps < MAPS_MOST && is_mappable(path)) {
        ++*maps;
        if (file_bytes_init(&file->bytes, path, error) != CHARNN_OK) {
            return error->status;
        }
    } else {
        size_t before = text_files_spooled(files);
        if (spool_file(files, path, error) != CHARNN_OK) {
            return error->status;
        }
        file->spooled = true;
        file->bytes.size = text_files_spooled(files) - before;
    }
    files->count++;
    files->size += file->bytes.size;
    return CHARNN_OK;
}

/* Where the files in the spool are, now that it has all of them. */
static enum status place_spooled(struct text_files *files, struct error *error) {
    unsigned char *next;
    if (files->spool == NULL) {
        return CHARNN_OK;
    }
    if (spool_map(files->spool, &next, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < files->count; i++) {
        struct text_file *file = &files->files[i];
        if (file->spooled) {
            file->bytes.data = next;
            next += file->bytes.size;
        }
    }
    return CHARNN_OK;
}

static enum status refuse_empty(const struct file_list *list, struct error *error) {
    const char *name = strcmp(list->paths[0], "-") == 0 ? "standard input" : list->paths[0];
    if (list->count == 1) {
        return error_set(error, CHARNN_ERROR_DATA, "%s is empty: give a text with characters in it",
                         name);
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is empty, and so are the other %zu files: give a text with characters in "
                     "it",
                     name, list->count - 1);
}

enum status text_files_init(struct text_files *files, const char *const *paths, size_t count,
                            const char *glob, struct error *error) {
    void *memory;
    size_t maps = 0;
    *files = (struct text_files){0};
    struct file_list *list = &files->list;
    if (file_list_init(list, paths, count, glob, error) != CHARNN_OK ||
        memory_allocate(list->count, sizeof files->files[0], "the list of files", &memory, error) !=
            CHARNN_OK) {
        return error->status;
    }
    files->files = memory;
    for (size_t i = 0; i < list->count; i++) {
        if (open_file(files, list->paths[i], &maps, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return files->size > 0 ? place_spooled(files, error) : refuse_empty(list, error);
}

void text_files_deinit(struct text_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        if (!files->files[i].spooled) {
            file_bytes_deinit(&files->files[i].bytes);
        }
    }
    memory_free(files->files);
    spool_destroy(files->spool);
    file_list_deinit(&files->list);
}
