#include "cli/terminal/line_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if CHARNN_LIBEDIT
#include <editline/readline.h>
#include <histedit.h>
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
#endif

const char *line_input_library(void) {
#if CHARNN_LIBEDIT
    return TEXT(LIBEDIT_MAJOR) "." TEXT(LIBEDIT_MINOR);
#else
    return NULL;
#endif
}

struct line_input line_input_start(FILE *in, FILE *out, bool join_newlines) {
    return (struct line_input){.in = in,
                               .out = out,
                               .join_newlines = join_newlines,
                               .terminal = isatty(fileno(in)) == 1 && isatty(fileno(out)) == 1};
}

static enum status read_line(struct line_input *input, char **line, struct error *error) {
    errno = 0;
    ssize_t length = getline(&input->line, &input->capacity, input->in);
    *line = NULL;
    if (length < 0) {
        return feof(input->in)
                   ? CHARNN_OK
                   : error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read the input");
    }
    if (length > 0 && input->line[length - 1] == '\n') {
        input->line[--length] = '\0';
        if (input->join_newlines && length > 0 && input->line[length - 1] == '\r') {
            input->line[--length] = '\0';
        }
    }
    *line = input->line;
    input->size = (size_t)length;
    return CHARNN_OK;
}

enum status line_input_next(struct line_input *input, const char *prompt, char **line,
                            struct error *error) {
    if (!input->terminal) {
        return read_line(input, line, error);
    }
#if CHARNN_LIBEDIT
    free(input->line);
    *line = input->line = readline(prompt);
    input->size = *line != NULL ? strlen(*line) : 0;
    if (input->size > 0) {
        (void)add_history(*line);
    }
    return CHARNN_OK;
#else
    (void)fprintf(input->out, "%s", prompt);
    (void)fflush(input->out);
    return read_line(input, line, error);
#endif
}

void line_input_deinit(struct line_input *input) {
    free(input->line);
}
