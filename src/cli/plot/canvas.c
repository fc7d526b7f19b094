#include "cli/plot/canvas.h"

#include "base/memory.h"
#include "base/utf8.h"

enum { BRAILLE = 0x2800 };

enum status canvas_init(struct canvas *canvas, size_t columns, size_t rows, struct error *error) {
    *canvas = (struct canvas){.columns = columns, .rows = rows};
    if (MEMORY_NEW(&canvas->dots, rows * columns, "a chart", error) != CHARNN_OK) {
        return error->status;
    }
    return MEMORY_NEW(&canvas->colours, rows * columns, "a chart", error);
}

static void draw_dot(struct canvas *canvas, size_t x, size_t y, int colour) {
    static const unsigned char bits[CHARNN_CANVAS_DOTS_DOWN][CHARNN_CANVAS_DOTS_ACROSS] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    size_t at = y / CHARNN_CANVAS_DOTS_DOWN * canvas->columns + x / CHARNN_CANVAS_DOTS_ACROSS;
    canvas->dots[at] |= bits[y % CHARNN_CANVAS_DOTS_DOWN][x % CHARNN_CANVAS_DOTS_ACROSS];
    canvas->colours[at] = (unsigned char)(colour + 1);
}

static size_t distance(size_t a, size_t b) {
    return a > b ? a - b : b - a;
}

/* The i-th of n steps from a to b. */
static size_t between(size_t a, size_t b, size_t i, size_t n) {
    size_t moved = n > 0 ? (distance(a, b) * i + n / 2) / n : 0;
    return a > b ? a - moved : a + moved;
}

void canvas_draw_line(struct canvas *canvas, const size_t from[2], const size_t to[2], int colour,
                      bool dotted) {
    size_t across = distance(from[0], to[0]);
    size_t down = distance(from[1], to[1]);
    size_t n = across > down ? across : down;
    for (size_t i = 0; i <= n; i++) {
        size_t x = between(from[0], to[0], i, n);
        size_t y = between(from[1], to[1], i, n);
        if (!dotted || n == 0 || (across > down ? x : y) % 2 == 0) {
            draw_dot(canvas, x, y, colour);
        }
    }
}

void canvas_set_colour(int colour, FILE *out) {
    static const int codes[] = {36, 33, 35, 32, 34, 31};
    if (colour < 0) {
        (void)fputs("\033[0m", out);
    } else {
        (void)fprintf(out, "\033[%dm", codes[(size_t)colour % (sizeof codes / sizeof codes[0])]);
    }
}

void canvas_write_row(const struct canvas *canvas, size_t row, bool colours, FILE *out) {
    int current = -1;
    for (size_t i = row * canvas->columns; i < (row + 1) * canvas->columns; i++) {
        unsigned char bytes[CHARNN_UTF8_BYTES] = " ";
        size_t size =
            canvas->dots[i] != 0 ? utf8_encode(BRAILLE + (uint32_t)canvas->dots[i], bytes) : 1;
        if (colours && canvas->colours[i] - 1 != current) {
            current = canvas->colours[i] - 1;
            canvas_set_colour(current, out);
        }
        (void)fwrite(bytes, 1, size, out);
    }
    if (current >= 0) {
        canvas_set_colour(-1, out);
    }
}

void canvas_deinit(struct canvas *canvas) {
    memory_free(canvas->colours);
    memory_free(canvas->dots);
}
