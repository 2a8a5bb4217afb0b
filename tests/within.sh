#!/bin/sh
# within.sh -- a command that is ended after SECONDS, and at the time UNTIL (of `date +%s`) at the
# latest: within.sh SECONDS COMMAND...  Its exit status is then 124, or 137 where it had to be
# killed, as what waits for a GPU that hangs may hear nothing else.
limit=$1; shift
left=$((${UNTIL:-$(($(date +%s) + limit))} - $(date +%s)))
[ "$left" -gt "$limit" ] || limit=$left
[ "$limit" -gt 0 ] || { echo "no time was left for it" >&2; exit 124; }
exec timeout -v -k 5 "$limit" "$@"
