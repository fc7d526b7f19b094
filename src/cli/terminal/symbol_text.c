#include "cli/terminal/symbol_text.h"

#include "text/symbols.h"

#include <stdio.h>
#include <string.h>

static const char replacement[] = "\357\277\275"; /* U+FFFD */

static bool is_control(uint32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

static const char *encode(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    unsigned char bytes[CHARNN_SYMBOL_BYTES];
    size_t size = symbol_encode(code, bytes);
    (void)snprintf(text, CHARNN_SYMBOL_TEXT, "%.*s", (int)size, (const char *)bytes);
    return text;
}

const char *symbol_escaped(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    static const char named[] = "\t\n\r\\";
    static const char letters[] = "tnr\\";
    const char *at = code > 0 && code < 0x80 ? strchr(named, (int)code) : NULL;
    if (at != NULL) {
        (void)snprintf(text, CHARNN_SYMBOL_TEXT, "\\%c", letters[at - named]);
    } else if (symbol_is_special(code)) {
        return symbol_in_utf8(code, text);
    } else if (code >= CHARNN_RAW_BYTE || code < 0x20 || code == 0x7F) {
        (void)snprintf(text, CHARNN_SYMBOL_TEXT, "\\x%02x", (unsigned)(code & 0xFFU));
    } else {
        return encode(code, text);
    }
    return text;
}

const char *symbol_in_utf8(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    if (code > 0 && code < CHARNN_RAW_BYTE) {
        return encode(code, text);
    }
    (void)snprintf(text, CHARNN_SYMBOL_TEXT, "%s",
                   code == CHARNN_SYMBOL_END ? "<end>" : replacement);
    return text;
}

const char *symbol_shown(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    return symbol_in_utf8(is_control(code) ? 0 : code, text);
}
