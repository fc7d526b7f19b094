#include "cli/train/log/file.h"

#include "base/files/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Locks the open file. Returns false if another process has locked it. A file system may have no
 * locks. */
static bool lock(int fd) {
    int result;
    do {
        result = flock(fd, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    return result == 0 || errno != EWOULDBLOCK;
}

/* O_NONBLOCK, because a FIFO without a reader, or a device, would block. */
static int open_regular(const char *path, int flags) {
    struct stat info;
    int fd;
    do {
        fd = open(path, flags | O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EINTR);
    bool regular = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    if (fd >= 0 && (!regular || !lock(fd))) {
        (void)close(fd);
        errno = regular ? EWOULDBLOCK : EINVAL;
        return -1;
    }
    return fd;
}

bool log_file_is_in_use(const char *path) {
    int fd = open_regular(path, 0);
    bool in_use = fd < 0 && errno == EWOULDBLOCK;
    if (fd >= 0) {
        (void)close(fd);
    }
    return in_use;
}

int log_file_create(const char *path) {
    return open_regular(path, O_CREAT | O_EXCL);
}

int log_file_open(const char *path) {
    int fd = open_regular(path, 0);
    return fd < 0 && errno == ENOENT ? log_file_create(path) : fd;
}

bool log_file_is_lost(int fd, const char *path) {
    struct stat own;
    struct stat named;
    return fstat(fd, &own) == 0 &&
           (stat(path, &named) != 0 || named.st_dev != own.st_dev || named.st_ino != own.st_ino);
}

/* Standard output may be a regular file, too, but must not be truncated. */
bool log_file_append(int fd, const char *line, size_t size) {
    struct stat before;
    bool regular = fstat(fd, &before) == 0 && S_ISREG(before.st_mode) && fd != STDOUT_FILENO;
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

/* The position in a run up to which its log is kept. */
struct position {
    size_t step, rollbacks;
    bool due; /* the validation after the step is not done */
};

/* Whether a line was written after the position. *seen counts the rollbacks so far, including this
 * line. Lines that are not JSON are the user's own and stay. */
static bool is_later(const unsigned char *line, size_t size, const struct position *position,
                     size_t *seen) {
    struct error error = {0};
    cJSON *json;
    size_t at;
    bool later = false;
    if (json_parse((const char *)line, size, "the log", &json, &error) != CHARNN_OK) {
        return false;
    }
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "event"));
    if (event != NULL) {
        /* A log started in the middle of a run lacks earlier rollbacks, but the total in a line
         * includes them. */
        if (!json_to_size(cJSON_GetObjectItemCaseSensitive(json, "rollbacks"), seen)) {
            *seen += strcmp(event, "rollback") == 0 ? 1 : 0;
        }
        bool undone = position->due && strcmp(event, "validation") == 0;
        later = *seen > position->rollbacks ||
                (*seen == position->rollbacks &&
                 json_to_size(cJSON_GetObjectItemCaseSensitive(json, "step"), &at) &&
                 at + undone > position->step);
    }
    cJSON_Delete(json);
    return later;
}

static enum log_owner owner_of(const cJSON *line, const char *id, const char *savefile) {
    const char *its_id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "run"));
    const char *its_savefile =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "savefile"));
    if (its_id == NULL || id == NULL) {
        return CHARNN_LOG_UNKNOWN;
    }
    return strcmp(its_id, id) == 0 &&
                   (savefile == NULL || its_savefile == NULL || strcmp(its_savefile, savefile) == 0)
               ? CHARNN_LOG_OWN
               : CHARNN_LOG_OTHER;
}

enum status log_file_owner(const char *path, const char *id, const char *savefile,
                           enum log_owner *owner, struct error *error) {
    struct stat info;
    struct file_bytes bytes;
    struct error malformed = {0};
    cJSON *line;
    *owner = CHARNN_LOG_UNKNOWN;
    if (stat(path, &info) != 0) {
        return CHARNN_OK;
    }
    if (!S_ISREG(info.st_mode) || file_begins_otherwise(path, CHARNN_LOG_BEGINNING)) {
        *owner = CHARNN_LOG_NONE;
        return CHARNN_OK;
    }
    if (file_bytes_init(&bytes, path, error) != CHARNN_OK) {
        return error->status;
    }
    const unsigned char *end = memchr(bytes.data, '\n', bytes.size);
    size_t size = end != NULL ? (size_t)(end - bytes.data) : 0;
    enum status status = json_parse((const char *)bytes.data, size, "the log", &line, &malformed);
    file_bytes_deinit(&bytes);
    if (status == CHARNN_OK) {
        *owner = owner_of(line, id, savefile);
        cJSON_Delete(line);
    } else if (status == CHARNN_ERROR_MEMORY) {
        *error = malformed;
        return status;
    }
    return CHARNN_OK;
}

/* The size of the lines that stay. */
static size_t kept_size(const struct file_bytes *bytes, const struct position *position) {
    size_t seen = 0;
    size_t at = 0;
    while (at < bytes->size) {
        const unsigned char *end = memchr(bytes->data + at, '\n', bytes->size - at);
        size_t size = end != NULL ? (size_t)(end - bytes->data) - at : 0;
        if (end == NULL || is_later(bytes->data + at, size, position, &seen)) {
            break;
        }
        at += size + 1;
    }
    return at;
}

enum status log_file_rewind(const char *path, size_t step, size_t rollbacks, bool due,
                            struct error *error) {
    const struct position position = {step, rollbacks, due};
    struct stat info;
    struct file_bytes bytes;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        file_begins_otherwise(path, CHARNN_LOG_BEGINNING)) {
        return CHARNN_OK;
    }
    if (file_bytes_init(&bytes, path, error) != CHARNN_OK) {
        return error->status;
    }
    size_t size = bytes.size;
    size_t kept = kept_size(&bytes, &position);
    file_bytes_deinit(&bytes);
    if (kept < size && truncate(path, (off_t)kept) != 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot write the log %s", path);
    }
    return CHARNN_OK;
}
