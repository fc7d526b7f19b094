# shellcheck shell=sh
# The same seed, text and settings give the same bits for any number of threads.

test_threads_do_not_change_a_checkpoint() {
    make_text text.txt
    for threads in 1 2 3; do
        charnn train text.txt --model gru --rnn-size 24 --num-layers 2 --dropout 0.2 --batch-size 7 \
            --seq-length 12 --max-steps 12 --seed 3 --threads $threads --checkpoint-dir "cv $threads"
        expect_status 0
        expect_same_files 'cv 1/last.safetensors' "cv $threads/last.safetensors"
    done
}

test_threads_do_not_change_a_sample() {
    make_checkpoint
    charnn sample "$CHECKPOINT" --length 300 --seed 5
    expect_status 0
    cp "$REPORT/out" sample
    charnn sample "$CHECKPOINT" --length 300 --seed 5
    expect_same_files sample "$REPORT/out"
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --json
    expect_status 0
    cp "$REPORT/out" evaluation
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --json
    expect_same_files evaluation "$REPORT/out"
}
