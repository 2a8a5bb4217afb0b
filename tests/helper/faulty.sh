# faulty.sh -- sourced after tap.sh: run a program again and again, each time with another fault
# (tests/preload/faults.c), and judge what comes of it.
#
#     faults_ready || { skip ...; done_testing; }
#     subject NAME OUTPUT "command ..."   what is run; OUTPUT is the file or directory it writes
#     each_fault KIND MOST [STEP]         its first, second ... MOST-th KIND fails;
#                                         then every STEP-th
#     same_in_pieces                      FAULT=short
#
# Good is: exit 1, one line on standard error, nothing under the output's name but the whole, and no
# NAME.tmp; or exit 0 and the whole, when the program can do without what failed.
PRELOAD=${HELPER%/helper}/preload/faults.so

# A program under a sanitizer brings its own malloc, which must come first.
faults_ready() {
    [ -e "$PRELOAD" ] && ! grep -q __asan_init "$BIN/show" &&
        LD_PRELOAD=$PRELOAD show --version >/dev/null 2>&1
}

faulty() { # faulty FAULT: the subject, with it; sets rc
    : >"$T/hit"
    rm -rf "${output:?}" "$output.tmp"
    LD_PRELOAD=$PRELOAD FAULT=$1 FAULT_HIT=$T/hit $command 2>"$T/.err" </dev/null
    rc=$?
}

subject() { # subject NAME OUTPUT COMMAND: writes OUTPUT without a fault, once
    label=$1 output=$2 command=$3
    rm -rf "$output" "$output.tmp" "$T/whole"
    $command 2>"$T/.err" </dev/null || { ok "$label: runs" false; return; }
    cp -R "$output" "$T/whole"
}

# whole -- what stands under the output's name, if anything does, is all of it
whole() {
    if [ -d "$T/whole" ]; then
        [ ! -e "$output/manifest.json" ] || diff -r -x lock "$output" "$T/whole" >/dev/null
    else
        [ ! -e "$output" ] || cmp -s "$output" "$T/whole"
    fi
}

no_leftover() { # but where it could not be removed and the message says so
    grep -q ' was left$' "$T/.err" || [ ! -e "$output.tmp" ] && { [ ! -d "$output" ] ||
        [ -z "$(find "$output" -name '*.tmp')" ]; }
}

judge() { # why it is bad, or nothing
    if [ $rc = 0 ]; then
        { [ -e "$output" ] && whole; } || echo "exit 0 without the whole output"
    elif [ $rc != 1 ]; then
        echo "exit status $rc"
    else
        lines=0 other=
        while IFS= read -r line; do
            lines=$((lines + 1))
            case $line in ${command%% *}:\ ?*) ;; *) other=$line ;; esac
        done <"$T/.err"
        if [ $lines != 1 ] || [ -n "$other" ]
        then echo "$lines lines on standard error: $(cat "$T/.err")"
        elif ! whole; then echo "exit 1, and a part under the final name"
        elif ! no_leftover; then echo "exit 1, and a .tmp is left"
        fi
    fi
}

each_fault() { # each_fault KIND[+][:ERROR] MOST [STEP]; a KIND that is never called gives no result
    kind=${1%%[:+]*} rest=${1#"$kind"} most=$2 step=$3 n=0 tried=0 bad=
    while :; do
        if [ $n -lt "$most" ]; then n=$((n + 1)); elif [ -n "$step" ]; then n=$((n + step))
            else break; fi
        faulty "$kind:$n$rest"
        [ -s "$T/hit" ] || break
        tried=$((tried + 1))
        why=$(judge)
        [ -z "$why" ] || { bad="$bad
# $kind:$n$rest: $why"; [ "$(echo "$bad" | wc -l)" -lt 12 ] || break; }
    done
    [ $tried -gt 0 ] || { echo "# $label: no $kind"; return; }
    ok "$label: $1 fails, $tried times" test -z "$bad"
    [ -z "$bad" ] || echo "${bad#?}"
}

same_in_pieces() {
    faulty short
    ok "$label: reads of a byte, writes of seven and EINTR give the same bytes" \
        test $rc = 0 -a -s "$T/hit" -a -z "$(judge)"
}
