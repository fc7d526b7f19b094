#include "base/plural.h"
#include "cli/terminal/format.h"
#include "cli/train/estimate.h"
#include "train/start/measure.h"

static void print_disk(struct train_run *run) {
    size_t best = trainer_checkpoint_size(run->trainer, false);
    size_t last = trainer_checkpoint_size(run->trainer, true);
    size_t every = run->settings->checkpoint_every;
    size_t numbered = every > 0 ? trainer_plan(run->trainer)->updates / every : 0;
    char text[4][CHARNN_FORMAT_SIZE];
    char more[2 * CHARNN_FORMAT_SIZE + 16] = "";
    if (numbered > 0) {
        (void)snprintf(more, sizeof more, ", %s numbered one%s %s", format_count(numbered, text[0]),
                       plural_ending(numbered), format_bytes(numbered * best, text[1]));
    }
    /* `last` counts twice: the old file stays until the new one is complete. */
    progress_say(&run->progress, "checkpoints", "about %s in %s: last %s, best %s%s",
                 format_bytes(2 * last + best + numbered * best, text[1]),
                 run->settings->checkpoint_dir, format_bytes(last, text[2]),
                 format_bytes(best, text[3]), more);
}

void train_dry_run(struct train_run *run) {
    const double seconds = 2;
    const size_t windows = 20;
    char text[CHARNN_ESTIMATE_TEXT];
    train_print_summary(run);
    print_disk(run);
    estimate_format(run, trainer_measure_window(run->trainer, seconds, windows), text);
    progress_say(&run->progress, "estimate", "%s", text);
    progress_say(&run->progress, "dry run",
                 "no file was written; without --dry-run this run starts");
}
