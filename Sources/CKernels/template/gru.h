// One GRU layer. In a tile the candidate's input and state parts stay apart, because the reset gate
// multiplies the state's part only.
static const cell_gates gru_gates = {3, 3, 4, {0, 1, 2}, {0, 1, 2}};

typedef struct {
  long wx_t, wh_t;  // behind the tiles: the products with the transpose, to the gradient of x and of h
  long size;
} gru_layout;

static gru_layout layout_of(long inputs, long hidden) {
  gru_layout at;
  at.wx_t = round_up(cell_block_size(gru_gates, inputs, hidden, hidden), 16);
  at.wh_t = at.wx_t + packed_size(3 * hidden, inputs);
  at.size = at.wh_t + packed_size(3 * hidden, hidden);
  return at;
}

static long gru_packed_size(long inputs, long hidden) { return layout_of(inputs, hidden).size; }

static void gru_pack(long inputs, long hidden, const float *wx, const float *wh, const float *bx,
                     const float *bh, float *packed) {
  const gru_layout at = layout_of(inputs, hidden);
  const long ld = 3 * hidden;
  // The biases n, r, z and of Un h; they wait where the transposed weights will be.
  float *biases = packed + at.wh_t;
  for (long i = 0; i < hidden; i++) {
    biases[i] = bx[i];
    biases[hidden + i] = bx[hidden + i] + bh[i];
    biases[2 * hidden + i] = bx[2 * hidden + i] + bh[hidden + i];
    biases[3 * hidden + i] = bh[2 * hidden + i];
  }
  cell_pack(gru_gates, inputs, hidden, ld, wx, wh, biases, packed);
  pack(wx, 3 * hidden, inputs, ld, 1, packed + at.wx_t);
  pack(wh, 3 * hidden, hidden, ld, 1, packed + at.wh_t);
}

INLINE void gru_tile(const int blocks, const int units, const int vectors, const cell_step *step,
                     const float *w, long j, long b) {
  const int count = blocks * units * vectors;
  const long lanes = step->lanes;
  const long next = cell_block_size(gru_gates, step->inputs, step->hidden, units);
  vec a[ACCUMULATORS];  // n, r, z and Un h + cn, each of all units
  w = cell_biases(blocks, units, vectors, 4, w, next, a);
  w = cell_products(blocks, units, vectors, 3, w, next, step->x + b, depth(step->inputs), lanes, a);
  cell_products(blocks, units, vectors, 3, w, next, step->h + b, depth(step->hidden), lanes, a + count);
  store_gates(blocks, units, vectors, step, j, b, a);
}

CELL_TILES(gru)

// Pre-activations of one step become gates; `next` is the new state. mask [lanes] may be NULL.
INLINE void gru_activate(long hidden, long lanes, float *gates, const float *mask, const float *h,
                         float *next) {
  const long size = hidden * lanes;
  for (long row = 0; row < size; row += lanes)
    for (long b = 0; b < lanes; b += WIDTH) {
      float *g = gates + row + b;
      vec r = load(g + size), z = load(g + 2 * size);
      two_sigmoids(&r, &z);
      vec n = vector_tanh(load(g) + r * load(g + 3 * size));
      vec before = load(h + row + b);
      vec after = n + z * (before - n);
      store(g, n);
      store(g + size, r);
      store(g + 2 * size, z);
      store(next + row + b, mask ? choose(load(mask + b) != splat(0), after, before) : after);
    }
}

static void gru_forward(long inputs, long hidden, long steps, long lanes, const float *packed,
                        const float *x, long x_stride, const float *mask, long m_stride, float *gates,
                        long g_stride, float *h, long h_stride) {
  _Alignas(64) vec x_memory[elements_size(inputs, lanes, 1)], h_memory[elements_size(hidden, lanes, 1)];
  for (long t = 0; t < steps; t++, h += h_stride, gates += g_stride) {
    long unused = 0;
    const cell_step step = {inputs, hidden, lanes,
                            elements_of(x + t * x_stride, &unused, inputs, lanes, 1, x_memory),
                            elements_of(h, &unused, hidden, lanes, 1, h_memory), gates};
    run_tiles(&gru_tiles, gru_gates, &step, packed);
    if (mask)
      gru_activate(hidden, lanes, gates, mask + t * m_stride, h, h + h_stride);
    else
      gru_activate(hidden, lanes, gates, 0, h, h + h_stride);
  }
}

// Gates of one step become deltas. carry holds the gradient from the future and returns what passes
// straight to the state before: z dh, or all of dh where the step is masked.
INLINE void gru_deltas(long hidden, long lanes, float *gates, const float *mask, const float *h,
                       const float *dy, float *carry) {
  const long size = hidden * lanes;
  for (long row = 0; row < size; row += lanes)
    for (long b = 0; b < lanes; b += WIDTH) {
      float *g = gates + row + b;
      vec n = load(g), r = load(g + size), z = load(g + 2 * size), hn = load(g + 3 * size);
      vec dh = load(dy + row + b) + load(carry + row + b);
      // The step before is next, and may be far away.
      for (int gate = 1; gate <= 4; gate++) __builtin_prefetch(g - gate * size, 1);
      __builtin_prefetch(h + row + b - size);
      __builtin_prefetch(dy + row + b - size);
      vec straight = z * dh;
      vec dn = (dh - straight) * (1.0f - n * n);
      vec dz = straight * (1.0f - z) * (load(h + row + b) - n);
      vec dnr = dn * r;
      vec dr = dnr * (1.0f - r) * hn;
      if (mask) {
        ints on = load(mask + b) != splat(0);
        vec zero = {};
        dn = choose(on, dn, zero);
        dr = choose(on, dr, zero);
        dz = choose(on, dz, zero);
        dnr = choose(on, dnr, zero);
        straight = choose(on, straight, dh);
      }
      store(g, dn);
      store(g + size, dr);
      store(g + 2 * size, dz);
      store(g + 3 * size, dnr);
      store(carry + row + b, straight);
    }
}

static void gru_backward(long inputs, long hidden, long steps, long lanes, const float *packed,
                         const float *mask, long m_stride, const float *h, long h_stride, float *gates,
                         const float *dy, long dy_stride, float *dx, long dx_stride, int dx_adds,
                         float *carry) {
  const gru_layout at = layout_of(inputs, hidden);
  const long size = hidden * lanes;
  for (long t = steps - 1; t >= 0; t--) {
    float *g = gates + t * 4 * size;
    if (mask)
      gru_deltas(hidden, lanes, g, mask + t * m_stride, h + t * h_stride, dy + t * dy_stride, carry);
    else
      gru_deltas(hidden, lanes, g, 0, h + t * h_stride, dy + t * dy_stride, carry);
    dense(packed + at.wh_t, 0, 3 * hidden, hidden, 1, lanes, g + size, 0, carry, 0, 1);
    if (dx)
      dense(packed + at.wx_t, 0, 3 * hidden, inputs, 1, lanes, g, 0, dx + t * dx_stride, 0, dx_adds);
  }
}
