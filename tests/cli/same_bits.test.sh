# shellcheck shell=sh
# The same seed, text and settings give the same bits for any number of threads, with the kernels of every
# processor that has a fused multiply-add, and in every version. The checksums below are those of an
# earlier version. A change of the arithmetic changes them, and CHANGELOG.md must say so.

# learn FOLDER ARGUMENT...: trains two layers for a few steps, in several spans (nn/network.c). The batch size
# is a prime number, so no number of threads divides it.
learn() {
    folder=$1
    shift
    charnn train text.txt --rnn-size 24 --num-layers 2 --batch-size 41 --seq-length 30 \
        --optimizer rmsprop --learning-rate 0.002 --schedule step --no-skip --dropout 0.1 --recurrent-dropout 0 --average 0.999 \
        --max-steps 5 --seed 3 --checkpoint-dir "$folder" "$@"
    expect_status 0
}

# The kernels with fused multiply-add that this processor supports.
fused_kernels() {
    for kernels in v4-amx v4-vnni v4 v3-vnni v3 neon scalar; do
        CHARNN_KERNELS=$kernels charnn sample nothing
        grep -q CHARNN_KERNELS "$REPORT/err" || echo $kernels
    done
}

test_threads_do_not_change_a_checkpoint() {
    make_text text.txt
    for attention in 0 20; do
        for threads in 1 2 3 7; do
            learn "cv $attention $threads" --model gru --dropout 0.2 --recurrent-dropout 0.2 \
                --attention $attention --threads $threads
            expect_same_files "cv $attention 1/last.safetensors" "cv $attention $threads/last.safetensors"
        done
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

# known CELL: the cksum of the trained tensors, and of a sample.
known() {
    case "$1" in
    lstm) echo '3473354892 3688202739' ;;
    gru) echo '1820135170 1058968374' ;;
    rnn) echo '1117256018 1897160864' ;;
    esac
}

# expect_same_everywhere ARGUMENT...: a run gives the same checkpoint with all kernels and threads.
expect_same_everywhere() {
    make_text text.txt
    fused_kernels >sets
    first=$(sed -n 1p sets)
    while read -r kernels; do
        for threads in 1 3; do
            CHARNN_KERNELS=$kernels
            export CHARNN_KERNELS
            learn "cv $kernels $threads" "$@" --dropout 0.2 --threads $threads
            expect_same_files "cv $kernels 1/last.safetensors" "cv $kernels $threads/last.safetensors"
        done
        expect_same_files "cv $first 1/last.safetensors" "cv $kernels 1/last.safetensors"
    done <sets
}

test_kernels_do_not_change_skip_connections() {
    expect_same_everywhere --skip
}

test_kernels_do_not_change_attention() {
    expect_same_everywhere --attention 50
}

test_kernels_do_not_change_recurrent_dropout() {
    expect_same_everywhere --recurrent-dropout 0.3
    expect_same_everywhere --recurrent-dropout 0.3 --peephole --skip
    expect_same_everywhere --recurrent-dropout 0.3 --model gru
}

test_kernels_do_not_change_muon() {
    expect_same_everywhere --optimizer muon
}

test_kernels_do_not_change_rounded_products() {
    expect_same_everywhere --precision bf16 --optimizer muon
    expect_same_everywhere --precision bf16 --model gru --skip --attention 20
}

test_kernels_do_not_change_penalties() {
    expect_same_everywhere --model rnn --l1 0.001 --l2 0.01 --activation-penalty 2 --slowness-penalty 1 \
        --gradient-flow-penalty 1
}

# This rate opens gates without bounds and shuts others, so states would be denormal numbers.
test_denormal_numbers_are_zeros_everywhere() {
    expect_same_everywhere --lstm-variant noaf --learning-rate 0.2
    for checkpoint in cv*/last.safetensors; do
        tensors "$checkpoint" | od -An -v -t x4 | tr ' ' '\n' | grep '^[08]0[0-7]' >small || true
        ! grep -v '^[08]0000000$' small || fail "expected no denormal numbers in $checkpoint"
    done
}

test_the_bits_are_the_known_ones() {
    make_text text.txt
    fused_kernels >sets
    grep -q scalar sets || fail 'expected scalar kernels'
    for cell in lstm gru rnn; do
        while read -r kernels; do
            CHARNN_KERNELS=$kernels
            export CHARNN_KERNELS
            learn "cv $cell $kernels" --model $cell --dropout 0.2 --threads 2
            charnn sample "cv $cell $kernels/last.safetensors" --length 500 --seed 5
            expect_status 0
            sums="$(tensors "cv $cell $kernels/last.safetensors" | cksum | cut -d ' ' -f 1)"
            sums="$sums $(cksum <"$REPORT/out" | cut -d ' ' -f 1)"
            [ "$sums" = "$(known $cell)" ] ||
                fail "$cell, kernels $kernels: expected the checksums $(known $cell), not $sums"
        done <sets
    done
}

test_smaller_weights_give_the_same_bits() {
    make_text text.txt
    learn cv --model gru --skip --attention 20 --max-steps 20 --learning-rate 0.01
    fused_kernels >sets
    for type in bf16 int8; do
        charnn convert cv/last.safetensors $type.safetensors --weights $type
        expect_status 0
        while read -r set; do
            for threads in 1 3; do
                name=$type-$set-$threads
                CHARNN_KERNELS=$set charnn sample $type.safetensors -n 5 --length 100 --seed 3 --threads $threads
                cp "$REPORT/out" "$name"
                CHARNN_KERNELS=$set charnn sample $type.safetensors --length 100 --seed 3 --threads $threads
                cat "$REPORT/out" >>"$name"
                CHARNN_KERNELS=$set charnn eval $type.safetensors text.txt --json --threads $threads
                cat "$REPORT/out" >>"$name"
                CHARNN_KERNELS=$set charnn eval $type.safetensors text.txt --exact --json --threads $threads
                cat "$REPORT/out" >>"$name"
                expect_status 0
                expect_same_files $type-scalar-1 "$name"
            done
        done <<END
scalar
$(grep -v scalar sets)
END
    done
}
