/* The command line of train, except for the option table: arguments, description and checks. */
#include "cli/train/options.h"
#include "cli/train/separator.h"
#include "nn/reservoir.h"
#include "text/split.h"
#include "train/schedule.h"
#include "train/settings.h"
#include "train/start/ridge.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

static const struct command_example examples[] = {
    {"charnn train book.txt", "Train on one file, with checkpoints in cv."},
    {"charnn train --resume", "Continue the run in cv on the same text."},
    {"charnn train --rnn-size 512 --num-layers 3 --dropout 0.3 *.txt",
     "Train a larger model on several files, joined to one text."},
    {"charnn train -data_dir data/tinyshakespeare -rnn_size 256 -dropout 0.5",
     "Use a command line of char-rnn."},
    {"charnn train --records blank recipes.txt",
     "Learn recipes that are separated by blank lines, each as an independent text."},
    {"charnn train --records '\\n%\\n' sayings.txt",
     "Learn sayings that are separated by lines with only a %."},
    {"charnn train --init-from cv/best.safetensors --checkpoint-dir mine letters.txt",
     "Fine-tune a model on another text, which may have new characters."},
    {"charnn train --resume --max-epochs 80", "Continue for longer."},
    {"charnn train --budget 30m book.txt",
     "Train the model that learns most from this text in half an hour, on this machine."},
    {"charnn train --min-count 5 --newlines lf novel.txt",
     "Train on a text with many rare characters, such as Chinese, and CR LF line ends."},
    {"charnn train --glob '*.md' docs README.md.gz",
     "Train on the Markdown files in a folder and on a compressed file."},
    {"git log | charnn train --max-seconds 600 -", "Train on standard input for ten minutes."},
    {NULL, NULL},
};

static bool is_chosen(const struct options *options, const char *name) {
    return options_origin(options, name) >= CHARNN_ORIGIN_CONFIG;
}

/* 1 - fraction, in decimal: 0.02 for 0.98. */
static double rest_of(double fraction) {
    return round((1 - fraction) * 1e12) / 1e12;
}

/* If only one of the two fractions is given and they do not fit, it lowers the other. */
static void fit_fractions(const struct options *options, struct train_settings *train) {
    bool train_chosen = is_chosen(options, "train-frac");
    bool val_chosen = is_chosen(options, "val-frac");
    if (split_is_possible(train->train_frac, train->val_frac)) {
        return;
    }
    if (train_chosen && !val_chosen) {
        train->val_frac = fmin(train->val_frac, rest_of(train->train_frac));
    } else if (val_chosen && !train_chosen) {
        train->train_frac = fmin(train->train_frac, rest_of(train->val_frac));
    }
}

/* A new reservoir decides cell and layers, unless they are given. */
static enum status check_reservoir(const struct options *options, struct train_settings *train,
                                   struct error *error) {
    const char *cell = reservoir_cell(&(struct reservoir){.leak = train->leak});
    if (train->ridge > 0 && !train->reservoir) {
        return error_set(error, CHARNN_ERROR_USAGE, "--ridge needs --reservoir");
    }
    if (train->ridge > 0 && !train->resume && ridge_library() == NULL) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--ridge needs LAPACK, without which this charnn was built; install its C "
                         "interface (on Debian liblapacke-dev) and run make LAPACK=yes");
    }
    if (!train->reservoir || train->init_from[0] != '\0') {
        return CHARNN_OK;
    }
    train->model = is_chosen(options, "model") ? train->model : cell;
    train->num_layers = is_chosen(options, "num-layers") ? train->num_layers : 1;
    if (strcmp(train->model, cell) != 0 || train->num_layers != 1) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--reservoir with --leak %g needs --model %s and --num-layers 1, but they "
                         "are %s and %zu; leave them out",
                         train->leak, cell, train->model, train->num_layers);
    }
    return CHARNN_OK;
}

/* --data-dir has the default of char-rnn, if that exists. */
static void find_default_text(const struct options *options, struct train_settings *train) {
    if (options->argument_count == 0 && train->data_dir[0] == '\0' && !train->resume &&
        access(CHARNN_DEFAULT_DATA "/input.txt", F_OK) == 0) {
        train->data_dir = CHARNN_DEFAULT_DATA;
    }
}

/* Whether charnn gives names with this prefix to other files: checkpoints saved aside, or earlier
 * runs kept by an older version. Such an earlier run can still be resumed. */
static bool is_taken(const struct train_settings *train) {
    const char *prefix = train->savefile;
    bool hidden = prefix[0] == '.';
    const char *dash = strrchr(prefix, '-');
    const char *word = dash != NULL ? dash + 1 : prefix + hidden;
    return hidden ? strcmp(word, "scheduled") == 0
                  : !train->resume && strcmp(word, "previous") == 0;
}

/* Each variant of Greff et al. (2015) has peepholes but the one without. */
static enum status check_cell(const struct options *options, struct train_settings *train,
                              struct error *error) {
    bool is_lstm = strcmp(train->model, "lstm") == 0;
    bool is_plain = strcmp(train->lstm_variant, "np") == 0;
    if (options_origin(options, "peephole") == CHARNN_ORIGIN_DEFAULT) {
        train->peephole = !is_plain;
    }
    if (!is_lstm && (train->peephole || !is_plain)) {
        return error_set(error, CHARNN_ERROR_USAGE, "--%s needs --model lstm, but the model is %s",
                         is_plain ? "peephole" : "lstm-variant", train->model);
    }
    return CHARNN_OK;
}

/* --budget decides the length, for a new model of the recipe. */
static enum status check_budget(const struct options *options, const struct train_settings *train,
                                struct error *error) {
    static const char *const others[] = {"max-epochs", "max-steps", "max-seconds",
                                         "init-from",  "reservoir", "resume"};
    if (train->max_parameters > 0 && train->budget <= 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--max-parameters limits what --budget chooses; give --budget, or choose "
                         "the size with --rnn-size");
    }
    for (size_t i = 0; train->budget > 0 && i < sizeof others / sizeof others[0]; i++) {
        if (options_given(options, others[i])) {
            return error_set(error, CHARNN_ERROR_USAGE,
                             "--budget decides the length of a new run, so it does not go with "
                             "--%s; leave one of them out",
                             others[i]);
        }
    }
    return CHARNN_OK;
}

static enum status check_names(const struct train_settings *train, struct error *error) {
    if (strchr(train->savefile, '/') != NULL) {
        return error_set(
            error, CHARNN_ERROR_USAGE,
            "--savefile: '%s' is not allowed; it takes a prefix of file names, without '/'",
            train->savefile);
    }
    if (is_taken(train)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--savefile: '%s' is not allowed, because charnn gives such names to "
                         "checkpoints of other runs; choose another prefix",
                         train->savefile);
    }
    if (strcmp(train->log, "-") == 0 && train->sample_every > 0) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--log - and --sample-every both write to standard output; name a file "
                         "for the log");
    }
    return CHARNN_OK;
}

/* Without an end of the run the default schedule is step. */
static enum status check_schedule(const struct options *options, struct train_settings *train,
                                  bool complete, struct error *error) {
    bool endless = train->max_epochs == 0 && train->max_steps == 0 && train->max_seconds <= 0;
    if (endless && !train->resume && !options_given(options, "schedule")) {
        train->schedule = CHARNN_SCHEDULE_STEP;
    }
    return complete && endless && schedule_falls(train)
               ? error_set(error, CHARNN_ERROR_USAGE,
                           "--schedule %s needs an end of the run to fall to: give --max-epochs, "
                           "--max-steps or --max-seconds",
                           train->schedule == CHARNN_SCHEDULE_COSINE ? "cosine" : "hold")
               : CHARNN_OK;
}

static enum status check(const struct options *options, void *settings, struct error *error) {
    struct train_settings *train = settings;
    fit_fractions(options, train);
    find_default_text(options, train);
    if (!split_is_possible(train->train_frac, train->val_frac)) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--train-frac %g and --val-frac %g add up to more than 1",
                         train->train_frac, train->val_frac);
    }
    if (check_cell(options, train, error) != CHARNN_OK ||
        check_budget(options, train, error) != CHARNN_OK) {
        return error->status;
    }
    /* The saved settings of a resumed run are known only after its checkpoint is read. */
    bool complete = !train->resume || options->resumed != NULL;
    if (complete && check_reservoir(options, train, error) != CHARNN_OK) {
        return error->status;
    }
    train->skip = train->skip && train->num_layers > 1; /* it is between layers */
    if (check_schedule(options, train, complete, error) != CHARNN_OK) {
        return error->status;
    }
    if (train->resume && options_origin(options, "init-from") == CHARNN_ORIGIN_FLAG) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--resume continues a run and --init-from starts a new one; give only one "
                         "of them");
    }
    if (train->resume) {
        train->init_from = ""; /* in a settings file it says how the run began */
    }
    if (options_given(options, "records") && separator_check(train->records, error) != CHARNN_OK) {
        return error->status;
    }
    if (check_names(train, error) != CHARNN_OK) {
        return error->status;
    }
    if (options->argument_count == 0 && train->data_dir[0] == '\0' && !train->resume) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "no text to train on: name a file, '-' for standard input, or with "
                         "--data-dir a folder that contains input.txt");
    }
    return CHARNN_OK;
}

const struct command_spec train_command = {
    .name = "train",
    .summary = "train a model on text files",
    .sentence = "Trains a model to predict the next character of text files.",
    .arguments = "[FILE]...",
    .argument_maximum = SIZE_MAX,
    .description =
        "Trains a recurrent network to predict the next character of a text, with truncated "
        "backpropagation through time, and saves checkpoints of the last and of the best model.\n\n"
        "Files are joined in the given order; - is standard input. A folder stands for all files "
        "in it and in its subfolders, sorted by path, without names that begin with a dot; a file "
        "that has several names there (links) is read once. Files that end in .gz or .zst are "
        "decompressed, if charnn info --build lists the library. The "
        "text is mapped, so it may be larger than memory; compressed and piped texts go to a "
        "temporary file in $TMPDIR, or /tmp.\n\n"
        "Recipe: what is not given among --batch-size, --max-epochs, --learning-rate, --dropout "
        "and --recurrent-dropout follows the text, the model and the length of the run. "
        "--batch-size is one stream for each 10,000 characters to train, 8 to 50. --max-epochs is "
        "20 million divided by their number, 2 to 50, or 0 with --max-steps or --max-seconds. "
        "The rate of Muon is 0.016, half of that for other cells than the LSTM, a quarter with "
        "--init-from, and less for more than 1,600 steps; that of other optimizers is 0.002. "
        "Dropout grows with epochs and with "
        "parameters per character. What was chosen is printed, and saved with the run.\n\n"
        "Budget: --budget TIME also chooses the size of the model, --attention for a text that "
        "repeats itself, as code does, and the number of steps, so that the run ends at most about "
        "3% after this time. It measures the speed of this machine, so the same command may choose "
        "something else on another day. In the first quarter of the run, "
        "in which the rate of --schedule hold does not depend on the length, the number of steps "
        "is corrected; a resumed run keeps the number it had. The settings in the checkpoints "
        "repeat a run that ended by its steps.\n\n"
        "LSTM variants: --lstm-variant has the nine LSTMs of Greff et al. (2015): vanilla; nig, "
        "nfg and nog, without input, forget or output gate; niaf and noaf, without the activation "
        "of the input or of the output; cifg, whose input gate is 1 - the forget gate; np, without "
        "peepholes; and fgr, whose gates also read the gates of the step before. All but np have "
        "peepholes, unless --no-peephole is given. What a variant lacks is not computed. "
        "models/README.md has the equations.\n\n"
        "Records: with --records the text is a list of independent records. RULE is line (each "
        "line is a record), blank (records are separated by blank lines, which may contain spaces "
        "and tabs), or the text that separates records. If the separator begins with a newline, it "
        "also matches at the start of a file, and the newline that ends a file belongs to no "
        "record. In it \\n is a newline, \\t a tab, \\r a carriage return, \\\\ a backslash, and "
        "\\x with two hexadecimal digits a byte. The separator is not learned; instead, an end "
        "symbol follows each record. Every record starts with a zero hidden state. Every epoch "
        "reads the records in a new random "
        "order, which depends only on the seed. The training, validation and test parts consist of "
        "whole records, chosen at random by --split-seed, which is independent of --seed; a record "
        "and its copies are in the same part. sample then writes records. The index takes 56 bytes "
        "for each record, in a temporary file.\n\n"
        "Answers: with --learn-after TEXT a record is a question, which ends with the first TEXT "
        "in it, and an answer. The model reads the question but learns only the answer and the end "
        "of the record. Losses are those of answers, here and in eval, whose --answers lets the "
        "model answer the questions of a text.\n\n"
        "Reservoirs: with --reservoir a new model is an echo state network (Jaeger 2001): one "
        "layer of random weights, sparse from state to state, that stay as they are, and an output "
        "that is learned. No gradient goes back through time, so a step takes little longer than "
        "scoring its characters. --model is rnn, or with --leak gru, and --num-layers 1. With "
        "--init-from only the output of that model is learned, whatever it is. With --ridge the "
        "output begins with the weights of a ridge regression, which predict the next character of "
        "the training part with the least squared error, scaled so that their softmax has the "
        "least loss. That needs LAPACK; charnn info --build says whether it is built in.\n\n"
        "SIGINT (Ctrl-C), SIGTERM and SIGHUP stop the run and save a checkpoint that --resume "
        "continues from; a second such signal stops it at once, without saving. The step, "
        "validation or sample in progress is dropped; the resumed run repeats the step or the "
        "validation. --max-seconds ends a step likewise. SIGUSR1 saves a checkpoint after the step "
        "and continues.\n\n"
        "The memory of the run is printed before it is allocated. A run is refused if it needs "
        "more than the machine, or the control group of its container, has.\n\n"
        "A new run moves the checkpoints of an earlier run in the same folder to its sub-folder "
        "earlier-1, or earlier-2 and so on, with its log if that is in the same folder. From there "
        "the earlier run can be resumed. A --log of an earlier run in another folder is renamed to "
        "FILE.earlier-1 and so on. Two runs with the same folder and --savefile, or with the same "
        "log, at the same time are refused. A resumed run without --log continues the log that it "
        "had; the link .log in its folder leads there.\n\n"
        "A resumed run gives the same result, bit for bit, as a run that was never stopped, if the "
        "text and the settings are the same. The text must be the same in every byte; its checksum "
        "is compared. Settings that the weights or the data depend on "
        "cannot change. Other changes are recorded in the log and, unless they only move the end "
        "of the run, in the checkpoints.\n\n"
        "Steps whose loss or gradient is not finite are skipped. After --max-bad-steps of them in "
        "a row the run returns to its last scheduled checkpoint and halves the learning rate, or "
        "stops, see --on-divergence. A warning is printed once if the loss is more than 1 nat "
        "worse than that of a uniform guess. If a checkpoint or a line of the log cannot be "
        "written, the run continues and tries again at the next one; the exit status is 1 if the "
        "last attempt failed.",
    .options = &train_options,
    .examples = examples,
    .check = check,
};
