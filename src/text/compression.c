#include "text/compression.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#if CHARNN_ZLIB
#include <zlib.h>
#endif
#if CHARNN_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

static const struct {
    const char *ending, *name, *package;
} formats[] = {
    [CHARNN_COMPRESSION_GZIP] = {".gz", "gzip", "zlib"},
    [CHARNN_COMPRESSION_ZSTD] = {".zst", "zstd", "libzstd"},
};

static bool ends_with(const char *path, const char *ending) {
    size_t length = strlen(path);
    size_t part = strlen(ending);
    return length > part && strcmp(path + length - part, ending) == 0;
}

enum compression compression_of(const char *path) {
    for (int i = CHARNN_COMPRESSION_GZIP; i <= CHARNN_COMPRESSION_ZSTD; i++) {
        if (ends_with(path, formats[i].ending)) {
            return (enum compression)i;
        }
    }
    return CHARNN_COMPRESSION_NONE;
}

/* A file that is being decompressed. */
struct reading {
    const char *path;
    unsigned char *pieces; /* [size], of the file */
    unsigned char *buffer; /* [size], for what they become */
    size_t size;
    struct spool *spool;
};

#if CHARNN_ZLIB || CHARNN_ZSTD
static const char cut_off[] = "cut off";
static const char followed[] = "damaged at its end, where other bytes follow the compressed ones";

static enum status refuse(const char *path, const char *reason, enum compression compression,
                          struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is %s; it is read as %s data, as its name ends in %s", path, reason,
                     formats[compression].name, formats[compression].ending);
}

static enum status refuse_format(const char *path, enum compression compression,
                                 struct error *error) {
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is not %s data, although its name ends in %s; rename it if it is a text",
                     path, formats[compression].name, formats[compression].ending);
}

static enum status refuse_memory(const char *path, struct error *error) {
    return error_set(error, CHARNN_ERROR_MEMORY, "out of memory while reading %s", path);
}

/* Takes the next bytes of the file. */
typedef enum status taker(void *context, unsigned char *bytes, size_t size, struct error *error);

/* Gives all bytes of the file to `take`. */
static enum status read_pieces(const struct reading *reading, taker *take, void *context,
                               struct error *error) {
    const char *path = reading->path;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot open %s", path);
    }
    enum status status = CHARNN_OK;
    ssize_t got = 1;
    while (status == CHARNN_OK && got != 0) {
        got = read(fd, reading->pieces, reading->size);
        if (got > 0) {
            status = take(context, reading->pieces, (size_t)got, error);
        } else if (got < 0 && errno != EINTR) {
            status = error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read %s", path);
        }
    }
    (void)close(fd);
    return status;
}
#endif

/* ---- gzip -------------------------------------------------------------------------------------
 */

#if CHARNN_ZLIB
/* Members follow each other, and after the last there may be zeros, as in a block of a tape:
 * gzip(1) passes over these too. */
enum place { IN_MEMBER, BEHIND_MEMBER, IN_PADDING };

enum { FIRST_BYTE = 0x1F, MAGIC_BYTES = 2 };

struct gzip {
    struct reading reading;
    z_stream stream;
    enum place place;
    size_t members; /* that have begun */
};

/* What follows is no member: a reason. */
static enum status refuse_bytes(const struct gzip *g, struct error *error) {
    const char *path = g->reading.path;
    return g->members > 1 ? refuse(path, followed, CHARNN_COMPRESSION_GZIP, error)
                          : refuse_format(path, CHARNN_COMPRESSION_GZIP, error);
}

/* Behind a member: passes over a zero, or begins another. */
static enum status begin_member(struct gzip *g, struct error *error) {
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

/* Goes on in a member, to its end or that of what was read. */
static enum status inflate_some(struct gzip *g, struct error *error) {
    const struct reading *reading = &g->reading;
    z_stream *stream = &g->stream;
    int code;
    do {
        stream->next_out = reading->buffer;
        stream->avail_out = (unsigned)reading->size;
        code = inflate(stream, Z_NO_FLUSH);
        size_t made = reading->size - stream->avail_out;
        if (spool_write(reading->spool, reading->buffer, made, error) != CHARNN_OK) {
            return error->status;
        }
    } while (code == Z_OK && stream->avail_out == 0);
    if (code == Z_STREAM_END) {
        g->place = BEHIND_MEMBER;
        return inflateReset(stream) == Z_OK ? CHARNN_OK : refuse_memory(reading->path, error);
    }
    if (code == Z_OK || code == Z_BUF_ERROR) { /* the rest of it is still to be read */
        return CHARNN_OK;
    }
    if (code == Z_MEM_ERROR) {
        return refuse_memory(reading->path, error);
    }
    return stream->total_in > MAGIC_BYTES
               ? refuse(reading->path, "damaged", CHARNN_COMPRESSION_GZIP, error)
               : refuse_bytes(g, error);
}

static enum status take_gzip(void *context, unsigned char *bytes, size_t size,
                             struct error *error) {
    struct gzip *g = context;
    enum status status = CHARNN_OK;
    g->stream.next_in = bytes;
    g->stream.avail_in = (unsigned)size;
    while (status == CHARNN_OK && g->stream.avail_in > 0) {
        status = g->place == IN_MEMBER ? inflate_some(g, error) : begin_member(g, error);
    }
    return status;
}

static enum status decompress_gzip(const struct reading *reading, struct error *error) {
    enum { WINDOW_BITS = 15, GZIP_ALONE = 16 };
    struct gzip g = {.reading = *reading, .place = BEHIND_MEMBER};
    if (inflateInit2(&g.stream, WINDOW_BITS + GZIP_ALONE) != Z_OK) {
        return refuse_memory(reading->path, error);
    }
    enum status status = read_pieces(reading, take_gzip, &g, error);
    if (status == CHARNN_OK && (g.place == IN_MEMBER || g.members == 0)) {
        status = refuse(reading->path, cut_off, CHARNN_COMPRESSION_GZIP, error);
    }
    (void)inflateEnd(&g.stream);
    return status;
}
#endif

/* ---- zstd -------------------------------------------------------------------------------------
 */

#if CHARNN_ZSTD
struct zstd {
    struct reading reading;
    ZSTD_DCtx *context;
    size_t left; /* 0 where a frame has just ended */
};

static enum status refuse_zstd(const struct zstd *z, size_t code, bool behind_frame,
                               struct error *error) {
    const char *path = z->reading.path;
    if (ZSTD_getErrorCode(code) == ZSTD_error_prefix_unknown) {
        return behind_frame ? refuse(path, followed, CHARNN_COMPRESSION_ZSTD, error)
                            : refuse_format(path, CHARNN_COMPRESSION_ZSTD, error);
    }
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s cannot be read as zstd data, as its name ends in .zst: %s", path,
                     ZSTD_getErrorName(code));
}

static enum status take_zstd(void *context, unsigned char *bytes, size_t size,
                             struct error *error) {
    struct zstd *z = context;
    const struct reading *reading = &z->reading;
    ZSTD_inBuffer in = {.src = bytes, .size = size};
    ZSTD_outBuffer out;
    do {
        bool behind_frame = z->left == 0;
        out = (ZSTD_outBuffer){.dst = reading->buffer, .size = reading->size};
        z->left = ZSTD_decompressStream(z->context, &out, &in);
        if (ZSTD_isError(z->left)) {
            return refuse_zstd(z, z->left, behind_frame, error);
        }
        if (spool_write(reading->spool, reading->buffer, out.pos, error) != CHARNN_OK) {
            return error->status;
        }
    } while (in.pos < in.size || (z->left > 0 && out.pos == out.size));
    return CHARNN_OK;
}

static enum status decompress_zstd(const struct reading *reading, struct error *error) {
    struct zstd z = {.reading = *reading, .context = ZSTD_createDCtx(), .left = 1};
    if (z.context == NULL) {
        return refuse_memory(reading->path, error);
    }
    enum status status = read_pieces(reading, take_zstd, &z, error);
    if (status == CHARNN_OK && z.left > 0) {
        status = refuse(reading->path, cut_off, CHARNN_COMPRESSION_ZSTD, error);
    }
    (void)ZSTD_freeDCtx(z.context);
    return status;
}
#endif

/* ---- both -------------------------------------------------------------------------------------
 */

typedef enum status decompressor(const struct reading *reading, struct error *error);

static decompressor *const decompressors[] = {
#if CHARNN_ZLIB
    [CHARNN_COMPRESSION_GZIP] = decompress_gzip,
#endif
#if CHARNN_ZSTD
    [CHARNN_COMPRESSION_ZSTD] = decompress_zstd,
#endif
    [CHARNN_COMPRESSION_ZSTD + 1] = NULL,
};

const char *compression_library(enum compression compression) {
#if CHARNN_ZLIB
    if (compression == CHARNN_COMPRESSION_GZIP) {
        return zlibVersion();
    }
#endif
#if CHARNN_ZSTD
    if (compression == CHARNN_COMPRESSION_ZSTD) {
        return ZSTD_versionString();
    }
#endif
    (void)compression;
    return NULL;
}

enum status decompress(enum compression compression, const char *path, struct spool *spool,
                       struct error *error) {
    enum { PIECE_BYTES = 1 << 17 };
    void *buffer;
    if (decompressors[compression] == NULL) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s is compressed by %s, and this charnn was built without %s: decompress "
                         "it, or install that library for development and build again",
                         path, formats[compression].name, formats[compression].package);
    }
    if (memory_allocate(2, PIECE_BYTES, "a buffer", &buffer, error) != CHARNN_OK) {
        return error->status;
    }
    const struct reading reading = {.path = path,
                                    .pieces = buffer,
                                    .buffer = (unsigned char *)buffer + PIECE_BYTES,
                                    .size = PIECE_BYTES,
                                    .spool = spool};
    enum status status = decompressors[compression](&reading, error);
    memory_free(buffer);
    return status;
}
