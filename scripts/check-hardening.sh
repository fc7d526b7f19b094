#!/bin/sh
# Checks that a program is hardened as the Makefile's flags ask: position-independent, full RELRO, no
# executable stack, stack protector, checked calls of the C library. Prints each property that is missing.
#
#   scripts/check-hardening.sh PROGRAM
set -eu

program=${1:?usage: scripts/check-hardening.sh PROGRAM}
failed=0
work=$(mktemp)
trap 'rm -f "$work"' EXIT
readelf --wide --file-header --program-headers --dynamic --symbols "$program" >"$work"

# expect PATTERN MESSAGE: prints the message if the output of readelf does not match the pattern.
expect() {
    if ! grep -Eq "$1" "$work"; then
        echo "$program: $2"
        failed=1
    fi
}

expect 'Type: +DYN' 'not position-independent (-pie)'
expect 'GNU_RELRO' 'no RELRO (-Wl,-z,relro)'
expect '(FLAGS|BIND_NOW).*(BIND_NOW|NOW)|BIND_NOW' 'lazy binding (-Wl,-z,now)'
expect 'GNU_STACK +[0-9a-fx ]+ RW +' 'executable stack'
expect '__stack_chk_fail' 'no stack protector (-fstack-protector-strong)'
# musl has no checked calls.
if grep -q '@GLIBC_' "$work"; then
    expect '__[a-z]+_chk@' 'no checked calls of the C library (-D_FORTIFY_SOURCE)'
fi
exit $failed
