#!/bin/sh
# compare.sh FOLDER BASELINE OTHER_LOSS RUN ... -- one row a method: what it cost, what its loss
# came to, and where on the way it had the baseline's final loss (between two evaluations: by a
# straight line), as tokens and as FLOP beside what the baseline spent in all.  Below 1 is a gain.
# OTHER_LOSS are the methods whose loss is not that of the baseline.  Several seeds: means, each
# beside the baseline of its own seed, and from how many.  Scores: the first of each task and the
# average as TNF counts it.
dir=$1 baseline=$2 other=$3; shift 3
scores=$dir/scores.tsv
for run; do
    [ -e "$dir/glue/$run/table.txt" ] || continue
    awk -v run="$run" '
        /^GLUE, as TNF/ { print run "\tGLUE\t" $4; next }
        /^(task |GLUE,| )/ || $3 == "-" { next }
        { print run "\t" $1 "\t" $3 }' "$dir/glue/$run/table.txt"
done >"$scores"
for run; do echo "$run"; done | awk -v baseline="$baseline" -v other="$other" -F '\t' '
    FILENAME ~ /curves.tsv$/ && FNR > 1 { # the curves
        n = ++points[$1, $2]
        tokens[$1, $2, n] = $3; flop[$1, $2, n] = $4; loss[$1, $2, n] = $5
    }
    FILENAME ~ /scores.tsv$/ { # the scores
        score[$1, $2] = $3
        if (!($2 in seen)) { seen[$2]; if ($2 != "GLUE") tasks[++count] = $2 }
    }
    FILENAME == "-" { # the runs
        dot = match($1, /\.[^.]*$/)
        method = substr($1, 1, dot - 1); seed = substr($1, dot + 1)
        if (!(method in runs)) order[++methods] = method
        run_of[method, ++runs[method]] = seed
    }
    function reach(method, seed, what,    goal, i, part) { # share of the baseline; "" if never
        goal = loss[baseline, seed, points[baseline, seed]]
        for (i = 1; i <= points[method, seed] && loss[method, seed, i] > goal; i++) ;
        if (i > points[method, seed])
            return ""
        if (i == 1)
            return (what == "flop" ? flop[method, seed, 1] : tokens[method, seed, 1])
        part = (loss[method, seed, i - 1] - goal) \
            / (loss[method, seed, i - 1] - loss[method, seed, i])
        if (what == "flop")
            return flop[method, seed, i - 1] \
                + part * (flop[method, seed, i] - flop[method, seed, i - 1])
        return tokens[method, seed, i - 1] \
            + part * (tokens[method, seed, i] - tokens[method, seed, i - 1])
    }
    function share(method, what,    i, seed, spent, total, sum, n) {
        for (i = 1; i <= runs[method]; i++) {
            seed = run_of[method, i]
            spent = reach(method, seed, what)
            if (spent == "")
                return "never"
            total = what == "flop" ? flop[baseline, seed, points[baseline, seed]] \
                                   : tokens[baseline, seed, points[baseline, seed]]
            sum += spent / total; n++
        }
        return sprintf("%.2f", sum / n)
    }
    function mean(method, kind,    i, seed, run, sum, last) {
        for (i = 1; i <= runs[method]; i++) {
            seed = run_of[method, i]; run = method "." seed; last = points[method, seed]
            if (kind == "tokens") sum += tokens[method, seed, last]
            else if (kind == "flop") sum += flop[method, seed, last]
            else if (kind == "loss") sum += loss[method, seed, last]
            else if (!((run, kind) in score)) return "-"
            else sum += score[run, kind]
        }
        return sum / runs[method]
    }
    END {
        printf "%-10s %5s %9s %9s %7s %9s %9s", "method", "seeds", "M tokens", "PFLOP", "loss", \
            "of tokens", "of FLOP"
        for (t = 1; t <= count; t++) printf " %6s", tasks[t]
        print count ? "   GLUE" : ""
        for (m = 1; m <= methods; m++) {
            method = order[m]
            own = index(" " other " ", " " method " ") > 0
            printf "%-10s %5d %9.3f %9.3f %7s %9s %9s", method, runs[method], \
                mean(method, "tokens") / 1e6, mean(method, "flop") / 1e15, \
                own ? "-" : sprintf("%.3f", mean(method, "loss")), \
                own ? "-" : share(method, "tokens"), own ? "-" : share(method, "flop")
            for (t = 1; t <= count; t++) printf " %6s", two(mean(method, tasks[t]))
            print count ? sprintf(" %6s", two(mean(method, "GLUE"))) : ""
        }
    }
    function two(x) { return x == "-" ? x : sprintf("%.2f", x) }
' "$dir/curves.tsv" "$scores" -
