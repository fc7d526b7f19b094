#include "cli/terminal/symbol_text.h"

#include "text/symbols.h"

#include <stdio.h>

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
    const char *known = code == '\t'   ? "\\t"
                        : code == '\n' ? "\\n"
                        : code == '\r' ? "\\r"
                        : code == '\\' ? "\\\\"
                                       : NULL;
    if (known != NULL) {
        (void)snprintf(text, CHARNN_SYMBOL_TEXT, "%s", known);
        return text;
    }
    if (symbol_is_special(code)) {
        return symbol_in_utf8(code, text);
    }
    if (code >= CHARNN_RAW_BYTE || code < 0x20 || code == 0x7F) {
        (void)snprintf(text, CHARNN_SYMBOL_TEXT, "\\x%02x", (unsigned)(code & 0xFFU));
        return text;
    }
    return encode(code, text);
}

const char *symbol_in_utf8(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    if (code == CHARNN_SYMBOL_END) {
        (void)snprintf(text, CHARNN_SYMBOL_TEXT, "<end>");
        return text;
    }
    if (code == 0 || code >= CHARNN_RAW_BYTE) {
        (void)snprintf(text, CHARNN_SYMBOL_TEXT, "%s", replacement);
        return text;
    }
    return encode(code, text);
}

const char *symbol_shown(uint32_t code, char text[CHARNN_SYMBOL_TEXT]) {
    return symbol_in_utf8(is_control(code) ? 0 : code, text);
}
