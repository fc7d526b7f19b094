/* roff source with the macros of man(7). Texts are escaped; writes are not checked. */
#ifndef CHARNN_CLI_MANUAL_ROFF_H
#define CHARNN_CLI_MANUAL_ROFF_H

#include <stdio.h>

/* The start of a page: .TH `title` and the section NAME. */
void roff_print_title(FILE *out, const char *title, const char *name, const char *purpose);

/* A text, not broken at spaces. */
void roff_print(FILE *out, const char *text);

/* The same in a font: 'B' bold, 'I' italic. */
void roff_print_in(FILE *out, char font, const char *text);

/* Paragraphs, which are separated by empty lines. */
void roff_print_paragraphs(FILE *out, const char *text);

/* A tagged paragraph. */
void roff_print_entry(FILE *out, const char *term, const char *text);

#endif
