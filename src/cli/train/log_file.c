#include "cli/train/log_file.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_retrying(const char *path, int flags) {
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int log_file_open(const char *path, bool anew) {
    return open_retrying(path, O_WRONLY | O_CREAT | O_APPEND | (anew ? O_TRUNC : 0));
}

bool log_file_is_lost(int fd, const char *path) {
    struct stat own;
    struct stat named;
    if (fstat(fd, &own) != 0 || !S_ISREG(own.st_mode)) {
        return false;
    }
    return stat(path, &named) != 0 || named.st_dev != own.st_dev || named.st_ino != own.st_ino;
}

bool log_file_append(int fd, const char *line, size_t size) {
    struct stat before;
    bool regular = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
    size_t done = 0;
    while (done < size) {
        ssize_t put = write(fd, line + done, size - done);
        if (put > 0) {
            done += (size_t)put;
        } else if (put == 0 || errno != EINTR) {
            int number = put == 0 ? ENOSPC : errno;
            if (regular && done > 0 && ftruncate(fd, before.st_size) != 0) {
                number = errno;
            }
            errno = number;
            return false;
        }
    }
    return true;
}

/* ---- rewinding --------------------------------------------------------------------------------
 */

/* What a line says of where the run stood. */
struct position {
    bool is_rollback;
    bool has_step, has_rollbacks;
    size_t step, rollbacks;
};

static bool get_size(const cJSON *json, const char *key, size_t *value) {
    return json_to_size(cJSON_GetObjectItemCaseSensitive(json, key), value);
}

/* Reads a line; all false where it is none of a log. */
static struct position position_of(const unsigned char *line, size_t size) {
    struct position position = {0};
    struct error error = {0};
    cJSON *json;
    if (json_parse((const char *)line, size, "the log", &json, &error) != CHARNN_OK) {
        return position;
    }
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "event"));
    if (event != NULL) {
        position.is_rollback = strcmp(event, "rollback") == 0;
        position.has_step = get_size(json, "step", &position.step);
        position.has_rollbacks = get_size(json, "rollbacks", &position.rollbacks);
    }
    cJSON_Delete(json);
    return position;
}

/* How many bytes of a log stay. */
static size_t kept_size(const struct file_bytes *bytes, size_t step, size_t rollbacks) {
    static const char beginning[] = CHARNN_LOG_BEGINNING;
    size_t seen = 0;
    size_t at = 0;
    size_t length = bytes->size < sizeof beginning - 1 ? bytes->size : sizeof beginning - 1;
    if (memcmp(bytes->data, beginning, length) != 0) {
        return bytes->size;
    }
    while (at < bytes->size) {
        const unsigned char *end = memchr(bytes->data + at, '\n', bytes->size - at);
        if (end == NULL) {
            break; /* the program was killed while it wrote it */
        }
        size_t size = (size_t)(end - bytes->data) - at;
        struct position position = position_of(bytes->data + at, size);
        /* A log may have been begun after some. */
        seen = position.has_rollbacks ? position.rollbacks : seen + position.is_rollback;
        if (seen > rollbacks || (seen == rollbacks && position.has_step && position.step > step)) {
            break;
        }
        at += size + 1;
    }
    return at;
}

enum status log_file_rewind(const char *path, size_t step, size_t rollbacks, struct error *error) {
    struct stat info;
    struct file_bytes bytes;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return CHARNN_OK;
    }
    if (file_bytes_init(&bytes, path, error) != CHARNN_OK) {
        return error->status;
    }
    size_t size = bytes.size;
    size_t kept = kept_size(&bytes, step, rollbacks);
    file_bytes_deinit(&bytes);
    if (kept == size) {
        return CHARNN_OK;
    }
    int fd = open_retrying(path, O_WRONLY);
    bool done = fd >= 0 && ftruncate(fd, (off_t)kept) == 0;
    int number = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    return done ? CHARNN_OK
                : error_set_errno(error, CHARNN_ERROR_IO, number, "cannot write the log %s", path);
}
