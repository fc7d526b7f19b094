#include "text/files/foreign.h"

#include "base/shell.h"

#include <stdbool.h>
#include <string.h>

static const char redirected[] = " >text.txt";
static const char named[] = " text.txt";

#define SIGNATURE(text) .signature = (text), .size = sizeof(text) - 1

/* The first that matches counts, so a longer signature stands before its beginning. */
static const struct format {
    struct foreign foreign;
    const char *signature;
    size_t size, offset;
} formats[] = {
    {{"UTF-32 text", "iconv -f UTF-32 -t UTF-8", redirected}, SIGNATURE("\xFF\xFE\0\0")},
    {{"UTF-32 text", "iconv -f UTF-32 -t UTF-8", redirected}, SIGNATURE("\0\0\xFE\xFF")},
    {{"UTF-16 text", "iconv -f UTF-16 -t UTF-8", redirected}, SIGNATURE("\xFF\xFE")},
    {{"UTF-16 text", "iconv -f UTF-16 -t UTF-8", redirected}, SIGNATURE("\xFE\xFF")},
    {{"compressed by gzip", "gzip -dc <", redirected}, SIGNATURE("\x1F\x8B\x08")},
    {{"compressed by zstd", "zstd -dc <", redirected}, SIGNATURE("\x28\xB5\x2F\xFD")},
    {{"compressed by xz", "xz -dc <", redirected}, SIGNATURE("\xFD\x37zXZ\0")},
    {{"compressed by bzip2", "bzip2 -dc <", redirected}, SIGNATURE("1AY&SY"), .offset = 4},
    {{"compressed by lz4", "lz4 -dc <", redirected}, SIGNATURE("\x04\x22\x4D\x18")},
    {{"compressed by compress", "gzip -dc <", redirected}, SIGNATURE("\x1F\x9D")},
    {{"an OpenDocument text or an e-book", "pandoc -t plain -o text.txt", ""},
     SIGNATURE("mimetypeapplication/"),
     .offset = 30},
    {{"a document of an office program", "pandoc -t plain -o text.txt", ""},
     SIGNATURE("[Content_Types].xml"),
     .offset = 30},
    {{"a zip archive", "unzip -p", redirected}, SIGNATURE("PK\x03\x04")},
    {{"an empty zip archive", "unzip -p", redirected}, SIGNATURE("PK\x05\x06")},
    {{"a 7-Zip archive", "7z x -so", redirected}, SIGNATURE("7z\xBC\xAF\x27\x1C")},
    {{"a tar archive", "tar -xOf", redirected}, SIGNATURE("ustar"), .offset = 257},
    {{"a PDF document", "pdftotext", named}, SIGNATURE("%PDF-")},
    {{"an old document of an office program", "soffice --convert-to txt:Text", ""},
     SIGNATURE("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")},
};

/* UTF-16 without a mark at its start: of the first four characters, which are ASCII, the bytes at
 * `zero`, zero + 2, ... are NUL. */
static bool has_zeros(const unsigned char *bytes, size_t size, size_t zero) {
    enum { BYTES = 8 };
    if (size < BYTES) {
        return false;
    }
    for (size_t i = 0; i < BYTES; i++) {
        if ((bytes[i] == 0) != (i % 2 == zero)) {
            return false;
        }
    }
    return true;
}

const struct foreign *foreign_find(const unsigned char *bytes, size_t size) {
    static const struct foreign utf16[] = {
        {"UTF-16 text", "iconv -f UTF-16BE -t UTF-8", redirected},
        {"UTF-16 text", "iconv -f UTF-16LE -t UTF-8", redirected},
    };
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const struct format *format = &formats[i];
        if (size >= format->offset + format->size &&
            memcmp(bytes + format->offset, format->signature, format->size) == 0) {
            return &format->foreign;
        }
    }
    for (size_t zero = 0; zero < 2; zero++) {
        if (has_zeros(bytes, size, zero)) {
            return &utf16[zero];
        }
    }
    return NULL;
}

enum status foreign_refuse(const char *path, const unsigned char *bytes, size_t size,
                           struct error *error) {
    const struct foreign *foreign = foreign_find(bytes, size);
    if (foreign == NULL) {
        return CHARNN_OK;
    }
    bool piped = strcmp(path, "-") == 0;
    char buffer[CHARNN_ERROR_LENGTH];
    struct text word = text_start(buffer, sizeof buffer);
    shell_add_word(&word, piped ? "FILE" : path);
    return error_set(error, CHARNN_ERROR_DATA,
                     "%s is %s, which cannot be read as it is; make text of it first: %s %s%s",
                     piped ? "standard input" : path, foreign->kind, foreign->command, word.bytes,
                     foreign->remainder);
}
