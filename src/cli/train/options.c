#include "cli/train/options.h"

#include "nn/cells/cell.h"
#include "nn/initialize.h"
#include "nn/model.h"
#include "text/corpus_vocab.h"
#include "train/settings.h"

#define OPTION(...) CHARNN_OPTION(struct train_settings, __VA_ARGS__)
#define FROM(low) .range = CHARNN_RANGE_FROM(low)
#define FROM_TO(low, high) .range = CHARNN_RANGE_FROM_TO(low, high)
#define FROM_BELOW(low, high) .range = CHARNN_RANGE_FROM_BELOW(low, high)
#define ABOVE_TO(low, high) .range = CHARNN_RANGE_ABOVE_TO(low, high)

#define CELL_NAME(name) #name,
static const char *const models[] = {CHARNN_CELLS(CELL_NAME) NULL};
static const char *const variants[] = {"np", "vanilla", CHARNN_LSTM_VARIANTS(CELL_NAME) NULL};
#undef CELL_NAME

static const char *const encodings[] = {[CHARNN_ENCODING_AUTO] = "auto",
                                        [CHARNN_ENCODING_UTF8] = "utf8",
                                        [CHARNN_ENCODING_BYTES] = "bytes",
                                        NULL};
static const char *const newlines[] = {"keep", "lf", NULL};
static const char *const optimizers[] = {[CHARNN_OPTIMIZER_ADAM] = "adam",
                                         [CHARNN_OPTIMIZER_RMSPROP] = "rmsprop",
                                         [CHARNN_OPTIMIZER_SGD] = "sgd",
                                         [CHARNN_OPTIMIZER_MUON] = "muon",
                                         NULL};
static const char *const inits[] = {[CHARNN_INIT_UNIFORM] = "uniform",
                                    [CHARNN_INIT_XAVIER] = "xavier",
                                    [CHARNN_INIT_ORTHOGONAL] = "orthogonal",
                                    [CHARNN_INIT_IDENTITY] = "identity",
                                    NULL};
static const char *const precisions[] = {
    [CHARNN_PRECISION_F32] = "f32", [CHARNN_PRECISION_BF16] = "bf16", NULL};
static const char *const schedules[] = {[CHARNN_SCHEDULE_STEP] = "step",
                                        [CHARNN_SCHEDULE_COSINE] = "cosine",
                                        [CHARNN_SCHEDULE_HOLD] = "hold",
                                        NULL};
static const char *const divergences[] = {
    [CHARNN_DIVERGENCE_ROLLBACK] = "rollback", [CHARNN_DIVERGENCE_STOP] = "stop", NULL};

/* Both are saved with a run. On resuming, a SAVED row may change, a FIXED row may not. */
#define SAVED .saved = true
#define FIXED .saved = true, .fixed = true

static const struct option_spec rows[] = {
    OPTION("data-dir", STRING, data_dir, "DIR", NULL,
           "train on DIR/input.txt if no FILE is given; without both, on "
           "data/tinyshakespeare/input.txt if that exists",
           .example = "data/tinyshakespeare", .heading = "Text"),
    OPTION("glob", STRING, glob, "PATTERN", NULL,
           "in folders, read only files whose names match this shell pattern; quote it",
           .example = "'*.txt'"),
    OPTION("encoding", CHOICE, encoding, "NAME", "auto",
           "a character is a UTF-8 code point or a byte; auto: utf8 if the text is valid UTF-8",
           .choices = encodings, FIXED),
    OPTION("newlines", CHOICE, newlines, "NAME", "keep",
           "lf: read CR LF as LF and skip a byte order mark at the start of a file, here and in "
           "the texts that sample and eval read for this model; keep: change nothing",
           .choices = newlines, FIXED),
    OPTION("records", STRING, records, "RULE", NULL,
           "the text is a list of independent records: line, blank, or the text that separates "
           "them; see Records above",
           .may_be_empty = true, .escapes = true, .example = "line", FIXED,
           .brief = "independent texts: line, blank, or their separator"),
    OPTION("learn-after", STRING, learn_after, "TEXT", NULL,
           "with --records: learn only what follows the first TEXT in each record, which is an "
           "answer to what stands before it; empty: learn whole records; see Answers above",
           .may_be_empty = true, .escapes = true, .example = "'\\t'", FIXED),
    OPTION("split-seed", SIZE, split_seed, "N", "1",
           "seed of the random order in which records are split into training, validation and "
           "test; copies of a record stay in one part; 0: split in the order of the text",
           FROM_TO(0, 4294967295), .absent = "0", FIXED),
    OPTION("min-count", SIZE, min_count, "N", "1",
           "replace characters that occur less than N times by one unknown character, which is "
           "never sampled",
           FROM_TO(1, CHARNN_MIN_COUNT_MOST), .example = "5", FIXED),
    OPTION("train-frac", DOUBLE, train_frac, "FRACTION", "0.9",
           "fraction of the text to train on, from its start; if this alone is given, --val-frac "
           "is at most the rest",
           ABOVE_TO(0, 1), FIXED),
    OPTION("val-frac", DOUBLE, val_frac, "FRACTION", "0.05",
           "fraction for validation, which follows; the rest is for tests; if this alone is given, "
           "--train-frac is at most the rest",
           FROM_BELOW(0, 1), FIXED),
    OPTION("batch-size", SIZE, batch_size, "N", "50",
           "number of parallel streams that the text is split into; see Recipe above",
           FROM_TO(1, 65536), FIXED, .by_text = true, .brief = "parallel streams"),
    OPTION("seq-length", SIZE, seq_length, "N", "50",
           "characters per window of backpropagation through time", FROM_TO(1, 65536), FIXED,
           .brief = "characters per training window"),

    OPTION("model", NAME, model, "NAME", "lstm", "type of cell", .choices = models,
           .heading = "Model", FIXED, .brief = "type of cell"),
    OPTION("rnn-size", SIZE, rnn_size, "N", "128", "hidden units per layer", FROM_TO(1, 65536),
           .example = "512", FIXED, .brief = "hidden units per layer"),
    OPTION("num-layers", SIZE, num_layers, "N", "2", "number of stacked layers", FROM_TO(1, 1024),
           FIXED, .brief = "stacked layers"),
    OPTION("lstm-variant", NAME, lstm_variant, "NAME", "np",
           "LSTM with other equations, see LSTM variants above", .choices = variants, FIXED),
    OPTION("peephole", FLAG, peephole, NULL, NULL,
           "connect the cell state of an LSTM to its gates; on for each --lstm-variant but np",
           FIXED),
    OPTION(
        "skip", FLAG, skip, NULL, "true",
        "skip connections: each layer above the first adds its input to its output, so the sum of "
        "all layers predicts the next character",
        .absent = "false", FIXED),
    OPTION("attention", SIZE, attention, "N", "0",
           "an attention head that looks back at the last N characters, for texts that repeat what "
           "they have, such as names; 0: none",
           FROM_TO(0, CHARNN_ATTENTION_MOST), .absent = "0", .example = "200", FIXED),
    OPTION("dropout", DOUBLE, dropout, "P", "0",
           "probability of dropping an output of a layer during training, see Recipe above",
           FROM_BELOW(0, 1), SAVED, .by_text = true, .brief = "fraction of outputs to drop"),
    OPTION(
        "recurrent-dropout", DOUBLE, recurrent_dropout, "P", "0",
        "probability of dropping a unit of the candidate state, g of an LSTM or n of a GRU, during "
        "training, see Recipe above; what a cell remembers is not dropped",
        FROM_BELOW(0, 1), .example = "0.2", SAVED, .by_text = true),
    OPTION("init", CHOICE, init, "NAME", "uniform",
           "initial weights: uniform (see --init-scale); xavier: uniform, by the size of each "
           "matrix; orthogonal or identity: like xavier, but this from state to state; biases "
           "are then 0, and 1 at forget gates",
           .choices = inits, FIXED),
    OPTION("init-scale", DOUBLE, init_scale, "X", "0.08",
           "initial weights of --init uniform are between -X and X", ABOVE_TO(0, 10), FIXED),
    OPTION("reservoir", FLAG, reservoir, NULL, NULL,
           "echo state network: the recurrent layer stays random and only the output is learned; "
           "see Reservoirs above",
           FIXED),
    OPTION("spectral-radius", DOUBLE, spectral_radius, "X", "0.9",
           "reservoir: the largest magnitude of the eigenvalues of its matrix", ABOVE_TO(0, 100),
           .example = "1.1", FIXED),
    OPTION("density", DOUBLE, density, "FRACTION", "0.1",
           "reservoir: fraction of the weights from state to state that are not zero",
           ABOVE_TO(0, 1), FIXED),
    OPTION("input-scale", DOUBLE, input_scale, "X", "1",
           "reservoir: weights of the input are between -X and X", ABOVE_TO(0, 100), FIXED),
    OPTION(
        "leak", DOUBLE, leak, "FRACTION", "1",
        "reservoir: fraction of the state that is new in each step; less than 1 makes a GRU with "
        "constant gates",
        ABOVE_TO(0, 1), FIXED),
    OPTION("ridge", DOUBLE, ridge, "X", "0",
           "reservoir: begin with the output weights of a ridge regression in closed form, whose "
           "mean squared error has X times the sum of squared weights added; 0: begin with 0",
           FROM_TO(0, 1e6), .example = "1e-6", FIXED),
    OPTION("init-from", STRING, init_from, "CHECKPOINT", NULL,
           "start a new run from the weights of this checkpoint; its vocabulary grows by the new "
           "characters of the text",
           .may_be_empty = true, /* as in command lines of char-rnn */
           .example = "cv/best.safetensors", .brief = "start from the weights of another model"),

    {.name = "preset",
     .type = CHARNN_OPTION_PRESET,
     .argument = "NAME",
     .help = "use a named set of values, listed below; other options override them",
     .heading = "Optimization"},
    OPTION("optimizer", CHOICE, optimizer, "NAME", "muon",
           "optimizer; muon: Muon for the matrices between hidden units, RMSProp for the rest",
           .choices = optimizers, FIXED),
    OPTION(
        "precision", CHOICE, precision, "NAME", "f32",
        "bf16: rounds the factors of training's products, except those of --attention, to 8 "
        "significant bits (bfloat16) and adds in 32 bits; two to three times as fast on a "
        "processor with AMX "
        "(charnn info --build), no faster elsewhere; weights are kept, validated and saved in 32 "
        "bits; the results are the same on every processor with FMA",
        .choices = precisions, FIXED),
    OPTION("learning-rate", DOUBLE, learning_rate, "RATE", "0.016",
           "initial learning rate, see Recipe above; another value on resuming is the rate from "
           "that step on",
           ABOVE_TO(0, 100), SAVED, .by_text = true, .brief = "initial learning rate"),
    OPTION("schedule", CHOICE, schedule, "NAME", "hold",
           "learning rate schedule: step multiplies the rate by a factor every few epochs; hold "
           "keeps it for a quarter of the run and then lowers it linearly to 0 at the end; cosine "
           "lowers it along a cosine, also to 0; cosine and hold need an end of the run "
           "(--max-epochs, --max-steps or --max-seconds), and if a resumed run gets another end, "
           "the rate goes on as if that had been given from the start",
           .choices = schedules, SAVED),
    OPTION("learning-rate-decay", DOUBLE, learning_rate_decay, "FACTOR", "0.97",
           "factor of the step schedule; 1: constant rate", ABOVE_TO(0, 1), SAVED),
    OPTION("learning-rate-decay-after", DOUBLE, learning_rate_decay_after, "EPOCHS", "10",
           "epochs before the first decay", FROM(0), SAVED),
    OPTION("learning-rate-decay-every", DOUBLE, learning_rate_decay_every, "EPOCHS", "1",
           "epochs between decays", ABOVE_TO(0, 1e6), SAVED),
    OPTION("warmup-steps", SIZE, warmup_steps, "N", "0",
           "steps in which the learning rate rises linearly from 0", FROM_TO(0, 1e9), SAVED),
    OPTION("decay-rate", DOUBLE, decay_rate, "X", "0.95",
           "rmsprop, muon: decay rate of the mean square of the gradient", FROM_BELOW(0, 1), SAVED),
    OPTION("beta1", DOUBLE, beta1, "X", "0.9", "adam: decay rate of the mean of the gradient",
           FROM_BELOW(0, 1), SAVED),
    OPTION("beta2", DOUBLE, beta2, "X", "0.999",
           "adam: decay rate of the mean square of the gradient", FROM_BELOW(0, 1), SAVED),
    OPTION("momentum", DOUBLE, momentum, "X", "0.9", "sgd, muon: momentum", FROM_BELOW(0, 1),
           SAVED),
    OPTION("weight-decay", DOUBLE, weight_decay, "X", "0",
           "decoupled weight decay: every step multiplies the weights by 1 - X * learning rate",
           FROM_TO(0, 10), .example = "0.01", SAVED),
    OPTION("l1", DOUBLE, l1, "X", "0",
           "penalty on weights: adds X times the sum of the magnitudes of all matrices to what is "
           "minimized; losses are printed without penalties",
           FROM_TO(0, 10), .example = "1e-6", SAVED),
    OPTION(
        "l2", DOUBLE, l2, "X", "0",
        "the same of half the sum of squares; unlike --weight-decay it is in the gradient, which "
        "is clipped and which rmsprop and adam divide by its size",
        FROM_TO(0, 10), .example = "1e-6", SAVED),
    OPTION("activation-penalty", DOUBLE, activation_penalty, "X", "0",
           "adds X times the mean square of the top layer's output, after dropout (Merity et al. "
           "2017: AR)",
           FROM_TO(0, 1000), .example = "2", SAVED),
    OPTION("slowness-penalty", DOUBLE, slowness_penalty, "X", "0",
           "adds X times the mean square of the change of the top layer's state from step to step "
           "(Merity et al. 2017: TAR)",
           FROM_TO(0, 1000), .example = "1", SAVED),
    OPTION("gradient-flow-penalty", DOUBLE, gradient_flow_penalty, "X", "0",
           "rnn: adds X times the mean square of the relative change of the gradient's norm with "
           "each step back in time (Pascanu et al. 2013)",
           FROM_TO(0, 1000), .example = "1", SAVED),
    OPTION("grad-clip", DOUBLE, grad_clip, "X", "5",
           "clip every element of the gradient to -X..X; 0: no limit", FROM(0), SAVED),
    OPTION("grad-norm", DOUBLE, grad_norm, "X", "0",
           "scale the gradient down to a norm of at most X; 0: no limit", FROM(0), .example = "1",
           SAVED),
    OPTION("accumulate", SIZE, accumulate, "N", "1", "windows whose gradients make one step",
           FROM_TO(1, 1e6), FIXED),
    OPTION("average", DOUBLE, average, "X", "0.99",
           "decay rate of the exponential moving average of the weights, which is validated and "
           "saved; 0: no average",
           FROM_BELOW(0, 1), FIXED),
    OPTION("max-bad-steps", SIZE, max_bad_steps, "N", "10",
           "the run has diverged after N consecutive steps whose loss or gradient is not finite",
           FROM_TO(1, 1e9), SAVED),
    OPTION("on-divergence", CHOICE, on_divergence, "NAME", "rollback",
           "if the run diverges, return to the last scheduled checkpoint and halve the learning "
           "rate (rollback), or end the run (stop)",
           .choices = divergences, SAVED),
    OPTION("seed", SEED, seed, "N", "123",
           "seed of all random numbers; the same seed gives the same model, bit for bit",
           FROM_TO(0, 0x1p53 - 1), FIXED, .hint = "leave out --seed for the default",
           .brief = "seed of all random numbers"),

    OPTION("max-epochs", SIZE, max_epochs, "N", "20",
           "stop after N passes over the training text, see Recipe above; 0: no limit",
           FROM_TO(0, 1e9), .heading = "Length", SAVED, .by_text = true,
           .brief = "stop after N passes over the text"),
    OPTION("max-steps", SIZE, max_steps, "N", "0", "stop after N steps; 0: no limit",
           FROM_TO(0, 1e12), .example = "10000", SAVED, .brief = "stop after N steps; 0: no limit"),
    OPTION("max-seconds", DOUBLE, max_seconds, "S", "0",
           "stop after S seconds, in total over all resumes, last validation included; 0: no limit",
           FROM(0), .example = "3600", SAVED, .brief = "stop after S seconds; 0: no limit"),
    OPTION("patience", SIZE, patience, "N", "0",
           "stop after N validations in a row that bring no improvement; 0: never", FROM_TO(0, 1e9),
           .example = "5", SAVED),
    OPTION("budget", DOUBLE, budget, "TIME", NULL,
           "train for this time, 90s, 30m or 8h: measures this machine for a few seconds, tries "
           "sizes of the model, and chooses --rnn-size, --attention, --max-steps, --eval-val-every "
           "and, on a processor with AMX, --precision bf16; says what loss it expects",
           FROM_TO(0, 1e9), .is_time = true, .example = "30m",
           .brief = "choose size and steps for a time: 90s, 30m, 8h"),
    OPTION("max-parameters", SIZE, max_parameters, "N", "0",
           "with --budget: choose a model with at most N parameters, of 4 bytes each; 0: no limit",
           FROM_TO(0, 1e12), .example = "1000000"),
    OPTION(
        "resume", FLAG, resume, NULL, NULL,
        "continue the run in --checkpoint-dir; without FILE, on the files that it was trained on",
        .brief = "continue the run in --checkpoint-dir"),

    OPTION("eval-val-every", SIZE, eval_val_every, "N", "1000",
           "also validate every N steps, not only after each epoch; 0: only then", FROM_TO(0, 1e9),
           .heading = "Reports and files", SAVED),
    OPTION("print-every", SIZE, print_every, "N", "100",
           "steps between lines of progress, if standard error is not a terminal; their loss is "
           "a mean over about the last hundred steps",
           FROM_TO(1, 1e9), SAVED),
    OPTION("sample-every", SIZE, sample_every, "N", "0",
           "steps between printed samples of the model; 0: none", FROM_TO(0, 1e9), .example = "500",
           SAVED, .brief = "steps between printed samples; 0: none"),
    OPTION("sample-length", SIZE, sample_length, "N", "200", "characters per printed sample",
           FROM_TO(1, 1e9), SAVED),
    OPTION("sample-temperature", DOUBLE, sample_temperature, "X", "0.8",
           "temperature of printed samples", ABOVE_TO(0, 100), SAVED,
           .hint = "0.01 gives almost always the most likely character"),
    OPTION("checkpoint-dir", STRING, checkpoint_dir, "DIR", "cv",
           "folder for checkpoints; created if it does not exist",
           .brief = "folder for checkpoints"),
    OPTION("savefile", STRING, savefile, "PREFIX", NULL, "prefix of checkpoint file names",
           .may_be_empty = true, .example = "lstm"),
    OPTION("checkpoint-every", SIZE, checkpoint_every, "N", "0",
           "steps between numbered checkpoints, which are kept; 0: none", FROM_TO(0, 1e9),
           .example = "5000", SAVED),
    OPTION("log", STRING, log, "FILE", NULL,
           "write the progress of training to FILE as JSON lines, which --resume continues; -: to "
           "standard output",
           .example = "cv/log.jsonl", .brief = "write the progress to FILE as JSON lines"),
    OPTION("threads", SIZE, threads, "N", "0",
           "number of threads, which does not change the result; 0: one per processor",
           FROM_TO(0, 1024), .brief = "number of threads; 0: one per processor"),
    OPTION("dry-run", FLAG, dry_run, NULL, NULL,
           "print the summary, with the disk space and the time that the run would take (measured "
           "on a few steps), and write no file",
           .brief = "print the time and the disk space that the run needs"),
    {.name = "config",
     .type = CHARNN_OPTION_CONFIG,
     .argument = "FILE",
     .help = "read options from a JSON object with keys like rnn_size; flags override them",
     .example = "settings.json"},
    CHARNN_OPTION_HELP_ROWS,

    CHARNN_OPTION_IGNORED_ROW("gpuid", .heading = "Accepted for compatibility with char-rnn"),
    CHARNN_OPTION_IGNORED_ROW("opencl"),
    CHARNN_OPTION_IGNORED_ROW("accurate-gpu-timing"),
};

/* train.lua of char-rnn (Karpathy 2015). */
static const struct option_preset presets[] = {
    {"char-rnn", "the defaults of char-rnn's train.lua",
     "--model=lstm --rnn-size=128 --num-layers=2 --skip=false --dropout=0 --recurrent-dropout=0 "
     "--init-scale=0.08 --seq-length=50 "
     "--batch-size=50 --train-frac=0.95 --val-frac=0.05 --optimizer=rmsprop --decay-rate=0.95 "
     "--learning-rate=0.002 --schedule=step --learning-rate-decay=0.97 "
     "--learning-rate-decay-after=10 --learning-rate-decay-every=1 --warmup-steps=0 "
     "--weight-decay=0 --l1=0 --l2=0 --activation-penalty=0 --slowness-penalty=0 "
     "--gradient-flow-penalty=0 --grad-clip=5 --grad-norm=0 --accumulate=1 --average=0 "
     "--max-epochs=50"},
};

/* train.lua of torch-rnn (Johnson 2016), which reads a preprocessed text. */
static const struct foreign_option foreign[] = {
    {"input-h5", ".txt"},
    {"input-json", NULL},
    {"model-type", "--model"},
    {"lr-decay-every", "--learning-rate-decay-every"},
    {"lr-decay-factor", "--learning-rate-decay"},
    {"checkpoint-name", NULL},
    {"reset-iterations", NULL},
    {"wordvec-size", NULL},
    {"batchnorm", NULL},
    {"gpu-backend", NULL},
    {"speed-benchmark", NULL},
    {"memory-benchmark", NULL},
    {NULL, NULL},
};

/* Saved beside the settings: the files of the text, the origin of the weights, the run's id. */
static const char *const notes[] = {"files", "origin", "run", NULL};

const struct option_table train_options = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct train_settings),
    .presets = presets,
    .preset_count = sizeof presets / sizeof presets[0],
    .foreign = foreign,
    .foreign_program = "torch-rnn",
    .notes = notes,
};
