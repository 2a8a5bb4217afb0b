#!/bin/sh
# bundle.sh -- what `make bundle` made runs from any folder, takes nothing but glibc from the
# system, says whose libraries it carries, and is no larger than promised.  BUNDLE: the tarball.
. "$(dirname "$0")/../tap.sh"
case ${BUNDLE:-} in
'') skip "a bundle is not made of programs with sanitizers"; done_testing ;;
esac
root=$(cd "$(dirname "$0")/../.." && pwd)
glibc='ld-linux[^ ]*|lib(c|m|dl|rt|pthread|resolv|util|mvec)\.so\.[0-9]+'
machine='lib(cuda|cudart|cublas|cublasLt|nccl)\.so\.[0-9]+' # what only the CUDA backend may want

bytes=$(wc -c <"$BUNDLE")
ok "the tarball is under 40 MB ($bytes bytes)" test "$bytes" -lt 40000000
mkdir "$T/else where" && tar -C "$T/else where" -xzf "$BUNDLE"
is "it unpacks into one folder of its name" "$(ls "$T/else where")" "$(basename "$BUNDLE" .tar.gz)"
b="$T/else where/other name"
mv "$T/else where/$(basename "$BUNDLE" .tar.gz)" "$b"

# ---- what is in it ----
is "every program" "$(ls "$b/bin")" "$(cd "$root/tools" && ls)"
is "every page" "$(cd "$b/man" && ls man?/* | sed 's|.*/||' | sort)" \
    "$(cd "$root/man" && ls | sort)"
for file in README.md LICENSE recipes/demo.mk recipes/train.slurm; do
    ok "$file" cmp "$root/$file" "$b/$file"
done
carried=$(cd "$b/lib" && ls | grep -v '^cloze')
is "LIBRARIES names each library" \
    "$(awk '$1 ~ /^lib.*\.so/ { print $1 }' "$b/licenses/LIBRARIES")" "$carried"
is "each has its licence" \
    "$(awk -v d="$b/licenses" '$1 ~ /^lib.*\.so/ && system("test -s \"" d "/" $2 "\"") {
        print $1 }' "$b/licenses/LIBRARIES")" ""
ok "the CUDA backend is in it where it was built" \
    sh -c 'for m in "$1"/lib/*.so; do [ ! -e "$m" ] || [ -s "$2/lib/${m##*/}" ] || exit 1; done' \
    sh "$(dirname "$BIN")" "$b"

# ---- what it takes from the system ----
for file in "$b"/bin/* "$b"/lib/*; do
    readelf -W -d "$file" >"$T/dynamic"
    also=
    case $file in */lib/cloze*) also=$machine ;; esac
    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$T/dynamic" | grep -vxE "$glibc${also:+|$also}" |
        while read -r needed; do [ -f "$b/lib/$needed" ] || echo "${file##*/} needs $needed"; done
done >"$T/needs"
is "nothing but glibc is needed that is not in it" "$(cat "$T/needs")" ""
for program in "$b"/bin/*; do
    env -i ldd "$program" | grep -F '=>' | grep -vE "^[[:space:]]*($glibc) " | grep -vF "=> $b/" |
        sed "s|^|${program##*/}: |"
done >"$T/outside"
is "the loader finds the rest in the folder" "$(cat "$T/outside")" ""
is "MPI is left out" "$(ls "$b/lib" | grep mpi)" ""
least=$(find "$b/bin" "$b/lib" -type f -exec readelf -W -V {} + | grep -oE 'GLIBC_[0-9.]+' |
    sort -uV |
    sed -n '$s/GLIBC_//p')
ok "LIBRARIES says which glibc it needs: $least" grep -qx "glibc $least" "$b/licenses/LIBRARIES"
if grep -q '^VERSION_ID="12"' /etc/os-release && grep -q '^ID=debian' /etc/os-release; then
    ok "README says which one of Debian 12" grep -q "glibc $least" "$root/README.md"
    ok "cloze(7) says it too" grep -q "glibc $least" "$root/man/cloze.7"
fi

# ---- it runs ----
mkdir "$T/made"
"$HELPER/corpus" --dump --pages 60 --seed 3 >"$T/made/dump.xml"
"$HELPER/corpus" --glue "$T/made/GLUE" --train 40 --dev 20
env -i sh "$root/tests/helper/bundlepipe.sh" "$b" "$T/made" >"$T/out" 2>&1
is "from a dump to scores with an empty environment" "$? $(grep -c '^RTE' "$T/out")" "0 1" ||
    cat "$T/out"
tokenize -q -m "$T/made/tokenizer.json" --notes "$T/made/notes.tsv" "$T/made/text" |
    shard -q --seq-len 64 --valid 0.1 -o "$T/built"
ok "its data are those of the programs that were built here" sh -c '
    for f in "$1"/data/*; do
        [ "${f##*/}" = manifest.json ] || cmp "$f" "$1/../built/${f##*/}" || exit 1; done' \
    sh "$T/made"
mkdir "$T/wrong"
for name in $carried; do echo "not a library" >"$T/wrong/$name"; done
ok "another library in LD_LIBRARY_PATH does not come before its own" \
    env LD_LIBRARY_PATH="$T/wrong" "$b/bin/tokenize" --words "$T/made/text" -o "$T/words"
exits 1 "MPI" env OMPI_COMM_WORLD_SIZE=2 "$b/bin/train" --data "$T/made/data" --out "$T/mpi"
done_testing
