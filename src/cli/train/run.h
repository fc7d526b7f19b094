/* Everything that one `charnn train` command holds. Made and released by cmd_train(). */
#ifndef CHARNN_CLI_TRAIN_RUN_H
#define CHARNN_CLI_TRAIN_RUN_H

#include "base/lock.h"
#include "cli/options/command.h"
#include "cli/train/log.h"
#include "cli/train/progress.h"
#include "cli/train/samples.h"
#include "cli/train/text.h"
#include "train/trainer.h"

/* In the order in which the members are made; each may refer to earlier ones. */
struct train_run {
    struct invocation *invocation;
    const struct train_settings *settings; /* the invocation's */
    struct lock *lock;                     /* on the checkpoint folder; NULL: none is held */
    struct checkpoint *origin;             /* of --resume or --init-from; NULL without them */
    struct train_text text;
    struct model *model;
    cJSON *config; /* what checkpoints and the log record of the settings */
    struct thread_pool *pool;
    struct trainer_parts parts; /* the members above, as the trainer borrows them */
    struct trainer *trainer;
    cJSON *changes; /* settings that --resume changed; NULL for a new run */
    struct train_samples samples;
    struct train_log log;
    struct progress progress;
};

#endif
