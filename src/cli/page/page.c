#include "cli/page/page.h"

#include "base/files/file.h"
#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define BEGINNING "<!DOCTYPE html>\n"

enum { PUT_MOST = 4096 };

static const char head[] =
    BEGINNING "<html lang=\"en\">\n"
              "<head>\n"
              "<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";

/* scripts/report.sh reads the rules here: each is a line. */
static const char style[] =
    ":root { color-scheme: light dark; }\n"
    "body { margin: 1.5em; color: #000; background: #fff; font-family: sans-serif; }\n"
    "h1 { font-size: 1.4em; } h2 { font-size: 1.1em; }\n"
    ".wide { overflow-x: auto; }\n"
    "table { border-collapse: collapse; }\n"
    "th, td { padding: .2em .5em; border-bottom: 1px solid #8888; }\n"
    "th, td { text-align: right; white-space: nowrap; }\n"
    "th:first-child { text-align: left; } tr + tr th { font-weight: normal; }\n"
    "p, pre { overflow-wrap: anywhere; }\n"
    "pre { font: 15px/1.5 monospace; white-space: pre-wrap; }\n"
    "@media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616; } }\n";

enum status page_check(const char *path, struct error *error) {
    return file_begins_otherwise(path, BEGINNING)
               ? error_set(error, CHARNN_ERROR_IO,
                           "%s exists and is not an HTML page; name another file, or remove it",
                           path)
               : CHARNN_OK;
}

static void write_bytes(struct page *page, const char *bytes, size_t size) {
    if (page->error->status == CHARNN_OK) {
        page->error->status = atomic_file_write(page->file, bytes, size, page->error);
    }
}

void page_write(struct page *page, const char *text) {
    write_bytes(page, text, strlen(text));
}

void page_put(struct page *page, const char *format, ...) {
    char text[PUT_MOST];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    write_bytes(page, text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

enum status page_create(struct page *page, const char *path, const char *title, const char *rules,
                        struct error *error) {
    page->error = error;
    if (atomic_file_create(path, &page->file, error) != CHARNN_OK) {
        return error->status;
    }
    page_write(page, head);
    page_put(page, "<title>charnn: %s</title>\n<style>\n", title);
    page_write(page, style);
    page_write(page, rules);
    page_put(page, "</style>\n</head>\n<body>\n<h1>%s</h1>\n", title);
    return error->status;
}

void page_escape_path(const char *path, char text[CHARNN_PAGE_PATH]) {
    struct json_label label = json_label(path);
    struct text out = text_start(text, CHARNN_PAGE_PATH);
    for (const char *c = label.text; *c != '\0'; c++) {
        const char own[] = {*c, '\0'};
        text_add(&out, "%s", *c == '<' ? "&lt;" : *c == '&' ? "&amp;" : *c == '"' ? "&quot;" : own);
    }
}

const char *page_escape_symbol(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    const char *entity = code == '<'    ? "&lt;"
                         : code == '>'  ? "&gt;"
                         : code == '&'  ? "&amp;"
                         : code == '"'  ? "&quot;"
                         : code == '\'' ? "&#39;"
                         : code == '\t' ? "\t"
                                        : NULL;
    return entity != NULL ? entity : symbol_shown(code, text);
}

enum status page_commit(struct page *page) {
    page_write(page, "</body>\n</html>\n");
    return page->error->status == CHARNN_OK ? atomic_file_commit(page->file, page->error)
                                            : page->error->status;
}

void page_deinit(struct page *page) {
    atomic_file_destroy(page->file);
}
