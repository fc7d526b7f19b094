#include "base/json.h"
#include "base/memory.h"
#include "suites.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cJSON *parse(const char *text) {
    struct error error = {0};
    cJSON *json = NULL;
    enum status status = json_parse(text, strlen(text), "x", &json, &error);
    ck_assert_msg(status == CHARNN_OK, "%s", error.message);
    return json;
}

static void check_print(const cJSON *json, bool indented, const char *expected) {
    struct error error = {0};
    char *text = NULL;
    ck_assert_int_eq(json_print(json, indented, &text, &error), CHARNN_OK);
    ck_assert_str_eq(text, expected);
    memory_free(text);
}

START_TEST(a_text_is_parsed_and_printed) {
    cJSON *json = parse("\n{ \"a\" : [1, -2.5e3, true, null, \"\\u20ac\\\"\\\\u0000\"] }\t\r\n ");
    check_print(json, false, "{\"a\":[1,-2500,true,null,\"\xE2\x82\xAC\\\"\\\\u0000\"]}");
    cJSON_Delete(json);
    json = parse("{\"a\":1}");
    check_print(json, true, "{\n\t\"a\":\t1\n}");
    cJSON_Delete(json);
}
END_TEST

START_TEST(well_formed_texts_are_accepted) {
    static const char *const texts[] = {
        "0",
        "-0",
        "10",
        "0.5",
        "-1e5",
        "1E+5",
        "1e-5",
        "\"\"",
        "[]",
        "\"\\\\\"",
        "\"\xC2\x80\"",
        "\"\xED\x9F\xBF\"",
        "true",
        "\"\x7F\"",
        "\"\\u0001\"",
        "\"\xF4\x8F\xBF\xBF\"",
        "\"\\ud83d\\ude00\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cJSON_Delete(parse(texts[i]));
    }
}
END_TEST

/* The position that cJSON reports depends on its version and is not compared. */
static void check_message(const struct error *error, const char *expected) {
    const char *place = strstr(error->message, " near byte ");
    if (place != NULL) {
        ck_assert_int_eq(strncmp(error->message, expected, strlen(expected)), 0);
        ck_assert_ptr_eq(place + strlen(" near byte"), error->message + strlen(expected));
    } else {
        ck_assert_str_eq(error->message, expected);
    }
}

static const struct {
    const char *text;
    const char *message;
} malformed_texts[] = {
    {"", "x is empty, which is not JSON"},
    {"x", "x cannot be read as JSON: something unexpected near byte"},
    {"{\"a\" 1}", "x cannot be read as JSON: something unexpected near byte"},
    {"1 2", "x cannot be read as JSON: something unexpected near byte"},
    {"\"a", "x cannot be read as JSON: something unexpected near byte"},
    {"\"\\x\"", "x cannot be read as JSON: something unexpected near byte"},
    {"\"\\", "x cannot be read as JSON: something unexpected near byte"},
    {"\"\\ud83d\"", "x cannot be read as JSON: something unexpected near byte"},
    {"[1 \x01]", "x cannot be read as JSON: a control character at byte 3"},
    {"\"a\tb\"", "x cannot be read as JSON: a control character at byte 2"},
    {"[\"\\\"\\\\\\u0000\"]", "x cannot be read as JSON: a NUL in a string at byte 6"},
    {"[\"\x80\"]", "x cannot be read as JSON: bytes that are not UTF-8 at byte 2"},
    {"[\"\xC1\xBF\"]", "x cannot be read as JSON: bytes that are not UTF-8 at byte 2"},
    {"[\"\xE0\x9F\xBF\"]", "x cannot be read as JSON: bytes that are not UTF-8 at byte 2"},
    {"[\"\xED\xA0\x80\"]", "x cannot be read as JSON: bytes that are not UTF-8 at byte 2"},
    {"[\"\xF4\x90\x80\x80\"]", "x cannot be read as JSON: bytes that are not UTF-8 at byte 2"},
    {"[\"\xF0\x90\x80\"]", "x cannot be read as JSON: bytes that are not UTF-8 at byte 2"},
    {"\"\xE2\x82", "x cannot be read as JSON: bytes that are not UTF-8 at byte 1"},
    {"[-]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"[00]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"[1.]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"[-.5]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"[1e]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"[1e+]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"[01]", "x cannot be read as JSON: a malformed number at byte 1"},
    {"\xEF\xBB\xBF[]", "x cannot be read as JSON: something unexpected at byte 0"},
    {"[1\xC2\xA0]", "x cannot be read as JSON: something unexpected at byte 2"},
    {"\"\\uZZZZ\"",
     "x cannot be read as JSON: an escape that is not \\u and four hexadecimal digits at byte 1"},
    {"\"\\u12G4\"",
     "x cannot be read as JSON: an escape that is not \\u and four hexadecimal digits at byte 1"},
    {"\"\\ud83d\\u-e00\"",
     "x cannot be read as JSON: an escape that is not \\u and four hexadecimal digits at byte 7"},
    {"\"\\u12\"",
     "x cannot be read as JSON: an escape that is not \\u and four hexadecimal digits at byte 1"},
    {"\"\\ud83d\\u0041\"", "x cannot be read as JSON: something unexpected near byte"},
    {"\"\\ude00\"", "x cannot be read as JSON: something unexpected near byte"},
    {"\"\\U0041\"", "x cannot be read as JSON: something unexpected near byte"},
    {"nul", "x cannot be read as JSON: something unexpected near byte"},
    {"True", "x cannot be read as JSON: something unexpected near byte"},
    {"NaN", "x cannot be read as JSON: something unexpected near byte"},
    {"+1", "x cannot be read as JSON: something unexpected near byte"},
    {"[1,]", "x cannot be read as JSON: something unexpected near byte"},
    {"[1]//", "x cannot be read as JSON: something unexpected near byte"},
    {"[1.5.5]", "x cannot be read as JSON: something unexpected near byte"},
    {"[0x10]", "x cannot be read as JSON: something unexpected near byte"},
};

START_TEST(a_malformed_text_is_refused) {
    struct error error = {0};
    cJSON *json = NULL;
    const char *text = malformed_texts[_i].text;
    char *exact = malloc(strlen(text) + 1); /* a sanitizer finds a read beyond it */
    memcpy(exact, text, strlen(text));
    exact = realloc(exact, strlen(text) > 0 ? strlen(text) : 1);
    ck_assert_int_eq(json_parse(exact, strlen(text), "x", &json, &error), CHARNN_ERROR_FORMAT);
    check_message(&error, malformed_texts[_i].message);
    ck_assert_ptr_null(json);
    free(exact);
}
END_TEST

START_TEST(a_nul_is_refused) {
    struct error error = {0};
    cJSON *json = NULL;
    ck_assert_int_eq(json_parse("[\"a\0\"]", 6, "x", &json, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x cannot be read as JSON: a control character at byte 3");
    ck_assert_int_eq(json_parse("[]\0", 3, "x", &json, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x cannot be read as JSON: a control character at byte 2");
}
END_TEST

/* "[0,0,...,0]" */
static char *make_list(size_t values) {
    char *text = malloc(2 * values + 2);
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < values; i++) {
        memcpy(text + 2 * i, ",0", 2);
    }
    text[0] = '[';
    memcpy(text + 2 * values, "]", 2);
    return text;
}

START_TEST(the_number_of_values_is_limited) {
    struct error error = {0};
    cJSON *json = NULL;
    /* n + 1 values, with the list itself, in 2 n + 1 bytes. */
    char *text = make_list(8191);
    ck_assert_int_eq(json_parse(text, strlen(text), "x", &json, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x cannot be read as JSON: too many values at byte 16380");
    free(text);
    text = make_list(8190);
    ck_assert_int_eq(json_parse(text, strlen(text), "x", &json, &error), CHARNN_OK);
    cJSON_Delete(json);
    free(text);
}
END_TEST

START_TEST(nesting_is_limited) {
    struct error error = {0};
    cJSON *json = NULL;
    char text[2 * CHARNN_JSON_DEPTH + 5] = "";
    memset(text, '[', CHARNN_JSON_DEPTH + 1);
    memset(text + CHARNN_JSON_DEPTH + 1, ']', CHARNN_JSON_DEPTH + 1);
    ck_assert_int_eq(json_parse(text, strlen(text), "x", &json, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message,
                     "x cannot be read as JSON: values nested too deeply at byte 128");
    ck_assert_int_eq(json_parse(text + 1, strlen(text) - 2, "x", &json, &error), CHARNN_OK);
    cJSON_Delete(json);
    (void)snprintf(text, sizeof text,
                   "{\"[[[\":[\"]]]\"],\"a\":{}}"); /* brackets in strings do not count */
    ck_assert_int_eq(json_parse(text, strlen(text), "x", &json, &error), CHARNN_OK);
    cJSON_Delete(json);
}
END_TEST

static void check_no_object(const char *text, const char *message) {
    struct error error = {0};
    cJSON *json = NULL;
    ck_assert_int_eq(json_parse_object(text, strlen(text), "x", &json, &error),
                     CHARNN_ERROR_FORMAT);
    check_message(&error, message);
    ck_assert_ptr_null(json);
}

START_TEST(duplicate_keys_are_refused) {
    struct error error = {0};
    cJSON *json = NULL;
    ck_assert_int_eq(json_parse_object("{\"a\":1,\"A\":2}", 13, "x", &json, &error), CHARNN_OK);
    cJSON_Delete(json);
    check_no_object("[]", "x is not a JSON object");
    check_no_object("{\"a\":1,\"b\":2,\"a\":1}", "x has the key \"a\" twice");
    check_no_object("{", "x cannot be read as JSON: something unexpected near byte");
}
END_TEST

START_TEST(values_are_got_by_type) {
    cJSON *json = parse("{\"text\":\"t\",\"size\":9007199254740991,\"double\":-0.1,\"bool\":true,"
                        "\"object\":{\"a\":1},\"array\":[2]}");
    struct error error = {0};
    const char *text = NULL;
    size_t size = 0;
    double number = 0.0;
    bool flag = false;
    const cJSON *item = NULL;
    ck_assert_int_eq(json_get_string(json, "x", "text", &text, &error), CHARNN_OK);
    ck_assert_str_eq(text, "t");
    ck_assert_int_eq(json_get_size(json, "x", "size", &size, &error), CHARNN_OK);
    ck_assert_uint_eq(size, CHARNN_JSON_LARGEST_WHOLE);
    ck_assert_int_eq(json_get_double(json, "x", "double", &number, &error), CHARNN_OK);
    ck_assert(number == -0.1);
    ck_assert_int_eq(json_get_bool(json, "x", "bool", &flag, &error), CHARNN_OK);
    ck_assert(flag);
    ck_assert_int_eq(json_get_object(json, "x", "object", &item, &error), CHARNN_OK);
    ck_assert_int_eq(json_get_size(item, "x", "a", &size, &error), CHARNN_OK);
    ck_assert_uint_eq(size, 1);
    ck_assert_int_eq(json_get_array(json, "x", "array", &item, &error), CHARNN_OK);
    ck_assert_int_eq(cJSON_GetArraySize(item), 1);
    ck_assert(json_to_size(cJSON_GetArrayItem(item, 0), &size));
    ck_assert_uint_eq(size, 2);
    ck_assert(!json_to_size(cJSON_GetArrayItem(item, 1), &size)); /* NULL */
    cJSON_Delete(json);
}
END_TEST

START_TEST(a_missing_or_wrong_value_is_named) {
    cJSON *json = parse("{\"text\":\"t\",\"part\":1.5,\"minus\":-1,\"large\":9007199254740992,"
                        "\"huge\":1e400}");
    struct error error = {0};
    const char *text;
    size_t size;
    double number;
    bool flag;
    const cJSON *item;
    ck_assert_int_eq(json_get_string(json, "x", "none", &text, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x lacks \"none\"");
    ck_assert_int_eq(json_get_string(json, "x", "Text", &text, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x lacks \"Text\"");
    ck_assert_int_eq(json_get_string(json, "x", "part", &text, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x: \"part\" must be a string");
    static const char *const no_sizes[] = {"text", "part", "minus", "large", "huge"};
    for (size_t i = 0; i < sizeof no_sizes / sizeof no_sizes[0]; i++) {
        char expected[100];
        (void)snprintf(expected, sizeof expected,
                       "x: \"%s\" must be a whole number from 0 to 9007199254740991", no_sizes[i]);
        ck_assert_int_eq(json_get_size(json, "x", no_sizes[i], &size, &error), CHARNN_ERROR_FORMAT);
        ck_assert_str_eq(error.message, expected);
    }
    ck_assert_int_eq(json_get_double(json, "x", "huge", &number, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x: \"huge\" must be a number");
    ck_assert_int_eq(json_get_bool(json, "x", "part", &flag, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x: \"part\" must be true or false");
    ck_assert_int_eq(json_get_object(json, "x", "part", &item, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x: \"part\" must be an object");
    ck_assert_int_eq(json_get_array(json, "x", "part", &item, &error), CHARNN_ERROR_FORMAT);
    ck_assert_str_eq(error.message, "x: \"part\" must be a list");
    cJSON_Delete(json);
}
END_TEST

START_TEST(an_object_is_composed) {
    struct error error = {0};
    cJSON *json = NULL;
    cJSON *inner = NULL;
    cJSON *array = NULL;
    ck_assert_int_eq(json_create_object(&json, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_string(json, "text", "a\"\n", &error), CHARNN_OK);
    ck_assert_int_eq(json_add_size(json, "size", CHARNN_JSON_LARGEST_WHOLE, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_string(json, "not", "\xFFg\xC3\xA9\xE2\x82", &error), CHARNN_OK);
    ck_assert_int_eq(json_add_double(json, "double", 0.1, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_double(json, "whole", 3.0, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_double(json, "long", 1e15, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_double(json, "nan", (double)NAN, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_bool(json, "yes", true, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_object(json, "inner", &inner, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_bool(inner, "no", false, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_array(json, "array", &array, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_size(array, NULL, 0, &error), CHARNN_OK);
    ck_assert_int_eq(json_add_size(array, NULL, 4294967296, &error), CHARNN_OK);
    check_print(json, false,
                "{\"text\":\"a\\\"\\n\",\"size\":9007199254740991,\"not\":\"\xEF\xBF\xBDg"
                "\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\",\"double\":0.1,\"whole\":3,"
                "\"long\":1000000000000000,\"nan\":null,\"yes\":true,\"inner\":{\"no\":false},"
                "\"array\":[0,4294967296]}");
    cJSON_Delete(json);
}
END_TEST

START_TEST(doubles_are_read_as_they_were_written) {
    static const double numbers[] = {
        0.1,      0.1 + 0x1p-56, 1.0 / 3.0, -1e300,   DBL_MIN,          DBL_MAX,
        -DBL_MIN, 1.0 - 0x1p-53, 1e22,      123456.0, 9007199254740990, 9007199254740991,
        -0.0,     4.35,
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct error error = {0};
        cJSON *json = NULL;
        char *text = NULL;
        double number = 0.0;
        ck_assert_int_eq(json_create_object(&json, &error), CHARNN_OK);
        ck_assert_int_eq(json_add_double(json, "a", numbers[i], &error), CHARNN_OK);
        ck_assert_int_eq(json_print(json, false, &text, &error), CHARNN_OK);
        cJSON_Delete(json);
        json = parse(text);
        ck_assert_int_eq(json_get_double(json, "x", "a", &number, &error), CHARNN_OK);
        ck_assert_mem_eq(&number, &numbers[i], sizeof number);
        cJSON_Delete(json);
        memory_free(text);
    }
}
END_TEST

START_TEST(labels_are_safe_and_short) {
    ck_assert_str_eq(json_label("rnn.weight \xE2\x82\xAC").text, "rnn.weight \xE2\x82\xAC");
    ck_assert_str_eq(json_label("a\x1B[2J\n\x7F\xC2\x9B"
                                "b\xFF\xC2")
                         .text,
                     "a?[2J???b??");
    char text[200];
    memset(text, 'a', sizeof text);
    text[199] = '\0';
    struct json_label label = json_label(text);
    ck_assert_uint_eq(strlen(label.text), sizeof label.text - 1);
    ck_assert_str_eq(label.text + sizeof label.text - 5, "a...");
    memcpy(text + 75, "\xE2\x82\xAC", 3); /* does not fit by one byte */
    label = json_label(text);
    ck_assert_uint_eq(strlen(label.text), 78);
    ck_assert_str_eq(label.text + 74, "a...");
}
END_TEST

Suite *json_suite(void) {
    Suite *suite = suite_create("json");
    TCase *test = tcase_create("json");
    tcase_add_test(test, a_text_is_parsed_and_printed);
    tcase_add_test(test, well_formed_texts_are_accepted);
    tcase_add_loop_test(test, a_malformed_text_is_refused, 0,
                        sizeof malformed_texts / sizeof malformed_texts[0]);
    tcase_add_test(test, a_nul_is_refused);
    tcase_add_test(test, the_number_of_values_is_limited);
    tcase_add_test(test, nesting_is_limited);
    tcase_add_test(test, duplicate_keys_are_refused);
    tcase_add_test(test, values_are_got_by_type);
    tcase_add_test(test, a_missing_or_wrong_value_is_named);
    tcase_add_test(test, an_object_is_composed);
    tcase_add_test(test, doubles_are_read_as_they_were_written);
    tcase_add_test(test, labels_are_safe_and_short);
    suite_add_tcase(suite, test);
    return suite;
}
