# compare.gp -- the picture of compare.mk: gnuplot -e "dir='...'; out='x.svg'; methods='absolute tupe-r';
# all='absolute tupe-r electra'; scores='yes'" compare.gp.  Left: validation loss against tokens; middle: the
# same against FLOP; right: the average of the GLUE scores.  Several seeds are several lines of a colour.
set terminal svg size (scores eq "yes" ? 1180 : 860),420 font "sans,12" background rgb "white"
set output out
set multiplot layout 1,(scores eq "yes" ? 3 : 2)
set grid lc rgb "#dddddd"
set border 3
set tics nomirror
array colour[7] = ["#1f4e8c", "#7fa7d0", "#2e8b57", "#b03030", "#d98c1f", "#7b4fa3", "#555555"]
place(m) = int(sum [i = 1:words(all)] (word(all, i) eq m ? i : 0))
curve(m, column) = sprintf("< awk -F '\\t' '$1 == \"%s\" { if (seed != $2) print \"\"; seed = $2; \
    print $%d, $5 }' '%s/curves.tsv'", m, column, dir)
set ylabel "validation loss of masked words (nats)"
set xlabel "tokens seen (millions)"
set key top right
plot for [i = 1:words(methods)] curve(word(methods, i), 3) using ($1 / 1e6):2 with linespoints pt 7 ps 0.4 \
    lw 2 lc rgb colour[place(word(methods, i))] title word(methods, i)
set xlabel "TFLOP"
unset ylabel
plot for [i = 1:words(methods)] curve(word(methods, i), 4) using ($1 / 1e12):2 with linespoints pt 7 ps 0.4 \
    lw 2 lc rgb colour[place(word(methods, i))] notitle
if (scores eq "yes") {
    set xlabel "GLUE, average of the tasks run"
    set style fill solid 0.8
    set boxwidth 0.6
    set xtics rotate by -35
    unset key
    score(m) = sprintf("< awk -F '\\t' '$2 == \"GLUE\" && index($1, \"%s.\") == 1 { n++; sum += $3 } \
        END { if (n) print %d, sum / n, \"%s\" }' '%s/scores.tsv'", m, place(m), m, dir)
    plot for [i = 1:words(all)] score(word(all, i)) using 1:2:xtic(3) with boxes \
        lc rgb colour[i]
}
unset multiplot
