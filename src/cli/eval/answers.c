/* Answering the questions of the texts; the report is in answers_report.c. */
#include "base/memory.h"
#include "cli/eval/eval.h"
#include "infer/answerer.h"
#include "text/corpus_vocab.h"

#include <string.h>

enum { CHOICES_MOST = 10000 };

struct session {
    struct eval *eval;
    const struct vocab *vocab;
    struct vocab *own; /* of the text */
    struct answerer *answerer;
    struct question questions[CHARNN_QUESTIONS];
    size_t longest; /* symbols of a true answer */
    size_t most;    /* symbols of a given answer */
    size_t *row;    /* [most + 1], of the edit distance */
    struct sequences choices;
    struct meter meter;
    size_t whole; /* questions of all texts */
};

static struct sequence true_answer(const struct question *question) {
    return (struct sequence){question->answer, question->answer_count};
}

/* Whether the model can write an answer. */
static bool is_known(struct sequence answer) {
    size_t i = 0;
    while (i < answer.count && answer.ids[i] >= 0) {
        i++;
    }
    return i == answer.count;
}

/* Adds the answers of a part's records to a set, or only the known ones, and counts the records. */
static enum status collect(struct session *s, struct split part, bool known, struct sequences *set,
                           size_t *records, struct error *error) {
    struct question *question = &s->questions[0];
    size_t begin;
    size_t end;
    split_records(s->eval->corpus, part, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        if (question_read(s->eval->corpus, s->own, s->vocab, i, question, error) != CHARNN_OK ||
            ((!known || is_known(true_answer(question))) &&
             sequences_add(set, true_answer(question), error) != CHARNN_OK)) {
            return error->status;
        }
        s->longest = question->answer_count > s->longest ? question->answer_count : s->longest;
    }
    *records += end - begin;
    return CHARNN_OK;
}

static enum status collect_labels(struct session *s, struct error *error) {
    struct eval_answers *answers = &s->eval->answers;
    answers->labels.most = CHARNN_EVAL_LABELS;
    for (size_t i = 0; i < s->eval->text_count; i++) {
        if (collect(s, s->eval->texts[i].part, false, &answers->labels, &s->whole, error) !=
            CHARNN_OK) {
            return error->status;
        }
    }
    size_t labels = answers->labels.count;
    return MEMORY_NEW(&answers->given, labels * (labels + 1), "the answers", error);
}

static enum status collect_choices(struct session *s, struct error *error) {
    size_t records = 0;
    s->choices.most = CHOICES_MOST;
    if (collect(s, s->eval->train, true, &s->choices, &records, error) != CHARNN_OK) {
        return error->status;
    }
    if (s->choices.overflow || s->choices.count == 0) {
        return error_set(
            error, CHARNN_ERROR_DATA, "the training part has %s; leave out --answers-only",
            s->choices.count == 0 ? "no answers" : "more than 10,000 different answers");
    }
    return CHARNN_OK;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The edit distance (Levenshtein 1966): insertions, deletions and substitutions from a to b. */
static size_t count_edits(size_t *row, struct sequence a, struct sequence b) {
    for (size_t j = 0; j <= b.count; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < a.count; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.count; j++) {
            size_t substituted = diagonal + (a.ids[i] != b.ids[j]);
            diagonal = row[j + 1];
            row[j + 1] = smaller(substituted, 1 + smaller(row[j], diagonal));
        }
    }
    return row[b.count];
}

static void judge(const struct session *s, struct sequence truth, struct sequence given) {
    struct eval_answers *answers = &s->eval->answers;
    const struct sequences *labels = &answers->labels;
    size_t edits = count_edits(s->row, truth, given);
    size_t row;
    size_t column;
    answers->questions++;
    answers->right += edits == 0;
    answers->edits += edits;
    answers->symbols += truth.count;
    answers->unseen += s->choices.count > 0 && !sequences_find(&s->choices, truth, &row);
    if (!labels->overflow && sequences_find(labels, truth, &row)) {
        column = sequences_find(labels, given, &column) ? column : labels->count;
        answers->given[row * (labels->count + 1) + column]++;
    }
}

static enum status answer_text(struct session *s, const struct eval_text *text,
                               struct error *error) {
    struct sequence given[CHARNN_QUESTIONS];
    size_t end;
    size_t begin;
    split_records(s->eval->corpus, text->part, &begin, &end);
    for (size_t count; begin < end; begin += count) {
        count = smaller(end - begin, CHARNN_QUESTIONS);
        for (size_t i = 0; i < count; i++) {
            if (question_read(s->eval->corpus, s->own, s->vocab, begin + i, &s->questions[i],
                              error) != CHARNN_OK) {
                return error->status;
            }
        }
        if (answerer_answer(s->answerer, s->questions, count, given, error) != CHARNN_OK) {
            return error->status;
        }
        for (size_t i = 0; i < count; i++) {
            judge(s, true_answer(&s->questions[i]), given[i]);
        }
        meter_update(&s->meter, s->eval->answers.questions, s->whole);
    }
    return CHARNN_OK;
}

static enum status answer_all(struct session *s, struct error *error) {
    const struct eval_settings *settings = s->eval->settings;
    s->most = 2 * s->longest + 16; /* an answer that goes on is wrong anyway */
    const struct answerer_plan plan = {
        .model = s->eval->model,
        .vocab = s->vocab,
        .pool = s->eval->pool,
        .most = s->most,
        .width = settings->beam,
        .choices = settings->answers_only ? &s->choices : NULL,
    };
    if (eval_check_memory(s->eval, answerer_memory(&plan), CHARNN_EVAL_REMEDY, error) !=
            CHARNN_OK ||
        answerer_create(&plan, &s->answerer, error) != CHARNN_OK ||
        MEMORY_NEW(&s->row, s->most + 1, "the answers", error) != CHARNN_OK) {
        return error->status;
    }
    enum status status = CHARNN_OK;
    meter_begin(&s->meter, s->eval->err);
    for (size_t i = 0; status == CHARNN_OK && i < s->eval->text_count; i++) {
        status = answer_text(s, &s->eval->texts[i], error);
    }
    meter_end(&s->meter);
    return status;
}

enum status eval_answer(struct eval *eval, struct error *error) {
    struct session s = {.eval = eval, .vocab = checkpoint_vocab(eval->checkpoint)};
    if (!eval->settings->answers) {
        return CHARNN_OK;
    }
    if (checkpoint_corpus_format(eval->checkpoint).learn_after == NULL) {
        return error_set(error, CHARNN_ERROR_DATA,
                         "%s cannot answer questions: it was not trained with --learn-after",
                         checkpoint_path(eval->checkpoint));
    }
    bool done = corpus_build_vocab(eval->corpus, &s.own, error) == CHARNN_OK &&
                collect_labels(&s, error) == CHARNN_OK &&
                (!eval->settings->answers_only || collect_choices(&s, error) == CHARNN_OK) &&
                answer_all(&s, error) == CHARNN_OK;
    answerer_destroy(s.answerer);
    sequences_deinit(&s.choices);
    memory_free(s.row);
    vocab_destroy(s.own);
    for (size_t i = 0; i < CHARNN_QUESTIONS; i++) {
        question_deinit(&s.questions[i]);
    }
    return done ? CHARNN_OK : error->status;
}

void eval_answers_deinit(struct eval_answers *answers) {
    sequences_deinit(&answers->labels);
    memory_free(answers->given);
}
