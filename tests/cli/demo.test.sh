# shellcheck shell=sh
# The demonstration: scripts/demo-corpus.sh, its training text, and scripts/demo.sh.

gather() {
    run "$ROOT/scripts/demo-corpus.sh" "$@"
}

test_the_same_text_twice() {
    gather 'one/corpus 1.txt'
    expect_status 0
    expect_no_stdout
    gather two.txt
    expect_status 0
    expect_same_files 'one/corpus 1.txt' two.txt
    size=$(wc -c <two.txt)
    [ "$size" -le 1500000 ] || fail "expected at most 1500000 bytes, not $size"
    [ "$size" -ge 500000 ] || fail "expected at least 500000 bytes, not $size"
    strange=$(tr -d '\11\12\40-\176' <two.txt | wc -c)
    [ "$strange" -eq 0 ] || fail "expected ASCII, found $strange other bytes"
    expect_short_blanks two.txt
}

# expect_short_blanks FILE: no trailing blanks, at most 8 columns of indentation, single blanks elsewhere.
expect_short_blanks() {
    tab=$(printf '\t')
    ! grep -n "[ $tab]\$" "$1" || fail 'expected no trailing blanks'
    ! grep -n "^ *${tab}[ $tab]" "$1" || fail 'expected at most 8 columns of indentation'
    ! grep -n '^ \{8\}' "$1" || fail 'expected a tab for 8 columns'
    ! grep -n "[^ $tab][ $tab][ $tab]" "$1" || fail 'expected single blanks within lines'
}

test_blanks_are_shortened() {
    mkdir headers
    {
        printf 'int  a;\t\t/* two  words */   \n'
        printf '%100s\n\t \t\n\n' ''
        printf '%100sint b;\n' ''
        printf '       int seven;\n        int eight;\n'
        printf '  \tint tab;\n\t\t\tint tabs;\n'
        printf ' * x\ty   z\t\n'
    } >headers/a.h
    gather corpus.txt headers
    expect_status 0
    printf 'int a; /* two words */\n\n\n\n\tint b;\n       int seven;\n\tint eight;\n\tint tab;\n\tint tabs;\n * x y z\n' >expected
    expect_same_files expected corpus.txt
    expect_short_blanks corpus.txt
}

test_order_and_choice_of_files() {
    mkdir -p 'b folder' a/below
    echo 'int b;' >'b folder/b.h'
    echo 'int B;' >'b folder/B.h'
    printf 'int \303\251;\n' >a/not-ascii.h
    echo 'no header' >a/text.txt
    : >a/empty.h
    echo 'int below;' >a/below/c.h
    ln -s "$PWD/b folder/b.h" a/link.h
    echo 'int "a b";' >'a/a b.h'
    echo 'int a;' >a/a.h
    printf '#define A\t\t 1  \\\n\tx;\n' >a/blanks.h
    gather corpus.txt 'b folder' a missing a
    expect_status 0
    expect_stderr 'demo-corpus: 5 C headers, 50 bytes, in corpus.txt'
    printf 'int B;\nint b;\nint "a b";\nint a;\n#define A 1 \\\n\tx;\n' >expected
    expect_same_files expected corpus.txt
}

test_stops_before_the_limit() {
    mkdir many
    head -c 150000 /dev/zero | tr '\0' x >many/00.h
    for i in 01 02 03 04 05 06 07 08 09 10 11; do
        cp many/00.h many/$i.h
    done
    head -c 200001 /dev/zero | tr '\0' y >many/000.h
    gather corpus.txt many
    expect_status 0
    expect_stderr 'demo-corpus: 10 C headers, 1500000 bytes, in corpus.txt'
}

test_no_headers() {
    mkdir none
    gather corpus.txt none
    expect_refusal 1 'no C headers in: none;' scripts/install-deps.sh
    expect_no_file corpus.txt
}

test_misuse() {
    gather
    expect_refusal 2 'usage: scripts/demo-corpus.sh OUT'
}

# expect_training SECONDS AGO: the demonstration trains so long if its build began AGO seconds ago.
expect_training() {
    rm -f arguments
    run env DEMO_STARTED=$(($(date +%s) - $2)) "$ROOT/scripts/demo.sh" bin/charnn demo
    expect_status 0
    grep -qF -e "train demo/corpus.txt --checkpoint-dir demo/cv --max-seconds $1 " arguments ||
        fail "expected $1 seconds of training, $2 seconds after the start: $(cat arguments)"
    tail -n 1 arguments | grep -q '^sample demo/cv/best.safetensors --length 700 ' || fail 'expected a sample'
}

test_training_takes_what_the_build_leaves() {
    fake charnn 'echo "$*" >>arguments'
    expect_training 55 0
    expect_training 5 1000
}
