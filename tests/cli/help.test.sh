# shellcheck shell=sh
# Help goes to stdout with exit status 0; misuse goes to stderr with exit status 2.

test_help_lists_the_commands() {
    charnn help
    expect_status 0
    expect_no_stderr
    expect_stdout_contains 'Usage: charnn' train sample eval info convert inspect plot help
    cp "$REPORT/out" help
    charnn --help
    expect_status 0
    expect_same_files help "$REPORT/out"
    charnn -h
    expect_same_files help "$REPORT/out"
}

test_help_of_each_command() {
    for command in train sample eval info convert inspect plot help; do
        charnn help "$command"
        expect_status 0
        expect_no_stderr
        expect_stdout_contains "Usage: charnn $command" "charnn $command --help-all" "man charnn-$command"
        cp "$REPORT/out" help
        charnn "$command" --help
        expect_status 0
        expect_no_stderr
        expect_same_files help "$REPORT/out"
        charnn "$command" -h
        expect_same_files help "$REPORT/out"
        charnn "$command" --help-all
        expect_status 0
        expect_no_stderr
        expect_stdout_contains "Usage: charnn $command" '-h, --help ' '--help-all '
    done
}

test_help_fits_a_screen() {
    for command in train sample eval info convert inspect plot help; do
        run env COLUMNS=80 "$CHARNN" "$command" --help
        [ "$(wc -l <"$REPORT/out")" -le 45 ] || fail "$command: expected at most 45 lines"
        ! grep '.\{81\}' "$REPORT/out" || fail "$command: expected at most 80 columns"
    done
}

test_help_shows_ranges_defaults_and_examples() {
    charnn train --help-all
    expect_stdout_contains '--rnn-size N ' '(from 1 to 65536; default' 'for example 512' 'default lstm)'
}

# The help states the maximum length of a list.
test_help_shows_the_maximum_of_lists() {
    charnn sample --help-all
    tr -s ' \n' ' ' <"$REPORT/out" >line
    grep -qF 'one value per text (each above 0 and at most 100; at most 16; default 1; for' line ||
        fail 'expected the maximum of temperatures'
    grep -qF 'may be given several times (at most 16; for example' line || fail 'expected the maximum of stops'
    list=1
    stops='--stop x'
    for _ in 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
        list=$list,1
        stops="$stops --stop x"
    done
    # shellcheck disable=SC2086 # several words
    charnn sample missing.safetensors --temperature $list $stops
    expect_refusal 1 missing.safetensors
    charnn sample missing.safetensors --temperature $list,1
    expect_refusal 2 --temperature '16'
    # shellcheck disable=SC2086 # several words
    charnn sample missing.safetensors $stops --stop x
    expect_refusal 2 --stop '16'
}

# The manual page names every environment variable that the sources read.
test_manual_lists_the_environment() {
    charnn help --man
    sed -n '/^\.SH ENVIRONMENT/,/^\.SH FILES/p' "$REPORT/out" >section
    find "$ROOT/src" -name "*.c" -exec cat {} + | sed -n 's/.*getenv("\([A-Z_]*\)").*/\1/p' | sort -u >asked
    [ "$(wc -l <asked)" -ge 5 ] || fail 'expected to find the variables in the sources'
    while read -r name; do
        grep -qx "\\\\fB$name\\\\fR" section || fail "expected $name in the manual page: $(cat section)"
    done <asked
}

test_version() {
    version=$(sed -n 's/^#define CHARNN_VERSION "\(.*\)"/\1/p' "$ROOT/src/base/version.h")
    for argument in --help -h -V --version; do
        charnn "$argument" nonsense
        expect_status 2
        expect_no_stdout
        expect_stderr_contains "'nonsense'"
    done
    charnn --help sample
    cp "$REPORT/out" said
    charnn sample --help
    expect_stdout "$(cat said)"
    charnn --version
    expect_status 0
    expect_stdout "charnn $version"
    expect_no_stderr
}

test_no_command() {
    charnn
    expect_status 2
    expect_no_stdout
    expect_stderr_contains "charnn: a command is missing; see 'charnn --help'" 'Usage: charnn COMMAND' \
        '  charnn train book.txt' '  charnn sample cv/best.safetensors' '  charnn eval cv/best.safetensors other.txt'
    [ "$(grep -c '^  charnn ' "$REPORT/err")" -eq 3 ] || fail 'expected three examples'
}

test_unknown_command() {
    charnn trian
    expect_refusal 2 "unknown command 'trian'" "did you mean 'train'?"
    charnn help nothing-like-it
    expect_refusal 2 "unknown command 'nothing-like-it'"
}

test_an_option_instead_of_a_command() {
    charnn --resume
    expect_refusal 2 "a command must come before '--resume'; did you mean 'charnn train --resume'?"
    charnn --top-k=5 model
    expect_refusal 2 "a command must come before '--top-k=5'; did you mean 'charnn sample --top-k=5'?"
    charnn --no-such-thing
    expect_refusal 2 "a command must come before '--no-such-thing'; see 'charnn --help'"
}

# "charnn" is the program, even beside a file of that name.
test_help_of_the_program() {
    echo text >charnn
    charnn --help
    cp "$REPORT/out" expected
    charnn help charnn
    expect_status 0
    expect_no_stderr
    expect_same_files expected "$REPORT/out"
}

test_a_file_instead_of_a_command() {
    make_checkpoint
    echo text >"my book.txt"
    charnn "my book.txt"
    expect_refusal 2 "'my book.txt' is a file or folder, not a command; did you mean 'charnn train 'my book.txt''?"
    mkdir texts
    charnn texts
    expect_refusal 2 "did you mean 'charnn train texts'?"
    cp "$CHECKPOINT" model.safetensors
    charnn model.safetensors
    expect_refusal 2 "did you mean 'charnn sample model.safetensors'?"
    cp "$CHECKPOINT" texts/last.safetensors
    charnn texts
    expect_refusal 2 "did you mean 'charnn sample texts'?"
}

test_unknown_option() {
    charnn train --rnn-sice 8
    expect_refusal 2 "unknown option '--rnn-sice'" "did you mean '--rnn-size'?"
    charnn sample --nonsense
    expect_refusal 2 "unknown option '--nonsense'"
}

test_option_without_its_value() {
    charnn train --rnn-size
    expect_refusal 2 '--rnn-size needs a value'
}

test_help_needs_no_arguments() {
    charnn sample --help --temperature
    expect_status 0
    expect_no_stderr
}

test_ignored_options_of_char_rnn_are_reported_once() {
    make_text text.txt
    charnn train -gpuid -1 -opencl 0 -accurate_gpu_timing text.txt -rnn_size 4 -num_layers 1 \
        -batch_size 2 -seq_length 10 -max_steps 1 -checkpoint_dir cv
    expect_status 0
    for option in gpuid opencl accurate-gpu-timing; do
        count=$(grep -c -e "--$option is accepted" "$REPORT/err" || :)
        [ "$count" -eq 1 ] || fail "--$option is mentioned $count times"
    done
}
