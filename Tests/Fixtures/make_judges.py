"""Writes judges.h5: what PyTorch computes, for the tests of the public judges.

    pip install torch h5py
    python make_judges.py

Exact parts are computed in Float64 from values that Float32 holds exactly. Scores are means over repeated
fits of small data sets, with the standard deviation of a fit; they are redrawn by each version of PyTorch.
Shapes: B series, T steps, C channels, H units, W width and E outputs of an encoder.

/gru       TensorFlow's first GRUCell: r, u = sigmoid([x, h] gate_kernel + gate_bias), reset before the product,
           h' = u h + (1 - u) c. Beyond a series' length the state is carried over.
    x [B,T,C], lengths [B], gate_kernel [C+H,2H], gate_bias [2H], candidate_kernel [C+H,H], candidate_bias [H],
    head_kernel [H], head_bias [1], labels [B], targets [B,T], states [B,T,H]
    entropy    mean binary cross-entropy of the logit of the last state; entropy_gradients/ by name
    absolute   mean |sigmoid(head(states)) - targets| within the lengths; absolute_gradients/
/encoder   TS2Vec's encoder of depth 3 (blocks of dilations 1, 2, 4 and a last one of 8) on two crops of each series
    attributes first [2] and second [2]: the crops, as steps of x; overlap [2]
    x [B,T,C], seen [2,B,T] the steps that each view is shown,
    weights/ input_weight [W,C], input_bias, and for block i and convolution k
        i.k_weight [out,in,3], i.k_bias, and 3.shortcut_weight [E,W], 3.shortcut_bias
    views [2,B,overlap,E], loss, gradients/ as weights/, embedding [B,E]: the largest over all steps, all seen
/contrast  the hierarchical contrastive loss
    one/ and several/: z [2,B,T,E], loss, gradient [2,B,T,E]
/frechet   a [40,E], b [60,E], few [10,E]; a_b, a_few: the distances, by eigenvectors of the covariances
/scores    real and synthetic [N,T,C], in [0, 1]; attributes name_mean, name_sd of a single fit, and
           iterations, of discriminative, predictive, predictive_real, context_fid
"""

import math
import pathlib
import sys

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.default_rng(5)


def values(*shape, low=-1.0, high=1.0):
    drawn = random.uniform(low, high, shape).astype(np.float32)
    return torch.from_numpy(drawn.astype(np.float64))


def put(group, name, tensor):
    array = tensor.detach().numpy() if isinstance(tensor, torch.Tensor) else np.asarray(tensor)
    kind = np.int64 if array.dtype.kind == "i" else np.float32
    group.create_dataset(name, data=array.astype(kind))


def put_gradients(group, loss, tensors):
    for (name, _), gradient in zip(tensors.items(), torch.autograd.grad(loss, list(tensors.values()))):
        put(group, name, gradient)


# --- The recurrent judge


def gru(weights, x, lengths):
    hidden = weights["candidate_bias"].shape[0]
    h = x.new_zeros(len(x), hidden)
    states = []
    for t in range(x.shape[1]):
        both = torch.cat([x[:, t], h], 1)
        r, u = torch.sigmoid(both @ weights["gate_kernel"] + weights["gate_bias"]).chunk(2, 1)
        c = torch.tanh(torch.cat([x[:, t], r * h], 1) @ weights["candidate_kernel"] + weights["candidate_bias"])
        on = (t < lengths)[:, None]
        h = torch.where(on, u * h + (1 - u) * c, h)
        states.append(h)
    return torch.stack(states, 1)


def head(weights, states):
    return states @ weights["head_kernel"] + weights["head_bias"]


def write_gru(file):
    group = file.create_group("gru")
    batch, steps, channels, hidden = 5, 6, 3, 4
    lengths = torch.tensor([6, 3, 1, 6, 5])
    weights = {
        "gate_kernel": values(channels + hidden, 2 * hidden),
        "gate_bias": values(2 * hidden),
        "candidate_kernel": values(channels + hidden, hidden),
        "candidate_bias": values(hidden),
        "head_kernel": values(hidden),
        "head_bias": values(1),
    }
    x = values(batch, steps, channels)
    labels = torch.tensor([1.0, 0.0, 1.0, 0.0, 0.0])
    targets = values(batch, steps, low=0)
    tensors = {"x": x, **weights}
    for tensor in tensors.values():
        tensor.requires_grad_()
    states = gru(weights, x, lengths)
    entropy = F.binary_cross_entropy_with_logits(head(weights, states)[:, -1], labels)
    inside = (torch.arange(steps)[None] < lengths[:, None]).double()
    error = (torch.sigmoid(head(weights, states)) - targets).abs()
    absolute = (error * inside).sum() / inside.sum()
    for name, tensor in {**tensors, "states": states, "labels": labels, "targets": targets}.items():
        put(group, name, tensor)
    put(group, "lengths", lengths)
    group.attrs["entropy"] = entropy.item()
    group.attrs["absolute"] = absolute.item()
    states = gru(weights, x, lengths)
    put_gradients(
        group.create_group("entropy_gradients"),
        F.binary_cross_entropy_with_logits(head(weights, states)[:, -1], labels), tensors)
    states = gru(weights, x, lengths)
    error = (torch.sigmoid(head(weights, states)) - targets).abs()
    put_gradients(group.create_group("absolute_gradients"), (error * inside).sum() / inside.sum(), tensors)


# --- The encoder


class Encoder(nn.Module):
    def __init__(self, channels, width, outputs, depth):
        super().__init__()
        self.input = nn.Linear(channels, width)
        self.first, self.second = nn.ModuleList(), nn.ModuleList()
        for i in range(depth + 1):
            out = outputs if i == depth else width
            self.first.append(nn.Conv1d(width, out, 3, padding=2**i, dilation=2**i))
            self.second.append(nn.Conv1d(out, out, 3, padding=2**i, dilation=2**i))
        self.shortcut = nn.Conv1d(width, outputs, 1)

    def forward(self, x, seen, dropout=0.0):
        value = (self.input(x) * seen[..., None]).transpose(1, 2)
        for i, (first, second) in enumerate(zip(self.first, self.second)):
            residual = self.shortcut(value) if i == len(self.first) - 1 else value
            value = second(F.gelu(first(F.gelu(value)))) + residual
        return F.dropout(value.transpose(1, 2), dropout)

    def named(self):
        result = {"input_weight": self.input.weight, "input_bias": self.input.bias}
        for i, pair in enumerate(zip(self.first, self.second)):
            for k, layer in enumerate(pair):
                result[f"{i}.{k}_weight"], result[f"{i}.{k}_bias"] = layer.weight, layer.bias
        last = len(self.first) - 1
        result[f"{last}.shortcut_weight"] = self.shortcut.weight
        result[f"{last}.shortcut_bias"] = self.shortcut.bias
        return result


def others(similarity):
    """Each row of [.., n, n] without its own column, as log probabilities."""
    n = similarity.shape[-1]
    keep = ~torch.eye(n, dtype=torch.bool)
    return F.log_softmax(similarity[..., keep].reshape(*similarity.shape[:-1], n - 1), -1)


def positive(n):
    """The place of each row's partner, half of the rows away, among the others."""
    return torch.tensor([(i + n // 2) % n - (1 if (i + n // 2) % n > i else 0) for i in range(n)])


def contrast(first, second):
    total, levels = 0.0, 0
    while True:
        batch, steps = first.shape[:2]
        if batch > 1:
            z = torch.cat([first, second]).transpose(0, 1)
            scores = others(z @ z.transpose(1, 2))
            total = total - 0.5 * scores[:, torch.arange(2 * batch), positive(2 * batch)].mean()
        if steps > 1:
            z = torch.cat([first, second], 1)
            scores = others(z @ z.transpose(1, 2))
            total = total - 0.5 * scores[:, torch.arange(2 * steps), positive(2 * steps)].mean()
        levels += 1
        if steps == 1:
            return total / levels
        first = F.max_pool1d(first.transpose(1, 2), 2).transpose(1, 2)
        second = F.max_pool1d(second.transpose(1, 2), 2).transpose(1, 2)


def write_encoder(file):
    group = file.create_group("encoder")
    batch, steps, channels, width, outputs, depth = 3, 11, 2, 5, 6, 3
    model = Encoder(channels, width, outputs, depth)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(values(*p.shape) * 0.5)
    first, second = (1, 8), (3, 11)
    x = values(batch, steps, channels)
    seen = torch.from_numpy(random.integers(0, 2, (2, batch, steps)).astype(float))
    overlap = (second[0], first[1])
    a = model(x[:, first[0] : first[1]], seen[0, :, first[0] : first[1]])
    b = model(x[:, second[0] : second[1]], seen[1, :, second[0] : second[1]])
    count = overlap[1] - overlap[0]
    a, b = a[:, -count:], b[:, :count]
    loss = contrast(a, b)
    group.attrs["first"], group.attrs["second"], group.attrs["overlap"] = first, second, overlap
    group.attrs["loss"] = loss.item()
    put(group, "x", x)
    put(group, "seen", seen)
    put(group, "views", torch.stack([a, b]))
    put(group, "embedding", model(x, torch.ones(batch, steps)).amax(1))
    weights = group.create_group("weights")
    for name, tensor in model.named().items():
        put(weights, name, tensor)
    put_gradients(group.create_group("gradients"), loss, model.named())


def write_contrast(file):
    for name, batch, steps in [("one", 1, 5), ("several", 5, 13)]:
        group = file.create_group(f"contrast/{name}")
        z = values(2, batch, steps, 4).requires_grad_()
        loss = contrast(z[0], z[1])
        put(group, "z", z)
        group.attrs["loss"] = loss.item()
        put(group, "gradient", torch.autograd.grad(loss, z)[0])


# --- The distance


def root(matrix):
    numbers, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.clip(numbers, 0, None)) @ vectors.T


def frechet(a, b):
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    half = root(first)
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(half @ second @ half), 0, None)).sum()
    shift = a.mean(0) - b.mean(0)
    return shift @ shift + np.trace(first) + np.trace(second) - 2 * cross


def write_frechet(file):
    group = file.create_group("frechet")
    mix = values(24, 24).numpy()
    a = (values(40, 24).numpy() @ mix).astype(np.float32)
    b = (values(60, 24).numpy() @ mix + 0.3).astype(np.float32)
    few = a[:10] * np.float32(0.5)
    for name, x in {"a": a, "b": b, "few": few}.items():
        put(group, name, x)
    wide = [x.astype(np.float64) for x in (a, b, few)]
    group.attrs["a_b"], group.attrs["a_few"] = frechet(wide[0], wide[1]), frechet(wide[0], wide[2])


# --- Scores


def judge(channels, hidden):
    def glorot(inputs, outputs):
        bound = math.sqrt(6 / (inputs + outputs))
        return torch.from_numpy(random.uniform(-bound, bound, (inputs, outputs)))

    both = channels + hidden
    weights = {
        "gate_kernel": glorot(both, 2 * hidden), "gate_bias": torch.ones(2 * hidden),
        "candidate_kernel": glorot(both, hidden), "candidate_bias": torch.zeros(hidden),
        "head_kernel": glorot(hidden, 1)[:, 0], "head_bias": torch.zeros(1),
    }
    for tensor in weights.values():
        tensor.requires_grad_()
    return weights


def discriminative(real, synthetic, iterations):
    weights = judge(real.shape[2], max(1, real.shape[2] // 2))
    adam = torch.optim.Adam(weights.values(), 1e-3)

    def logits(x):
        return head(weights, gru(weights, x, torch.full((len(x),), x.shape[1])))[:, -1]

    def divided(x):
        order = random.permutation(len(x))
        cut = int(len(x) * 0.8)
        return x[order[:cut]], x[order[cut:]]

    (train, test), (fake, fake_test) = divided(real), divided(synthetic)
    for _ in range(iterations):
        a, b = (logits(x[random.permutation(len(x))[:128]]) for x in (train, fake))
        loss = F.softplus(-a).mean() + F.softplus(b).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        right = (logits(test) > 0).sum() + (logits(fake_test) <= 0).sum()
    return abs(right.item() / (len(test) + len(fake_test)) - 0.5)


def predictive(train, test, iterations):
    channels = train.shape[2]
    weights = judge(channels - 1, max(1, channels // 2))
    adam = torch.optim.Adam(weights.values(), 1e-3)

    def error(x):
        states = gru(weights, x[:, :-1, :-1], torch.full((len(x),), x.shape[1]))
        return (torch.sigmoid(head(weights, states)) - x[:, 1:, -1]).abs().mean()

    for _ in range(iterations):
        loss = error(train[random.permutation(len(train))[:128]])
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        return error(test).item()


def context_fid(real, synthetic, iterations, width=8, outputs=16, depth=3):
    length = real.shape[1]
    model = Encoder(real.shape[2], width, outputs, depth)
    adam = torch.optim.AdamW(model.parameters(), 1e-3)
    mean = [p.detach().clone() for p in model.parameters()]
    order = []
    for step in range(1, iterations + 1):
        if len(order) < 8:
            order = list(random.permutation(len(real)))
        batch, order = order[:8], order[8:]
        count = random.integers(2, length + 1)
        left = random.integers(length - count + 1)
        right = left + count
        start, end = random.integers(left + 1), random.integers(right, length + 1)
        offsets = random.integers(-start, length - end + 1, 8)
        crops = []
        for low, high in [(start, right), (left, end)]:
            x = torch.stack([real[i, o + low : o + high] for i, o in zip(batch, offsets)])
            seen = torch.from_numpy(random.integers(0, 2, x.shape[:2]).astype(float))
            crops.append(model(x, seen, dropout=0.1))
        loss = contrast(crops[0][:, -count:], crops[1][:, :count])
        adam.zero_grad()
        loss.backward()
        adam.step()
        for m, p in zip(mean, model.parameters()):
            m += (p.detach() - m) / (step + 1)
    with torch.no_grad():
        for m, p in zip(mean, model.parameters()):
            p.copy_(m)
        embedded = [model(x, torch.ones(x.shape[:2])).amax(1).numpy() for x in (real, synthetic)]
    return frechet(*embedded)


def paths(count, steps, memory):
    """Three channels around a level of their own that follow each other, in [0, 1]."""
    x = np.zeros((count, steps, 3))
    level = random.normal(0, 1, (count, 1))
    state = random.normal(0, 1, (count, 3))
    for t in range(steps):
        state = memory * state + math.sqrt(1 - memory**2) * random.normal(0, 1, (count, 3))
        state[:, 2] = 0.7 * state[:, 1] + 0.3 * state[:, 2]
        x[:, t] = level + state
    return np.clip(0.5 + x / 10, 0, 1).astype(np.float32)


def write_scores(file):
    group = file.create_group("scores")
    real, synthetic = paths(240, 10, 0.9), paths(240, 10, 0.3) + np.float32(0.03)
    put(group, "real", real)
    put(group, "synthetic", synthetic)
    a, b = (torch.from_numpy(x.astype(np.float64)) for x in (real, synthetic))
    runs = {
        "discriminative": (100, lambda n: discriminative(a, b, n)),
        "predictive": (60, lambda n: predictive(b, a, n)),
        "predictive_real": (60, lambda n: predictive(a, a, n)),
        "context_fid": (30, lambda n: context_fid(a, b, n)),
    }
    for name, (iterations, run) in runs.items():
        found = [run(iterations) for _ in range(20)]
        group.attrs[f"{name}_iterations"] = iterations
        group.attrs[f"{name}_mean"], group.attrs[f"{name}_sd"] = np.mean(found), np.std(found, ddof=1)
        print(name, np.mean(found), np.std(found, ddof=1))


def compare(real, synthetic, repeats):
    """Full-size scores of two [N,T,C] arrays, for a comparison by hand; the first 3 of the public protocol."""
    torch.set_default_dtype(torch.float32)
    a, b = (torch.from_numpy(x.astype(np.float32)) for x in (real, synthetic))
    iterations = 200 if a.numel() <= 100_000 else 600
    for name, run in {
        "discriminative": lambda: discriminative(a, b, 2000),
        "predictive": lambda: predictive(b, a, 5000),
        "context_fid": lambda: context_fid(a, b, iterations, 64, 320, 10),
    }.items():
        print(name, [run() for _ in range(repeats)], flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with h5py.File(sys.argv[1]) as file:
            compare(file["real"][()], file["synthetic"][()], int(sys.argv[2]))
    else:
        with h5py.File(pathlib.Path(__file__).with_name("judges.h5"), "w") as file:
            for write in [write_gru, write_encoder, write_contrast, write_frechet, write_scores]:
                write(file)
