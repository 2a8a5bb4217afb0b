#!/bin/sh
# lies.sh -- a shard whose frames or seek table say what is not so is refused with one line that
# names the file and the frame, or read as it was; in either case no memory is taken for the lie.
. "$(dirname "$0")/../tap.sh"
lie() { "$HELPER/lie" "$@"; }

"$HELPER/mktokens" 1000 3000 5 1 | shard -q -o "$T/data" --valid 0 --seq-len 64
show --cat "$T/data/train-00000.zst" >"$T/want"
frames=$(tail -c 9 "$T/data/train-00000.zst" | od -An -tu4 -N4 | tr -d ' ')
ok "a shard of $frames frames" test "$frames" -gt 20
cp -r "$T/data" "$T/bad"

say() { # say COMMAND ...: exit status, its one line, and whether the memory was that of a shard
    "$HELPER/peak" "$T/peak" "$@" >"$T/got" 2>"$T/err"
    echo "$? $(sed "s|.*$T/||" "$T/err")"
    [ "$(cat "$T/peak")" -le 65536 ] || echo "$(cat "$T/peak") KiB"
}
refused() { # refused LIE SENTENCE
    lie "$T/data/train-00000.zst" $1 >"$T/bad/train-00000.zst"
    for how in --cat --verify; do
        is "$1: $how" "$(say show $how "$T/bad/train-00000.zst")" "1 bad/train-00000.zst: $2"
    done
    not_the_manifests "$1"
}
not_the_manifests() {
    is "$1: not what the manifest names" "$(say show --verify "$T/bad" | cut -c 1-23)" \
        "1 bad/train-00000.zst: "
}

# ---- a window of 2 GiB, which a decoder that believes it would have to take
for frame in 0 1 2 3 -1; do
    lie "$T/data/train-00000.zst" $frame window >"$T/bad/train-00000.zst"
    is "a window of 2 GiB in frame $frame: read" "$(say show --cat "$T/bad/train-00000.zst")" "0 "
    ok "as it was" cmp "$T/want" "$T/got"
    not_the_manifests "but"
done
lie "$T/data/train-00000.zst" 3 window >"$T/bad/train-00000.zst"
is "nor what was written" "$(say show --verify "$T/bad/train-00000.zst")" \
    "1 bad/train-00000.zst: damaged: the bytes before the end frame are not those written"

# ---- lengths; a block is two frames, from frame 2 on
sizes() { tail -c $((9 + 12 * frames)) "$T/data/train-00000.zst" | od -An -v -tu4 -w12 -N48; }
at() { sizes | awk -v n="$1" 'NR <= n { sum += $1 } END { print sum + 0 }'; }
stored() { sizes | awk -v n="$1" 'NR == n + 1 { print $1 }'; }
block="(frame 2, at byte $(at 2))"
damaged="is damaged: Data corruption detected"
refused "0 content 4294967295" "frame 0, at byte 0, $damaged"
refused "3 content 1099511627776" "frame 3, at byte $(at 3), $damaged $block"
refused "3 content 1" "frame 3, at byte $(at 3), $damaged $block"
refused "0 bytes 268435455" \
    "damaged: frame 0, at byte 0, would be 268435455 bytes; 256 belong there"
refused "1 bytes 268435456" \
    "damaged: frame 1, at byte $(at 1), would be 268435456 bytes; 12008 belong there"
refused "2 bytes 268435456" \
    "damaged: frame 2, at byte $(at 2), would be 268435456 bytes; 100876 belong there"
refused "2 bytes 268435457" \
    "damaged: frame 2 would be 268435457 bytes, stored as $(stored 2)"
refused "3 bytes 1" "damaged: frame 3 would be 1 bytes, stored as $(stored 3)"
refused "0 stored 4000000000" \
    "damaged: frame 0 would be 256 bytes, stored as $((4000000000 + $(stored 0)))"
unfit="is damaged: it is not one zstd frame as long as the table says"
refused "1 stored 1" "frame 1, at byte $(at 1), $unfit"
refused "3 stored 1" "frame 3, at byte $(at 3), $unfit $block"
done_testing
