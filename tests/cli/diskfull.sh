# diskfull.sh -- the text programs on a file system that is too small, for their product or for what
# they put aside: one line that says so, nothing left behind; and where it is just large enough, the
# whole product.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../helper/faulty.sh"
. "$(dirname "$0")/../helper/faultsubjects.sh"

# on SIZE COMMAND: the command, with $T/disk a file system of that size; afterwards $T/left holds
# the names of the files there, and $T/kept a copy of them if it did not fail
on() {
    rm -rf "$T/kept"
    unshare -rm sh -c 'size=$1 disk=$2 kept=$3; shift 3
        mount -t tmpfs -o "size=$size" tmpfs "$disk" || exit 99
        "$@"; rc=$?
        find "$disk" -type f
        [ $rc != 0 ] || cp -R "$disk" "$kept"
        exit $rc' - "$1" "$T/disk" "$T/kept" $2 >"$T/left" 2>"$T/.err" </dev/null
    rc=$?
}

too_small() { # why what the command did with too little room is bad, or nothing
    [ $rc = 1 ] || echo "exit status $rc"
    [ "$(wc -l <"$T/.err")" = 1 ] || echo "$(wc -l <"$T/.err") lines"
    grep -q "^${1%% *}: .*: No space left on device$" "$T/.err" || cat "$T/.err"
    # what else may lie there: in a directory who has worked in it, and of shard what the shards
    # were made with
    grep -vE '/out/(lock|tokenizer\.json|notes\.tsv)$' "$T/left"
}

mkdir "$T/disk"
on 4k true
if [ $rc != 0 ]; then
    skip "no file system can be mounted here: $(head -1 "$T/.err")"; done_testing
fi

every_size() { # the subject on 4, 8, 16 ... KiB, until it fits
    run="$(echo "$command" | sed "s|-o $output|-o $T/disk/out|")"
    size=4 bad=
    while on ${size}k "$run"; [ $rc != 0 ] && [ $size -lt 100000 ]; do
        bad=$bad$(too_small "$run")
        size=$((2 * size))
    done
    is "$label: below $size KiB it says so" "$bad" ""
    ok "$label: on $size KiB the product is whole" diff -r -x lock "$T/whole" "$T/kept/out"
}
subjects_make
subjects_each every_size

# ---- what is put aside
aside() { # aside LABEL SIZE COMMAND: TMPDIR is too small
    on "$2" "env TMPDIR=$T/disk $3"
    is "$1: too little room for what is put aside" "$(too_small "${3%% *}")" ""
    is "$1: no product" "$(ls -A "$T/product" 2>/dev/null | grep -v lock)" ""
    rm -rf "$T/product"
}
"$HELPER/mktokens" 16000 30000 50 1 700 >"$T/big.tok"
"$HELPER/zipf" 300000 3000000 1 >"$T/kinds"
aside shard 1m "shard -q -M 16M -o $T/product $T/big.tok"
aside "shard --dedup" 1m "shard -q -M 16M --dedup -o $T/product $T/big.tok"
aside freqstat 1m "freqstat -q -j 1 -M 16M -o $T/product $T/kinds"
done_testing
