/*
 * From logits to standard output: sampling_draw() in draw.c goes through the texts in groups. For
 * each group, group.c calls generator_write() (infer/generator.h), whose sampler (infer/sampler.h)
 * draws ids from logits. Then text.c turns the ids into bytes and looks for stop texts, and
 * output.c or json.c prints the bytes.
 */
#include "base/plural.h"
#include "base/random.h"
#include "cli/commands.h"
#include "cli/sample/sampling.h"
#include "infer/prime.h"

/* Whether the texts depend on the seed. With --argmax, only the first symbol may: if there is
 * nothing to start after. */
static bool is_random(const struct sampling *s) {
    if (!s->settings->argmax || s->settings->interactive) { /* a command may end --argmax */
        return true;
    }
    const struct prime *primes = s->primes != NULL ? s->primes : &s->prime;
    size_t count = s->primes != NULL ? s->prime_count : 1;
    bool random = false;
    for (size_t i = 0; i < count && prime_start(s->vocab) < 0; i++) {
        random = random || primes[i].count == 0;
    }
    return random;
}

static enum status draw(struct sampling *s, size_t streams, struct options *options,
                        struct error *error) {
    bool random = !options_given(options, "seed");
    uint64_t seed = random ? random_seed_from_system() : s->settings->seed;
    if (sampling_create_generator(s, streams, seed, error) != CHARNN_OK) {
        return error->status;
    }
    if (random && is_random(s)) {
        (void)fprintf(s->err, "seed: %llu\n", (unsigned long long)seed);
    }
    return s->settings->interactive ? sampling_interact(s, options, error)
                                    : sampling_draw(s, error);
}

/* Texts take the temperatures in turn, so fewer texts than temperatures leave some unused. */
static void note_unused_temperatures(const struct sampling *s) {
    const struct number_list *list = &s->settings->temperature;
    size_t texts = s->settings->num_samples * s->prime_total;
    if (texts < list->count && !s->settings->interactive) {
        (void)fprintf(s->err,
                      "charnn sample: --temperature: each text takes one value of the list, so for "
                      "%zu text%s the values from %g on are not used\n",
                      texts, plural_ending(texts), list->values[texts]);
    }
}

/* Without a limit only a stop text or the end of a record ends a text. */
static void note_endless_text(const struct sampling *s) {
    if (s->settings->length == 0 && s->settings->stop.count == 0 && vocab_end(s->vocab) < 0) {
        (void)fprintf(s->err, "charnn sample: --length 0: the text does not end by itself; Ctrl-C "
                              "or the end of its reader ends it\n");
    }
}

static enum status sample(struct sampling *s, struct options *options, struct error *error) {
    if (sampling_open(s, options, error) != CHARNN_OK ||
        sampling_read_prime(s, error) != CHARNN_OK ||
        sampling_configure(s, 0, error) != CHARNN_OK) {
        return error->status;
    }
    note_unused_temperatures(s);
    note_endless_text(s);
    if (s->primes != NULL && s->prime_count == 0) {
        return sampling_finish(s, error);
    }
    size_t beam = s->settings->beam;
    size_t texts = beam > 0 ? beam : sampling_streams(s);
    if (sampling_create_pool(s, texts, error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = beam > 0 ? sampling_search(s, error) : draw(s, texts, options, error);
    return status == CHARNN_OK ? sampling_finish(s, error) : status;
}

enum status cmd_sample(struct invocation *invocation, struct error *error) {
    struct sampling s = {
        .settings = invocation->settings, .out = invocation->out, .err = invocation->err};
    enum status status = sample(&s, &invocation->options, error);
    sampling_deinit(&s);
    return status;
}
