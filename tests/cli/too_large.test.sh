# shellcheck shell=sh
# Work that needs more memory than the machine has, on machines of a pretended size.

# on_machine BYTES ARGUMENT...: runs charnn on a machine with that much physical memory.
on_machine() {
    CHARNN_MEMORY=$1
    export CHARNN_MEMORY
    shift
    faulty '' "$@"
}

make_small_model() {
    make_text text
    charnn train text --rnn-size 128 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 1
    expect_status 0
}

test_a_model_larger_than_the_machine_is_refused() {
    make_text text
    on_machine 8000000000 train --rnn-size 20000 --checkpoint-dir new/cv text
    expect_status 1
    expect_no_stdout
    expect_stderr_lines 5 # with the recipe
    size=$(sed -n 's/^memory  *about \([0-9]* GB\), not counting the text$/\1/p' "$REPORT/err")
    expect_line "charnn train: the run needs about $size of memory, but this machine has 8.0 GB; use a smaller \
--rnn-size, --num-layers or --batch-size"
    expect_no_file new
    # Values, gradients, average and squares of 16 N parameters at least, and packed copies.
    [ "${size% GB}" -gt $((16 * 4801000000 / 1000000000)) ] || fail "expected more than 76 GB, not $size"
    cp "$REPORT/err" said
    on_machine 8000000000 train --rnn-size 20000 --dry-run text
    expect_status 1
    expect_stderr "$(cat said)"
}

test_the_largest_model_is_refused_in_human_units() {
    make_text text
    charnn train --rnn-size 65536 --num-layers 1024 text
    expect_status 1
    expect_stderr_contains ' TB of memory, but this machine has ' ' --rnn-size, --num-layers or --batch-size'
}

test_a_need_of_almost_all_memory_is_a_warning() {
    make_text text
    set -- train text --rnn-size 128 --num-layers 1 --batch-size 4 --seq-length 10 --max-steps 1
    charnn "$@"
    size=$(sed -n 's/^memory  *about \([0-9.]*\) MB, .*/\1/p' "$REPORT/err")
    bytes=$(awk -v size="$size" 'BEGIN { printf "%d", size * 1.05e6 }')
    on_machine "$bytes" "$@"
    expect_status 0
    expect_stderr_contains "warning     the run needs about $size MB of memory, and this machine has "
    on_machine $((2 * bytes)) "$@"
    expect_status 0
    ! grep '^warning' "$REPORT/err" || fail 'expected no warning'
}

# The weights, 4 (V + 128 + 2) 128 + V 129 floats, do not fit into 256 kB.
test_a_checkpoint_larger_than_the_machine_is_refused() {
    make_small_model
    for command in sample 'eval --split val'; do
        # shellcheck disable=SC2086 # words
        on_machine 262144 $command cv/best.safetensors
        command=${command%% *}
        expect_refusal 1 "charnn $command: cv/best.safetensors needs about " \
            ' kB of memory, but this machine has 262 kB; use a machine with more memory'
    done
    on_machine 262144 info cv/best.safetensors
    expect_status 0
    expect_stdout_contains 'lstm'
}

test_an_evaluation_larger_than_the_machine_is_refused() {
    make_small_model
    for view in '' --exact --per-line --per-char; do
        # shellcheck disable=SC2086 # no word, or one
        on_machine 450000 eval cv/best.safetensors text $view
        expect_refusal 1 'charnn eval: scoring needs about ' \
            ' of memory, but this machine has 4'
        # shellcheck disable=SC2086
        on_machine 10000000 eval cv/best.safetensors text $view
        expect_status 0
    done
}

test_texts_that_need_more_than_the_machine_has_are_refused() {
    make_small_model
    on_machine 1500000 sample cv/best.safetensors -n 1 -l 5 --threads 1
    expect_status 0
    for many in '-n 1024 --threads 64' '-n 1 --beam 256'; do
        # shellcheck disable=SC2086 # words
        on_machine 1500000 sample cv/best.safetensors -l 5 $many
        expect_refusal 1 'charnn sample: sampling needs about ' \
            ' MB of memory, but this machine has 1.5 MB; use a smaller --num-samples, --beam or --threads'
        # shellcheck disable=SC2086
        charnn sample cv/best.safetensors -l 5 $many
        expect_status 0
    done
}

test_sampling_that_needs_almost_all_memory_says_so() {
    make_small_model
    on_machine 262144 sample cv/best.safetensors
    weights=$(sed -n 's/.* needs about \([0-9]*\) kB .*/\1/p' "$REPORT/err")
    [ -n "$weights" ] || fail 'expected the size of the weights'
    for command in sample 'eval --split val'; do
        # The need lies between the weights and 4 MB: find a size that is just enough.
        low=$((weights * 1000)) high=4000000
        while [ $((high - low)) -gt 8192 ]; do
            middle=$(((low + high) / 2))
            # shellcheck disable=SC2086 # words
            on_machine $middle $command cv/best.safetensors
            # shellcheck disable=SC2154 # set by run
            if [ "$status" -eq 0 ]; then high=$middle; else low=$middle; fi
        done
        # shellcheck disable=SC2086
        on_machine $high $command cv/best.safetensors
        expect_status 0
        grep -q "^charnn ${command%% *}: .* needs about .* of memory, and this machine has " "$REPORT/err" ||
            fail 'expected a warning'
    done
}
