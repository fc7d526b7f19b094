#!/bin/sh
# Checks that a program has what the Makefile's flags against exploits give: position independence, full
# RELRO, a stack that is no code, the stack protector and checked calls of the C library. Prints what is
# missing.
#
#   scripts/check-hardening.sh PROGRAM
set -eu

program=$1
failed=0
work=$(mktemp)
trap 'rm -f "$work"' EXIT
readelf --wide --file-header --program-headers --dynamic --symbols "$program" >"$work"

# need PATTERN MEANING: the pattern is somewhere in what readelf says.
need() {
    if ! grep -Eq "$1" "$work"; then
        echo "$program: $2"
        failed=1
    fi
}

need 'Type: +DYN' 'it is not position-independent (-pie)'
need 'GNU_RELRO' 'its tables of addresses can be written (-Wl,-z,relro)'
need '(FLAGS|BIND_NOW).*(BIND_NOW|NOW)|BIND_NOW' 'calls are bound late (-Wl,-z,now)'
need 'GNU_STACK +[0-9a-fx ]+ RW +' 'its stack can be executed'
need '__stack_chk_fail' 'it has no stack protector (-fstack-protector-strong)'
# musl has no checked calls.
if grep -q '@GLIBC_' "$work"; then
    need '__[a-z]+_chk@' 'it calls the C library unchecked (-D_FORTIFY_SOURCE)'
fi
exit $failed
