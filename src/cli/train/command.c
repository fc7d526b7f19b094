/* The command train but for its options: what is said of it, and whether options fit together. */
#include "cli/options/command.h"
#include "base/utf8.h"
#include "cli/train/options.h"
#include "train/settings.h"

#include <string.h>

static const struct command_example examples[] = {
    {"charnn train book.txt", "Trains on one file, with checkpoints in cv."},
    {"charnn train --rnn-size 512 --num-layers 3 --dropout 0.3 *.txt",
     "A larger model, on several files as one text."},
    {"charnn train -data_dir data/tinyshakespeare -rnn_size 256 -dropout 0.5",
     "A command line of char-rnn."},
    {"charnn train --records blank recipes.txt",
     "Learns recipes, which blank lines separate, each as a text of its own."},
    {"charnn train --records $'\\n%\\n' sayings.txt",
     "Learns sayings, between which there is a line of nothing but a %."},
    {"charnn train --init-from cv/best.safetensors --checkpoint-dir mine letters.txt",
     "Goes on learning from another text, which may have other characters."},
    {"charnn train --resume", "Goes on with the run in cv, on the same text."},
    {"charnn train --resume --max-epochs 80 --learning-rate 0.001",
     "Goes on for longer, at another rate."},
    {"charnn train --min-count 5 --newlines lf novel.txt",
     "Many rare characters, as in Chinese, and lines that end in CR LF."},
    {"charnn train --glob '*.md' docs README.md.gz",
     "The files of a folder and of those below it, sorted by name, then one that is compressed."},
    {"git log | charnn train --max-seconds 600 -", "Trains on standard input for ten minutes."},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct train_settings *train = settings;
    const double rounding = 1e-9; /* 0.7 + 0.2 + 0.1 need not be 1 in binary */
    if (train->train_frac + train->val_frac > 1 + rounding) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--train-frac %g and --val-frac %g are more than the whole text; "
                         "together they may be at most 1",
                         train->train_frac, train->val_frac);
    }
    if (train->peephole && strcmp(train->model, "lstm") != 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--peephole is for --model lstm only, and the model is %s", train->model);
    }
    if (train->resume && train->init_from[0] != '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--resume goes on with a run and --init-from starts a new one; "
                         "give one of them");
    }
    if (!utf8_is_valid(train->records)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--records: what separates records must be UTF-8, to be kept with the "
                         "model");
    }
    if (strchr(train->savefile, '/') != NULL) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--savefile: '%s' is not allowed; it takes the beginning of a file name, "
                         "without '/'",
                         train->savefile);
    }
    if (options->argument_count == 0 && train->data_dir[0] == '\0' && !train->resume) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "there is nothing to train on; name a text file, '-' for standard input, "
                         "or with --data-dir a folder that has an input.txt");
    }
    return CHARNN_OK;
}

const struct command_spec train_command = {
    .name = "train",
    .summary = "learn from text files",
    .arguments = "[FILE]...",
    .argument_maximum = SIZE_MAX,
    .description =
        "Trains a recurrent network to predict the next character of a text, by backpropagation "
        "through time over windows of it, and keeps checkpoints of the last and of the best "
        "state. Several files are one text, in their order; - is standard input. A folder stands "
        "for the files in it and in the folders below, sorted by their paths byte for byte, "
        "without "
        "those whose names begin with a dot; --glob chooses among them. A file whose name ends in "
        ".gz or .zst is decompressed, where charnn info --build says that the program can. What is "
        "compressed or comes from a pipe is kept in a temporary file without a name, in the folder "
        "that the environment's TMPDIR names, or in /tmp.\n"
        "\n"
        "Records: with --records the text is made of records that have nothing to do with each "
        "other. RULE is line, where each line is one; blank, where lines of nothing but spaces and "
        "tabs separate them; or else the text that separates them. A newline that it begins with "
        "is also the start of a file, or an end of a file. What separates records is not learned; "
        "an end symbol is, after each. Where they are takes 32 bytes for each in a temporary "
        "file like that. Every epoch reads them in another order, which depends on the "
        "seed alone; where one begins the state is zero; the parts of --train-frac and "
        "--val-frac are of whole records, in the order of the text. What sample then writes is "
        "records.\n"
        "\n"
        "Ctrl-C (SIGINT), SIGTERM and SIGHUP end the run after its current step, with a checkpoint "
        "that --resume continues from; a second one of them ends it at once. SIGUSR1 saves and "
        "goes on. A new run in the folder of an earlier one calls the earlier checkpoints "
        "previous-best and previous-last, in the place of still earlier ones; while a run writes "
        "to a folder, another under the same "
        "--savefile is refused. --max-seconds counts from the start of training or from the moment "
        "that it is resumed.\n"
        "\n"
        "A resumed run is the same run, bit for bit, as one that was never stopped, on the same "
        "text and with the settings of its checkpoint. Settings that do not fit its weights cannot "
        "be changed; changes of others are noted in the log and, unless they only move the end, in "
        "the checkpoints.\n"
        "\n"
        "A step whose loss or gradient is not finite is skipped. After --max-bad-steps of them in "
        "a row the run goes back to its last checkpoint that was due and halves the rate, or stops "
        "with --on-divergence stop. Losses that are finite, and yet more than 1 nat worse than a "
        "blind guess, are warned of once. A checkpoint or a line of the log that cannot be written "
        "is "
        "tried again with the next; the exit status is 1 where the last try failed.\n"
        "\n"
        "The memory that a run takes is said before it begins. It is about 0.75 MB, and 4 bytes "
        "for each of these numbers: 2 N for weights and gradients; N for their average; N for "
        "rmsprop and sgd, 2 N for adam; 3 W for copies of weights as the products need them; "
        "B T (L (A H + S R) + V) for a window; 2112 L S R + D (L A H + V) for validation; 32768 "
        "for each thread; the largest matrix, while a checkpoint is written. There are L layers of "
        "H units, N parameters, V different characters, B streams of T characters; H and V are "
        "rounded up to multiples of 16. A is 4, for rnn 1; S is 2 for lstm, else 1, twice that "
        "with "
        "--records, and in the window 2 more with dropout; R is H, or H + 16 where H is a multiple "
        "of 128; D is the larger of H and 65536 / (A H), but from 128 to 512, rounded down to a "
        "multiple of 64. With G gates "
        "(lstm 4, gru 3, rnn 1), N is G H (V + H + 2) + (L - 1) G H (2 H + 2) + V (H + 1), and W "
        "is (2 L - 1) G H H + H V. The text is mapped, so its size does not matter.",
    .options = &train_options,
    .examples = examples,
    .example_count = sizeof examples / sizeof examples[0],
    .check = check,
    .run = cmd_train,
};
