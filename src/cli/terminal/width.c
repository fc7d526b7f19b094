#include "cli/terminal/width.h"

#include "text/symbols.h"

#include <locale.h>
#include <pthread.h>
#include <wchar.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

static locale_t utf8; /* never changed after it is made; the locale of the program stays "C" */

static void make_locale(void) {
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

int symbol_columns(uint32_t code) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make_locale);
    if (code < 0x80 || code >= CHARNN_RAW_BYTE || utf8 == (locale_t)0) {
        return 1;
    }
    /* The C library does not know characters newer than itself; ideographs are always wide. */
    if (code >= 0x20000 && code <= 0x3FFFD) {
        return 2;
    }
    locale_t previous = uselocale(utf8);
    int columns = wcwidth((wchar_t)code);
    (void)uselocale(previous);
    return columns < 0 ? 1 : columns;
}

size_t text_columns(const char *text, size_t size) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t columns = 0;
    while (size > 0) {
        uint32_t code;
        size_t length = symbol_decode(CHARNN_ENCODING_UTF8, bytes, size, &code);
        columns += (size_t)symbol_columns(code);
        bytes += length;
        size -= length;
    }
    return columns;
}
