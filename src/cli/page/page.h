/*
 * Pages in HTML that need nothing but their file: one look, light or dark, and checked writing.
 * scripts/report.sh takes the look from here.
 *
 * After the first error the functions write nothing more, and page_commit() returns it.
 */
#ifndef CHARNN_CLI_PAGE_PAGE_H
#define CHARNN_CLI_PAGE_PAGE_H

#include "base/files/atomic_file.h"
#include "cli/terminal/symbol_text.h"

enum { CHARNN_PAGE_PATH = 1024 };

struct page {
    struct atomic_file *file;
    struct error *error; /* borrowed */
};

/* CHARNN_ERROR_IO if `path` is a file that is not a page, which must not be replaced. */
CHARNN_MUST_CHECK enum status page_check(const char *path, struct error *error);

/* Begins a page that appears at `path` when it is complete: its head, with `rules` of CSS after
 * those of all pages, and its heading. */
CHARNN_MUST_CHECK enum status page_create(struct page *page, const char *path, const char *title,
                                          const char *rules, struct error *error);

void page_write(struct page *page, const char *text);

/* As printf() does, up to 4 KB. */
void page_put(struct page *page, const char *format, ...) CHARNN_PRINTF(2, 3);

/* A path in HTML, safe also in a quoted attribute. */
void page_escape_path(const char *path, char text[CHARNN_PAGE_PATH]);

/* A symbol in HTML, safe also in a quoted attribute. */
const char *page_escape_symbol(uint32_t code, char text[CHARNN_SYMBOL_TEXT]);

/* Ends the page and puts it in place. page_deinit() follows in any case. */
CHARNN_MUST_CHECK enum status page_commit(struct page *page);
void page_deinit(struct page *page);

#endif
