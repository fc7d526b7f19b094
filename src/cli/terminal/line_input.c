#include "cli/terminal/line_input.h"

#include "base/memory.h"

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

static enum status add_byte(struct line_input *input, size_t used, char byte, struct error *error) {
    enum status status =
        MEMORY_GROW(&input->line, &input->capacity, used, used + 1, "a line of input", error);
    if (status == CHARNN_OK) {
        input->line[used] = byte;
    }
    return status;
}

static enum status read_line(struct line_input *input, char **line, struct error *error) {
    size_t used = 0;
    int byte;
    errno = 0;
    while ((byte = fgetc(input->in)) != EOF && byte != '\n') {
        if (add_byte(input, used++, (char)byte, error) != CHARNN_OK) {
            return error->status;
        }
    }
    if (ferror(input->in)) {
        return error_set_errno(error, CHARNN_ERROR_IO, errno, "cannot read the input");
    }
    if (byte == EOF && used == 0) {
        *line = NULL;
        return CHARNN_OK;
    }
    if (input->join_newlines && byte == '\n' && used > 0 && input->line[used - 1] == '\r') {
        used--;
    }
    if (add_byte(input, used, '\0', error) != CHARNN_OK) {
        return error->status;
    }
    *line = input->line;
    return CHARNN_OK;
}

#if CHARNN_LIBEDIT

static enum status edit_line(struct line_input *input, const char *prompt, char **line,
                             struct error *error) {
    char *edited = readline(prompt);
    *line = NULL;
    if (edited == NULL) {
        return CHARNN_OK;
    }
    if (edited[0] != '\0') {
        (void)add_history(edited);
    }
    size_t size = strlen(edited) + 1;
    enum status status =
        MEMORY_GROW(&input->line, &input->capacity, 0, size, "a line of input", error);
    if (status == CHARNN_OK) {
        *line = memcpy(input->line, edited, size);
    }
    free(edited);
    return status;
}

#else

static enum status edit_line(struct line_input *input, const char *prompt, char **line,
                             struct error *error) {
    (void)fprintf(input->out, "%s", prompt);
    (void)fflush(input->out);
    return read_line(input, line, error);
}

#endif

enum status line_input_next(struct line_input *input, const char *prompt, char **line,
                            struct error *error) {
    return input->terminal ? edit_line(input, prompt, line, error) : read_line(input, line, error);
}

void line_input_deinit(struct line_input *input) {
    memory_free(input->line);
}
