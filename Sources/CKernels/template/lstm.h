// One LSTM layer. All gates take input and state alike, so a tile is one product.
static const cell_gates lstm_gates = {4, 4, 4, {0, 1, 2, 3}, {0, 1, 2, 3}};

typedef struct {
  long wx_t, wh_t;  // behind the tiles: the products with the transpose, to the gradient of x and of h
  long size;
} lstm_layout;

static lstm_layout lstm_layout_of(long inputs, long hidden) {
  lstm_layout at;
  at.wx_t = round_up(cell_block_size(lstm_gates, inputs, hidden, hidden), 16);
  at.wh_t = at.wx_t + packed_size(4 * hidden, inputs);
  at.size = at.wh_t + packed_size(4 * hidden, hidden);
  return at;
}

static long lstm_packed_size(long inputs, long hidden) { return lstm_layout_of(inputs, hidden).size; }

static void lstm_pack(long inputs, long hidden, const float *wx, const float *wh, const float *bx,
                      const float *bh, float *packed) {
  const lstm_layout at = lstm_layout_of(inputs, hidden);
  const long ld = 4 * hidden;
  // The biases wait where the transposed weights will be.
  float *biases = packed + at.wh_t;
  for (long i = 0; i < ld; i++) biases[i] = bx[i] + bh[i];
  cell_pack(lstm_gates, inputs, hidden, ld, wx, wh, biases, packed);
  pack(wx, ld, inputs, ld, 1, packed + at.wx_t);
  pack(wh, ld, hidden, ld, 1, packed + at.wh_t);
}

INLINE void lstm_tile(const int blocks, const int units, const int vectors, const cell_step *step,
                      const float *w, long j, long b) {
  const long lanes = step->lanes;
  const long next = cell_block_size(lstm_gates, step->inputs, step->hidden, units);
  vec a[ACCUMULATORS];  // i, f, g, o, each of all units
  w = cell_biases(blocks, units, vectors, 4, w, next, a);
  w = cell_products(blocks, units, vectors, 4, w, next, step->x + b, depth(step->inputs), lanes, a);
  cell_products(blocks, units, vectors, 4, w, next, step->h + b, depth(step->hidden), lanes, a);
  store_gates(blocks, units, vectors, step, j, b, a);
}

CELL_TILES(lstm)

// Pre-activations of one step become gates and the tanh of the new cell.
INLINE void lstm_activate(long hidden, long lanes, float *gates, const float *mask, const float *h,
                          const float *c, float *next_h, float *next_c) {
  const long size = hidden * lanes;
  for (long row = 0; row < size; row += lanes)
    for (long b = 0; b < lanes; b += WIDTH) {
      float *g = gates + row + b;
      vec in = load(g), forget = load(g + size), out = load(g + 3 * size);
      two_sigmoids(&in, &forget);
      out = vector_sigmoid(out);
      const vec candidate = vector_tanh(load(g + 2 * size));
      const vec before = load(c + row + b);
      vec cell = forget * before + in * candidate;
      const vec shown = vector_tanh(cell);
      vec state = out * shown;
      if (mask) {
        const ints on = load(mask + b) != splat(0);
        cell = choose(on, cell, before);
        state = choose(on, state, load(h + row + b));
      }
      store(g, in);
      store(g + size, forget);
      store(g + 2 * size, candidate);
      store(g + 3 * size, out);
      store(g + 4 * size, shown);
      store(next_c + row + b, cell);
      store(next_h + row + b, state);
    }
}

static void lstm_forward(long inputs, long hidden, long steps, long lanes, const float *packed,
                         const float *x, long x_stride, const float *mask, long m_stride, float *gates,
                         long g_stride, float *h, long h_stride, float *c, long c_stride) {
  _Alignas(64) vec x_memory[elements_size(inputs, lanes, 1)], h_memory[elements_size(hidden, lanes, 1)];
  for (long t = 0; t < steps; t++, h += h_stride, c += c_stride, gates += g_stride) {
    long unused = 0;
    const cell_step step = {inputs, hidden, lanes,
                            elements_of(x + t * x_stride, &unused, inputs, lanes, 1, x_memory),
                            elements_of(h, &unused, hidden, lanes, 1, h_memory), gates};
    run_tiles(&lstm_tiles, lstm_gates, &step, packed);
    if (mask)
      lstm_activate(hidden, lanes, gates, mask + t * m_stride, h, c, h + h_stride, c + c_stride);
    else
      lstm_activate(hidden, lanes, gates, 0, h, c, h + h_stride, c + c_stride);
  }
}

// Gates of one step become deltas. The carries hold the gradients from the future; that of the cell
// returns what reaches the cell before, that of the state what passes straight by a masked step.
INLINE void lstm_deltas(long hidden, long lanes, float *gates, const float *mask, const float *c,
                        const float *dy, float *carry_h, float *carry_c) {
  const long size = hidden * lanes;
  for (long row = 0; row < size; row += lanes)
    for (long b = 0; b < lanes; b += WIDTH) {
      float *g = gates + row + b;
      const vec in = load(g), forget = load(g + size), candidate = load(g + 2 * size);
      const vec out = load(g + 3 * size), shown = load(g + 4 * size), zero = {};
      const vec dh = load(dy + row + b) + load(carry_h + row + b), dc_before = load(carry_c + row + b);
      const vec through = dh * out;
      const vec dc = dc_before + (through - through * (shown * shown));
      vec d_in = dc * candidate * (in - in * in);
      vec d_forget = dc * load(c + row + b) * (forget - forget * forget);
      vec d_candidate = dc * in * (1.0f - candidate * candidate);
      vec d_out = dh * shown * (out - out * out);
      vec dc_after = dc * forget, straight = zero;
      if (mask) {
        const ints on = load(mask + b) != splat(0);
        d_in = choose(on, d_in, zero);
        d_forget = choose(on, d_forget, zero);
        d_candidate = choose(on, d_candidate, zero);
        d_out = choose(on, d_out, zero);
        dc_after = choose(on, dc_after, dc_before);
        straight = choose(on, zero, dh);
      }
      store(g, d_in);
      store(g + size, d_forget);
      store(g + 2 * size, d_candidate);
      store(g + 3 * size, d_out);
      store(carry_c + row + b, dc_after);
      store(carry_h + row + b, straight);
    }
}

static void lstm_backward(long inputs, long hidden, long steps, long lanes, const float *packed,
                          const float *mask, long m_stride, const float *c, float *gates, const float *dy,
                          long dy_stride, float *dx, long dx_stride, int dx_adds, float *carry_h,
                          float *carry_c) {
  const lstm_layout at = lstm_layout_of(inputs, hidden);
  const long size = hidden * lanes;
  for (long t = steps - 1; t >= 0; t--) {
    float *g = gates + t * 5 * size;
    if (mask)
      lstm_deltas(hidden, lanes, g, mask + t * m_stride, c + t * size, dy + t * dy_stride, carry_h, carry_c);
    else
      lstm_deltas(hidden, lanes, g, 0, c + t * size, dy + t * dy_stride, carry_h, carry_c);
    dense(packed + at.wh_t, 0, 4 * hidden, hidden, 1, lanes, g, 0, carry_h, 0, 1);
    if (dx) dense(packed + at.wx_t, 0, 4 * hidden, inputs, 1, lanes, g, 0, dx + t * dx_stride, 0, dx_adds);
  }
}
