# One Makefile for everything.  GNU make; no configure step; all is built under build/, the programs
# in build/bin.
#
#   make               every program, with what this machine has; says what it left out
#   make deps          install what is missing, with the system's package manager
#   make check         every test that needs no GPU and no hour
#   make check-slow    the long ones: kill -9 loops, whole runs
#   make demo          the whole pipe, from a dump to GLUE scores (DUMP= GLUE= for your own)
#   make compare       the methods beside each other (TEXT= or DUMP=, GLUE=): hours
#   make install       PREFIX=/usr/local DESTDIR= PROGRAM_PREFIX=
#   make bundle        a directory and a tarball that run on other machines, in build/bundle
#   make bundle-gpu    the same with what the next two run, for a machine with nothing but a GPU
#   make check-gpu     every test that needs a GPU
#   make bench-gpu     the GPU trainer beside PyTorch
#   make bench         each text program beside its peers: a table
#   make bench-cpu     a training step on the CPU beside PyTorch's
#   make fuzz          any bytes to every reader, a minute a target (SECONDS_EACH=60); needs clang
#   make SAN=1 ...     the same under address and undefined-behaviour sanitizers, in build/san
#
# Folders are found, lists are not kept: a new tool, op or test is built because it is there.

# `make deps check`: first what is missing, then a second make, which sees what is there by then.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
after = $(filter-out deps,$(MAKECMDGOALS))
deps:
	@CC='$(CC)' recipes/deps.sh
	$(if $(after),@$(MAKE) --no-print-directory -j$$(nproc) $(after))
$(after): deps ; @:
.PHONY: deps $(after)
else

CC     ?= cc
PREFIX ?= /usr/local
B      := build$(if $(FUZZ),/fuzz,$(if $(SAN),/san))
,      := ,

# ---- what this machine has ---------------------------------------------------
has = $(shell printf '\043include <%s>\nint main(void){return 0;}\n' $(1) | \
          $(CC) $(2) -x c -o /dev/null - 2>/dev/null && echo yes)
OPENMP := $(call has,omp.h,-fopenmp)
DNNL   := $(call has,dnnl.h,)
# make MPICC= leaves MPI out
MPICC  ?= $(shell command -v mpicc 2>/dev/null)
mpi    := $(if $(MPICC),$(shell $(MPICC) -show 2>/dev/null))
MPIINC := $(patsubst -I%,-isystem %,$(filter -I%,$(mpi)))
MPI    := $(if $(mpi),$(call has,mpi.h,$(MPIINC)))
# make NVCC= leaves the CUDA backend out
NVCC   ?= $(shell command -v nvcc 2>/dev/null)
# of the same family as CC: the sanitizers' libraries are
ifeq ($(origin CXX),default)
CXX    := $(if $(findstring clang,$(CC)),$(subst clang,clang++,$(CC)),\
          $(if $(findstring gcc,$(CC)),$(subst gcc,g++,$(CC)),c++))
endif
HASCXX := $(shell \
          echo 'template <int N> constexpr int two = 2 * N; int main() { return two<0>; }' | \
          $(CXX) -std=c++17 -x c++ -o /dev/null - 2>/dev/null && echo yes)

STD     = -std=c17 -D_POSIX_C_SOURCE=200809L
WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
OPT     = -O2 -g
# checks keep clang from vectorising a loop that asks for it, which is no fault
SANFLAG = $(if $(SAN)$(FUZZ),-fsanitize=address$(,)undefined$(if $(FUZZ),$(,)fuzzer-no-link) \
          -fno-sanitize-recover=all -Wno-pass-failed)
CFLAGS  = $(STD) $(WARN) $(OPT) -fno-math-errno -ffp-contract=off -pthread $(SANFLAG) \
          $(if $(OPENMP),-fopenmp,-fopenmp-simd -Wno-unknown-pragmas) $(if $(DNNL),-DHAVE_DNNL)
# kernels/cpu: the fast loops, vectorised, and free to fuse a product with a sum: see
# kernels/cpu/cpu.h.
# Nobody looks at the flags of exceptions, for whose sake gcc makes branches of choices, which
# vectors of AVX2 cannot follow: exp, and all that uses it, would be a number at a time
# (tests/vectors.sh)
CPUFLAGS = -O3 -ffp-contract=fast -fno-trapping-math -Wno-pass-failed
# the definition asks each number for its type: -O3 asks once a loop, with the same bits
REFFLAGS = -O3
LDFLAGS = -pthread -Wl,--as-needed $(SANFLAG) $(if $(OPENMP),-fopenmp)
LDLIBS  = -lexpat -lz -llzma -licui18n -licuuc -lzstd -ljansson -lxxhash -lm
TESTLIBS = -lbz2# what our decoder is compared with
# -rdynamic: shared backends find lib's and kernels' functions in the program
NETLIBS = $(NOMPILIBS) $(if $(MPI),$(filter -L% -l% -Wl$(,)%,$(mpi)))
NOMPILIBS = -rdynamic -ldl $(if $(DNNL),-ldnnl)

# GPU code for A100 and for H100 and H200, and PTX from which drivers make it for what comes later
NVARCH    = -gencode arch=compute_80,code=[sm_80$(,)compute_80] \
            -gencode arch=compute_90a,code=sm_90a
NVFLAGS   = -std=c++17 -O3 -lineinfo -I. $(NVARCH) -Xptxas -v -Werror all-warnings \
            -Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Wextra,-Wno-unknown-pragmas
# for the tests, the same sources for the host (kernels/cuda/host)
HOSTFLAGS = -std=c++17 -DCUDA_ON_HOST -I. $(OPT) -fPIC -fvisibility=hidden -fno-strict-aliasing \
            -ffp-contract=off -Wall -Wextra -Wno-unknown-pragmas -Werror $(SANFLAG)

# V=1 shows whole commands.
Q   = $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)")

# ---- what there is -------------------------------------------------------------
net     = train glue-eval# these link model and kernels; all others only lib
tools   = $(notdir $(patsubst %/,%,$(dir $(wildcard tools/*/main.c))))
obj     = $(patsubst %,$(B)/%.o,$(1))
lib     = $(call obj,$(wildcard lib/*.c))
netobj  = $(call obj,$(wildcard model/*.c kernels/*.c kernels/*/*.c))
cuda    = $(patsubst %,$(B)/%.o,$(wildcard kernels/cuda/*.cu))
cudalib = $(if $(NVCC),$(if $(SAN)$(FUZZ),,$(B)/lib/cloze-cuda.so))
# a file in host/ stands in for the one of the same name above it
onhost  = $(patsubst %,$(B)/onhost/%.o,$(wildcard kernels/cuda/host/*.c*) \
          $(filter-out $(subst /host/,/,$(wildcard kernels/cuda/host/*.cu)),\
          $(wildcard kernels/cuda/*.cu)))
hostlib = $(if $(HASCXX),$(B)/tests/cuda-host.so)
unit    = $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*_test.c))
nettest = $(patsubst %.c,$(B)/%,$(wildcard tests/ops/*_test.c tests/model/*_test.c))
# what CUDA has and C has not, on the host
cutest  = $(if $(HASCXX),$(patsubst %.cu,$(B)/%,$(wildcard tests/ops/*_test.cu)))
# measured by hand, so that nothing else would see that an op has other arguments now
benches = $(patsubst %.c,$(B)/%,$(wildcard bench/*.c))
helpers = $(patsubst %.c,$(B)/%,$(wildcard tests/helper/*.c)) \
          $(patsubst %.c,$(B)/%.so,$(wildcard tests/preload/*.c))

# ---- rules ---------------------------------------------------------------------
all: needed $(tools:%=$(B)/bin/%) $(cudalib)

needed:
	@for h in expat.h zlib.h lzma.h unicode/utf8.h zstd.h jansson.h xxhash.h; do \
	    printf '#include <%s>\n' $$h | $(CC) -x c -E -o /dev/null - 2>/dev/null || \
	    { echo "$$h is missing: run 'make deps', or see the README for the packages" >&2; \
	      exit 1; }; done
	$(if $(DNNL),,@echo "note: no oneDNN: matrix products on the CPU will be slow (make deps)")
	$(if $(OPENMP),,@echo "note: no OpenMP for $(CC): training on the CPU will use one thread")
	$(if $(MPI),,@echo "note: no MPI: several processes by torchrun or srun only (make deps)")
	$(if $(NVCC),,@echo "note: no nvcc: built without the CUDA backend")
	$(if $(HASCXX),,@echo "note: no C++ compiler: the tests leave the CUDA kernels out (make deps)")

# Another compiler or other flags build everything anew; := so that no target adds its own here.
ALLFLAGS := $(CC) $(CFLAGS) $(CPUFLAGS) $(REFFLAGS) $(LDFLAGS) $(NETLIBS) $(CXX) $(HOSTFLAGS)
$(B)/flags: always
	@mkdir -p $(B)
	@echo '$(ALLFLAGS)' | cmp -s - $@ || echo '$(ALLFLAGS)' >$@
$(B)/nvflags: always
	@mkdir -p $(B)
	@echo '$(NVCC) $(NVFLAGS)' | cmp -s - $@ || echo '$(NVCC) $(NVFLAGS)' >$@

$(B)/%.c.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CFLAGS) -I. -MMD -MP -c -o $@ $<

$(B)/kernels/cpu/%.o: CFLAGS += $(CPUFLAGS)
$(B)/kernels/ref/%.o: CFLAGS += $(REFFLAGS)

# the one file that knows MPI
$(B)/kernels/wire_mpi.c.o: CFLAGS += $(if $(MPI),-DHAVE_MPI $(MPIINC))

# what ptxas says of registers and spills is kept beside the object: tests/cuda.sh reads it
$(B)/kernels/cuda/%.cu.o: kernels/cuda/%.cu $(B)/nvflags
	@mkdir -p $(@D)
	$(call say,NVCC $<)
	$(Q)$(NVCC) $(NVFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $< >$@.ptxas 2>&1 || \
	    { grep -vE '^ptxas info|bytes stack frame' $@.ptxas >&2; exit 1; }
$(B)/lib/cloze-cuda.so: $(cuda)
	@mkdir -p $(@D)
	$(call say,LD   $@)
	$(Q)$(NVCC) -shared -cudart static $(NVARCH) -Xlinker --as-needed -o $@ $^ -lcublasLt \
	    -Xlinker --exclude-libs=ALL -Xlinker -rpath='$$ORIGIN'

$(B)/onhost/%.c.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC   $<)
	$(Q)$(CC) $(CFLAGS) -fPIC -fvisibility=hidden -I. -MMD -MP -c -o $@ $<
$(B)/onhost/%.cu.o: %.cu $(B)/flags
	@mkdir -p $(@D)
	$(call say,CXX  $<)
	$(Q)$(CXX) $(HOSTFLAGS) -MMD -MP -x c++ -c -o $@ $<
$(B)/tests/cuda-host.so: $(onhost)
	@mkdir -p $(@D)
	$(call say,LD   $@)
	$(Q)$(CXX) -shared $(SANFLAG) -o $@ $^

$(B)/lib.a: $(lib)
	@rm -f $@
	$(call say,AR   $@)
	$(Q)ar rcs $@ $^
$(B)/net.a: $(netobj)
	@rm -f $@
	$(call say,AR   $@)
	$(Q)ar rcs $@ $^

.SECONDEXPANSION:
$(B)/bin/%: $$(call obj,$$(wildcard tools/$$*/*.c)) $$(if $$(filter $$*,$(net)),$(B)/net.a) \
    $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(LDFLAGS) $(LDLIBS) $(if $(filter $*,$(net)),$(NETLIBS))
$(unit): $(B)/%: $(B)/%.c.o $(B)/lib.a
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(LDFLAGS) $(LDLIBS) $(TESTLIBS)
$(nettest:=.c.o): CFLAGS += $(if $(hostlib),-DCUDA_HOST='"$(hostlib)"')
$(nettest): $(B)/%: $(B)/%.c.o $(B)/net.a $(B)/lib.a | $(hostlib)
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(LDFLAGS) $(LDLIBS) $(NETLIBS)
$(cutest): $(B)/%: $(B)/onhost/%.cu.o \
    $(patsubst %,$(B)/onhost/%.o,$(wildcard kernels/cuda/host/*.c)) $(B)/net.a $(B)/lib.a
	$(call say,LD   $@)
	$(Q)$(CXX) -o $@ $^ $(LDFLAGS) $(LDLIBS) $(NETLIBS)
$(B)/bench/%: $(B)/bench/%.c.o $(B)/net.a $(B)/lib.a
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(LDFLAGS) $(LDLIBS) $(NETLIBS)
$(filter-out %.so,$(helpers)): $(B)/%: $(B)/%.c.o $(B)/lib.a
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(LDFLAGS) $(LDLIBS)
# what stands in front of the C library, and so knows no sanitizer
$(B)/tests/preload/%.so: tests/preload/%.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,LD   $@)
	$(Q)$(CC) $(filter-out -fsanitize% -fno-sanitize%,$(CFLAGS)) -fPIC -shared -o $@ $< -ldl

# ---- tests: each prints TAP; tests/run.sh judges it ------------------------------
TESTENV = BIN=$(abspath $(B)/bin) HELPER=$(abspath $(B)/tests/helper) LOGS=$(B)/tests/log \
    $(if $(SANFLAG),,BUNDLE=$(abspath $(BUNDLE)).tar.gz) \
    CUDA=$(if $(cudalib),$(abspath $(B)/kernels/cuda)) \
    LD_LIBRARY_PATH=$(abspath $(B)/lib)$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}
check: all $(if $(SANFLAG),,bundle) $(unit) $(nettest) $(cutest) $(helpers) $(benches)
	@$(TESTENV) tests/run.sh $(unit) $(nettest) $(cutest) tests/layers.sh tests/man.sh \
	    tests/cuda.sh tests/vectors.sh \
	    $(sort $(wildcard tests/cli/*.sh tests/real/*.sh))
check-slow: all $(if $(SANFLAG),,bundle) $(helpers)
	@TEST_SECONDS=$${TEST_SECONDS:-3600} $(TESTENV) \
	    tests/run.sh $(sort $(wildcard tests/slow/*.sh))

# One test by its stem: make check-one T=strm
check-one: all $(if $(filter bundle,$(T)),$(if $(SANFLAG),,bundle)) $(unit) $(nettest) $(cutest) \
    $(helpers)
	@$(TESTENV) V=1 tests/run.sh $(filter %/$(T)_test,$(unit) $(nettest) $(cutest)) \
	    $(wildcard $(patsubst %,tests/%$(T).sh,cli/ real/ slow/ ./))

demo: all $(helpers)
	@$(MAKE) --no-print-directory -f recipes/demo.mk BIN=$(abspath $(B)/bin) \
	    HELPER=$(abspath $(B)/tests/helper) DUMP='$(DUMP)' GLUE='$(GLUE)'

# Settings as in recipes/compare.mk, and COMPARE for the folder.
compare: all
	@$(MAKE) --no-print-directory -f recipes/compare.mk BIN=$(abspath $(B)/bin)

# One target: make fuzz T=dump.  JOBS of them run at a time.  What a run finds lies in
# build/fuzz/found, and makes the rule fail; what it learnt, in build/fuzz/corpus, is where the next
# one begins.
CLANG        ?= clang
SECONDS_EACH ?= 60
JOBS         ?= $(shell nproc)
fuzz: all $(helpers)
	@command -v $(CLANG) >/dev/null || { echo "make fuzz needs clang (CLANG=$(CLANG))" >&2; exit 1; }
	@BIN=$(abspath $(B)/bin) HELPER=$(abspath $(B)/tests/helper) tests/fuzz/seeds.sh build/fuzz
	@$(MAKE) --no-print-directory -j$(JOBS) FUZZ=1 CC=$(CLANG) fuzz-run
fuzzers = $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/$(or $(T),*)_fuzz.c))
fuzz-run: $(fuzzers)
	@printf '%s\n' $(fuzzers) | SECONDS_EACH=$(SECONDS_EACH) xargs -P $(JOBS) -n 1 tests/fuzz/run.sh
# a reader that belongs to a tool comes with the tool's objects, but for its main
fuzzing = $(call obj,$(filter-out %/main.c,$(wildcard $(addprefix tools/,$(1)))))
$(B)/tests/fuzz/dump_fuzz $(B)/tests/fuzz/wikitext_fuzz: $(call fuzzing,wikiextract/*.c)
$(B)/tests/fuzz/model_fuzz: $(call obj,model/config.c model/configfile.c)
$(B)/tests/fuzz/rows_fuzz: $(call fuzzing,glue-eval/example.c glue-eval/task.c)
$(B)/tests/fuzz/%_fuzz: $(B)/tests/fuzz/%_fuzz.c.o $(B)/lib.a
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $(filter %_fuzz.c.o,$^) $(filter-out %_fuzz.c.o %.a,$^) $(B)/lib.a \
	    $(LDFLAGS) -fsanitize=fuzzer $(LDLIBS) $(TESTLIBS)

# Each text program beside its peers; one program: make bench T=tokenize.  bench-publish puts the
# table into bench/RESULTS.md.  See bench/run.sh for RUNS, CLOCK and CONTINUE.
bench: all $(helpers) $(B)/bench/readback
	@BIN=$(abspath $(B)/bin) HELPER=$(abspath $(B)/tests/helper) BENCH=$(abspath $(B)/bench) \
	    bench/run.sh build/bench/run $(T)
bench-publish:
	@bench/publish.sh build/bench/run bench
# A training step on the CPU beside PyTorch's: make bench-cpu T='THREADS STEPS LAYERS'; likewise.
bench-cpu: $(B)/bench/train
	@BENCH=$(abspath $(B)/bench) bench/train-cpu.sh build/bench/cpu $(T)
bench-cpu-publish:
	@bench/publish.sh build/bench/cpu bench-cpu

bindir = $(DESTDIR)$(PREFIX)/bin
libdir = $(DESTDIR)$(PREFIX)/lib
mandir = $(DESTDIR)$(PREFIX)/share/man
install: all
	install -d $(bindir) $(mandir)/man1 $(mandir)/man5 $(mandir)/man7
	for t in $(tools); do install -m 755 $(B)/bin/$$t $(bindir)/$(PROGRAM_PREFIX)$$t || exit 1; done
	$(if $(cudalib),install -d $(libdir) && install -m 755 $(cudalib) $(libdir)/)
	for p in man/*.1; do install -m 644 $$p $(mandir)/man1/$(PROGRAM_PREFIX)$${p##*/} || exit 1; done
	for s in 5 7; do install -m 644 man/*.$$s $(mandir)/man$$s/ || exit 1; done

# The programs with the libraries they need beside them: recipes/bundle.sh.  Their DT_RPATH holds
# for the libraries' own needs too, and a module system's LD_LIBRARY_PATH does not come before it.
VERSION = $(shell sed -n 's/.*VERSION "\(.*\)"/\1/p' lib/version.h)
BUNDLE  = $(B)/bundle/cloze-$(VERSION)-$(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))
RPATH   = -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/../lib'
noMPI   = $(filter-out %/wire_mpi.c.o,$(netobj)) $(B)/portable/wire_mpi.c.o
$(B)/portable/wire_mpi.c.o: kernels/wire_mpi.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC   $< without MPI)
	$(Q)$(CC) $(CFLAGS) -I. -c -o $@ $<
$(B)/portable/bin/%: $$(call obj,$$(wildcard tools/$$*/*.c)) \
    $$(if $$(filter $$*,$(net)),$$(noMPI)) $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(RPATH) $(LDFLAGS) $(LDLIBS) $(if $(filter $*,$(net)),$(NOMPILIBS))
bundled = $(tools:%=$(B)/portable/bin/%) $(cudalib) $(wildcard man/* recipes/*) README.md LICENSE
bundle: all $(BUNDLE).tar.gz
$(BUNDLE).tar.gz: $(bundled)
	@recipes/bundle.sh $(B) $(BUNDLE)

# The same with all that checks and measures on a GPU.  What is tested there is what is shipped.
# Left out are the tests of processors, of MPI and of launchers.
gputest  = $(filter-out team_test backend_test vmath_test narrow_test launch_test,$(notdir \
           $(patsubst %.c,%,$(wildcard tests/ops/*_test.c)))) model_test notebook_test rounding_test
gpucheck = $(addprefix $(B)/portable/check/,$(gputest) ops ceiling)
$(B)/portable/check/%: \
    $$(call obj,$$(wildcard tests/ops/$$*.c tests/model/$$*.c bench/$$*.c)) $$(noMPI) $(B)/lib.a
	@mkdir -p $(@D)
	$(call say,LD   $@)
	$(Q)$(CC) -o $@ $^ $(RPATH) $(LDFLAGS) $(LDLIBS) $(NOMPILIBS)
$(B)/portable/check/ceiling: bench/gpu/ceiling.cu $(B)/nvflags
	@mkdir -p $(@D)
	$(call say,NVCC $@)
	$(Q)$(NVCC) -std=c++17 -O2 $(NVARCH) -Werror all-warnings -Xcompiler -Wall$(,)-Wextra \
	    -cudart static -o $@ $< -lcublasLt -Xlinker --disable-new-dtags \
	    -Xlinker -rpath='$$ORIGIN/../lib'
$(B)/portable/data: bench/gpu/data.sh $(B)/tests/helper/zipf | $(tools:%=$(B)/bin/%)
	$(call say,DATA $@)
	$(Q)BIN=$(B)/bin HELPER=$(B)/tests/helper $< $@
bundle-gpu: $(if $(cudalib),all $(BUNDLE)-gpu.tar.gz,no-nvcc)
no-nvcc:
	@echo "a bundle for a GPU needs nvcc, and is not made of programs with sanitizers" >&2; exit 1
$(BUNDLE)-gpu.tar.gz: $(bundled) $(gpucheck) $(B)/portable/data \
    $(wildcard tests/*.sh tests/gpu/* bench/gpu/* bench/peers/gpu_*) tests/helper/traindata.sh
	@recipes/bundle.sh $(B) $(BUNDLE)-gpu gpu
check-gpu bench-gpu:
	@. tests/gpu/machine.sh
	@$(MAKE) --no-print-directory bundle-gpu
	@$(BUNDLE)-gpu/$(if $(filter check-gpu,$@),tests/gpu/check.sh,bench/gpu/bench.sh)

clean:
	rm -rf build

.PHONY: all always needed bench bench-cpu bench-cpu-publish bench-gpu bench-publish bundle \
    bundle-gpu check check-gpu check-slow check-one clean compare demo fuzz fuzz-run install no-nvcc
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
endif
