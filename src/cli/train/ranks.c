/* What all ranks of a run must have alike before they train. */
#include "cli/train/run.h"

#include "base/xxh64.h"
#include "kernels/dispatch.h"
#include "ranks/ranks.h"

enum status train_join_ranks(struct train_run *run, struct error *error) {
    struct train_settings *s = run->settings;
    if (ranks_count() > 1 && (s->dry_run || s->budget > 0)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--%s measures one process; start it without mpirun",
                         s->dry_run ? "dry-run" : "budget");
    }
    if (ranks_rank() > 0) {
        s->log = "";
        s->sample_every = 0;
    }
    return CHARNN_OK;
}

enum status train_compare_inputs(const struct train_run *run, struct error *error) {
    if (ranks_count() == 1) {
        return CHARNN_OK;
    }
    if (ranks_compare(kernels_current()->fused,
                      "some ranks have kernels without fused multiply-adds (v2), others not; set "
                      "CHARNN_KERNELS=v2 on all hosts",
                      error) != CHARNN_OK) {
        return error->status;
    }
    return ranks_compare(corpus_checksum(run->corpus),
                         "the text is not that of rank 0; copy it to all hosts", error);
}

enum status train_compare_start(const struct train_run *run, struct error *error) {
    const struct parameters *p = &run->model->parameters;
    if (ranks_count() == 1) {
        return CHARNN_OK;
    }
    uint64_t step = trainer_progress(run->trainer)->step;
    return ranks_compare(xxh64_bytes((const void *)p->values, p->size * sizeof *p->values, step),
                         "the first weights are not those of rank 0; give all ranks the same "
                         "options, and all hosts the same checkpoint folder",
                         error);
}
