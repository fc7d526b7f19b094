#include "text/files/compression.h"

#include "base/files/io.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#if CHARNN_ZLIB
#include <zlib.h>
#endif
#if CHARNN_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

enum { BUFFER_BYTES = 1 << 17 };

/* A file in the course of decompression. */
struct reading {
    const char *path;
    const char *format; /* its name */
    const char *ending;
    int fd;
    struct spool *spool;
    unsigned char in[BUFFER_BYTES];
    unsigned char out[BUFFER_BYTES];
};

#if CHARNN_ZLIB || CHARNN_ZSTD
static const char truncated[] = "truncated";
static const char followed[] = "damaged at its end: other bytes follow the compressed ones";

static enum status refuse(const struct reading *reading, const char *reason, struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is %s; it is read as %s data, as its name ends in %s", reading->path,
                     reason, reading->format, reading->ending);
}

static enum status refuse_format(const struct reading *reading, struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is not %s data, although its name ends in %s; rename it if it is a text",
                     reading->path, reading->format, reading->ending);
}

static enum status refuse_memory(const struct reading *reading, struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory while reading %s", reading->path);
}

/* Reads the next input; *size is 0 at the end of the file. */
static enum status read_input(struct reading *reading, size_t *size, struct error *error) {
    ssize_t got = io_read(reading->fd, reading->in, BUFFER_BYTES);
    *size = got > 0 ? (size_t)got : 0;
    return got >= 0
               ? CHARNN_OK
               : error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read %s", reading->path);
}
#endif

#if CHARNN_ZLIB
/* A gzip file is one or more members. Zeros may follow, as on tapes; gzip(1) skips them too. */
enum place { IN_MEMBER, BEHIND_MEMBER, IN_PADDING };

struct gzip {
    struct reading *reading;
    z_stream stream;
    enum place place;
    size_t members; /* begun */
};

static enum status refuse_bytes(const struct gzip *g, struct error *error) {
    return g->members > 1 ? refuse(g->reading, followed, error) : refuse_format(g->reading, error);
}

static enum status begin_member(struct gzip *g, struct error *error) {
    enum { FIRST_BYTE = 0x1F };
    z_stream *stream = &g->stream;
    unsigned char byte = *stream->next_in;
    if (byte == 0 && g->members > 0) {
        g->place = IN_PADDING;
        stream->next_in++;
        stream->avail_in--;
        return CHARNN_OK;
    }
    g->members++;
    if (byte != FIRST_BYTE || g->place == IN_PADDING) {
        return refuse_bytes(g, error);
    }
    g->place = IN_MEMBER;
    return CHARNN_OK;
}

/* Decompresses up to the end of the member or of the input. */
static enum status inflate_input(struct gzip *g, struct error *error) {
    enum { MAGIC_BYTES = 2 };
    struct reading *reading = g->reading;
    z_stream *stream = &g->stream;
    int code;
    do {
        stream->next_out = reading->out;
        stream->avail_out = BUFFER_BYTES;
        code = inflate(stream, Z_NO_FLUSH);
        size_t size = BUFFER_BYTES - stream->avail_out;
        if (spool_write(reading->spool, reading->out, size, error) != CHARNN_OK) {
            return error->status;
        }
    } while (code == Z_OK && stream->avail_out == 0);
    if (code == Z_STREAM_END) {
        g->place = BEHIND_MEMBER;
        code = inflateReset(stream) == Z_OK ? Z_OK : Z_MEM_ERROR;
    }
    if (code == Z_OK || code == Z_BUF_ERROR) { /* Z_BUF_ERROR: needs more input */
        return CHARNN_OK;
    }
    if (code == Z_MEM_ERROR) {
        return refuse_memory(reading, error);
    }
    return stream->total_in > MAGIC_BYTES ? refuse(reading, "damaged", error)
                                          : refuse_bytes(g, error);
}

static enum status gunzip(struct gzip *g, struct error *error) {
    enum status status = CHARNN_OK;
    size_t size = 1;
    while (status == CHARNN_OK && size > 0) {
        status = read_input(g->reading, &size, error);
        g->stream.next_in = g->reading->in;
        g->stream.avail_in = (unsigned)size;
        while (status == CHARNN_OK && g->stream.avail_in > 0) {
            status = g->place == IN_MEMBER ? inflate_input(g, error) : begin_member(g, error);
        }
    }
    if (status == CHARNN_OK && (g->place == IN_MEMBER || g->members == 0)) {
        status = refuse(g->reading, truncated, error);
    }
    return status;
}

static enum status decompress_gzip(struct reading *reading, struct error *error) {
    enum { WINDOW_BITS = 15, GZIP_ONLY = 16 };
    struct gzip g = {.reading = reading, .place = BEHIND_MEMBER};
    if (inflateInit2(&g.stream, WINDOW_BITS + GZIP_ONLY) != Z_OK) {
        return refuse_memory(reading, error);
    }
    enum status status = gunzip(&g, error);
    (void)inflateEnd(&g.stream);
    return status;
}
#endif

#if CHARNN_ZSTD
static enum status refuse_zstd(const struct reading *reading, size_t code, bool behind_frame,
                               struct error *error) {
    if (ZSTD_getErrorCode(code) == ZSTD_error_prefix_unknown) {
        return behind_frame ? refuse(reading, followed, error) : refuse_format(reading, error);
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s cannot be read as zstd data, as its name ends in .zst: %s", reading->path,
                     ZSTD_getErrorName(code));
}

/* Decompresses the input; *left is 0 at the end of a frame. */
static enum status unzstd_input(struct reading *reading, ZSTD_DCtx *context, size_t size,
                                size_t *left, struct error *error) {
    ZSTD_inBuffer in = {.src = reading->in, .size = size};
    ZSTD_outBuffer out;
    do {
        bool behind_frame = *left == 0;
        out = (ZSTD_outBuffer){.dst = reading->out, .size = BUFFER_BYTES};
        *left = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(*left)) {
            return refuse_zstd(reading, *left, behind_frame, error);
        }
        if (spool_write(reading->spool, reading->out, out.pos, error) != CHARNN_OK) {
            return error->status;
        }
    } while (in.pos < in.size || (*left > 0 && out.pos == out.size));
    return CHARNN_OK;
}

static enum status decompress_zstd(struct reading *reading, struct error *error) {
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (context == NULL) {
        return refuse_memory(reading, error);
    }
    enum status status = CHARNN_OK;
    size_t left = 1;
    size_t size = 1;
    while (status == CHARNN_OK && size > 0) {
        status = read_input(reading, &size, error);
        if (status == CHARNN_OK && size > 0) {
            status = unzstd_input(reading, context, size, &left, error);
        }
    }
    if (status == CHARNN_OK && left > 0) {
        status = refuse(reading, truncated, error);
    }
    (void)ZSTD_freeDCtx(context);
    return status;
}
#endif

static const struct {
    const char *ending, *name, *package;
    const char *(*version)(void); /* NULL: built without the library */
    enum status (*decompress)(struct reading *reading, struct error *error);
} formats[] = {
#if CHARNN_ZLIB
    [CHARNN_COMPRESSION_GZIP] = {".gz", "gzip", "zlib", zlibVersion, decompress_gzip},
#else
    [CHARNN_COMPRESSION_GZIP] = {".gz", "gzip", "zlib", NULL, NULL},
#endif
#if CHARNN_ZSTD
    [CHARNN_COMPRESSION_ZSTD] = {".zst", "zstd", "libzstd", ZSTD_versionString, decompress_zstd},
#else
    [CHARNN_COMPRESSION_ZSTD] = {".zst", "zstd", "libzstd", NULL, NULL},
#endif
};

enum compression compression_of(const char *path) {
    size_t length = strlen(path);
    for (int i = CHARNN_COMPRESSION_GZIP; i <= CHARNN_COMPRESSION_ZSTD; i++) {
        size_t ending = strlen(formats[i].ending);
        if (length > ending && strcmp(path + length - ending, formats[i].ending) == 0) {
            return (enum compression)i;
        }
    }
    return CHARNN_COMPRESSION_NONE;
}

const char *compression_library(enum compression compression) {
    return formats[compression].version != NULL ? formats[compression].version() : NULL;
}

enum status decompress(enum compression compression, const char *path, struct spool *spool,
                       struct error *error) {
    if (formats[compression].decompress == NULL) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s is compressed by %s, and this charnn was built without %s: decompress "
                         "the file, or install the library's development files and build again",
                         path, formats[compression].name, formats[compression].package);
    }
    int fd = io_open(AT_FDCWD, path, O_RDONLY);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    struct reading *reading;
    enum status status = MEMORY_NEW(&reading, 1, "a buffer", error);
    if (status == CHARNN_OK) {
        reading->path = path;
        reading->format = formats[compression].name;
        reading->ending = formats[compression].ending;
        reading->fd = fd;
        reading->spool = spool;
        status = formats[compression].decompress(reading, error);
    }
    memory_free(reading);
    (void)io_close(fd);
    return status;
}
