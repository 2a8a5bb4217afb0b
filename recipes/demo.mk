# demo.mk -- the whole pipe in one make-driven run: a dump becomes text, words, a vocabulary,
# shards, a pre-trained encoder, GLUE scores and a picture of the loss.
#
#   make demo                                   on a made-up dump and made-up tasks: a minute
#   make demo DUMP=x.xml.bz2 GLUE=folder        on yours
#
# Every file is a target, so an interrupted demo goes on where it stopped, and a setting below can
# be changed on the command line: make -f recipes/demo.mk BIN=... STEPS=2000.  DEMO is where it all
# goes.
,      := ,
BIN    ?= $(if $(wildcard bin/train),bin,build/bin)
HELPER ?= build/tests/helper
DEMO   ?= build/demo/$(if $(DUMP),$(notdir $(DUMP)),made-up)

# The made-up corpus is small and easy: a two-layer model learns it in a minute.
MODEL    ?= $(if $(DUMP),mini,tiny)
POSITION ?= tupe-r
VOCAB    ?= $(if $(DUMP),8192,2048)
LENGTH   ?= $(if $(DUMP),128,64)
# A small dump has few documents: a share large enough that some are in it.
VALID    ?= 0.05
STEPS    ?= $(if $(DUMP),800,600)
BATCH    ?= $(if $(DUMP),16,32)
LR       ?= 1e-3
# A tiny encoder wants larger steps than the papers' grid for BERT-base.
FINETUNE ?= $(if $(DUMP),--lr 1e-4 --epochs 2,--lr 3e-4 --epochs 10)
TASKS    ?= $(if $(GLUE),CoLA$(,)MRPC$(,)RTE$(,)STS-B,CoLA$(,)SST-2$(,)MRPC$(,)RTE$(,)STS-B)

dump = $(if $(DUMP),$(DUMP),$(DEMO)/dump.xml)
glue = $(if $(GLUE),$(GLUE),$(DEMO)/GLUE)
unigram = $$($(BIN)/show --json $(DEMO)/data | \
    sed -n 's/.*"unigram_entropy": *\([0-9.]*\).*/\1/p' | head -1)

all: $(DEMO)/table.txt $(DEMO)/loss.svg
	@cat $(DEMO)/table.txt
	@echo "the picture of the loss: $(DEMO)/loss.svg"

$(DEMO)/dump.xml: | $(DEMO)
	$(HELPER)/corpus --dump --pages 1500 > $@.tmp && mv $@.tmp $@
$(DEMO)/GLUE: | $(DEMO)
	$(HELPER)/corpus --glue $@

$(DEMO)/text: $(dump) | $(DEMO)
	$(BIN)/wikiextract --report $(DEMO)/report.json -o $@ $<
# half a text has words too, and a pipe does not say that its first end failed
$(DEMO)/words.tsv: $(DEMO)/text
	rm -f $@.cut
	{ $(BIN)/tokenize --words $< || touch $@.cut; } | $(BIN)/freqstat -o $@ && [ ! -e $@.cut ]
$(DEMO)/tokenizer.json: $(DEMO)/words.tsv
	$(BIN)/mkvocab --size $(VOCAB) -o $@ $<
$(DEMO)/data/manifest.json: $(DEMO)/text $(DEMO)/tokenizer.json
	rm -rf $(DEMO)/data
	$(BIN)/tokenize -m $(DEMO)/tokenizer.json $< | \
	    $(BIN)/shard --seq-len $(LENGTH) --valid $(VALID) -o $(DEMO)/data
$(DEMO)/run/done: $(DEMO)/data/manifest.json
	$(BIN)/train --data $(DEMO)/data --out $(DEMO)/run --model $(MODEL) --position $(POSITION) \
	    --steps $(STEPS) --batch $(BATCH) --lr $(LR) --warmup 50 --weight-decay 0.01 \
	    --eval-every 100 --save-every 500 --log-every 10
	touch $@
$(DEMO)/glue/scores.json: $(DEMO)/run/done $(glue)
	$(BIN)/glue-eval --model $(DEMO)/run/latest --data $(glue) --out $(DEMO)/glue --tasks $(TASKS) \
	    --quick $(FINETUNE)
$(DEMO)/loss.svg: $(DEMO)/run/done
	gnuplot -e "log='$(DEMO)/run/log.jsonl'; out='$@'; unigram=$(unigram)" recipes/loss.gp
$(DEMO)/table.txt: $(DEMO)/glue/scores.json
	BIN=$(BIN) recipes/table.sh $(DEMO) > $@.tmp && mv $@.tmp $@

$(DEMO):
	mkdir -p $@
.PHONY: all
.DELETE_ON_ERROR:
