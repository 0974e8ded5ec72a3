"""The same training steps in PyTorch, as well as they can be written there, on one thread.

Reads one JSON object a line from standard input and answers with one:
  {"case": "gru a", "count": 5}      -> {"seconds": processor seconds per step}
  {"case": "sgemm"}                  -> {"gflops": rate of a large matrix product}
  {"check": "gru a", "file": PATH}   -> {"done": true}: weights, inputs and targets are read from PATH as
                                        float32, one array after the other, and the gradients left in PATH.out
"""
import json
import math
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)

# inputs, hidden, layers, time steps, batch
SIZES = {"a": (6, 24, 3, 24, 128), "b": (16, 64, 3, 128, 64), "c": (8, 128, 2, 1250, 32), "d": (16, 256, 2, 256, 64)}
CELLS = {"gru": nn.GRU, "lstm": nn.LSTM}


def plain(cell, size):
    inputs, hidden, layers, steps, batch = SIZES[size]
    net = CELLS[cell](inputs, hidden, layers, batch_first=True)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    x, y = torch.randn(batch, steps, inputs), torch.randn(batch, steps, hidden)

    def step():
        adam.zero_grad(set_to_none=True)
        loss = 0.5 * F.mse_loss(net(x)[0], y)
        loss.backward()
        adam.step()

    return step


class Recurrent(nn.Module):
    """Stacked GRU layers and a dense head at every step."""

    def __init__(self, inputs, hidden, outputs, layers, sigmoid):
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, outputs)
        self.sigmoid = sigmoid

    def forward(self, x):
        y = self.head(self.gru(x)[0])
        return torch.sigmoid(y) if self.sigmoid else y


def entropy(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def moments(fake, real):
    spread = lambda a: torch.sqrt(a.var(0, unbiased=False) + 1e-6)
    return (spread(fake) - spread(real)).abs().mean() + (fake.mean(0) - real.mean(0)).abs().mean()


class TimeGAN:
    """Yoon et al., 2019: gradients are asked for the networks that learn, and for no other."""

    def __init__(self, inputs, hidden, layers):
        net = lambda i, o, l=layers, sigmoid=True: Recurrent(i, hidden, o, l, sigmoid)
        self.embedder, self.recovery = net(inputs, hidden), net(hidden, inputs)
        self.generator, self.supervisor = net(inputs, hidden), net(hidden, hidden, layers - 1)
        self.discriminator = net(hidden, 1, sigmoid=False)
        self.all = [self.embedder, self.recovery, self.generator, self.supervisor, self.discriminator]
        roles = {
            "embedding": [self.embedder, self.recovery],
            "supervised": [self.supervisor],
            "generator": [self.generator, self.supervisor],
            "embedder": [self.embedder, self.recovery],
            "discriminator": [self.discriminator],
        }
        self.roles = {k: (v, torch.optim.Adam([p for n in v for p in n.parameters()], lr=1e-3)) for k, v in roles.items()}

    def learn(self, role, loss):
        members, adam = self.roles[role]
        for net in self.all:
            net.requires_grad_(net in members)
        value = loss()
        adam.zero_grad(set_to_none=True)
        value.backward()
        adam.step()

    def ahead(self, h):
        return F.mse_loss(self.supervisor(h)[:, :-1], h[:, 1:])

    def embedding_step(self, x):
        self.learn("embedding", lambda: 10 * torch.sqrt(F.mse_loss(self.recovery(self.embedder(x)), x)))

    def supervised_step(self, x):
        with torch.no_grad():
            h = self.embedder(x)
        self.learn("supervised", lambda: self.ahead(h))

    def generator_step(self, x, z):
        with torch.no_grad():
            h = self.embedder(x)

        def loss():
            raw = self.generator(z)
            fake = self.supervisor(raw)
            adversarial = entropy(self.discriminator(fake), 1.0) + entropy(self.discriminator(raw), 1.0)
            return adversarial + 100 * torch.sqrt(self.ahead(h)) + 100 * moments(self.recovery(fake), x)

        self.learn("generator", loss)

    def embedder_step(self, x):
        def loss():
            h = self.embedder(x)
            return 10 * torch.sqrt(F.mse_loss(self.recovery(h), x)) + 0.1 * self.ahead(h)

        self.learn("embedder", loss)

    def discriminator_step(self, x, z):
        with torch.no_grad():
            h, raw = self.embedder(x), self.generator(z)
            fake = self.supervisor(raw)
        d = self.discriminator
        self.learn("discriminator", lambda: entropy(d(h), 1.0) + entropy(d(fake), 0.0) + entropy(d(raw), 0.0))

    def joint_step(self, draw, noise):
        for _ in range(2):
            x = draw()
            self.generator_step(x, noise())
            self.embedder_step(x)
        self.discriminator_step(draw(), noise())


def joint(size):
    inputs, hidden, layers, steps, batch = SIZES[size]
    gan = TimeGAN(inputs, hidden, layers)
    x = torch.rand(batch, steps, inputs)
    return lambda: gan.joint_step(lambda: x, lambda: torch.rand(batch, steps, inputs))


def whole(windows):
    """Iterations of all three phases on windows of 24 rows and 6 channels, drawn anew every time."""
    inputs, hidden, layers, steps, batch = SIZES["a"]
    gan = TimeGAN(inputs, hidden, layers)
    data = torch.rand(windows, steps, inputs)
    draw = lambda: data[torch.randperm(windows)[:batch]]
    noise = lambda: torch.rand(batch, steps, inputs)

    def step():
        gan.embedding_step(draw())
        gan.supervised_step(draw())
        gan.joint_step(draw, noise)

    return step


class Head(nn.Module):
    """Mixtures of Gaussians channel by channel: a dense layer on the context, a masked one on the channels
    before, and two block-diagonal ones."""

    def __init__(self, context, channels, hidden=32, components=8, described=3):
        super().__init__()
        self.channels, self.hidden, self.components = channels, hidden, components
        self.context = nn.Linear(context, channels * hidden)
        if channels > 1:
            mask = torch.zeros(channels * hidden, channels * described)
            for c in range(channels):
                mask[c * hidden : (c + 1) * hidden, : c * described] = 1
            self.register_buffer("mask", mask)
            self.earlier = nn.Parameter(torch.randn(channels * hidden, channels * described) * 0.1)
        block = lambda o: (nn.Parameter(torch.randn(channels, hidden, o) * 0.1), nn.Parameter(torch.zeros(channels, 1, o)))
        self.w1, self.b1 = block(hidden)
        self.w2, self.b2 = block(3 * components)

    def forward(self, x, described):
        shape = x.shape[:-1]
        a = self.context(x)
        if self.channels > 1:
            a = a + F.linear(described, self.earlier * self.mask)
        a = F.silu(a).reshape(-1, self.channels, self.hidden).transpose(0, 1)
        a = F.silu(torch.baddbmm(self.b1, a, self.w1))
        return torch.baddbmm(self.b2, a, self.w2).transpose(0, 1).reshape(*shape, self.channels, 3, self.components)


def likelihood(mix, target, centre, units, weight, floor=0.01):
    logits, means, scales = mix.unbind(-2)
    half = logits.shape[-1] // 2
    unit = torch.cat([units[:, None].expand(-1, half), torch.ones(units.shape[0], half)], 1)
    anchor = torch.cat([centre[..., None].expand(*centre.shape, half), torch.zeros(*centre.shape, half)], -1)
    scale = unit * (torch.exp(scales.clamp(-8, 4)) + floor)
    q = (target[..., None] - anchor - unit * means) / scale
    joint = logits - 0.5 * q * q - torch.log(scale) - 0.5 * math.log(2 * math.pi)
    return (weight * (torch.logsumexp(logits, -1) - torch.logsumexp(joint, -1))).sum()


def standard(statics, channels=6, hidden=64, steps=24, batch=128, condition=16):
    inputs = 3 * channels + 1
    width = condition if statics else 0
    gru = nn.GRU(inputs + width, hidden, batch_first=True)
    initial = nn.Parameter(torch.zeros(1, 1, hidden))
    step_head, start_head = Head(hidden + inputs + width, channels), Head(1 + width, channels)
    factors = [list(start_head.parameters()), list(gru.parameters()) + [initial] + list(step_head.parameters())]
    embed, embed_start, static_head = None, None, None
    if statics:
        embed, embed_start = nn.Linear(2 * statics, width), nn.Linear(2 * statics, width)
        static_head = Head(1, statics)
        factors[0] += list(embed_start.parameters())
        factors[1] += list(embed.parameters())
        factors.append(list(static_head.parameters()))
    optimizers = [torch.optim.AdamW(f, lr=3e-3, betas=(0.9, 0.99), weight_decay=0.3) for f in factors]
    everything = [p for f in factors for p in f]
    averages = [p.detach().clone() for p in everything]
    x = torch.randn(batch, steps, inputs)
    described = torch.randn(batch, steps, 3 * channels)
    target, centre = torch.randn(batch, steps, channels), torch.randn(batch, steps, channels)
    weight, units = torch.rand(batch, steps, channels) / batch, torch.ones(channels)
    s = torch.randn(batch, 2 * statics) if statics else None
    s_described, s_target = (torch.randn(batch, 3 * statics), torch.randn(batch, statics)) if statics else (None, None)
    one = torch.ones(batch, 1)

    def step():
        z = torch.cat([x, torch.tanh(embed(s))[:, None].expand(-1, steps, -1)], -1) if statics else x
        h = gru(z, initial.expand(-1, batch, -1).contiguous())[0]
        mix = step_head(torch.cat([h, z], -1)[:, 1:], described[:, 1:])
        loss = likelihood(mix, target[:, 1:], centre[:, 1:], units, weight[:, 1:])
        start = torch.cat([one, torch.tanh(embed_start(s))], -1) if statics else one
        loss = loss + likelihood(start_head(start, described[:, 0]), target[:, 0], centre[:, 0], units, weight[:, 0])
        if statics:
            mixtures = static_head(one, s_described)
            loss = loss + likelihood(mixtures, s_target, torch.zeros_like(s_target), torch.ones(statics), torch.full_like(s_target, 1 / batch))
        for adam in optimizers:
            adam.zero_grad(set_to_none=True)
        loss.backward()
        for f, adam in zip(factors, optimizers):
            nn.utils.clip_grad_norm_(f, 1.0)
            adam.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, everything, 1e-3)

    return step


def sgemm(n=1024):
    a, b = torch.rand(n, n), torch.rand(n, n)
    c = torch.empty(n, n)
    best = 0.0
    for _ in range(12):
        start = time.process_time()
        torch.mm(a, b, out=c)
        best = max(best, 2e-9 * n**3 / (time.process_time() - start))
    return best


def check(name, path):
    """Gradients of half the mean squared error. Our columns are gates of one unit side by side: GRU n, r, z for the
    input and r, z, n for the state; PyTorch's rows are r, z, n. LSTM gates are in the same order."""
    cell, size = name.split()
    inputs, hidden, layers, steps, batch = SIZES[size]
    gates = 3 if cell == "gru" else 4
    net = CELLS[cell](inputs, hidden, layers, batch_first=True)
    values = torch.from_numpy(np.fromfile(path, dtype=np.float32))
    place = 0

    def take(*shape):
        nonlocal place
        count = int(np.prod(shape))
        place += count
        return values[place - count : place].reshape(shape)

    turn = lambda w, by: torch.roll(w.reshape(gates, hidden, -1), by, 0).reshape(gates * hidden, -1)
    shift = lambda kind: -1 if cell == "gru" and kind.endswith("ih") else 0
    kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    with torch.no_grad():
        for layer in range(layers):
            for kind in kinds:
                rows = 1 if "bias" in kind else (inputs if layer == 0 else hidden) if kind.endswith("ih") else hidden
                ours = take(rows, gates * hidden).T
                getattr(net, f"{kind}_l{layer}").copy_(turn(ours, shift(kind)).reshape(getattr(net, f"{kind}_l{layer}").shape))
    x, y = take(batch, steps, inputs), take(batch, steps, hidden)
    (0.5 * F.mse_loss(net(x)[0], y)).backward()
    out = []
    for layer in range(layers):
        for kind in kinds:
            grad = getattr(net, f"{kind}_l{layer}").grad
            out.append(turn(grad.reshape(gates * hidden, -1), -shift(kind)).T.contiguous().reshape(-1).numpy())
    np.concatenate(out).tofile(path + ".out")


def make(case):
    kind, _, rest = case.partition(" ")
    if kind in CELLS:
        return plain(kind, rest)
    if kind == "joint":
        return joint(rest)
    if kind == "standard":
        return standard(4 if rest == "eicu" else 0)
    if kind == "whole":
        return whole(int(rest))
    raise ValueError(f"no case {case}")


def main():
    steps = {}
    print(json.dumps({"torch": torch.__version__, "cpu": torch.backends.cpu.get_cpu_capability()}), flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        if "check" in wanted:
            check(wanted["check"], wanted["file"])
            answer = {"done": True}
        elif wanted["case"] == "sgemm":
            answer = {"gflops": sgemm()}
        else:
            case = wanted["case"]
            if case not in steps:
                steps = {case: make(case)}  # one at a time: memory of the others is given back
                for _ in range(2):
                    steps[case]()
            start = time.process_time()
            for _ in range(wanted["count"]):
                steps[case]()
            answer = {"seconds": (time.process_time() - start) / wanted["count"]}
        print(json.dumps(answer), flush=True)


main()
