#include "base/memory.h"
#include "cli/commands.h"
#include "cli/eval/eval.h"

enum status cmd_eval(struct invocation *invocation, struct error *error) {
    struct eval eval = {.command = "eval",
                        .settings = invocation->settings,
                        .out = invocation->out,
                        .err = invocation->err};
    const struct options *options = &invocation->options;
    bool done =
        checkpoint_open(options->arguments[0], &eval.checkpoint, error) == CHARNN_OK &&
        eval_open_text(&eval, options, error) == CHARNN_OK &&
        eval_check_page(&eval, "--heat-html", eval.settings->heat_html, options, error) ==
            CHARNN_OK &&
        eval_check_unknown(&eval, error) == CHARNN_OK && eval_score(&eval, error) == CHARNN_OK &&
        eval_answer(&eval, error) == CHARNN_OK && eval_measure_flow(&eval, error) == CHARNN_OK &&
        eval_note_unknown(&eval, error) == CHARNN_OK && eval_report(&eval, error) == CHARNN_OK;
    flow_deinit(&eval.flow);
    eval_answers_deinit(&eval.answers);
    thread_pool_destroy(eval.pool);
    model_destroy(eval.model);
    memory_free(eval.texts);
    corpus_close(eval.corpus);
    checkpoint_close(eval.checkpoint);
    return done ? CHARNN_OK : error->status;
}
