#include "suites.h"
#include "text/files/foreign.h"

#include <stdlib.h>
#include <string.h>

#define BYTES(text) .bytes = (text), .size = sizeof(text) - 1

static const struct {
    const char *bytes;
    size_t size, offset;
    const char *kind, *command; /* NULL: it may be text */
} files[] = {
    {BYTES("\xFF\xFE"
           "a\0"),
     0, "UTF-16 text", "iconv -f UTF-16 -t UTF-8"},
    {BYTES("\xFE\xFF\0a"), 0, "UTF-16 text", "iconv -f UTF-16 -t UTF-8"},
    {BYTES("a\0b\0c\0\n\0"), 0, "UTF-16 text", "iconv -f UTF-16LE -t UTF-8"},
    {BYTES("\0a\0b\0c\0\n"), 0, "UTF-16 text", "iconv -f UTF-16BE -t UTF-8"},
    {BYTES("\xFF\xFE\0\0a\0\0\0"), 0, "UTF-32 text", "iconv -f UTF-32 -t UTF-8"},
    {BYTES("\x1F\x8B\x08\0"), 0, "compressed by gzip", "gzip -dc <"},
    {BYTES("\x28\xB5\x2F\xFD"), 0, "compressed by zstd", "zstd -dc <"},
    {BYTES("\xFD"
           "7zXZ\0\0"),
     0, "compressed by xz", "xz -dc <"},
    {BYTES("BZh91AY&SY"), 0, "compressed by bzip2", "bzip2 -dc <"},
    {BYTES("PK\x03\x04\x14"), 0, "a zip archive", "unzip -p"},
    {BYTES("[Content_Types].xml"), 30, "a document of an office program",
     "pandoc -t plain -o text.txt"},
    {BYTES("%PDF-1.7\n"), 0, "a PDF document", "pdftotext"},
    {BYTES("ustar"), 257, "a tar archive", "tar -xOf"},
    {BYTES(""), 0, NULL, NULL},
    {BYTES("a"), 0, NULL, NULL},
    {BYTES("a\0b\0c\0"), 0, NULL, NULL},
    {BYTES("a\0b\0c\0dd"), 0, NULL, NULL},
    {BYTES("\0\0\0\0\0\0\0\0"), 0, NULL, NULL},
    {BYTES("BZhou is a name"), 0, NULL, NULL},
    {BYTES("PKW\n"), 0, NULL, NULL},
    {BYTES("\xEF\xBB\xBFtext"), 0, NULL, NULL},
    {BYTES("\xE9t\xE9 in Latin-1"), 0, NULL, NULL},
    {BYTES("%PDF is a format"), 0, NULL, NULL},
};

START_TEST(test_kinds) {
    size_t offset = files[_i].offset;
    size_t size = offset + files[_i].size;
    unsigned char *bytes = malloc(size > 0 ? size : 1); /* so that reading beyond is found */
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 'x', size);
    memcpy(bytes + offset, files[_i].bytes, files[_i].size);
    const struct foreign *foreign = foreign_find(bytes, size);
    if (files[_i].kind == NULL) {
        ck_assert_ptr_null(foreign);
    } else {
        ck_assert_ptr_nonnull(foreign);
        ck_assert_str_eq(foreign->kind, files[_i].kind);
        ck_assert_str_eq(foreign->command, files[_i].command);
    }
    free(bytes);
}
END_TEST

Suite *foreign_suite(void) {
    TCase *tcase = tcase_create("foreign");
    tcase_add_loop_test(tcase, test_kinds, 0, sizeof files / sizeof files[0]);
    Suite *suite = suite_create("foreign");
    suite_add_tcase(suite, tcase);
    return suite;
}
