# shellcheck shell=sh
# The real program where calls of the C library fail.

train_faulty() {
    faults=$1
    shift
    faulty "$faults" train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 \
        --seq-length 10 --max-steps 2 --checkpoint-dir cv --seed 1 --threads 1 "$@"
}

test_without_faults_all_is_as_ever() {
    make_checkpoint
    train_faulty ''
    expect_status 0
    charnn train "$SHARED/text.txt" --rnn-size 8 --num-layers 1 --batch-size 4 --seq-length 10 \
        --max-steps 2 --checkpoint-dir other --seed 1 --threads 1
    expect_same_tensors cv/last.safetensors other/last.safetensors
    [ "$(calls_of rename)" -ge 2 ] || fail 'expected the calls to be counted'
}

test_memory_that_is_missing_is_named() {
    make_checkpoint
    faulty allocate:1-:ENOMEM sample "$CHECKPOINT"
    expect_status 1
    expect_no_stdout
    expect_stderr_contains 'charnn sample: out of memory: '
    expect_stderr_lines 1
}

test_a_call_may_be_the_last() {
    make_checkpoint
    train_faulty rename:1:kill
    expect_status 137
    expect_no_file cv/last.safetensors
}

test_faults_that_cannot_be_read_are_refused() {
    faulty write:3:NONSENSE help
    expect_status 125
    expect_stderr "faulty: invalid CHARNN_FAULTS 'write:3:NONSENSE'"
}
