#include "cli/inspect/settings.h"
#include "cli/options/command.h"
#include "text/ngrams.h"

#define OPTION(...) CHARNN_OPTION(struct inspect_settings, __VA_ARGS__)

static const struct option_spec rows[] = {
    OPTION("html", STRING, html, "FILE", NULL,
           "write a page on which the text is coloured by what a unit computes",
           .example = "inside.html", .heading = "Options",
           .brief = "write a page that colours the text by unit"),
    OPTION("rank", FLAG, rank, NULL, NULL,
           "print only the ranking, in columns separated by tabs; the first row has their names",
           .brief = "print only the ranking, as a table"),
    OPTION("json", FLAG, json, NULL, NULL,
           "print JSON: the ranking, how each gate of each unit is used, and what --ngrams adds",
           .brief = "print JSON"),
    OPTION("values", FLAG, values, NULL, NULL,
           "with --json: also the text and, for each unit of the ranking, its values at each "
           "character"),
    OPTION("ngrams", SIZE, ngrams, "N", "0",
           "compare the model with n-gram models of its training part, n from 1 to N, and sort its "
           "errors by type; 15 bytes of memory for each character of that part; 0: do not",
           .range = CHARNN_RANGE_FROM_TO(0, CHARNN_NGRAMS_LONGEST), .example = "20",
           .brief = "compare with n-gram models, n from 1 to N, and sort the errors"),
    OPTION("ngrams-text", STRING, ngrams_text, "FILE", NULL,
           "with --ngrams: the training text, if the checkpoint does not name it or it has moved; "
           "its training part is used, as the checkpoint's settings divide it; - is standard "
           "input"),
    OPTION("reach", FLAG, reach, NULL, NULL,
           "also measure how far back the model looks: the loss of a character if it sees only the "
           "last k characters before it, for k from 1 to 2,000. Reads the text about 30 times",
           .brief = "also measure how far back the model looks"),
    OPTION("against", TEXTS, against, "CHECKPOINT", NULL,
           "with --reach: also measure this model, which must know the characters of the text; may "
           "be given several times",
           .example = "rnn/best.safetensors", .brief = "with --reach: also measure this model"),
    OPTION("length", SIZE, length, "N", "20000",
           "read the first N characters of the text; each needs 4 bytes of memory for each state "
           "and gate of each unit",
           .range = CHARNN_RANGE_FROM_TO(2, 1e7), .brief = "read the first N characters"),
    OPTION("threads", SIZE, threads, "N", "0",
           "number of threads, which does not change the result; 0: one per processor",
           .range = CHARNN_RANGE_FROM_TO(0, 1024),
           .brief = "number of threads; 0: one per processor"),
    CHARNN_OPTION_HELP_ROWS,
};

static const struct command_example examples[] = {
    {"charnn inspect cv/best.safetensors --html inside.html",
     "Show what the units compute on the validation part of the training text."},
    {"charnn inspect cv/best.safetensors other.txt",
     "Print how the gates are used, and which units follow what in a text."},
    {"charnn inspect --rank cv/best.safetensors other.txt >units.tsv",
     "Write the ranking as a table for other programs."},
    {"charnn inspect cv/best.safetensors --ngrams 20",
     "Compare the model with n-gram models of its training part, and sort its errors by type."},
    {"charnn inspect --json --values cv/best.safetensors other.txt | jq '.ranking[0].values'",
     "Print what the first unit of the ranking computes at each character."},
    {"charnn inspect cv/best.safetensors --reach --against rnn/best.safetensors --html inside.html",
     "Show how far back two models look, in one picture."},
    {NULL, NULL},
};

static enum status check(const struct options *options, void *settings, struct error *error) {
    const struct inspect_settings *inspect = settings;
    (void)options;
    if (inspect->rank && inspect->json) {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "give only one of --rank and --json, which has the ranking too");
    }
    if (inspect->ngrams_text[0] != '\0' && inspect->ngrams == 0) {
        return error_set(error, CHARNN_ERROR_USAGE, "--ngrams-text needs --ngrams");
    }
    if (inspect->ngrams > 0 && inspect->rank && inspect->html[0] == '\0') {
        return error_set(error, CHARNN_ERROR_USAGE,
                         "--ngrams has no effect on --rank, which prints only the ranking");
    }
    if (inspect->against.count > 0 && !inspect->reach) {
        return error_set(error, CHARNN_ERROR_USAGE, "--against needs --reach");
    }
    return !inspect->values || inspect->json
               ? CHARNN_OK
               : error_set(error, CHARNN_ERROR_USAGE, "--values needs --json");
}

static const struct option_table table = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .settings_size = sizeof(struct inspect_settings),
};

const struct command_spec inspect_command = {
    .name = "inspect",
    .summary = "show what the units of a trained model compute",
    .sentence = "Shows what the units of a model compute while it reads a text.",
    .arguments = "CHECKPOINT [TEXT]",
    .argument_minimum = 1,
    .argument_maximum = 2,
    .description =
        "Runs the model over a text and records the hidden state h of each unit, its cell state c "
        "if it has one, and its gates (LSTM: input i, forget f, candidate g, output o; GRU: reset "
        "r, update z, candidate n). Without TEXT it reads the validation part of the training "
        "text; - is standard input, and the files of a folder are one text. Characters that are "
        "not in the vocabulary are left out. CHECKPOINT may be the folder of a run.\n\n"
        "Gates: the fraction of the time that the gates of a layer are open (above 0.9) or shut "
        "(below 0.1), and the memory of its cells in characters, after which 1/e is left of what "
        "a cell held: the median of the units and the longest.\n\n"
        "Ranking: for each of 23 features of the text, such as the position in the line or being "
        "in quotes, the unit that follows it best. The rules are made for prose, plays and C. "
        "Counts are compared by correlation (r): 1 or -1 is perfect, 0 is chance. Features that a "
        "character has or has not are compared by the area under the ROC curve (AUC), the "
        "probability that the value is larger at a character with the feature: 1 or 0 is perfect, "
        "0.5 is chance. Units are chosen by the first half of the text, and the second half, which "
        "orders the ranking, confirms them or not. Features that hardly vary in the text are left "
        "out.\n\n"
        "A model of train --learn-after reads the text like any other: losses are those of all "
        "characters, "
        "also of questions.\n\n"
        "n-gram models (--ngrams): each sees only the n - 1 characters before, and has modified "
        "Kneser-Ney smoothing, interpolated (Chen & Goodman 1999). They learn from the training "
        "part of the checkpoint's text. A model has a character right if it gives it a probability "
        "above 0.5.\n\n"
        "Errors (--ngrams): the characters that the network has wrong, after Karpathy, Johnson & "
        "Li (2015). Each is of the first type that fits: n-gram, if an n-gram model up to n = 9 "
        "has it right; memory, if it follows the first character of a word that is in the last "
        "100, 500, 1,000 or 5,000 characters before that; new or rare word, in a word that "
        "the training part has 0 or 1 to 5 times; after a space, a newline or a quote; "
        "punctuation; boost, if a probability higher by 0.1, 0.2, 0.3 or 0.4 would do; the "
        "rest.\n\n"
        "Reach (--reach): streams of up to 2,000 characters, evenly spaced, each begin with a zero "
        "state, and each of their losses is compared with that of the stream that reads the whole "
        "text. The mean difference shows what the characters further back are worth to the model; "
        "its standard error is estimated from 20 equal pieces of the text. The models of --against "
        "read the same characters.\n\n"
        "Layers and units are numbered from 0, as in the tensors of the checkpoint. "
        "The page of --html shows the text, coloured by h, c or any gate of the units of the "
        "ranking, with 256 levels between the extremes of each, and each unit's use of its gates. "
        "It needs no network and no other file.",
    .options = &table,
    .examples = examples,
    .check = check,
};
