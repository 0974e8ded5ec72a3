"""Writes networks.h5: what PyTorch computes, for the tests of kernels and networks.

    pip install torch h5py
    python make_networks.py

Everything is computed in Float64 from values that Float32 holds exactly, and stored as Float32, so
that the stored results carry no rounding of PyTorch's own. All numbers come from NumPy's generator:
another version of PyTorch gives the same file but for the last digits. Shapes: B batch, T time steps,
C channels, H hidden, K components, row-major. Weights are in PyTorch's order: gates r, z, n of a GRU and
i, f, g, o of an LSTM along the first axis. What is added is drawn last, so that older values stay as they are.

/gru            two layers; loss = sum(output * slopes)
    x [B,T,C], h0 [2,B,H], weight_ih_l0 [3H,C], weight_ih_l1 [3H,H], weight_hh_l0 and _l1 [3H,H],
    bias_ih_l0, bias_hh_l0, bias_ih_l1, bias_hh_l1 [3H], slopes [B,T,H], output [B,T,H];
    gradients/ holds d loss / d of x, h0 and each weight under the same names
/dense          y = x weight^T + bias; loss = sum(output * slopes)
    x [B,T,C], weight [R,C], bias [R], slopes [B,T,R], output [B,T,R];
    gradients/ x, weight, bias
/mixture        loss = sum(weight * nll), see mixture_nll in CKernels.h
    attributes anchored, unit, floor; logits, means, log_scales [B,T,K], target [B,T], centre [B,T],
    weight [B,T], nll [B,T] (not weighted); gradients/ logits, means, log_scales
/timegan        ten joint iterations of TimeGAN: twice {generator step, embedder step}, then one discriminator
                step. Adam (rate 0.001, betas 0.9 and 0.999, epsilon 1e-8) in three optimisers, (generator,
                supervisor), (embedder, recovery), (discriminator), each with its gradients clipped to a
                global norm of 1: g *= min(1, 1 / norm).
    x [10,B,T,C] the batch of each iteration; noise [10,3,B,T,C] of the two generator steps and of the
    discriminator step; losses [10,5] in the order of the steps; norms [10,5] before clipping
    before/NET/... and after/NET/..., NET one of embedder, recovery, generator, supervisor, discriminator:
        weight_ih_lL [3H,in], weight_hh_lL [3H,H], bias_ih_lL [3H], bias_hh_lL [3H] for each layer L (2 in
        the supervisor, 3 elsewhere), head_weight [out,H], head_bias [out]; every net but the
        discriminator ends in a sigmoid
    Losses, with H = E(x), X~ = R(H), E^ = G(z), H^ = S(E^), X^ = R(H^) and means over all of B, T and the
    last axis; LS = mse(S(H)[:, :-1], H[:, 1:]) and LR = mse(X~, x):
        generator      bce(D(H^), 1) + bce(D(E^), 1) + 100 sqrt(LS) + 100 V, trains G and S
        embedder       10 sqrt(LR) + 0.1 LS, trains E and R; H counts as a variable on both sides of LS
        discriminator  bce(D(H), 1) + bce(D(H^), 0) + bce(D(E^), 0), trains D
    V = mean |sqrt(var X^ + 1e-6) - sqrt(var x + 1e-6)| + mean |mean X^ - mean x|, moments over B (var divides
    by B).
/lstm           as /gru, with 4 gates and c0 [2,B,H]
/both_gru, /both_lstm
                two layers in both directions over sequences of unequal length, packed; loss = sum(output * slopes)
    lengths [B]; x, slopes and output as above, output and slopes [B,T,2H] and 0 beyond the length; h0 [2,B,H]
    of the two forward layers (the others, and all cells, start at 0); weights as above, those of the backward
    layers with the suffix _reverse; gradients/ as in /gru
"""

import math
import pathlib

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
random = np.random.default_rng(20)


def values(*shape, low=-1.0, high=1.0):
    """Uniform numbers that Float32 holds exactly."""
    drawn = random.uniform(low, high, shape).astype(np.float32)
    return torch.from_numpy(drawn.astype(np.float64))


def draw_parameters(module, hidden):
    bound = 1 / math.sqrt(hidden)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(values(*p.shape, low=-bound, high=bound))


def put(group, name, tensor):
    group.create_dataset(name, data=tensor.detach().numpy().astype(np.float32))


def put_gradients(group, loss, tensors):
    gradients = torch.autograd.grad(loss, list(tensors.values()))
    target = group.create_group("gradients")
    for name, gradient in zip(tensors, gradients):
        put(target, name, gradient)


def write_gru(group, batch=5, steps=6, channels=3, hidden=7):
    gru = nn.GRU(channels, hidden, 2, batch_first=True)
    draw_parameters(gru, hidden)
    x = values(batch, steps, channels).requires_grad_()
    h0 = values(2, batch, hidden).requires_grad_()
    slopes = values(batch, steps, hidden)
    output = gru(x, h0)[0]
    tensors = {"x": x, "h0": h0, **dict(gru.named_parameters())}
    for name, tensor in {**tensors, "slopes": slopes, "output": output}.items():
        put(group, name, tensor)
    put_gradients(group, (output * slopes).sum(), tensors)


def write_dense(group, batch=5, steps=4, channels=7, rows=5):
    tensors = {
        "x": values(batch, steps, channels).requires_grad_(),
        "weight": values(rows, channels).requires_grad_(),
        "bias": values(rows).requires_grad_(),
    }
    slopes = values(batch, steps, rows)
    output = F.linear(tensors["x"], tensors["weight"], tensors["bias"])
    for name, tensor in {**tensors, "slopes": slopes, "output": output}.items():
        put(group, name, tensor)
    put_gradients(group, (output * slopes).sum(), tensors)


def write_mixture(group, batch=6, steps=3, components=4, anchored=2, unit=0.375, floor=0.015625):
    shape = (batch, steps, components)
    head = {
        "logits": values(*shape, low=-3, high=3),
        "means": values(*shape),
        "log_scales": values(*shape, low=-2, high=1),
    }
    head["log_scales"][0, 0, 0] = -9.0  # beyond either limit, where the gradient is 0
    head["log_scales"][1, 0, 3] = 4.5
    for tensor in head.values():
        tensor.requires_grad_()
    target, centre = values(batch, steps), values(batch, steps)
    weight = values(batch, steps, low=0, high=2)
    weight[2, 1] = 0

    is_anchored = torch.arange(components) < anchored
    size = torch.where(is_anchored, unit, 1.0)
    mean = torch.where(is_anchored, centre[..., None], 0.0) + size * head["means"]
    scale = size * (head["log_scales"].clamp(-8, 4).exp() + floor)
    density = torch.distributions.Normal(mean, scale).log_prob(target[..., None])
    log_weights = F.log_softmax(head["logits"], -1)
    nll = -torch.logsumexp(log_weights + density, -1)

    group.attrs["anchored"] = np.int32(anchored)
    group.attrs["unit"] = np.float32(unit)
    group.attrs["floor"] = np.float32(floor)
    others = {"target": target, "centre": centre, "weight": weight, "nll": nll}
    for name, tensor in {**head, **others}.items():
        put(group, name, tensor)
    put_gradients(group, (weight * nll).sum(), head)


def write_lstm(group, batch=5, steps=6, channels=3, hidden=7):
    lstm = nn.LSTM(channels, hidden, 2, batch_first=True)
    draw_parameters(lstm, hidden)
    x = values(batch, steps, channels).requires_grad_()
    h0 = values(2, batch, hidden).requires_grad_()
    c0 = values(2, batch, hidden).requires_grad_()
    slopes = values(batch, steps, hidden)
    output = lstm(x, (h0, c0))[0]
    tensors = {"x": x, "h0": h0, "c0": c0, **dict(lstm.named_parameters())}
    for name, tensor in {**tensors, "slopes": slopes, "output": output}.items():
        put(group, name, tensor)
    put_gradients(group, (output * slopes).sum(), tensors)


def write_both(group, kind, lengths=(6, 1, 4, 6, 3), channels=3, hidden=7):
    batch, steps = len(lengths), max(lengths)
    module = kind(channels, hidden, 2, batch_first=True, bidirectional=True)
    draw_parameters(module, hidden)
    x = values(batch, steps, channels).requires_grad_()
    h0 = values(2, batch, hidden).requires_grad_()
    slopes = values(batch, steps, 2 * hidden)
    for b, length in enumerate(lengths):
        slopes[b, length:] = 0

    nothing = torch.zeros(batch, hidden)
    initial = torch.stack([h0[0], nothing, h0[1], nothing])
    if kind is nn.LSTM:
        initial = (initial, torch.zeros(4, batch, hidden))
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    output = nn.utils.rnn.pad_packed_sequence(module(packed, initial)[0], batch_first=True)[0]

    group.create_dataset("lengths", data=np.array(lengths, np.int32))
    tensors = {"x": x, "h0": h0, **dict(module.named_parameters())}
    for name, tensor in {**tensors, "slopes": slopes, "output": output}.items():
        put(group, name, tensor)
    put_gradients(group, (output * slopes).sum(), tensors)


class Network(nn.Module):
    """Stacked GRU layers and a dense head at every step."""

    def __init__(self, inputs, hidden, outputs, layers, ends_in_sigmoid=True):
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, outputs)
        self.ends_in_sigmoid = ends_in_sigmoid
        draw_parameters(self, hidden)

    def forward(self, x):
        y = self.head(self.gru(x)[0])
        return torch.sigmoid(y) if self.ends_in_sigmoid else y

    def stored(self):
        for name, p in self.named_parameters():
            yield name.removeprefix("gru.").replace("head.", "head_"), p


def judged(logits, real):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def moments_loss(generated, x):
    def spread(values):
        return torch.sqrt(values.var(0, unbiased=False) + 1e-6)

    spread_loss = (spread(generated) - spread(x)).abs().mean()
    return spread_loss + (generated.mean(0) - x.mean(0)).abs().mean()


class Trainer:
    """Parameters of some networks, trained together."""

    def __init__(self, *networks):
        self.parameters = [p for network in networks for p in network.parameters()]
        self.adam = torch.optim.Adam(self.parameters, lr=1e-3)

    def step(self, loss):
        """The norm of the gradients before they were clipped."""
        gradients = torch.autograd.grad(loss, self.parameters)
        norm = torch.sqrt(sum((g * g).sum() for g in gradients))
        for p, g in zip(self.parameters, gradients):
            p.grad = g * min(1.0, 1.0 / norm.item())
        self.adam.step()
        return norm.item()


def write_timegan(group, iterations=10, batch=20, steps=6, channels=3, hidden=8):
    nets = {
        "embedder": Network(channels, hidden, hidden, 3),
        "recovery": Network(hidden, hidden, channels, 3),
        "generator": Network(channels, hidden, hidden, 3),
        "supervisor": Network(hidden, hidden, hidden, 2),
        "discriminator": Network(hidden, hidden, 1, 3, ends_in_sigmoid=False),
    }
    embed, recover, generate, supervise, judge = nets.values()
    generator = Trainer(generate, supervise)
    embedder = Trainer(embed, recover)
    discriminator = Trainer(judge)

    def one_ahead(h):
        return F.mse_loss(supervise(h)[:, :-1], h[:, 1:])

    def generator_loss(x, z):
        first = generate(z)
        refined = supervise(first)
        adversarial = judged(judge(refined), True) + judged(judge(first), True)
        supervised = 100 * torch.sqrt(one_ahead(embed(x).detach()))
        return adversarial + supervised + 100 * moments_loss(recover(refined), x)

    def embedder_loss(x):
        h = embed(x)
        return 10 * torch.sqrt(F.mse_loss(recover(h), x)) + 0.1 * one_ahead(h)

    def discriminator_loss(x, z):
        first = generate(z)
        fakes = judged(judge(supervise(first)), False) + judged(judge(first), False)
        return judged(judge(embed(x)), True) + fakes

    def put_networks(name):
        for network, module in nets.items():
            target = group.create_group(f"{name}/{network}")
            for key, p in module.stored():
                put(target, key, p)

    put_networks("before")
    x = values(iterations, batch, steps, channels, low=0)
    noise = values(iterations, 3, batch, steps, channels, low=0)
    losses, norms = [], []

    def train(trainer, loss):
        losses.append(loss.item())
        norms.append(trainer.step(loss))

    for i in range(iterations):
        for z in noise[i, :2]:
            train(generator, generator_loss(x[i], z))
            train(embedder, embedder_loss(x[i]))
        train(discriminator, discriminator_loss(x[i], noise[i, 2]))
    put_networks("after")
    put(group, "x", x)
    put(group, "noise", noise)
    put(group, "losses", torch.tensor(losses).reshape(iterations, 5))
    put(group, "norms", torch.tensor(norms).reshape(iterations, 5))


def main():
    path = pathlib.Path(__file__).with_name("networks.h5")
    with h5py.File(path, "w") as file:
        write_gru(file.create_group("gru"))
        write_dense(file.create_group("dense"))
        write_mixture(file.create_group("mixture"))
        write_timegan(file.create_group("timegan"))
        write_lstm(file.create_group("lstm"))
        write_both(file.create_group("both_gru"), nn.GRU)
        write_both(file.create_group("both_lstm"), nn.LSTM)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
