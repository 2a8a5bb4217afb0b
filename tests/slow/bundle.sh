#!/bin/sh
# bundle.sh -- the bundle on another, newer system that has none of our packages: the smallest
# Debian 13 (trixie) that debootstrap makes, entered without a network and with an empty
# environment.  NEWER: a folder with such a system, to try another one.
. "$(dirname "$0")/../tap.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
give_up() { skip "$1"; done_testing; }

[ -n "${BUNDLE:-}" ] || give_up "a bundle is not made of programs with sanitizers"
[ "$(id -u)" = 0 ] || give_up "only root can enter another system's folder"
unshare --net --mount true 2>/dev/null || give_up "unshare is not allowed or not installed"
newer=${NEWER:-$T/newer}
if [ ! -d "$newer" ]; then
    command -v debootstrap >/dev/null || give_up \
        "debootstrap is not installed, and NEWER names no folder"
    timeout 500 debootstrap --variant=minbase trixie "$newer" >"$T/debootstrap" 2>&1 ||
        give_up "debootstrap cannot make a system: $(tail -1 "$T/debootstrap")"
fi
inside() { # inside COMMAND...: there
    unshare --net --mount --pid --fork sh -c 'mount -t proc proc "$1/proc" || exit 1
        newer=$1; shift; exec chroot "$newer" /usr/bin/env -i "$@"' sh "$newer" "$@"
}

work=$(mktemp -d "$newer/cloze.XXXXXX")
trap 'rm -rf "$work" "$T"' EXIT
tar -C "$work" -xzf "$BUNDLE"
mv "$work"/cloze-* "$work/other name"
cp "$root/tests/helper/bundlepipe.sh" "$work"
"$HELPER/corpus" --dump --pages 60 --seed 3 >"$work/dump.xml"
"$HELPER/corpus" --glue "$work/GLUE" --train 40 --dev 20
at=/${work##*/}
glibc=$(inside ldd --version | sed -n '1s/.* //p')
ok "another glibc than here: $glibc" test "$glibc" != "$(ldd --version | sed -n '1s/.* //p')"
is "it has no library of ours" \
    "$(inside /sbin/ldconfig -p | grep -E 'lib(icu|jansson|dnnl|expat|gomp)')" ""
inside sh "$at/bundlepipe.sh" "$at/other name" "$at" >"$T/out" 2>&1
is "from a dump to scores" "$? $(grep -c '^RTE' "$T/out")" "0 1" || sed 's/^/# /' "$T/out"
tokenize -q -m "$work/tokenizer.json" --notes "$work/notes.tsv" "$work/text" |
    shard -q --seq-len 64 --valid 0.1 -o "$T/built"
ok "its data are those made here" sh -c '
    for f in "$1"/data/*; do
        [ "${f##*/}" = manifest.json ] || cmp "$f" "$2/${f##*/}" || exit 1; done' \
    sh "$work" "$T/built"
done_testing
