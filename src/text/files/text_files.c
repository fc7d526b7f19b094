#include "text/files/text_files.h"

#include "base/files/io.h"
#include "base/memory.h"
#include "text/files/compression.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MOST_MAPS = 1 << 14 }; /* systems limit the maps of a process */

size_t text_files_spooled(const struct text_files *files) {
    return files->spool != NULL ? spool_size(files->spool) : 0;
}

static enum status spool_file(struct text_files *files, const char *path,
                              enum compression compression, struct error *error) {
    if (files->spool == NULL && spool_create(&files->spool, error) != CHARNN_OK) {
        return error->status;
    }
    if (compression != CHARNN_COMPRESSION_NONE) {
        return decompress(compression, path, files->spool, error);
    }
    if (strcmp(path, "-") == 0) {
        return spool_read(files->spool, STDIN_FILENO, "standard input", error);
    }
    int fd = io_open(AT_FDCWD, path, O_RDONLY);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    enum status status = spool_read(files->spool, fd, path, error);
    (void)io_close(fd);
    return status;
}

static enum status open_file(struct text_files *files, const char *path, struct error *error) {
    struct file_bytes *file = &files->files[files->count];
    enum compression compression = compression_of(path);
    if (compression == CHARNN_COMPRESSION_NONE && files->count < MOST_MAPS &&
        file_bytes_map(file, path, error) != CHARNN_OK) {
        return error->status;
    }
    if (!file->mapped) {
        size_t before = text_files_spooled(files);
        if (spool_file(files, path, compression, error) != CHARNN_OK) {
            return error->status;
        }
        file->size = text_files_spooled(files) - before;
    }
    files->count++;
    return CHARNN_OK;
}

/* The spool can be mapped only once it is complete. */
static enum status locate_spooled(struct text_files *files, struct error *error) {
    unsigned char *next;
    if (files->spool == NULL) {
        return CHARNN_OK;
    }
    if (spool_map(files->spool, &next, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < files->count; i++) {
        struct file_bytes *file = &files->files[i];
        if (!file->mapped) {
            file->data = next;
            next += file->size;
        }
    }
    return CHARNN_OK;
}

enum status text_files_init(struct text_files *files, const char *const *paths, size_t count,
                            const char *glob, struct error *error) {
    *files = (struct text_files){0};
    struct file_list *list = &files->list;
    if (file_list_init(list, paths, count, glob, error) != CHARNN_OK ||
        MEMORY_NEW(&files->files, list->count, "the list of files", error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (open_file(files, list->paths[i], error) != CHARNN_OK) {
            return error->status;
        }
    }
    return locate_spooled(files, error);
}

void text_files_deinit(struct text_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        if (files->files[i].mapped) {
            file_bytes_deinit(&files->files[i]);
        }
    }
    memory_free(files->files);
    spool_destroy(files->spool);
    file_list_deinit(&files->list);
}
