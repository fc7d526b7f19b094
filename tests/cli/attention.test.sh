# shellcheck shell=sh
# Models with an attention head: all ways to write and to score give the same text, and a record sees nothing
# of the records before it.

# Words that occur twice in their record.
make_copier() {
    awk 'BEGIN { for (i = 0; i < 150; i++) {
        word = ""
        for (j = 0; j < 5; j++) word = word substr("abcdefgh", i * (j + 3) * 7 % 8 + 1, 1)
        print word "-" word } }' >text.txt
    charnn train text.txt --records line --attention 40 --rnn-size 12 --num-layers 1 --batch-size 8 \
        --seq-length 20 --learning-rate 0.02 --dropout 0 --max-steps 100 --seed 1 --threads 1
    expect_status 0
}

test_attention_writes_the_same_texts_in_every_way() {
    make_copier
    charnn sample cv/last.safetensors -n 5 --seed 3 --primetext abc
    expect_status 0
    cp "$REPORT/out" many
    charnn sample cv/last.safetensors -n 5 --seed 3 --primetext abc --threads 3
    expect_same_files many "$REPORT/out"
    charnn sample cv/last.safetensors --seed 3 --primetext abc
    head -n 1 many >first
    expect_same_files first "$REPORT/out"
    printf 'abc\nhgfe\n' >primes
    charnn sample cv/last.safetensors --argmax --primes primes
    expect_status 0
    cp "$REPORT/out" answers
    for prime in abc hgfe; do
        charnn sample cv/last.safetensors --beam 1 --primetext $prime
        expect_status 0
        cat "$REPORT/out"
    done >alone
    expect_same_files answers alone
}

# The page shows each character with where the head looked: "looks 6 back, at abcde (61%)".
test_attention_looks_within_its_record() {
    make_copier
    head -n 20 text.txt >part.txt
    charnn eval cv/last.safetensors part.txt --heat-html page.html
    expect_status 0
    awk '/<pre>/ { inside = 1; next } /<\/pre>/ { inside = 0 }
        inside {
            count = split($0, spans, "</span>")
            for (k = 1; k < count; k++) {
                shown = spans[k]
                sub(/.*>/, "", shown)
                read[k] = shown
                if (!match(spans[k], /looks [0-9]+ back, at [^ ]+ \(/)) continue
                split(substr(spans[k], RSTART, RLENGTH), words, " ")
                place = k - 1 - words[2] # the last character read is that before this one; 0: the end
                text = words[5]
                if (place < 0 || (place > 0 && substr(text, length(text)) != read[place])) {
                    print "line " NR ", character " k ": " spans[k]
                    bad = 1
                }
                looks++
            }
        }
        END { if (looks < 50) print looks " looks"; exit bad || looks < 50 }' page.html >report ||
        fail "$(head -n 3 report)"
}

test_attention_out_of_range() {
    make_text text.txt
    charnn train text.txt --attention 3 --rnn-size 4 --num-layers 1 --max-steps 3 --seed 1
    expect_status 0
    charnn train text.txt --attention 65537
    expect_refusal 2 "--attention: '65537' is not allowed; it takes a whole number from 0 to 65536"
    charnn train --resume --attention 4
    expect_refusal 2 '--attention cannot be changed by --resume: it is 3 in cv/last.safetensors, not 4'
}

# As a damaged checkpoint is refused by its checksum, the two names of it are changed.
test_a_damaged_memory_is_refused() {
    make_text text.txt
    charnn train text.txt --attention 3 --rnn-size 4 --num-layers 1 --batch-size 2 --max-steps 3 --seed 1
    expect_status 0
    cp cv/last.safetensors whole
    unchecked='s/charnn\.xxh64/others.xxh64/; s/charnn\.checksum/others.checksum/'
    edit_header "$unchecked; s/\[2,13\]/[13,2]/" whole >cv/last.safetensors
    charnn train --resume
    expect_refusal 1 'cv/last.safetensors: tensor "state.attention" has shape [13, 2]; expected [2, 13]'
    edit_header "$unchecked" whole >undamaged
    begin=$(header whole | sed 's/.*"state.attention":{[^}]*"data_offsets":\[\([0-9]*\),.*/\1/')
    while read -r element bytes message; do
        cp undamaged cv/last.safetensors
        # shellcheck disable=SC2059 # the bytes of a float
        printf "$bytes" | dd of=cv/last.safetensors bs=4 conv=notrunc 2>"$REPORT/dd" \
            seek=$((($(header_size whole) + 8 + begin) / 4 + element))
        charnn train --resume
        expect_refusal 1 "cv/last.safetensors: $message"
    done <<'END'
0 \000\000\200\100 "state.attention" holds 4 outputs; it must be a whole number from 0 to 3
13 \000\000\000\077 "state.attention" holds 0.5 outputs; it must be a whole number from 0 to 3
0 \000\000\300\177 tensor "state.attention": element 0 is not a finite float
25 \000\000\200\377 tensor "state.attention": element 25 is not a finite float
END
}
