#include "base/json.h"
#include "base/plural.h"
#include "cli/eval/eval.h"
#include "cli/terminal/format.h"
#include "cli/terminal/stream.h"

#include <math.h>

/* Out-of-vocabulary characters of all texts. */
static size_t count_unknown(const struct eval *eval) {
    size_t count = 0;
    for (size_t i = 0; i < eval->text_count; i++) {
        count += eval->texts[i].oov;
    }
    return count;
}

/* Mean of the nats per character over the texts that have scored characters. */
static double mean_of_texts(const struct eval *eval) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < eval->text_count; i++) {
        sum += evaluation_nats_per_symbol(&eval->texts[i].result);
        count += eval->texts[i].result.scored > 0;
    }
    return sum / (double)count;
}

/* --- table ----------------------------------------------------------------------------------- */

static enum status print_texts(const struct eval *eval, struct error *error) {
    enum status status = stream_printf(
        eval->out, error, "characters  nats/char  bits/char  perplexity  unknown  file\n");
    for (size_t i = 0; status == CHARNN_OK && i < eval->text_count; i++) {
        const struct eval_text *text = &eval->texts[i];
        double nats = evaluation_nats_per_symbol(&text->result);
        if (text->result.scored == 0) {
            status = stream_printf(eval->out, error, "%10d  %9s  %9s  %10s  %7zu  ", 0, "-", "-",
                                   "-", text->oov);
        } else {
            status =
                stream_printf(eval->out, error, "%10zu  %9.4f  %9.4f  %10.4g  %7zu  ",
                              text->result.scored, nats, format_bits(nats), exp(nats), text->oov);
        }
        if (status == CHARNN_OK) {
            status = eval_write_name(eval->out, text->name, error);
        }
        if (status == CHARNN_OK) {
            status = stream_write(eval->out, "\n", 1, error);
        }
    }
    return status == CHARNN_OK ? stream_write(eval->out, "\n", 1, error) : status;
}

static enum status print_unknown(const struct eval *eval, struct error *error) {
    size_t unknown = count_unknown(eval);
    size_t all = 0;
    char share[CHARNN_FORMAT_SIZE];
    for (size_t i = 0; i < eval->text_count; i++) {
        all += eval->texts[i].part.end - eval->texts[i].part.begin;
    }
    return unknown == 0
               ? CHARNN_OK
               : stream_printf(eval->out, error, "unknown     %zu of %zu (%s), %s\n", unknown, all,
                               format_percent((double)unknown / (double)all, share),
                               eval->result.unknown > 0 ? "skipped"
                                                        : "read as the unknown character");
}

static enum status print_adapted(const struct eval *eval, struct error *error) {
    double nats = evaluation_nats_per_symbol(&eval->adapted);
    return stream_printf(eval->out, error,
                         "adapted     %.4f nats/char, %.4f bits/char, perplexity %.4g: a gain of "
                         "%.4f nats/char\n",
                         nats, format_bits(nats), exp(nats),
                         evaluation_nats_per_symbol(&eval->result) - nats);
}

static enum status print_table(const struct eval *eval, struct error *error) {
    const struct evaluation *result = &eval->result;
    double nats = evaluation_nats_per_symbol(result);
    bool several = eval->text_count > 1;
    if ((several && print_texts(eval, error) != CHARNN_OK) ||
        stream_printf(eval->out, error, "characters  %zu\n", result->scored) != CHARNN_OK ||
        print_unknown(eval, error) != CHARNN_OK ||
        stream_printf(eval->out, error, "nats/char   %.4f\nbits/char   %.4f\nperplexity  %.4g\n",
                      nats, format_bits(nats), exp(nats)) != CHARNN_OK) {
        return error->status;
    }
    if (eval->settings->adapt && print_adapted(eval, error) != CHARNN_OK) {
        return error->status;
    }
    if (eval_print_answers(eval, error) != CHARNN_OK || eval_print_flow(eval, error) != CHARNN_OK) {
        return error->status;
    }
    double mean = mean_of_texts(eval);
    return several ? stream_printf(eval->out, error,
                                   "files       %zu; mean of their values: %.4f nats/char, %.4f "
                                   "bits/char, perplexity %.4g\n",
                                   eval->text_count, mean, format_bits(mean), exp(mean))
                   : CHARNN_OK;
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* `adapted` may be NULL. */
static enum status add_result(cJSON *json, const struct evaluation *result,
                              const struct evaluation *adapted, size_t unknown,
                              struct error *error) {
    double nats = evaluation_nats_per_symbol(result);
    if (json_add_size(json, "characters", result->scored, error) != CHARNN_OK ||
        json_add_double(json, "nats", result->nats, error) != CHARNN_OK ||
        json_add_double(json, "nats_per_char", nats, error) != CHARNN_OK ||
        json_add_double(json, "bits_per_char", format_bits(nats), error) != CHARNN_OK ||
        json_add_double(json, "perplexity", exp(nats), error) != CHARNN_OK ||
        json_add_size(json, "unknown", result->unknown, error) != CHARNN_OK) {
        return error->status;
    }
    if (adapted != NULL &&
        (json_add_double(json, "adapted_nats", adapted->nats, error) != CHARNN_OK ||
         json_add_double(json, "adapted_nats_per_char", evaluation_nats_per_symbol(adapted),
                         error) != CHARNN_OK)) {
        return error->status;
    }
    return json_add_size(json, "read_as_unknown", unknown - result->unknown, error);
}

static enum status add_texts(cJSON *json, const struct eval *eval, struct error *error) {
    double mean = mean_of_texts(eval);
    cJSON *list;
    if (json_add_double(json, "file_mean_nats_per_char", mean, error) != CHARNN_OK ||
        json_add_double(json, "file_mean_bits_per_char", format_bits(mean), error) != CHARNN_OK ||
        json_add_array(json, "files", &list, error) != CHARNN_OK) {
        return error->status;
    }
    for (size_t i = 0; i < eval->text_count; i++) {
        const struct eval_text *text = &eval->texts[i];
        cJSON *item;
        if (json_add_object(list, NULL, &item, error) != CHARNN_OK ||
            eval_add_name(item, text->name, error) != CHARNN_OK ||
            add_result(item, &text->result, eval->settings->adapt ? &text->adapted : NULL,
                       text->oov, error) != CHARNN_OK) {
            return error->status;
        }
    }
    return CHARNN_OK;
}

static enum status print_json(const struct eval *eval, const struct copy_check *check,
                              struct error *error) {
    cJSON *json;
    bool printed = json_create_object(&json, error) == CHARNN_OK &&
                   add_result(json, &eval->result, eval->settings->adapt ? &eval->adapted : NULL,
                              count_unknown(eval), error) == CHARNN_OK &&
                   (eval->text_count == 1 || add_texts(json, eval, error) == CHARNN_OK) &&
                   eval_add_answers(eval, json, error) == CHARNN_OK &&
                   eval_add_flow(eval, json, error) == CHARNN_OK &&
                   copy_check_describe(check, json, error) == CHARNN_OK &&
                   stream_write_json(eval->out, json, error) == CHARNN_OK;
    cJSON_Delete(json);
    return printed ? CHARNN_OK : error->status;
}

enum status eval_print_totals(const struct eval *eval, const struct copy_check *check,
                              struct error *error) {
    if (eval->settings->json) {
        return print_json(eval, check, error);
    }
    enum status status = print_table(eval, error);
    return status == CHARNN_OK ? copy_check_print(check, eval->out, error) : status;
}
