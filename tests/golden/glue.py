#!/usr/bin/env python3
"""glue.py -- writes tests/golden/glue: small tasks in GLUE's layout, and how Hugging Face's BERT
fine-tunes on them.

    python3 tests/golden/glue.py

The texts are made up here, with the oddities of the real files: bare double quotes, a byte order
mark, CR LF, no final newline, a short row.  expected.txt has a line for each task and epoch: the
loss and the scores of BertForSequenceClassification in double precision, from the weights that
tests/helper/tiny-checkpoint.c writes, with whole-batch steps and no dropout, so that nothing is
random; sizes.txt has the numbers that --dry-run prints.  The optimiser is written out (fairseq's
Adam, clipping, warm-up), not taken from PyTorch."""
import math
import os
import random

import numpy as np
import torch
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import f1_score, matthews_corrcoef
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

torch.set_default_dtype(torch.float64)
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "glue")
HIDDEN, FFN, LAYERS, LEN, EPOCHS, LR, WARMUP = 16, 32, 2, 24, 8, 1e-2, 0.25
rng = random.Random(7)
WORDS = ("the a cat dog bird fox sees hears likes runs sleeps sings big small red blue old not and "
         "while is very in house tree . , \" ?").split()
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS + ["##s", "##er", "un", "##happy"]


def sentence(longest=8):
    noun = lambda: " ".join([rng.choice(["the", "a"])]
                            + rng.sample(["big", "small", "red", "blue", "old"], rng.randrange(2))
                            + [rng.choice(["cat", "dog", "bird", "fox", "cats", "unknownword"])])
    s = noun() + " " + rng.choice(["sees", "hears", "likes"]) + " " + noun()
    if rng.random() < 0.3:
        s = noun() + " " + rng.choice(["runs", "sleeps", "sings"])
    if rng.random() < 0.3:
        s += " while " + noun() + " " + (
            rng.choice(["runs", "sleeps", "sings"]) + " in the " + rng.choice(["house", "tree"]))
    if rng.random() < 0.2:
        s = '" ' + s
    return s + " ."


def change(s):
    return s.replace("sees", "hears") if rng.random() < 0.5 else s.replace("cat", "dog")


def pair():
    a = sentence()
    b = rng.choice([a, change(a), sentence(), a.replace(".", "and " + sentence())])
    return a, b, "not" not in a and b.startswith(a[:12])


def write(path, rows, header=None, bom=False, newline="\n", last=True):
    full = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    text = newline.join(([header] if header else []) + rows) + (newline if last else "")
    with open(full, "wb") as f:
        f.write((b"\xef\xbb\xbf" if bom else b"") + text.encode())


def make(task):
    """The rows of train and dev as (a, b, label string), and the files."""
    sets = []
    for count in (40, 23):
        rows = []
        for _ in range(count):
            a, b, same = pair()
            if task == "CoLA":
                words = a.split()
                good = rng.random() < 0.6
                if not good:
                    rng.shuffle(words)
                rows.append((" ".join(words), None, str(int(good))))
            elif task == "SST-2":
                rows.append((a, None, str(int("big" in a or "red" in a))))
            elif task == "STS-B":
                x, y = set(a.split()), set(b.split())
                rows.append((a, b, "%.3f" % (5 * len(x & y) / len(x | y))))
            elif task == "MNLI":
                rows.append((a, b, "entailment" if same else "contradiction" if len(b) % 2
                             else "neutral"))
            elif task in ("QNLI", "RTE"):
                rows.append((a, b, "entailment" if same else "not_entailment"))
            else:
                rows.append((a, b, str(int(same))))
        sets.append(rows)
    for name, rows in zip(("train", "dev"), sets):
        path = task + "/" + name + ".tsv"
        n = range(len(rows))
        if task == "CoLA":
            write(path, ["made\t%s\t\t%s" % (l, a) for a, b, l in rows], last=name == "train")
        elif task == "SST-2":
            write(path, ["%s\t%s" % (a, l) for a, b, l in rows], "sentence\tlabel")
        elif task == "MRPC":
            write(path, ["%s\t1\t2\t%s\t%s" % (l, a, b) for a, b, l in rows],
                  "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", bom=True)
        elif task == "STS-B":
            write(path, ["%d\tmade\tmade\t2026\t0\tnone\tnone\t%s\t%s\t%s" % (i, *rows[i])
                         for i in n],
                  "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\t"
                  "sentence1\tsentence2\tscore")
        elif task == "QQP":
            lines = ["%d\t1\t2\t%s\t%s\t%s" % (i, *rows[i]) for i in n]
            if name == "train":
                lines.insert(5, "17\t1\t2\ta row that is short")
            write(path, lines, "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate")
        elif task == "MNLI":
            many = 5 if name == "dev" else 1
            head = ("index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\t"
                    "sentence2_binary_parse\tsentence1_parse\tsentence2_parse\t"
                    "sentence1\tsentence2\t")
            head += "\t".join("label%d" % (k + 1) for k in range(many)) + "\tgold_label"
            lines = ["%d\t0\t0\tmade\t-\t-\t-\t-\t%s\t%s\t%s" % (i, rows[i][0], rows[i][1],
                "\t".join([rows[i][2]] * (many + 1))) for i in n]
            if name == "train":
                write(path, lines, head)
            else:
                write("MNLI/dev_matched.tsv", lines[:12], head)
                write("MNLI/dev_mismatched.tsv", lines[12:], head)
        else:
            write(path, ["%d\t%s\t%s\t%s" % (i, *rows[i]) for i in n],
                  {"QNLI": "index\tquestion\tsentence\tlabel"}.get(task,
                      "index\tsentence1\tsentence2\tlabel"),
                  newline="\r\n" if task == "RTE" else "\n")
    if task == "MNLI":
        return [sets[0], sets[1][:12], sets[1][12:]]
    return sets


LABELS = {"MNLI": ["contradiction", "entailment", "neutral"],
          "QNLI": ["entailment", "not_entailment"], "RTE": ["entailment", "not_entailment"]}


def weights(model):
    """The formula of tiny-checkpoint.c, in its order of tensors, which is that of state_dict."""
    t = 0
    for name, p in model.named_parameters():
        flat = np.array([math.sin(12.9898 * i + 78.233 * t) * 43758.5453 for i in range(p.numel())])
        value = (1 if "LayerNorm.weight" in name else 0) + flat - np.floor(flat) - 0.5
        p.data.copy_(torch.tensor(value.astype(np.float32).astype(np.float64)).view(p.shape))
        t += 1


def encode(tokenizer, rows, sizes=None):
    """Devlin et al.'s truncation, by their loop; padded, with a mask."""
    ids, types, cut = [], [], 0
    for a, b, _ in rows:
        a = tokenizer.encode(a, add_special_tokens=False)
        b = tokenizer.encode(b, add_special_tokens=False) if b is not None else []
        cut += len(a) + len(b) > LEN - (3 if b else 2)
        while len(a) + len(b) > LEN - (3 if b else 2):
            (a if len(a) > len(b) else b).pop()
        ids.append([2] + a + [3] + (b + [3] if b else []))
        types.append([0] * (len(a) + 2) + [1] * (len(b) + 1 if b else 0))
    longest = max(map(len, ids))
    if sizes is not None:
        sizes.append("%d 0 %d %d %d" % (len(rows), sum(map(len, ids)), longest, cut))
    mask = [[1] * len(x) + [0] * (longest - len(x)) for x in ids]
    pad = lambda x: torch.tensor([y + [0] * (longest - len(y)) for y in x])
    return dict(input_ids=pad(ids), token_type_ids=pad(types), attention_mask=torch.tensor(mask))


def labels(task, rows):
    if task == "STS-B":
        return torch.tensor([float(l) / 5 for _, _, l in rows])
    order = LABELS.get(task, ["0", "1"])
    return torch.tensor([order.index(l) for _, _, l in rows])


def scores(task, logits, truth):
    if task == "STS-B":
        guess = logits.squeeze(-1).numpy()
        return [pearsonr(guess, truth.numpy())[0], spearmanr(guess, truth.numpy())[0]]
    top = logits.topk(2, -1).values
    assert (top[:, 0] - top[:, 1]).min() > 1e-4, "a guess too close to call"
    guess, truth = logits.argmax(-1).numpy(), truth.numpy()
    if task == "CoLA":
        return [matthews_corrcoef(truth, guess)]
    accuracy = float((guess == truth).mean())
    if task in ("MRPC", "QQP"):
        return [accuracy, f1_score(truth, guess, zero_division=0)]
    return [accuracy]


def finetune(task, sets, tokenizer):
    classes = 1 if task == "STS-B" else 3 if task == "MNLI" else 2
    model = BertForSequenceClassification(BertConfig(
        vocab_size=len(VOCAB), hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=2,
        intermediate_size=FFN, max_position_embeddings=LEN, hidden_dropout_prob=0,
        attention_probs_dropout_prob=0, num_labels=classes, attn_implementation="eager"))
    weights(model)
    model.double().train()
    m = {p: torch.zeros_like(p) for p in model.parameters()}
    v = {p: torch.zeros_like(p) for p in model.parameters()}
    inputs, truth = encode(tokenizer, sets[0]), labels(task, sets[0])
    warm = int(WARMUP * EPOCHS)
    for t in range(1, EPOCHS + 1):
        logits = model(**inputs).logits
        loss = (((logits.squeeze(-1) - truth) ** 2).mean() if classes == 1
                else torch.nn.functional.cross_entropy(logits, truth))
        model.zero_grad()
        loss.backward()
        norm = math.sqrt(sum(float((p.grad ** 2).sum()) for p in model.parameters()))
        factor = min(1, 1 / (norm + 1e-6))
        lr = LR * t / warm if t <= warm else LR * (EPOCHS - t) / (EPOCHS - warm)
        with torch.no_grad():
            for p in model.parameters():
                g = p.grad * factor
                m[p] = 0.9 * m[p] + 0.1 * g
                v[p] = 0.999 * v[p] + 0.001 * g * g
                p -= lr * 0.01 * p + lr * math.sqrt(1 - 0.999 ** t) / (1
                    - 0.9 ** t) * m[p] / (v[p].sqrt() + 1e-6)
            found = []
            for rows in sets[1:]:
                found += scores(task, model(**encode(tokenizer, rows)).logits, labels(task, rows))
        yield " ".join(["%s %d %.9f" % (task, t, float(loss.detach()))]
                       + ["%.9f" % s for s in found])


os.makedirs(HERE, exist_ok=True)
with open(os.path.join(HERE, "vocab.txt"), "w") as f:
    f.write("".join(w + "\n" for w in VOCAB))
tokenizer = BertTokenizerFast(vocab={w: i for i, w in enumerate(VOCAB)}, do_lower_case=True)
with open(os.path.join(HERE, "expected.txt"), "w") as f, open(os.path.join(HERE, "sizes.txt"),
                                                              "w") as g:
    for task in "CoLA SST-2 MRPC STS-B QQP MNLI QNLI RTE WNLI".split():
        sets, sizes = make(task), []
        for rows, name in zip(sets, ["train", "dev_matched", "dev_mismatched"] if task == "MNLI"
                              else ["train", "dev"]):
            encode(tokenizer, rows, sizes)
            g.write("%s/%s.tsv %s\n" % (task, name, sizes[-1]))
        for line in finetune(task, sets, tokenizer):
            print(line)
            f.write(line + "\n")
write("AX/diagnostic.tsv", ["%d\t%s\t%s" % (i, *pair()[:2]) for i in range(9)],
      "index\tsentence1\tsentence2")
