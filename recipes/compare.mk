# compare.mk -- do the methods help?  One make-driven run that trains each of them on the same data
# with the same seeds, fine-tunes what came out, and draws it: loss against tokens, loss against
# FLOP, and scores (compare.svg), and how much compute each needs to come to the baseline's final
# loss (table.txt).
#
#   make compare TEXT=text.zst GLUE=folder      a paragraph a line, an empty line between articles
#   make compare DUMP=x.xml.bz2 GLUE=folder     a Wikipedia dump; without GLUE there are no scores
#
# Masked-language models see the same samples, STEPS steps of them.  The loss of electra and mc is
# another one (they choose at every token), so theirs is not drawn beside it: they train for as many
# FLOP as `absolute`, whose positions they have, and the scores say what it was worth.
#
# Every file is a target: what is interrupted goes on where it stopped, -j 2 trains two at a time
# (then with JOBS=1), and METHODS, SEEDS, STEPS and the other settings below can be given.  COMPARE
# is where it all goes.
,       := ,
BIN     ?= build/bin
COMPARE ?= build/compare

MODEL   ?= mini
VOCAB   ?= 8192
LENGTH  ?= 128
VALID   ?= 0.005
STEPS   ?= 3000
BATCH   ?= 32
LR      ?= 1e-3
WARMUP  ?= 100
SEEDS   ?= 1
JOBS    ?= 0
# words with a note: 100 to 500 occurrences, the papers' choice for a corpus of 3.4 G words
RARE    ?= 100:500
TASKS   ?= CoLA$(,)MRPC$(,)RTE$(,)STS-B
FINETUNE ?= --quick --lr 1e-4
MORE    ?=

BASELINE := absolute
METHODS ?= absolute relative tupe-a tupe-r notes electra mc
options.absolute = --position absolute
options.relative = --position relative
options.tupe-a   = --position tupe-a
options.tupe-r   = --position tupe-r
options.notes    = --position tupe-r --notes
options.electra  = --position absolute --objective electra
options.mc       = --position absolute --objective mc
same_flop        = electra mc
unknown         := $(strip $(foreach m,$(METHODS),$(if $(options.$(m)),,$(m))))
$(if $(unknown),$(error METHODS: there is no $(unknown)))
$(if $(filter $(BASELINE),$(METHODS)),,\
    $(error METHODS: without $(BASELINE) there is nothing to compare with))

C      := $(COMPARE)
runs   := $(foreach m,$(METHODS),$(foreach s,$(SEEDS),$(m).$(s)))
method  = $(basename $(1))
seed    = $(patsubst .%,%,$(suffix $(1)))
common  = --data $(C)/data --model $(MODEL) --batch $(BATCH) --lr $(LR) --warmup $(WARMUP) \
          --jobs $(JOBS) $(MORE)
# steps of a run: those of the baseline, or as many as cost the same
flop    = sed -n 's/^FLOP per token *//p' $(C)/plan/$(1)
steps   = $(if $(filter $(call method,$(1)),$(same_flop)),$$(echo $$($(call flop,$(BASELINE))) \
          $$($(call flop,$(call method,$(1)))) | \
          awk '{ printf "%d", $(STEPS) * $$1 / $$2 + 0.5 }'),$(STEPS))

all: $(C)/table.txt $(C)/compare.svg
	@cat $(C)/table.txt
	@echo "the picture: $(C)/compare.svg"

# What is made with some settings is not made again with others, so a folder has its own.
settings := $(strip $(DUMP) $(TEXT) MODEL=$(MODEL) VOCAB=$(VOCAB) LENGTH=$(LENGTH) VALID=$(VALID) \
            STEPS=$(STEPS) BATCH=$(BATCH) LR=$(LR) WARMUP=$(WARMUP) RARE=$(RARE) TASKS=$(TASKS) \
            FINETUNE=$(FINETUNE) MORE=$(MORE))
kept     := $(if $(wildcard $(C)/settings),$(strip $(shell cat '$(C)/settings')),$(settings))
$(if $(findstring x$(kept)x,x$(settings)x),,$(error $(C) was made with $(kept): \
    give another COMPARE for $(settings)))

# ---- data ----------------------------------------------------------------------------------------
$(C)/settings: | $(C)
	printf '%s\n' '$(settings)' > $@.tmp && mv $@.tmp $@
$(C)/text: $(DUMP) $(TEXT) | $(C) $(if $(DUMP)$(TEXT),$(C)/settings)
	$(if $(DUMP),$(BIN)/wikiextract -o $@ $(DUMP),$(if $(TEXT),\
	    $(if $(filter %.zst,$(TEXT)),zstd -dcf,cat) $(TEXT) > $@.tmp && \
	    mv $@.tmp $@,@echo "compare.mk: give DUMP= or TEXT=" >&2; exit 2))
# half a text has words too, and a pipe does not say that its first end failed
$(C)/words.tsv: $(C)/text
	rm -f $@.cut
	{ $(BIN)/tokenize --words $< || touch $@.cut; } | $(BIN)/freqstat -o $@ && [ ! -e $@.cut ]
$(C)/notes.tsv: $(C)/words.tsv
	$(BIN)/freqstat --rare $(RARE) -o $@ $<
$(C)/tokenizer.json: $(C)/words.tsv
	$(BIN)/mkvocab --size $(VOCAB) -o $@ $<
$(C)/data/manifest.json: $(C)/text $(C)/tokenizer.json $(C)/notes.tsv
	rm -rf $(C)/data
	$(BIN)/tokenize -m $(C)/tokenizer.json --notes $(C)/notes.tsv $< | \
	    $(BIN)/shard --seq-len $(LENGTH) --valid $(VALID) -o $(C)/data

# ---- training, scores ----------------------------------------------------------------------------
$(METHODS:%=$(C)/plan/%): $(C)/plan/%: $(C)/data/manifest.json | $(C)/plan
	$(BIN)/train $(common) $(options.$*) --steps $(STEPS) --dry-run > $@.tmp && mv $@.tmp $@
# a finished run is one that `train` says is finished: it goes on from its newest checkpoint; exec,
# so that a signal which ends make reaches it
$(runs:%=$(C)/run/%/done): $(C)/run/%/done: $(METHODS:%=$(C)/plan/%)
	s=$(call steps,$*) && exec $(BIN)/train $(common) $(options.$(call method,$*)) \
	    --seed $(call seed,$*) --steps $$s --eval-every $$((s / 15)) --save-every $$((s / 3 + 1)) \
	    --out $(C)/run/$*
	touch $@
$(runs:%=$(C)/glue/%/table.txt): $(C)/glue/%/table.txt: $(C)/run/%/done $(GLUE)
	$(BIN)/glue-eval --model $(C)/run/$*/latest --data $(GLUE) --out $(C)/glue/$* --tasks $(TASKS) \
	    --jobs $(JOBS) $(FINETUNE)

# ---- what came out -------------------------------------------------------------------------------
# always: the runs may be others than before
$(C)/curves.tsv: $(runs:%=$(C)/run/%/done) always
	recipes/curves.sh $(C) $(runs) > $@.tmp && mv $@.tmp $@
$(C)/table.txt: $(C)/curves.tsv $(if $(GLUE),$(runs:%=$(C)/glue/%/table.txt))
	recipes/compare.sh $(C) $(BASELINE) '$(same_flop)' $(runs) > $@.tmp && mv $@.tmp $@
$(C)/compare.svg: $(C)/table.txt
	gnuplot -e "dir='$(C)'; out='$@'; methods='$(filter-out $(same_flop),$(METHODS))'; \
	    all='$(METHODS)'; scores='$(if $(GLUE),yes)'" recipes/compare.gp

$(C) $(C)/plan:
	mkdir -p $@
.PHONY: all always
.SECONDARY:
.DELETE_ON_ERROR:
