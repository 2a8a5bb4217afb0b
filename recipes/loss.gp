# loss.gp -- the picture of a run: gnuplot -e "log='run/log.jsonl'; out='loss.svg'" loss.gp
# log.jsonl is turned into two tables by awk: step and training loss, step and validation loss.
set terminal svg size 760,480 font "sans,13" background rgb "white"
set output out
field(name) = sprintf("< awk '{ if (match($0, /\"%s\": *[-0-9.eE+]+/)) { v = substr($0, RSTART, RLENGTH); sub(/.*: */, \"\", v); match($0, /\"step\": *[0-9]+/); s = substr($0, RSTART, RLENGTH); sub(/.*: */, \"\", s); print s, v } }' '%s'", name, log)
set xlabel "step"
set ylabel "masked-language-model loss (nats)"
set grid lc rgb "#dddddd"
set key top right
set border 3
set tics nomirror
plot field("loss") with lines lc rgb "#9ab8d8" title "training", \
     field("valid_loss") with linespoints pt 7 ps 0.6 lw 2 lc rgb "#1f4e8c" title "validation", \
     unigram with lines dt 2 lc rgb "#b03030" title sprintf("unigram entropy of the validation tokens (%.2f)", unigram)
