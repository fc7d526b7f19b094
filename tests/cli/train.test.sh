# shellcheck shell=sh
# charnn train: its messages, its text, its ending and its files.

# train ARGUMENT...: a very short run; the arguments override these options.
train() {
    charnn train --rnn-size 4 --num-layers 1 --batch-size 4 --seq-length 10 --learning-rate 0.002 \
        --schedule step --dropout 0.1 --recurrent-dropout 0 --max-steps 3 --seed 1 --threads 1 --checkpoint-dir cv "$@"
}

# 1000 characters, 5 different.
make_letters() {
    awk 'BEGIN { for (i = 0; i < 200; i++) printf "abcde" }' >"$1"
}

# expect_no_line TEXT: on no line of stderr.
expect_no_line() {
    ! grep -qF -e "$1" "$REPORT/err" || fail "expected no line with: $1"
}

# expect_in_json CHECKPOINT TEXT...: info --json prints each text.
expect_in_json() {
    charnn info --json "$1"
    expect_status 0
    shift
    expect_stdout_contains "$@"
}

needs_jq() {
    command -v jq >/dev/null 2>&1 || skip 'jq is not installed'
}

# expect_jq FILTER TEXT: the output of jq for all lines of run.jsonl as one array.
expect_jq() {
    found=$(jq -c -s "$1" run.jsonl) || fail "jq cannot read $1"
    [ "$found" = "$2" ] || fail "expected $1 to be $2, not $found"
}

# ---- messages ------------------------------------------------------------------------------------

test_summary() {
    make_letters text.txt
    CHARNN_KERNELS=scalar
    export CHARNN_KERNELS
    train text.txt --num-layers 2
    expect_status 0
    expect_no_stdout
    head -n 4 "$REPORT/err" | sed 's/about [0-9.]* MB/about N MB/' >summary
    # 4 gates of 4 units: 16 * (5 + 4 + 2) + 16 * (4 + 4 + 2), and 5 * 4 + 5.
    cat >expected <<'END'
text        1,000 characters (UTF-8), 5 different: 900 to train, 50 to validate, 50 to test
model       lstm, 2 layers of 4 units with skip connections, 361 parameters
memory      about N MB, not counting the text
run         22 windows of 4 x 10 characters per epoch, 3 steps; 1 thread, kernels scalar
END
    expect_same_files expected summary
    expect_no_line advice
    expect_no_line note
}

# expect_recipe LINE BATCH EPOCHS RATE DROPOUT ARGUMENT...: what a new run on text.txt says that it chose ('': nothing), and
# its settings, dropout and recurrent dropout as one argument.
expect_recipe() {
    line=$1 batch=$2 epochs=$3 rate=$4 dropout=$5 recurrent=${5#* }
    shift 5
    charnn train text.txt --rnn-size 4 --num-layers 1 --max-steps 1 --eval-val-every 0 --val-frac 0.01 --seed 1 \
        --checkpoint-dir cv "$@"
    expect_status 0
    if [ -n "$line" ]; then
        expect_line "recipe      $line"
    else
        expect_no_line recipe
    fi
    expect_in_json cv/last.safetensors "\"batch_size\":$batch," "\"max_epochs\":$epochs," "\"learning_rate\":$rate," \
        "\"dropout\":${dropout% *}," "\"recurrent_dropout\":$recurrent,"
}

test_settings_follow_the_text() {
    make_letters text.txt
    expect_recipe '--batch-size 8 --learning-rate 0.016 --recurrent-dropout 0.05' 8 0 0.016 '0 0.05'
    cp cv/last.safetensors chosen
    charnn train --resume --max-steps 2 --checkpoint-dir cv
    expect_status 0
    expect_no_line recipe
    expect_no_line 'instead of 0'
    expect_in_json cv/last.safetensors '"batch_size":8,' '"learning_rate":0.016,'
    # What is given counts, and gives the same run.
    expect_recipe '' 8 0 0.016 '0 0.05' --batch-size 8 --max-epochs 0 --learning-rate 0.016 --dropout 0 --recurrent-dropout 0.05
    expect_same_files chosen cv/last.safetensors
    expect_recipe '--learning-rate 0.016 --recurrent-dropout 0.05' 5 0 0.016 '0 0.05' --batch-size 5
    expect_recipe '--batch-size 8 --recurrent-dropout 0.05' 8 0 0.01 '0 0.05' --learning-rate 0.01
    expect_recipe '--batch-size 8 --learning-rate 0.002 --recurrent-dropout 0.05' 8 0 0.002 '0 0.05' --optimizer adam
    expect_recipe '--batch-size 8 --learning-rate 0.008' 8 0 0.008 '0 0' --model rnn
    expect_recipe '' 50 50 0.002 '0 0' --preset char-rnn
    echo '{"batch_size": 7}' >settings.json
    expect_recipe '--learning-rate 0.016 --recurrent-dropout 0.05' 7 0 0.016 '0 0.05' --config settings.json
    # Without another limit, 50 epochs of so small a text; without any, the rate stays.
    expect_recipe '--batch-size 8 --max-epochs 50 --learning-rate 0.016 --dropout 0.07 --recurrent-dropout 0.15' 8 50 0.016 '0.07 0.15' --max-steps 0
    expect_in_json cv/last.safetensors '"schedule":"hold"'
}

# Only the characters to train count.
test_a_large_text_has_more_streams() {
    awk 'BEGIN { for (i = 0; i < 120000; i++) printf "abcde" }' >text.txt
    expect_recipe '--batch-size 50 --learning-rate 0.016 --recurrent-dropout 0.05' 50 0 0.016 '0 0.05'
    expect_recipe '--batch-size 48 --learning-rate 0.016 --recurrent-dropout 0.05' 48 0 0.016 '0 0.05' --train-frac 0.79
}

# A run without an end keeps its rate.
test_an_endless_run_keeps_its_rate() {
    make_letters text.txt
    charnn train text.txt --rnn-size 4 --num-layers 1 --max-epochs 0 --dry-run --checkpoint-dir cv
    expect_status 0
    charnn train text.txt --rnn-size 4 --num-layers 1 --max-epochs 0 --schedule cosine --dry-run --checkpoint-dir cv
    expect_refusal 2 '--schedule cosine needs an end of the run'
}

# 2 layers of 32 units have 13,381 parameters, 64 units 51,141.
test_budget_chooses_size_and_steps() {
    make_letters text.txt
    charnn train text.txt --budget 0.05m --max-parameters 20000 --attention 0 --precision f32 --seed 1 --threads 1 --dry-run \
        --checkpoint-dir cv
    expect_status 0
    grep -q '^budget      expected nats by --rnn-size: 32 ([0-9.]*); a 2-gram model has 0.0[0-9]*, a 4-gram model 0.0[0-9]*$' "$REPORT/err" ||
        fail 'expected one size'
    steps=$(sed -n 's/^budget      3 s for --rnn-size 32 --max-steps \([0-9]*\): .* nats expected, usually within 0.1$/\1/p' "$REPORT/err")
    sed -n 's/^run .* per epoch, \([0-9,]*\) steps*, at most 3 s; .*/\1/p' "$REPORT/err" | tr -d , >planned
    [ "$(cat planned)" = "$steps" ] || fail "expected a run of $steps steps"
    charnn train text.txt --budget 3 --rnn-size 5 --attention 0 --dry-run --checkpoint-dir cv
    expect_status 0
    cp "$REPORT/err" budget
    charnn info --build
    precision=
    ! grep -q '^  v4-amx .*in use' "$REPORT/out" || precision=' --precision bf16'
    grep -q "^budget .* for --rnn-size 5$precision --max-steps " budget || fail 'expected the size that is given'
}

# make_words COPIES: lines of 24 random letters and as many of this or another random word.
make_words() {
    awk -v copies="$1" '
        function word(  w, i) { for (w = ""; i < 24; i++) { x = x * 16807 % 2147483647; w = w sprintf("%c", 97 + x % 26) } return w }
        BEGIN { x = 1; for (i = 0; i < 400; i++) { w = word(); print w " " (copies ? w : word()) } }' >text.txt
}

# The pretended clock makes all steps last as long. Only copies within reach are worth trying attention.
test_budget_chooses_attention() {
    CHARNN_CLOCK=0.01
    export CHARNN_CLOCK
    make_words 1
    faulty '' train text.txt --budget 60s --max-parameters 20000 --seed 1 --threads 1 --dry-run --checkpoint-dir cv
    expect_status 0
    expect_stderr_contains '), 32 --attention 100 (' 'for --rnn-size 32 --attention 100 ' 'attention over 100 characters'
    faulty '' train text.txt --budget 60s --max-parameters 20000 --attention 0 --seed 1 --threads 1 --dry-run --checkpoint-dir cv
    expect_no_line 'attention'
    make_words 0
    faulty '' train text.txt --budget 60s --max-parameters 20000 --seed 1 --threads 1 --dry-run --checkpoint-dir cv
    expect_no_line 'attention'
    unset CHARNN_CLOCK
}

test_budgets_that_are_refused() {
    make_letters text.txt
    charnn train text.txt --budget 3s --max-parameters 10 --checkpoint-dir cv
    expect_refusal 2 'no model has at most 10 parameters and fits in memory; raise --max-parameters'
    printf a >one.txt
    charnn train one.txt --budget 3s --checkpoint-dir cv
    expect_refusal 1 'the training part of the text has 0 characters and needs at least 2'
    charnn train text.txt --budget 3s --max-steps 10
    expect_refusal 2 '--budget decides the length of a new run, so it does not go with --max-steps; leave one of them out'
    charnn train text.txt --max-parameters 10
    expect_refusal 2 '--max-parameters limits what --budget chooses; give --budget, or choose the size with --rnn-size'
    for time in 5x s '' 1e3mm -5m; do
        charnn train text.txt --budget "$time"
        expect_refusal 2 "--budget: '$time' is not allowed; it takes a time like 90s, 30m, 8h or 2d, from 0 to 10^9"
    done
    expect_no_file cv
}

test_parameters_of_every_cell() {
    make_letters text.txt
    train text.txt --peephole
    expect_line 'model       lstm with peepholes, 1 layer of 4 units, 213 parameters'
    train text.txt --model gru
    expect_line 'model       gru, 1 layer of 4 units, 157 parameters'
    train text.txt --model gru --skip --num-layers 2
    expect_line 'model       gru, 2 layers of 4 units with skip connections, 277 parameters'
    train text.txt --model gru --attention 9
    expect_line 'model       gru, 1 layer of 4 units, attention over 9 characters, 189 parameters'
    train text.txt --model rnn
    expect_line 'model       rnn, 1 layer of 4 units, 69 parameters'
}

# variant_is VARIANT PEEPHOLE CELL PARAMETERS OPTION...: the model and the settings of a run with these options.
variant_is() {
    variant=$1 peephole=$2 cell=$3 parameters=$4
    shift 4
    train text.txt --max-steps 1 "$@"
    expect_line "model       $cell, 1 layer of 4 units, $parameters parameters"
    expect_in_json cv/last.safetensors "\"lstm_variant\":\"$variant\"" "\"peephole\":$peephole"
    charnn info cv/last.safetensors
    grep -qx "  cell          $cell" "$REPORT/out" || fail "expected the cell $cell"
}

# A missing gate has no weights: of the letters 4 x 5, of the state 4 x 4, of biases 2 x 4, of its peephole 4.
test_variants_of_the_lstm() {
    make_letters text.txt
    variant_is np false lstm 201
    variant_is np false lstm 201 --lstm-variant np
    variant_is vanilla true 'lstm with peepholes' 213 --lstm-variant vanilla
    variant_is vanilla true 'lstm with peepholes' 213 --peephole
    variant_is np false lstm 201 --lstm-variant vanilla --no-peephole
    for variant in nig nfg nog cifg; do
        variant_is $variant true "lstm-$variant with peepholes" 165 --lstm-variant $variant
    done
    variant_is cifg false lstm-cifg 157 --lstm-variant cifg --no-peephole
    for variant in niaf noaf; do
        variant_is $variant true "lstm-$variant with peepholes" 213 --lstm-variant $variant
    done
    variant_is fgr true 'lstm-fgr with peepholes' 357 --lstm-variant fgr # 3 x 12 x 4 more
}

# The rest of the program has the cells from one list, so one variant stands for all: a copy, eight bits, text, losses.
test_a_variant_everywhere() {
    make_letters text.txt
    train text.txt --max-steps 3 --lstm-variant cifg
    charnn train text.txt --init-from cv/last.safetensors --max-steps 1 --batch-size 4 --checkpoint-dir next
    expect_status 0
    expect_in_json next/last.safetensors '"lstm_variant":"cifg"' '"format":3'
    charnn train text.txt --init-from cv/last.safetensors --lstm-variant nig --checkpoint-dir none
    expect_refusal 2 '--lstm-variant does not agree with the model of --init-from, cv/last.safetensors'
    charnn sample cv/last.safetensors --length 20 --seed 1
    expect_status 0
    for weights in bf16 int8; do
        charnn convert cv/last.safetensors $weights.safetensors --weights $weights
        expect_status 0
        charnn eval $weights.safetensors text.txt --exact
        expect_status 0
    done
    charnn eval cv/last.safetensors text.txt --gradient-flow
    expect_status 0
    expect_stdout_contains '      0 h        0 c'
}

test_summary_of_the_length() {
    make_letters text.txt
    train text.txt --max-steps 1
    expect_stderr_contains 'characters per epoch, 1 step; 1 thread'
    train text.txt --max-steps 0 --max-epochs 2 --accumulate 3 --threads 2
    expect_stderr_contains 'characters per epoch, 15 steps; 2 threads'
    expect_stderr_contains 'done        all epochs done at step 15, epoch 2.05'
    train text.txt --max-seconds 90
    expect_stderr_contains 'characters per epoch, 3 steps, at most 1:30; 1 thread'
}

test_summary_of_fractions_and_encoding() {
    make_letters text.txt
    printf '\303\251' >>text.txt
    train text.txt --train-frac 0.5 --val-frac 0.3
    expect_line 'text        1,001 characters (UTF-8), 6 different: 500 to train, 300 to validate, 201 to test'
    train text.txt --train-frac 0.5 --val-frac 0.3 --encoding bytes
    expect_line 'text        1,002 characters (bytes), 7 different: 501 to train, 300 to validate, 201 to test'
    expect_no_line 'each byte'
    printf '\377' >>text.txt
    train text.txt --train-frac 0.5 --val-frac 0.3
    expect_line 'text        1,003 characters (bytes), 8 different: 501 to train, 301 to validate, 201 to test'
    expect_line 'note        text.txt is not valid UTF-8 at offset 1002, so each byte is read as a character; convert the file with iconv, or use --encoding utf8 if such bytes are few'
    # A run that starts from a checkpoint takes its encoding, whatever the text is.
    charnn train --resume --checkpoint-dir cv
    expect_status 0
    expect_stderr_contains '(bytes)'
    expect_no_line 'not valid UTF-8'
    charnn train text.txt --init-from cv/last.safetensors --checkpoint-dir other --max-steps 1
    expect_status 0
    expect_stderr_contains '(bytes)'
    expect_no_line 'not valid UTF-8'
}

test_advice() {
    make_letters text.txt
    train text.txt --rnn-size 64
    expect_line 'model       lstm, 1 layer of 64 units, 18,501 parameters'
    expect_line 'advice      more than ten parameters per character: the model may memorize the text; use --rnn-size 8, which has about one per character, or --dropout 0.5'
    train text.txt --rnn-size 64 --dropout 0.6
    expect_line 'advice      more than ten parameters per character: the model may memorize the text; use --rnn-size 8, which has about one per character'
    train text.txt --model rnn --rnn-size 1
    expect_line 'model       rnn, 1 layer of 1 unit, 18 parameters'
    # 24 * (5 + 24 + 2) + 5 * 25 = 869 parameters; 32 units have 1,413.
    expect_line 'advice      more than fifty characters per parameter: --rnn-size 24 would learn more from this text, but takes longer'
    printf 'abcdefghijkl' >text.txt
    train text.txt --rnn-size 8
    expect_stderr_contains 'use a text of at least 81 characters, or --dropout 0.5'
    # No size fits five characters, and none can be chosen for the weights of a checkpoint.
    printf 'abcde' >tiny.txt
    train tiny.txt --rnn-size 128 --max-steps 1 --seq-length 1 --batch-size 1 --val-frac 0
    expect_stderr_contains 'the model may memorize the text; use a text of at least '
    make_letters text.txt
    train text.txt --rnn-size 64 --max-steps 1 --checkpoint-dir large
    charnn train text.txt --init-from large --max-steps 1 --batch-size 4 --seq-length 10 --checkpoint-dir cv
    expect_stderr_contains 'the model may memorize the text; use a text of at least 1,850 characters, or --dropout 0.5'
    train text.txt --model rnn --rnn-size 1 --max-steps 1 --checkpoint-dir small
    charnn train text.txt --init-from small --max-steps 1 --batch-size 4 --seq-length 10 --checkpoint-dir cv
    expect_status 0
    if grep 'would learn more' "$REPORT/err"; then
        fail 'expected no advice on a size that the checkpoint gives'
    fi
}

# 201 parameters of 4 bytes; `last` has three times as many, and the state of 4 streams.
test_dry_run() {
    make_letters text.txt
    before=$(ls -A)
    train text.txt --dry-run --log run.jsonl --checkpoint-every 1
    expect_status 0
    expect_no_stdout
    expect_line 'model       lstm, 1 layer of 4 units, 201 parameters' \
        'checkpoints about 9.9 kB in cv: last 3.3 kB, best 804 bytes, 3 numbered ones 2.4 kB' \
        'dry run     no file was written; without --dry-run this run starts'
    grep -Eq '^estimate    about 1 second for 3 steps \(at [0-9,]* characters/s\)$' "$REPORT/err" || fail 'expected an estimate'
    [ "$(ls -A)" = "$before" ] || fail "expected no file: $(ls -A)"
    train text.txt --dry-run --log text.txt
    expect_refusal 1 'text.txt exists and is not a charnn log'
    train text.txt
    [ "$(tensors cv/best.safetensors | wc -c)" -eq 804 ] || fail 'expected the size of best'
    [ "$(tensors cv/last.safetensors | wc -c)" -eq 3344 ] || fail 'expected the size of last'
    cp -R cv before
    charnn train --resume --checkpoint-dir cv --dry-run --max-steps 0 --max-epochs 0
    expect_status 0
    expect_stderr_contains 'resumed     at step 3' 'for each epoch; the number of epochs has no limit'
    diff -r cv before || fail 'expected the same files'
}

# The limit of time is nearer than that of the epochs.
test_estimate() {
    make_letters text.txt
    train text.txt --max-steps 0 --max-epochs 1000000000 --dry-run --max-seconds 7200
    expect_status 0
    expect_stderr_contains 'estimate    2 hours (--max-seconds), about '
    train text.txt --max-steps 0 --max-epochs 1000000000 --dry-run
    expect_stderr_contains ' days for 1,000,000,000 epochs (at '
    # A run says it once, while it trains; a short one does not.
    train text.txt --max-steps 0 --max-epochs 1000000000 --max-seconds 3 --sample-every 0
    expect_status 0
    expect_no_line estimate
    "$CHARNN" train text.txt --rnn-size 4 --num-layers 1 --checkpoint-dir cv --max-epochs 1000000000 \
        --print-every 1000000000 --eval-val-every 0 2>said &
    wait_for '^estimate    about [0-9,]* days for 1,000,000,000 epochs (at [0-9,]* characters/s)$' said
    kill $!
    wait $! || true
    [ "$(grep -c '^estimate' said)" -eq 1 ] || fail 'expected one estimate'
}

# slow ARGUMENT...: trains on a clock that shows 3 seconds more with each look, so that a step takes minutes.
slow() {
    make_letters text.txt
    CHARNN_CLOCK=3
    export CHARNN_CLOCK
    faulty '' train text.txt --rnn-size 8 --num-layers 4 --batch-size 1 --seq-length 600 --threads 1 --val-frac 0 \
        --learning-rate 0.002 --schedule step --dropout 0.1 --recurrent-dropout 0 "$@"
    expect_status 0
    unset CHARNN_CLOCK
}

test_a_slow_step_shows_its_progress() {
    slow --max-steps 2
    sed -n 's/^\(step [12]  [0-9]*% done\)  [0-9:]* s* *left$/\1/p' "$REPORT/err" >said
    for step in 1 2; do
        [ "$(grep -c "^step $step " said)" -ge 3 ] || fail 'expected progress'
    done
    sort -c said || fail 'expected rising progress'
    [ "$(grep -c '^estimate    about [0-9]* minutes for 2 steps ' "$REPORT/err")" -eq 1 ] || fail 'expected one estimate'
    expect_stderr_contains 'done        all steps done at step 2'
}

# The step is undone, and a later run makes it.
test_max_seconds_end_a_slow_step() {
    slow --max-seconds 40
    grep -Eq '^done        time is up at step 0, epoch 0.00, 4[0-9] s$' "$REPORT/err" || fail 'expected the end in time'
    expect_stderr_contains 'note        --max-seconds ended the run before its first step was done; raise it, or use a smaller '
    expect_no_file cv/best.safetensors
    charnn train --resume --max-seconds 0 --max-steps 1
    expect_status 0
    cp cv/best.safetensors resumed.safetensors
    slow --max-steps 1
    expect_same_tensors resumed.safetensors cv/best.safetensors
}

# The measurement ends within the first window.
test_the_time_of_a_slow_step_is_estimated() {
    slow --dry-run --max-steps 2
    expect_stderr_contains 'estimate    about ' ' minutes for 2 steps (at '
    CHARNN_CLOCK=1000
    export CHARNN_CLOCK
    faulty '' train text.txt --rnn-size 8 --num-layers 4 --batch-size 1 --seq-length 600 --threads 1 --dry-run \
        --max-steps 2
    expect_stderr_contains 'estimate    about ' ' hours for 2 steps (at 0 characters/s)'
}

# Only on a terminal: a bar and the validation losses in the live line, and the units explained once.
test_gauges() {
    needs_terminal
    make_letters text.txt
    SHELL=/bin/sh TERM=xterm COLUMNS=120 script -qec "'$CHARNN' train text.txt --rnn-size 4 --num-layers 1 \
        --max-steps 6000 --eval-val-every 1000 --threads 1 --sample-every 0 --seq-length 10 --batch-size 4 \
        --max-epochs 0" /dev/null </dev/null | tr '\r' '\n' >shown
    grep -q 'chars/s.*  █*░' shown || fail "expected a bar: $(cat shown)"
    grep -q '░  █.*▁$' shown || fail "expected validation losses: $(cat shown)"
    [ "$(grep -c '^units       train and val are mean losses in nats per character' shown)" -eq 1 ] ||
        fail "expected one explanation: $(cat shown)"
    train text.txt --max-steps 30 --eval-val-every 10
    ! grep -q -e '^units ' -e '█' -e '░' "$REPORT/err" || fail 'expected plain lines'
}

# A step of so many windows takes long; nothing would tell that the program works.
test_long_steps_are_announced() {
    make_letters text.txt
    "$CHARNN" train text.txt --rnn-size 4 --num-layers 1 --batch-size 50 --seq-length 20 --checkpoint-dir cv \
        --accumulate 1000000 2>said &
    # 6 operations x 201 parameters x 44 streams of 20 characters x 1,000,000
    wait_for '^note        a step takes about 1.1 trillion operations, which is seconds or minutes; if the run is stopped within one, it resumes with that step$' said
    kill -9 $!
    wait $! || true
}

test_short_text() {
    printf 'abcabc' >text.txt
    train text.txt --train-frac 1 --val-frac 0
    expect_status 0
    expect_line 'text        6 characters (UTF-8), 3 different: 6 to train, 0 to validate, 0 to test'
    expect_stderr_contains 'run         1 window of 1 x 5 characters per epoch'
    expect_line 'note        the text is short: 1 stream of 5 characters instead of 4 of 10'
    printf 'ab' >text.txt
    train text.txt --train-frac 1 --val-frac 0
    expect_status 0
    expect_line 'note        the text is short: 1 stream of 1 character instead of 4 of 10'
    head -c 45 /dev/zero | tr '\0' a >text.txt
    train text.txt --train-frac 1 --val-frac 0
    expect_no_line 'the text is short'
    expect_stderr_contains 'run         1 window of 4 x 10 characters per epoch'
}

test_no_validation_text() {
    make_text text.txt
    train text.txt --val-frac 0 --eval-val-every 2
    expect_status 0
    expect_line 'note        there is no validation text, so the newest checkpoint counts as the best'
    grep -q '^epoch 0\.02  step 2  train 3\.[0-9]*  no validation text  ' "$REPORT/err" ||
        fail 'expected a line for step 2'
    expect_no_line 'best   '
    expect_in_json cv/best.safetensors '"step":3,'
    expect_in_json cv/last.safetensors '"step":3,' '"best_val":null' '"best_step":3'
}

test_lines_of_progress() {
    make_text text.txt
    train text.txt --max-epochs 50 --max-steps 5 --print-every 2 --eval-val-every 4
    expect_status 0
    sed -n 's/^\(step [0-9]*  epoch [0-9./]*  loss \)[0-9.]*  bits.char [0-9.]*  val [0-9.-]*  [0-9,]* chars.s  rate 0.002  [0-9]* s left$/\1/p
        s/^\(epoch [0-9.]*  step [0-9]*  train \)[0-9.]*  val [0-9.]*  bits.char [0-9.]*  [0-9]* s  best$/\1/p
        s/^\(done .* epoch 0.06, \)[0-9]* s$/\1/p' "$REPORT/err" >lines
    cat >expected <<'END'
step 2  epoch 0.02/50  loss 
step 4  epoch 0.04/50  loss 
epoch 0.04  step 4  train 
epoch 0.06  step 5  train 
done        all steps done at step 5, epoch 0.06, 
END
    expect_same_files expected lines
}

# The printed validation loss is the one that eval finds.
test_best_line() {
    make_text text.txt
    train text.txt --max-steps 6 --eval-val-every 2
    nats=$(sed -n 's|^best        val \([0-9.]*\) nats, [0-9.]* bits/char, at epoch 0\.07: cv/best\.safetensors$|\1|p' "$REPORT/err")
    charnn eval cv/best.safetensors --split val
    expect_stdout_contains "nats/char   ${nats:-none}"
    expect_in_json cv/best.safetensors '"history":[[2,' ],[4, ],[6,
}

# expect_live_line COLUMNS LENGTH: on a terminal of that width all live lines fit, and the longest has
# that length.
expect_live_line() {
    printf '%s\n' "stty cols 80 && COLUMNS=$1 exec \"\$CHARNN\" train text.txt --rnn-size 4 \\" \
        "--num-layers 1 --batch-size 50 --learning-rate 0.002 --max-epochs 50 --max-steps 3 --seed 1 --threads 1 --checkpoint-dir cv" >command.sh
    run script -qec 'TERM=xterm sh command.sh' /dev/null
    expect_status 0
    # A live line is drawn from the first column and ends at the next carriage return.
    tr '\r' '\n' <"$REPORT/out" | sed -n "s/^$(printf '\033')\[K\(epoch [0-9.]*\/50  loss .*\)/\1/p" >live
    [ -s live ] || fail 'expected live lines'
    longest=$(awk '{ if (length($0) > n) n = length($0) } END { print n + 0 }' live)
    [ "$longest" -lt "$1" ] || fail "expected fewer than $1 columns, not $longest"
    [ -z "$2" ] || [ "$longest" -eq "$2" ] || fail "expected $2 columns, not $longest"
    ! grep -q '^step ' "$REPORT/out" || fail 'expected no plain lines of progress'
    expect_stdout_contains 'done        all steps done at step 3'
}

test_live_line() {
    needs_terminal
    make_text text.txt
    expect_live_line 30 29
    expect_live_line 55 ''
    grep -q '^epoch 1.00/50  loss 3\.[0-9]*  val -  0 chars/s' live ||
        fail "expected a line without bits/char: $(cat live)"
    expect_live_line 200 ''
    grep -q '^epoch 1.00/50  loss 3\.[0-9]*  bits/char 5\.[0-9]*  val -  0 chars/s' live ||
        fail "expected a whole line: $(cat live)"
}

# ---- the log -------------------------------------------------------------------------------------

test_log() {
    needs_jq
    make_text text.txt
    train text.txt --max-steps 7 --print-every 2 --eval-val-every 3 --log run.jsonl
    expect_status 0
    jq -e . run.jsonl >/dev/null || fail 'expected lines of JSON'
    expect_jq 'map(.event)' '["start","step","validation","step","step","validation","end"]'
    expect_jq length "$(wc -l <run.jsonl)"
    expect_jq '.[0] | keys_unsorted' '["event","schema","version","run","savefile","step","rollbacks","machine","threads","kernels","characters","symbols","parameters","settings"]'
    expect_jq '.[0] | [.schema, .step, .threads, .settings.rnn_size, .settings.print_every, .settings.files]' \
        '[1,0,1,4,2,["text.txt"]]'
    expect_jq 'map(select(.event == "step") | keys_unsorted) | unique' \
        '[["event","step","epoch","train_loss","val_loss","learning_rate","gradient_norm","chars_per_second","seconds"]]'
    expect_jq 'map(select(.event == "validation") | keys_unsorted) | unique' \
        '[["event","step","epoch","train_loss","val_loss","learning_rate","gradient_norm","chars_per_second","seconds","best"]]'
    expect_jq 'map(select(.event == "step").step)' '[2,4,6]'
    expect_jq 'map(select(.event == "validation") | [.step, .best])' '[[3,true],[6,true]]'
    expect_jq '.[-1] | keys_unsorted' '["event","reason","step","epoch","train_loss","val_loss","best_val_loss","best_step","skipped","rollbacks","seconds"]'
    expect_jq '.[-1] | [.reason, .step, .best_step]' '["all steps done",7,7]'
    # The unscheduled validation at the end is only in the last line.
    expect_jq '.[-1] | .best_val_loss == .val_loss' true
    expect_jq '.[-1].val_loss < .[-2].val_loss' true
    # No validation yet, then the latest one.
    expect_jq '[.[1].val_loss, .[3].val_loss == .[2].val_loss]' '[null,true]'
    expect_jq 'map(select(.event == "step") | [(.epoch * 90 + 0.5 | floor), .learning_rate])' \
        '[[2,0.002],[4,0.002],[6,0.002]]'
    expect_jq '.[1:-1] | all(.train_loss > 3 and .train_loss < 4 and .gradient_norm > 0 and .chars_per_second > 0 and .seconds >= 0)' true
}

# The training loss of a line is the mean over the steps since the last line of that event.
test_log_losses_are_means() {
    needs_jq
    make_text text.txt
    train text.txt --max-steps 6 --print-every 1 --eval-val-every 3 --log run.jsonl
    expect_status 0
    # shellcheck disable=SC2016 # for jq
    expect_jq 'map(select(.event == "step")) as $s | map(select(.event == "validation")) as $v |
        [range(2)] | map(. as $i | ($s[3 * $i:3 * $i + 3] | map(.train_loss) | add / 3) - $v[$i].train_loss
        | fabs < 1e-9)' '[true,true]'
    jq -s -c 'map(select(.event == "step").train_loss)' run.jsonl >each
    train text.txt --max-steps 6 --print-every 3 --eval-val-every 5 --log run.jsonl
    expect_jq "$(cat each) as \$s | map(select(.event == \"step\").train_loss) |
        [.[0] - (\$s[:3] | add / 3), .[1] - (\$s[3:] | add / 3)] | map(fabs < 1e-9)" '[true,true]'
}

test_log_without_validation() {
    needs_jq
    make_text text.txt
    train text.txt --val-frac 0 --eval-val-every 3 --log run.jsonl
    expect_status 0
    expect_jq 'map([.event, .val_loss, .best, .best_val_loss])' \
        '[["start",null,null,null],["validation",null,true,null],["end",null,null,null]]'
}

test_log_replaces_an_older_one() {
    make_text text.txt
    train text.txt --log run.jsonl
    lines=$(wc -l <run.jsonl)
    train text.txt --log run.jsonl
    [ "$(wc -l <run.jsonl)" -eq "$lines" ] || fail 'expected a new log'
}

test_log_that_cannot_be_opened() {
    make_text text.txt
    train text.txt --log nowhere/run.jsonl
    expect_status 1
    expect_no_stdout
    [ "$(tail -n 1 "$REPORT/err")" = 'charnn train: cannot write the log nowhere/run.jsonl: No such file or directory' ] ||
        fail 'expected a sentence about the log'
    expect_no_file cv/last.safetensors
}

test_log_on_a_full_disk() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    make_text text.txt
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c 'exec "$0" train text.txt --rnn-size 4 --batch-size 4 --seq-length 10 --print-every 1 --max-steps 3 --threads 1 --log - >/dev/full' \
        "$CHARNN"
    expect_status 1
    # the start, 3 steps and the end
    [ "$(tail -n 1 "$REPORT/err")" = 'charnn train: the log on standard output lacks its last 5 lines: No space left on device; the checkpoints are complete' ] ||
        fail 'expected to be told at the end'
    expect_line 'warning     cannot write the log on standard output: No space left on device; training continues and retries with the next line'
    [ "$(grep -c 'cannot write' "$REPORT/err")" -eq 1 ] || fail 'expected to be told once'
    expect_file cv/last.safetensors
}

# ---- samples -------------------------------------------------------------------------------------

test_samples() {
    make_text text.txt
    train text.txt --max-steps 6 --sample-every 2 --sample-length 30 --sample-temperature 0.5
    expect_status 0
    [ "$(wc -c <"$REPORT/out")" -eq 93 ] || fail 'expected 3 times 30 characters and an end of line'
    expect_line 'sample      step 2, temperature 0.5' 'sample      step 4, temperature 0.5' \
        'sample      step 6, temperature 0.5'
    cp "$REPORT/out" first
    train text.txt --max-steps 6 --sample-every 2 --sample-length 30 --sample-temperature 0.5
    expect_same_files first "$REPORT/out"
    # The last one is what the checkpoint of that step writes.
    charnn sample cv/last.safetensors --length 30 --temperature 0.5 --seed 1
    tail -c 31 first | head -c 30 | cmp - "$REPORT/out" || fail 'expected the sample of step 6'
    train text.txt --max-steps 6 --sample-every 2 --sample-length 30 --seed 2
    ! cmp -s first "$REPORT/out" || fail 'expected other samples from another seed'
}

test_samples_do_not_disturb_training() {
    make_text text.txt
    train text.txt --max-steps 6 --dropout 0.3
    train text.txt --max-steps 6 --dropout 0.3 --sample-every 1 --eval-val-every 1 --checkpoint-dir other
    expect_same_tensors cv/last.safetensors other/last.safetensors
}

test_samples_to_a_full_disk() {
    [ -e /dev/full ] || skip 'no /dev/full here'
    make_text text.txt
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$@" >/dev/full' sh "$CHARNN" train text.txt --rnn-size 4 --max-steps 3 \
        --sample-every 1 --checkpoint-dir cv
    expect_status 1
    [ "$(tail -n 1 "$REPORT/err")" = 'charnn train: cannot write the output: No space left on device' ] ||
        fail 'expected a sentence about the output'
    expect_in_json cv/last.safetensors '"step":3,'
}

# ---- the text ------------------------------------------------------------------------------------

test_files_are_one_text() {
    make_text text.txt
    head -c 1001 text.txt >one
    : >two
    tail -c +1002 text.txt >three
    train text.txt --max-steps 8 --checkpoint-dir whole
    train one two three --max-steps 8
    expect_status 0
    expect_same_tensors whole/last.safetensors cv/last.safetensors
    expect_in_json cv/last.safetensors '"files":["one","two","three"]'
    # shellcheck disable=SC2016 # for the inner shell
    run sh -c '"$@" <three' sh "$CHARNN" train --rnn-size 4 --num-layers 1 --batch-size 4 \
        --seq-length 10 --learning-rate 0.002 --schedule step --dropout 0.1 --recurrent-dropout 0 --max-steps 8 --seed 1 \
        --checkpoint-dir cv one -
    expect_status 0
    expect_same_tensors whole/last.safetensors cv/last.safetensors
    expect_in_json cv/last.safetensors '"files":["one","-"]'
}

test_command_line_of_char_rnn() {
    mkdir folder
    make_text folder/input.txt
    charnn train -data_dir folder -rnn_size 4 -num_layers 1 -model lstm -learning_rate 2e-3 \
        -learning_rate_decay 0.97 -learning_rate_decay_after 10 -decay_rate 0.95 -dropout 0.5 \
        -seq_length 10 -batch_size 4 -max_epochs 1 -grad_clip 5 -train_frac 0.95 -val_frac 0.05 \
        -init_from '' -seed 1 -print_every 1 -eval_val_every 1000 -checkpoint_dir cv -savefile lstm \
        -accurate_gpu_timing 0 -gpuid -1 -opencl 0 -gpuid 0
    expect_status 0
    expect_no_stdout
    for name in accurate-gpu-timing gpuid opencl; do
        expect_line "charnn train: --$name is accepted for compatibility with char-rnn and has no effect"
        [ "$(grep -c -e "--$name" "$REPORT/err")" -eq 1 ] || fail "expected to be told of $name once"
    done
    expect_stderr_contains 'done        all epochs done at step 95'
    expect_in_json cv/lstm-last.safetensors '"files":["folder/input.txt"]'
    train folder/input.txt --schedule hold --dropout 0.5 --recurrent-dropout 0.05 --train-frac 0.95 --max-epochs 1 --max-steps 0
    expect_same_tensors cv/last.safetensors cv/lstm-last.safetensors
}

test_a_named_file_comes_before_the_folder() {
    make_text text.txt
    train text.txt --data-dir nowhere
    expect_status 0
    expect_in_json cv/last.safetensors '"files":["text.txt"]'
}

test_names_that_are_not_ascii() {
    folder=$(printf 'd\303\251j\303\240 vu')
    mkdir "$folder"
    make_text "$folder/l'\303\251t\303\251 1.txt"
    train "$folder"/l* --checkpoint-dir "$folder/a/b" --log "$folder/run.jsonl"
    expect_status 0
    expect_stderr_contains "$folder/a/b/best.safetensors"
    expect_file "$folder/run.jsonl"
    charnn train --resume --checkpoint-dir "$folder/a/b" --max-steps 4
    expect_status 0
    expect_line 'resumed     at step 3'
    charnn eval "$folder/a/b/last.safetensors" --split val
    expect_status 0
    expect_no_stderr
}

# ---- settings ------------------------------------------------------------------------------------

test_defaults() {
    make_text text.txt
    charnn train text.txt --max-steps 1
    expect_status 0
    expect_in_json cv/last.safetensors '"model":"lstm","rnn_size":128,"num_layers":2' '"seed":123'
}

test_preset() {
    make_text text.txt
    train text.txt --dropout 0.25 --preset char-rnn
    expect_status 0
    expect_in_json cv/last.safetensors '"optimizer":"rmsprop"' '"decay_rate":0.95' \
        '"learning_rate":0.002' '"schedule":"step"' '"learning_rate_decay":0.97' \
        '"learning_rate_decay_after":10' '"learning_rate_decay_every":1' '"warmup_steps":0' \
        '"weight_decay":0' '"grad_clip":5' '"grad_norm":0' '"accumulate":1' '"average":0' \
        '"init_scale":0.08' '"train_frac":0.95' '"val_frac":0.05' '"max_epochs":50' \
        '"dropout":0.25' '"rnn_size":4' '"seq_length":10' '"batch_size":4'
    charnn train text.txt --preset char-rnn --max-steps 1
    expect_in_json cv/last.safetensors '"dropout":0,' '"rnn_size":128' '"num_layers":2' \
        '"seq_length":50' '"batch_size":50'
}

test_config() {
    needs_jq
    make_text text.txt
    train text.txt --model gru --dropout 0.2 --optimizer adam --schedule cosine --weight-decay 0.01 \
        --max-steps 5 --eval-val-every 2
    charnn info --json cv/best.safetensors
    jq .settings "$REPORT/out" >settings.json
    charnn train --config settings.json text.txt --checkpoint-dir again
    expect_status 0
    expect_same_files cv/best.safetensors again/best.safetensors
    expect_same_files cv/last.safetensors again/last.safetensors
    charnn train --max-steps 6 --config settings.json text.txt --checkpoint-dir again
    expect_status 0
    expect_in_json again/last.safetensors '"max_steps":6' '"step":6,' '"optimizer":"adam"'
}

test_config_over_preset_and_under_flags() {
    make_text text.txt
    echo '{"momentum": 0.3, "grad_clip": 4, "rnn_size": 6, "peephole": true}' >settings.json
    train text.txt --no-peephole --config settings.json --preset char-rnn
    expect_status 0
    expect_in_json cv/last.safetensors '"momentum":0.3' '"grad_clip":4' '"rnn_size":4' \
        '"peephole":false' '"average":0'
    echo '{"dropout": 0.3, "drop_out": 0.3}' >settings.json
    train text.txt --config settings.json
    expect_refusal 2 "settings.json: 'drop_out' is not a known setting"
    echo '{"dropout": "0.3"}' >settings.json
    train text.txt --config settings.json
    expect_refusal 2 'settings.json: dropout'
}

# ---- weights to start from -----------------------------------------------------------------------

test_init_from() {
    make_checkpoint
    for option in --model=lstm --rnn-size=8 --no-peephole; do
        # With a rate that moves nothing, the weights that are kept are those that were given.
        charnn train "$SHARED/text.txt" --init-from "$CHECKPOINT" $option --max-steps 2 \
            --learning-rate 1e-30 --average 0 --dropout 0 --seed 9 --checkpoint-dir cv
        expect_status 0
        expect_stderr_contains 'model       lstm, 1 layer of 8 units'
        charnn eval "$CHECKPOINT" "$SHARED/text.txt" --exact --json
        cp "$REPORT/out" before
        charnn eval cv/best.safetensors "$SHARED/text.txt" --exact --json
        expect_same_files before "$REPORT/out"
        expect_same_tensors "$SHARED/cv/best.safetensors" cv/best.safetensors
        rm -r cv
    done
}

test_init_from_with_a_preset() {
    make_checkpoint
    charnn train "$SHARED/text.txt" --init-from "$CHECKPOINT" --preset char-rnn --max-steps 1 \
        --checkpoint-dir cv
    expect_status 0
}

test_init_from_goes_on_learning() {
    make_text text.txt
    train text.txt --max-steps 60 --learning-rate 0.02 --average 0
    before=$(sed -n 's/^best  *val \([0-9.]*\) .*/\1/p' "$REPORT/err")
    charnn train text.txt --init-from cv/best.safetensors --batch-size 4 --seq-length 10 \
        --max-steps 60 --learning-rate 0.02 --average 0 --checkpoint-dir next
    after=$(sed -n 's/^best  *val \([0-9.]*\) .*/\1/p' "$REPORT/err")
    awk -v a="$after" -v b="$before" 'BEGIN { exit !(a > 0 && a < b) }' ||
        fail "expected less than $before, not $after"
    expect_in_json next/last.safetensors '"step":60,'
}

test_recurrent_dropout_needs_gates() {
    make_text text.txt
    charnn train text.txt --model rnn --recurrent-dropout 0.1 --checkpoint-dir cv
    expect_refusal 2 '--recurrent-dropout needs a cell with gates, but the model is rnn; leave it out, or use --model lstm or gru'
    charnn train text.txt --init-from "$ROOT/tests/golden/ab.safetensors" --recurrent-dropout 0.1 --checkpoint-dir cv
    expect_refusal 2 'the model is rnn'
    expect_no_file cv
    train text.txt --model rnn --recurrent-dropout 0 --max-steps 2
}

test_init_from_conflicts() {
    make_checkpoint
    for option in --rnn-size=16 --num-layers=2 --model=gru --lstm-variant=nog --peephole --skip --attention=3; do
        charnn train "$SHARED/text.txt" --init-from "$CHECKPOINT" $option --checkpoint-dir cv
        expect_refusal 2 "${option%=*} does not agree with the model of --init-from, $CHECKPOINT"
    done
    charnn train "$SHARED/text.txt" --init-from "$CHECKPOINT" --resume --checkpoint-dir cv
    expect_refusal 2 --resume --init-from
    expect_no_file cv
}

# New characters are added after the known ones, which keep their weights.
test_init_from_with_new_characters() {
    make_checkpoint
    { tr -d q <"$SHARED/text.txt" && printf '\303\251QU\303\251'; } >other.txt
    charnn train other.txt --init-from "$CHECKPOINT" --max-steps 2 --learning-rate 1e-30 \
        --average 0 --dropout 0 --seed 9 --checkpoint-dir cv
    expect_status 0
    expect_line "origin      $CHECKPOINT: 40 characters (1 not in the text), plus 3 new: 'Q' (U+0051), 'U' (U+0055), 'é' (U+00E9)"
    expect_stderr_contains ', 43 different: '
    expect_in_json cv/last.safetensors '"vocab_size":43'
    # The 3 new characters of 43 take at most 3/43 of the probability.
    charnn eval "$CHECKPOINT" "$SHARED/text.txt" --exact
    before=$(sed -n 's/^nats.char *//p' "$REPORT/out")
    charnn eval cv/last.safetensors "$SHARED/text.txt" --exact
    after=$(sed -n 's/^nats.char *//p' "$REPORT/out")
    awk -v a="$after" -v b="$before" 'BEGIN { exit !(a > b && a < b + 0.0725) }' ||
        fail "expected a little more than $before, not $after"
    charnn train other.txt --init-from "$CHECKPOINT" --max-steps 300 --learning-rate 0.02 \
        --batch-size 4 --seq-length 10 --average 0 --checkpoint-dir next --seed 9
    charnn eval next/last.safetensors other.txt
    expect_status 0
    expect_no_stderr
    # Rare new characters become the unknown one.
    charnn train other.txt --init-from "$CHECKPOINT" --min-count 2 --max-steps 1 --checkpoint-dir rare
    expect_line "origin      $CHECKPOINT: 40 characters (1 not in the text), plus 2 new: 'é' (U+00E9), the unknown character"
    # Another encoding means other characters.
    charnn train other.txt --init-from "$CHECKPOINT" --encoding bytes --checkpoint-dir bytes
    expect_refusal 2 '--encoding does not agree'
}

# expect_origin CHECKPOINT PATH CHECKSUM: its weights started from that file, of step 5.
expect_origin() {
    expect_in_json "$1" ",\"origin\":{\"path\":\"$2\",\"xxh64\":\"$3\",\"step\":5},"
    charnn info "$1"
    expect_stdout_contains "  origin        $2, step 5, checksum $3"
}

test_init_from_is_noted() {
    make_checkpoint
    cp "$CHECKPOINT" five.safetensors
    checksum=$(dd if=five.safetensors bs=1 skip=41 count=16 2>/dev/null)
    charnn train "$SHARED/text.txt" --init-from five.safetensors --max-steps 2 --checkpoint-dir cv --log run.jsonl
    expect_origin cv/last.safetensors five.safetensors "$checksum"
    expect_origin cv/best.safetensors five.safetensors "$checksum"
    charnn train --resume --max-steps 3 --checkpoint-dir cv --log run.jsonl
    expect_status 0
    expect_origin cv/last.safetensors five.safetensors "$checksum"
    note='},"origin":{"path":"five.safetensors","xxh64":"'$checksum'","step":5}'
    [ "$(grep '"event":"start"' run.jsonl | grep -cF "$note")" -eq 2 ] || fail "expected it in the log: $(cat run.jsonl)"
    # The settings name it; and a run that starts from such a checkpoint records that one.
    "$CHARNN" info --json cv/last.safetensors | sed 's/.*"settings":\({[^}]*}\).*/\1/' >settings.json
    charnn train --config settings.json "$SHARED/text.txt" --checkpoint-dir anew
    expect_status 0
    expect_origin anew/last.safetensors five.safetensors "$checksum"
    charnn train "$SHARED/text.txt" --init-from cv/last.safetensors --max-steps 1 --checkpoint-dir next
    expect_in_json next/last.safetensors ',"origin":{"path":"cv/last.safetensors","xxh64":"'
}

# Files of other programs have no checksum and no step, and a name may be any bytes.
test_init_from_of_another_program_is_noted() {
    printf 'ababababab%.0s' 1 2 3 4 5 6 7 8 9 >text.txt
    cp "$ROOT/tests/golden/ab.safetensors" "$(printf '\377')"
    charnn train text.txt --init-from "$(printf '\377')" --max-steps 1 --checkpoint-dir cv
    expect_status 0
    expect_in_json cv/last.safetensors ',"origin":{"path":""},'
    charnn info cv/last.safetensors
    grep -qx '  origin        ?' "$REPORT/out" || fail 'expected an origin without a name'
}

test_init_from_says_the_same_for_the_same_text() {
    make_checkpoint
    charnn train "$SHARED/text.txt" --init-from "$CHECKPOINT" --max-steps 1 --checkpoint-dir cv
    expect_line "origin      $CHECKPOINT: 40 characters"
}

# The text may lack characters of the model: the vocabulary keeps them.
test_init_from_keeps_the_vocabulary() {
    make_checkpoint
    head -c 1000 "$SHARED/text.txt" | tr -d '0-9' >other.txt
    charnn train other.txt --init-from "$CHECKPOINT" --max-steps 1 --checkpoint-dir cv
    expect_status 0
    expect_stderr_contains ', 40 different: '
    expect_in_json cv/last.safetensors '"vocab_size":40'
}

# ---- endings -------------------------------------------------------------------------------------

test_max_epochs() {
    make_text text.txt
    train text.txt --max-epochs 2 --max-steps 0 --eval-val-every 0
    expect_status 0
    expect_stderr_contains ', 180 steps;' 'done        all epochs done at step 180, epoch 2.00'
    [ "$(grep -c '^epoch .*  train ' "$REPORT/err")" -eq 2 ] || fail 'expected two validations'
    expect_in_json cv/last.safetensors '"step":180,' '"history":[[90,1,' '],[180,2,'
}

test_max_seconds() {
    make_text text.txt
    train text.txt --max-seconds 0.05 --max-steps 0 --max-epochs 0
    expect_status 0
    expect_stderr_contains 'done        time is up at step '
    expect_file cv/last.safetensors
}

# A run that time ends long before its first scheduled validation still has one.
test_max_seconds_with_a_long_validation() {
    make_text short.txt
    awk '{ all = all $0 "\n" } END { for (i = 0; i < 30; i++) printf "%s", all }' short.txt >text.txt
    train text.txt --rnn-size 64 --num-layers 2 --batch-size 50 --seq-length 50 --max-epochs 0 --max-steps 0 \
        --train-frac 0.05 --val-frac 0.9 --eval-val-every 1000000 --max-seconds 2
    expect_status 0
    expect_stderr_contains 'done        time is up at step '
    [ "$(grep -c '^epoch .*  val ' "$REPORT/err")" -ge 1 ] || fail 'expected a validation'
}

test_patience() {
    make_text text.txt
    train text.txt --learning-rate 1e-30 --average 0 --patience 2 --eval-val-every 3 --max-steps 0
    expect_status 0
    # The first validation is the best so far; the next two are no better.
    expect_stderr_contains 'done        no improvement at step 9'
    expect_in_json cv/last.safetensors '"best_step":3,' '"validations_since_best":2'
    expect_in_json cv/best.safetensors '"step":3,'
}

test_numbered_checkpoints() {
    make_text text.txt
    train text.txt --max-steps 7 --checkpoint-every 3
    expect_status 0
    ls cv >list
    printf '%s\n' best.safetensors last.safetensors step-00000003.safetensors \
        step-00000006.safetensors >expected
    expect_same_files expected list
    expect_in_json cv/step-00000003.safetensors '"step":3,'
    train text.txt --checkpoint-dir three
    expect_same_tensors three/best.safetensors cv/step-00000003.safetensors
}

test_savefile() {
    make_text text.txt
    train text.txt --savefile 'my run' --checkpoint-every 2
    expect_status 0
    expect_stderr_contains ': cv/my run-best.safetensors'
    ls cv >list
    printf '%s\n' 'my run-best.safetensors' 'my run-last.safetensors' \
        'my run-step-00000002.safetensors' >expected
    expect_same_files expected list
    train text.txt --savefile folder/run
    expect_refusal 2 --savefile folder/run
}

test_an_earlier_run_is_announced() {
    make_text text.txt
    train text.txt --seed 5
    expect_no_line 'earlier run'
    cp -r cv first
    train text.txt --savefile other
    expect_no_line 'earlier run'
    train text.txt
    expect_status 0
    expect_line 'note        moved the files of an earlier run in cv to cv/earlier-1; this continues it: charnn train --resume --checkpoint-dir cv/earlier-1'
    expect_same_files first/best.safetensors cv/earlier-1/best.safetensors
    expect_same_files first/last.safetensors cv/earlier-1/last.safetensors
    train text.txt --resume --max-steps 4
    expect_no_line 'earlier run'
}

# expect_fractions TRAIN VAL: those of the checkpoint.
expect_fractions() {
    charnn info cv/last.safetensors --json
    expect_stdout_contains "\"train_frac\":$1," "\"val_frac\":$2,"
}

# A fraction that is given alone lowers the other one, but does not raise it.
test_one_fraction_alone() {
    make_text text.txt
    while read -r option value train val; do
        charnn train text.txt --rnn-size 2 --num-layers 1 --batch-size 2 --seq-length 5 --max-steps 1 "-$option" "$value"
        expect_status 0
        expect_fractions "$train" "$val"
    done <<END
train_frac 0.98 0.98 0.02
train_frac 1 1 0
train_frac 0.5 0.5 0.05
val_frac 0.2 0.8 0.2
val_frac 0.05 0.9 0.05
END
    charnn train --resume --val-frac 0.05 --max-steps 2
    expect_status 0
    charnn train text.txt --preset char-rnn --train-frac 0.97 --rnn-size 2 --max-steps 1 --seq-length 5 --batch-size 2
    expect_status 0
    expect_fractions 0.97 0.03
    charnn train text.txt --train-frac 0.97 --val-frac 0.05
    expect_refusal 2 'add up to more than 1'
}

# char-rnn trains on data/tinyshakespeare if it is not told otherwise.
test_default_folder() {
    charnn train
    expect_refusal 2 'no text to train on'
    mkdir -p data/tinyshakespeare
    charnn train
    expect_refusal 2 'no text to train on'
    make_text data/tinyshakespeare/input.txt
    set -- -rnn_size 2 -num_layers 1 -batch_size 2 -seq_length 5 -max_epochs 1 -max_steps 1
    charnn train "$@"
    expect_status 0
    expect_line 'note        no text is named; training on data/tinyshakespeare/input.txt, as char-rnn does'
    make_text other.txt
    charnn train other.txt "$@" -checkpoint_dir other
    expect_status 0
    ! grep -q tinyshakespeare "$REPORT/err" || fail 'expected the text that is named'
    charnn train -data_dir data/tinyshakespeare "$@" -checkpoint_dir third
    ! grep -q 'no text is named' "$REPORT/err" || fail 'expected no note'
}

test_a_refused_run_leaves_no_folder() {
    make_letters text.txt
    mkdir locked
    : >locked/log
    train text.txt --checkpoint-dir new/deep/cv --log text.txt
    expect_status 1
    expect_no_file new
    train text.txt --checkpoint-dir new/deep/cv --log locked/log/impossible
    expect_status 1
    expect_no_file new
    mkdir new
    train text.txt --checkpoint-dir new/deep/cv --log text.txt
    expect_no_file new/deep
    [ -d new ] || fail 'expected the folder that existed'
}
