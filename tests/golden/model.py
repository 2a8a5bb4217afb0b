"""model.py -- golden numbers for tests/model/golden_test.c: PyTorch in float64, gradients by
autograd.

    python -P tests/golden/model.py      (-P: tokenize.py beside it is not the standard one)
    build/tests/model/golden_test write DIR && python -P tests/golden/model.py reverse DIR

The first writes model-NAME.safetensors here, one a case: random weights, a batch, logits, the sum
of losses, and the gradient of (that sum / 8) by every weight, as "grad.NAME".  Absolute positions
are transformers' own BertForMaskedLM, RobertaPreLayerNormForMaskedLM (Pre-LN) and
BertForSequenceClassification.  TUPE is the module below, written from the paper's equations 7 to 11
and the description of the authors' code, sequence by sequence, as are relative positions, ELECTRA,
MC-BERT and notes.  The second opens checkpoints of
ours with BertForMaskedLM.from_pretrained and ElectraForPreTraining.from_pretrained, refuses any
tensor missing or unexpected, and writes what they say.  Made with torch 2.15 and transformers 5."""

import math
import os
import sys

import numpy
import torch
import transformers
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH, INNER, LAYERS, VOCAB, SPAN = 8, 12, 2, 17, 24
LENGTHS = [12, 1, 4, 7]
NORMALISER = 8
TOKENS, CHOICE_WEIGHT = 24, 3
CANDIDATES, REJECT = 4, 5
WORDS = [[3, 1, 2], [0, 4, 1], [3, 7, 2], [1, 14, 2], [0, 21, 2]]  # note, first row, rows
NOTES, NOTE_WEIGHT, NOTE_DECAY, NOTE_WINDOW = 5, 0.25, 0.5, 2


def batch(classes, types):
    """Sequences of LENGTHS, as flat columns; rows to predict at, with targets."""
    random = numpy.random.default_rng(3)
    columns = {"start": [0], "id": [], "type": [], "row": [], "target": [], "value": []}
    for sequence, length in enumerate(LENGTHS):
        first = len(columns["id"])
        columns["id"] += random.integers(0, VOCAB, length).tolist()
        columns["type"] += [int(types and i >= length // 2 > 0) for i in range(length)]
        columns["start"].append(first + length)
        chosen = range(0, length, 3) if classes == 0 else [0]
        for position in chosen:
            columns["row"].append(first + position)
            columns["target"].append(int(random.integers(0, classes or VOCAB)) if classes != 1
                                     else 0)
            columns["value"].append(0.5 * sequence - 0.7 if classes == 1 else 0.0)
    dtype = lambda name: torch.float64 if name == "value" else torch.int32
    return {name: torch.tensor(column, dtype=dtype(name)) for name, column in columns.items()}


def spans(b):
    for first, end in zip(b["start"][:-1].tolist(), b["start"][1:].tolist()):
        yield slice(first, end)


def sequences(b):
    for first, end in zip(b["start"][:-1], b["start"][1:]):
        yield b["id"][first:end].long(), b["type"][first:end].long()


class Tupe(nn.Module):
    """State names are those of our checkpoints, through `name` below."""

    HEADS = None
    PRE_NORM = False
    EPS = float(numpy.float32(1e-5))

    def __init__(self, relative, classes):
        super().__init__()
        self.classes = classes
        self.positions(relative)
        norm = lambda: nn.LayerNorm(WIDTH, eps=self.EPS)
        norm1, norm2 = ("before1", "before2") if self.PRE_NORM else ("norm1", "norm2")
        self.word, self.word_norm = nn.Embedding(VOCAB, WIDTH), norm()
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "query": nn.Linear(WIDTH, WIDTH), "key": nn.Linear(WIDTH, WIDTH),
                "value": nn.Linear(WIDTH, WIDTH), "out": nn.Linear(WIDTH, WIDTH), norm1: norm(),
                "inner": nn.Linear(WIDTH, INNER), "outer": nn.Linear(INNER, WIDTH), norm2: norm(),
            }) for _ in range(LAYERS))
        if self.PRE_NORM:
            self.last_norm = norm()
        if classes is None:
            return
        if classes:
            self.pooler, self.classifier = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, classes)
        else:
            self.dense, self.dense_norm = nn.Linear(WIDTH, WIDTH), norm()
            self.vocab_bias = nn.Parameter(torch.zeros(VOCAB))

    def positions(self, relative):
        self.heads = self.HEADS or 4
        self.table = nn.Embedding(SPAN + 1, WIDTH)
        self.table_norm = nn.LayerNorm(WIDTH, eps=self.EPS)
        self.pos_q, self.pos_k = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.relative = nn.Embedding(33, self.heads) if relative else None
        self.scale = 1 / math.sqrt(2 * WIDTH / self.heads)

    def place(self, x, types):
        """Words with their places, as far as these are added."""
        return x

    def split(self, x):
        return x.view(len(x), self.heads, x.shape[1] // self.heads).transpose(0, 1)

    @staticmethod
    def bucket(query, key):
        if query == 0:
            return 16
        if key == 0:
            return 32
        return Tupe.distance_bucket(query, key)

    @staticmethod
    def distance_bucket(query, key):
        distance = abs(key - query)
        if distance >= 8:
            distance = min(15, 8 + int(8 * math.log(distance / 8) / math.log(16)))
        return distance + (16 if key > query else 0)

    def bias(self, length):
        normed = self.table_norm(self.table.weight[:length + 1])
        q, k = self.split(self.pos_q(normed)), self.split(self.pos_k(normed))
        whole = self.scale * q @ k.transpose(1, 2)
        theta1, theta2 = whole[:, 0, 0], whole[:, 1, 1]
        rows = []
        for i in range(length):
            row = []
            for j in range(length):
                value = theta1 if i == 0 else theta2 if j == 0 else whole[:, i + 1, j + 1]
                if self.relative is not None:
                    value = value + self.relative.weight[self.bucket(i, j)]
                row.append(value)
            rows.append(torch.stack(row, -1))
        return torch.stack(rows, 1)

    def embed(self, b, ids, note=lambda x, rows: x):
        """What the layers are given, of each sequence."""
        for rows in spans(b):
            x = self.place(self.word(ids[rows]), b["type"][rows].long())
            yield self.word_norm(note(x, rows))

    def encode(self, b, note=lambda x, rows: x):
        return torch.cat([self.layers_of(x) for x in self.embed(b, b["id"].long(), note)])

    def layers_of(self, x):
        bias = self.bias(len(x))

        def attention(layer, x):
            q, k, v = (self.split(layer[n](x)) for n in ("query", "key", "value"))
            weights = torch.softmax(self.scale * q @ k.transpose(1, 2) + bias, -1)
            return layer["out"]((weights @ v).transpose(0, 1).reshape(x.shape))

        def forward(layer, x):
            return layer["outer"](functional.gelu(layer["inner"](x)))

        for layer in self.layers:
            if self.PRE_NORM:
                x = x + attention(layer, layer["before1"](x))
                x = x + forward(layer, layer["before2"](x))
            else:
                x = layer["norm1"](x + attention(layer, x))
                x = layer["norm2"](x + forward(layer, x))
        return self.last_norm(x) if self.PRE_NORM else x

    def logits(self, b, note=lambda x, rows: x):
        self.output = self.encode(b, note)
        x = self.output[b["row"].long()]
        if self.classes:
            return self.classifier(torch.tanh(self.pooler(x)))
        return self.dense_norm(functional.gelu(
            self.dense(x))) @ self.word.weight.T + self.vocab_bias


class Relative(Tupe):
    """T5's bias over learned positions at the input: BERT-R."""

    def positions(self, relative):
        self.heads = self.HEADS or 2
        self.position = nn.Embedding(SPAN, WIDTH)
        self.relative = nn.Embedding(32, self.heads)
        self.scale = 1 / math.sqrt(WIDTH / self.heads)

    def place(self, x, types):
        return x + self.position.weight[:len(x)]

    def bias(self, length):
        bucket = [[self.distance_bucket(i, j) for j in range(length)] for i in range(length)]
        return self.relative.weight[torch.tensor(bucket)].permute(2, 0, 1)


class Absolute(Tupe):
    """Learned positions and segment types at the input: BERT, for two networks at once."""

    EPS = float(numpy.float32(1e-12))

    def positions(self, relative):
        self.heads = self.HEADS or 2
        self.position, self.segment = nn.Embedding(SPAN, WIDTH), nn.Embedding(2, WIDTH)
        self.scale = 1 / math.sqrt(WIDTH / self.heads)

    def place(self, x, types):
        return x + self.position.weight[:len(x)] + self.segment(types)

    def bias(self, length):
        return torch.zeros(1)


class Two(nn.Module):
    """The main network, and half as wide one that proposes words; what it draws is given."""

    def __init__(self, kind, relative):
        super().__init__()
        self.main = kind(relative, None)
        heads = max(1, round(self.main.heads / 2))
        self.narrow = heads * WIDTH // self.main.heads
        self.project = nn.Linear(WIDTH, self.narrow)
        with sized(self.narrow, INNER * self.narrow // WIDTH, heads):
            self.small = kind(relative, None)
        for shared in self.SHARED:
            if hasattr(self.small, shared):
                delattr(self.small, shared)

    @staticmethod
    def draws(b):
        """Some are right."""
        draws = torch.tensor(numpy.random.default_rng(5).integers(0, VOCAB, len(b["row"])))
        draws[::3] = b["target"][::3].long()
        return draws


class Electra(Two):
    """As Clark et al. and their code: the discriminator `main`, and a generator over the same
    normalised embeddings."""

    SHARED = "word", "word_norm", "position", "segment"

    def __init__(self, kind, relative):
        super().__init__(kind, relative)
        self.dense, self.dense_norm = nn.Linear(self.narrow, WIDTH), nn.LayerNorm(WIDTH,
            eps=kind.EPS)
        self.lm_bias = nn.Parameter(torch.zeros(VOCAB))
        self.judge_dense, self.judge = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, b, draws):
        ids, rows, target = b["id"].long(), b["row"].long(), b["target"].long()
        x = torch.cat([self.small.layers_of(self.project(x)) for x in self.main.embed(b, ids)])
        words = self.dense_norm(functional.gelu(self.dense(x[rows])))
        logits = words @ self.main.word.weight.T + self.lm_bias
        ids = ids.clone()
        ids[rows] = draws
        new = torch.zeros(len(ids))
        new[rows] = (draws != target).double()
        x = torch.cat([self.main.layers_of(x) for x in self.main.embed(b, ids)])
        scores = self.judge(functional.gelu(self.judge_dense(x)))[:, 0]
        proposed = functional.cross_entropy(logits, target, reduction="sum")
        judged = functional.binary_cross_entropy_with_logits(scores, new, reduction="sum")
        return logits, scores, proposed, judged


class Mc(Two):
    """As Xu et al.'s code: a meta controller, and `main`, which chooses."""

    SHARED = "word", "segment"

    def __init__(self, kind, relative, distinct):
        super().__init__(kind, relative)
        self.distinct = distinct
        norm = lambda width: nn.LayerNorm(width, eps=kind.EPS)
        self.dense, self.dense_norm = nn.Linear(self.narrow, self.narrow), norm(self.narrow)
        self.choice, self.choice_norm = nn.Linear(WIDTH, WIDTH), norm(WIDTH)
        self.vocab_bias = nn.Parameter(torch.zeros(VOCAB))

    @staticmethod
    def draws(b):
        """Some at masks are right, some elsewhere are what stands there."""
        draws = torch.tensor(numpy.random.default_rng(6).integers(0,
            VOCAB, (len(b["id"]), CANDIDATES)))
        rows = b["row"].long()
        draws[rows[::3], 0] = b["target"][::3].long()
        draws[rows, 2] = b["target"].long()
        draws[1::4, 3] = b["id"][1::4].long()
        return draws

    def control(self, b, ids, note):
        for rows in spans(b):
            x = self.project(note(self.main.word(ids[rows]), rows))
            if hasattr(self.small, "position"):
                x = x + self.small.position.weight[:len(x)]
            yield self.small.layers_of(self.small.word_norm(x))

    def forward(self, b, draws, note=lambda x, rows: x):
        ids, rows, target = b["id"].long(), b["row"].long(), b["target"].long()
        words, bias = self.main.word.weight, self.vocab_bias
        hidden = torch.cat(list(self.control(b, ids, note)))[rows]
        hidden = self.dense_norm(functional.gelu(self.dense(hidden)))
        logits = hidden @ self.project(words).T + bias
        truth, ids = ids.clone(), ids.clone()
        truth[rows], ids[rows] = target, draws[rows, 0]
        candidates = draws.clone()
        candidates[:, 0] = REJECT
        replaced = ids != truth
        out = candidates == truth[:, None]
        out[:, 0] = False
        candidates[replaced, 1] = truth[replaced]
        out[replaced, 1] = False
        self.output = torch.cat([self.main.layers_of(x) for x in self.main.embed(b, ids, note)])
        chosen = self.choice_norm(functional.gelu(self.choice(self.output)))
        scores = (chosen[:, None] * words[candidates]).sum(-1) + bias[candidates]
        if self.distinct:
            scores = scores.masked_fill(out, -math.inf)
        proposed = functional.cross_entropy(logits, target, reduction="sum")
        return logits, scores, proposed, functional.cross_entropy(scores, replaced.long(),
            reduction="sum")


class Notes:
    """Of WORDS, none of which is masked: how they are mixed in, and what becomes of them."""

    def __init__(self):
        self.table = torch.tensor(numpy.random.default_rng(7).normal(size=(NOTES, WIDTH)))

    def mix(self, x, rows):
        x = list(x)
        for note, first, count in WORDS:
            for row in range(first, first + count):
                if rows.start <= row < rows.stop:
                    i = row - rows.start
                    x[i] = (1 - NOTE_WEIGHT) * x[i] + NOTE_WEIGHT * self.table[note]
        return torch.stack(x)

    def after(self, b, output):
        means = {}
        for note, first, count in WORDS:
            rows = next(rows for rows in spans(b) if rows.start <= first < rows.stop)
            window = slice(max(first - NOTE_WINDOW, rows.start + 1),
                           min(first + count + NOTE_WINDOW, rows.stop))
            means.setdefault(note, []).append(output[window].mean(0))
        table = self.table.clone()
        for note, seen in means.items():
            table[note] += NOTE_DECAY * (torch.stack(seen).mean(0) - table[note])
        return table

    def tensors(self, b, output):
        return {"word": torch.tensor(WORDS, dtype=torch.int32), "notes": self.table,
                "notes_after": self.after(b, output)}


class sized:
    """The sizes of a model that is made meanwhile."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def __enter__(self):
        global WIDTH, INNER
        self.kept, (WIDTH, INNER, Tupe.HEADS) = (WIDTH, INNER, Tupe.HEADS), self.sizes

    def __exit__(self, *_):
        global WIDTH, INNER
        WIDTH, INNER, Tupe.HEADS = self.kept


NAMES = {
    "word.weight": "bert.embeddings.word_embeddings.weight",
    "word_norm": "bert.embeddings.LayerNorm",
    "table.weight": "cloze.position.embeddings.weight", "table_norm": "cloze.position.LayerNorm",
    "position.weight": "bert.embeddings.position_embeddings.weight",
    "segment.weight": "bert.embeddings.token_type_embeddings.weight",
    "pos_q": "cloze.position.query", "pos_k": "cloze.position.key",
    "relative.weight": "cloze.position.relative.weight", "layers": "bert.encoder.layer",
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "out": "attention.output.dense", "norm1": "attention.output.LayerNorm",
    "inner": "intermediate.dense", "outer": "output.dense", "norm2": "output.LayerNorm",
    "before1": "attention.LayerNorm", "before2": "intermediate.LayerNorm",
    "last_norm": "bert.LayerNorm",
    "pooler": "bert.pooler.dense", "dense": "cls.predictions.transform.dense",
    "dense_norm": "cls.predictions.transform.LayerNorm", "vocab_bias": "cls.predictions.bias",
}
ELECTRA_NAMES = {
    "project": "generator.embeddings_project", "dense": "generator_predictions.dense",
    "dense_norm": "generator_predictions.LayerNorm", "lm_bias": "generator_lm_head.bias",
    "judge_dense": "discriminator_predictions.dense",
    "judge": "discriminator_predictions.dense_prediction",
}

MC_NAMES = {
    "project": "generator.embeddings_project", "dense": "generator_predictions.dense",
    "dense_norm": "generator_predictions.LayerNorm", "vocab_bias": "cls.predictions.bias",
    "choice": "cls.predictions.transform.dense",
    "choice_norm": "cls.predictions.transform.LayerNorm",
}


def name(parameter):
    if parameter in NAMES:
        return NAMES[parameter]
    return ".".join(NAMES.get(part, part) for part in parameter.split("."))


def name_of_two(names, prefix, parameter):
    owner, _, rest = parameter.partition(".")
    if owner == "main":
        return name(rest).replace("bert.", prefix)
    if owner == "small":
        return name(rest).replace("bert.", "generator.").replace("cloze.", "generator.")
    return ".".join([names[owner]] + [rest] * bool(rest))


def electra_name(parameter):
    return name_of_two(ELECTRA_NAMES, "electra.", parameter)


def mc_name(parameter):
    return name_of_two(MC_NAMES, "bert.", parameter)


class Bert:
    """transformers' model, fed padded and told so."""

    def __init__(self, classes):
        config = transformers.BertConfig(
            vocab_size=VOCAB, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=2,
            intermediate_size=INNER, max_position_embeddings=SPAN, type_vocab_size=2,
            hidden_dropout_prob=0, attention_probs_dropout_prob=0, num_labels=classes or 2,
            pad_token_id=None)
        kind = (transformers.BertForSequenceClassification if classes
                else transformers.BertForMaskedLM)
        self.model, self.classes = kind(config).double().eval(), classes
        self.named_parameters = self.model.named_parameters

    def logits(self, b):
        return bert_logits(self.model, b, self.classes)


class PreNormBert(Bert):
    """transformers' only encoder of BERT's kind that is Pre-LN."""

    def __init__(self):
        config = transformers.RobertaPreLayerNormConfig(
            vocab_size=VOCAB, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=2,
            intermediate_size=INNER, max_position_embeddings=SPAN, type_vocab_size=2,
            hidden_dropout_prob=0, attention_probs_dropout_prob=0, layer_norm_eps=1e-12,
            pad_token_id=None)
        self.model = transformers.RobertaPreLayerNormForMaskedLM(config).double().eval()
        self.classes, self.named_parameters = 0, self.model.named_parameters

    @staticmethod
    def name(parameter):
        for theirs, ours in (("roberta_prelayernorm", "bert"), ("lm_head.bias",
                             "cls.predictions.bias"), ("lm_head", "cls.predictions.transform"),
                             ("layer_norm", "LayerNorm")):
            parameter = parameter.replace(theirs, ours)
        return parameter


def loaded(kind, path):
    model, told = kind.from_pretrained(path, dtype=torch.float64, output_loading_info=True)
    assert not any(told.values()), told
    return model.eval()


def bert_logits(model, b, classes):
    out = padded(model, b, classes)
    return out if classes else out[b["row"].long()]


def padded(model, b, classes=0):
    """What a model of transformers says: of each sequence, or else of each token."""
    longest = max(LENGTHS)
    ids = torch.zeros(len(LENGTHS), longest, dtype=torch.long)
    types, mask = ids.clone(), ids.clone()
    for i, (seq, kinds) in enumerate(sequences(b)):
        ids[i, :len(seq)], types[i, :len(seq)], mask[i, :len(seq)] = seq, kinds, 1
    out = model(input_ids=ids, token_type_ids=types, attention_mask=mask,
                position_ids=torch.arange(longest)[None]).logits
    return out if classes else out[mask.bool()]


def write(case, tensors):
    path = os.path.join(HERE, "model-%s.safetensors" % case)
    save_file({key: value.detach().contiguous() for key, value in tensors.items()}, path)
    print(path, os.path.getsize(path))


def fill(model):
    """Random weights; gains of norms about 1."""
    torch.manual_seed(11)
    for key, value in model.named_parameters():
        gain = any(part in key for part in ("norm1.weight", "norm2.weight", "before1.weight",
                                            "before2.weight")) \
            or value.dim() == 1 and key.lower().endswith("norm.weight")
        value.data = 0.4 * torch.randn(value.shape, dtype=torch.float64) + float(gain)


def with_gradients(tensors, model, rename):
    for key, value in model.named_parameters():
        tensors[rename(key)] = value
        tensors["grad." + rename(key)] = value.grad
    return tensors


def golden(case, model, classes, rename, notes=None):
    b = batch(classes, isinstance(model, Bert))
    fill(model)
    logits = model.logits(b, *([notes.mix] if notes else []))
    if classes == 1:
        loss = ((logits[:, 0] - b["value"]) ** 2).sum()
    else:
        loss = functional.cross_entropy(logits, b["target"].long(), reduction="sum")
    (loss / NORMALISER).backward()
    extra = notes.tensors(b, model.output.detach()) if notes else {}
    write(case, with_gradients({**b, **extra, "logits": logits, "loss": loss.reshape(1)}, model,
                               rename))


def golden_two(case, model, rename, types=False, notes=None):
    b = batch(0, types)
    fill(model)
    draws = model.draws(b)
    logits, scores, proposed, loss = model(b, draws, *([notes.mix] if notes else []))
    (proposed / NORMALISER + CHOICE_WEIGHT * loss / TOKENS).backward()
    extra = notes.tensors(b, model.output.detach()) if notes else {}
    tensors = {**b, **extra, "draw": draws.int(), "logits": logits, "scores": scores,
               "proposed": proposed.reshape(1), "loss": loss.reshape(1)}
    write(case, with_gradients(tensors, model, rename))


def main():
    torch.set_default_dtype(torch.float64)
    if sys.argv[1:2] == ["reverse"]:
        b = batch(0, True)
        with torch.no_grad():
            model = loaded(transformers.BertForMaskedLM, sys.argv[2] + "/mlm/latest")
            write("reverse", {**b, "logits": bert_logits(model, b, 0)})
            model = loaded(transformers.ElectraForPreTraining, sys.argv[2] + "/electra/latest")
            write("reverse-electra", {**b, "scores": padded(model, b)})
        return
    golden("absolute-mlm", Bert(0), 0, str)
    golden("absolute-classes", Bert(3), 3, str)
    golden("relative-mlm", Relative(True, 0), 0, name)
    golden("tupe-a-mlm", Tupe(False, 0), 0, name)
    golden("tupe-r-mlm", Tupe(True, 0), 0, name)
    golden("tupe-r-classes", Tupe(True, 3), 3, name)
    golden("tupe-r-number", Tupe(True, 1), 1, name)
    golden("tupe-r-mlm-notes", Tupe(True, 0), 0, name, Notes())
    golden_two("absolute-electra", Electra(Absolute, False), electra_name, True)
    golden_two("relative-electra", Electra(Relative, True), electra_name)
    golden_two("tupe-a-electra", Electra(Tupe, False), electra_name)
    golden_two("tupe-r-electra", Electra(Tupe, True), electra_name)
    golden_two("absolute-mc", Mc(Absolute, False, False), mc_name, True)
    golden_two("relative-mc", Mc(Relative, True, True), mc_name)
    golden_two("tupe-a-mc", Mc(Tupe, False, True), mc_name)
    golden_two("tupe-r-mc", Mc(Tupe, True, False), mc_name)
    golden_two("tupe-r-mc-notes", Mc(Tupe, True, False), mc_name, notes=Notes())
    golden("pre-absolute-mlm", PreNormBert(), 0, PreNormBert.name)
    Tupe.PRE_NORM = True
    golden_two("pre-relative-electra", Electra(Relative, True), electra_name)
    golden_two("pre-tupe-r-mc-notes", Mc(Tupe, True, False), mc_name, notes=Notes())


main()
