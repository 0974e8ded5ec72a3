// One GRU layer. Four products a step: the candidate needs input and state apart, because the reset gate
// multiplies the state's part only; the two gates take input and state in one product.
typedef struct {
  long n, rz, hn;            // forward: rows n over x, rows r and z over x and h, rows n over h
  long wx_t, wh_t;           // backward: to the gradient of x and of h
  long bias_n, bias_rz, bias_hn;
  long size;
} gru_layout;

static gru_layout layout_of(long inputs, long hidden) {
  gru_layout at;
  at.n = 0;
  at.rz = at.n + packed_size(inputs, hidden);
  at.hn = at.rz + packed_size(inputs + hidden, 2 * hidden);
  at.wx_t = at.hn + packed_size(hidden, hidden);
  at.wh_t = at.wx_t + packed_size(3 * hidden, inputs);
  at.bias_n = at.wh_t + packed_size(3 * hidden, hidden);
  at.bias_rz = at.bias_n + round_up(hidden, 16);
  at.bias_hn = at.bias_rz + round_up(2 * hidden, 16);
  at.size = at.bias_hn + round_up(hidden, 16);
  return at;
}

static long gru_packed_size(long inputs, long hidden) { return layout_of(inputs, hidden).size; }

static void gru_pack(long inputs, long hidden, const float *wx, const float *wh, const float *bx,
                     const float *bh, float *packed) {
  const gru_layout at = layout_of(inputs, hidden);
  const long ld = 3 * hidden;
  pack(wx, inputs, hidden, ld, 0, packed + at.n);
  float *rz = packed + at.rz;
  for (long r = 0; r < 2 * hidden;) {
    // A row block holds its columns for x, then its columns for h.
    const long block = block_rows(2 * hidden, r), rows = minimum(block, 2 * hidden - r);
    pack(wx + hidden + r, inputs, rows, ld, 0, rz);
    rz += inputs * block;
    pack(wh + r, hidden, rows, ld, 0, rz);
    rz += hidden * block;
    r += block;
  }
  pack(wh + 2 * hidden, hidden, hidden, ld, 0, packed + at.hn);
  pack(wx, 3 * hidden, inputs, ld, 1, packed + at.wx_t);
  pack(wh, 3 * hidden, hidden, ld, 1, packed + at.wh_t);
  for (long i = 0; i < hidden; i++) {
    packed[at.bias_n + i] = bx[i];
    packed[at.bias_hn + i] = bh[2 * hidden + i];
  }
  for (long i = 0; i < 2 * hidden; i++) packed[at.bias_rz + i] = bx[hidden + i] + bh[i];
}

// Pre-activations of one step become gates; `next` is the new state. mask [lanes] may be NULL.
INLINE void gru_activate(long hidden, long lanes, float *gates, const float *mask, const float *h,
                         float *next) {
  const long size = hidden * lanes;
  for (long row = 0; row < size; row += lanes)
    for (long b = 0; b < lanes; b += WIDTH) {
      float *g = gates + row + b;
      vec r = vector_sigmoid(load(g + size)), z = vector_sigmoid(load(g + 2 * size));
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
                        const float *x, long x_stride, const float *mask, float *gates, float *h) {
  const gru_layout at = layout_of(inputs, hidden);
  const long size = hidden * lanes;
  for (long t = 0; t < steps; t++, x += x_stride, h += size, gates += 4 * size) {
    const operand input = {x, inputs, x, 0, lanes}, state = {h, hidden, h, 0, lanes};
    const operand both = {x, inputs, h, hidden, lanes};
    product(packed + at.n, input, hidden, packed + at.bias_n, 0, gates, 1, 0, 0);
    product(packed + at.rz, both, 2 * hidden, packed + at.bias_rz, 0, gates + size, 1, 0, 0);
    product(packed + at.hn, state, hidden, packed + at.bias_hn, 0, gates + 3 * size, 1, 0, 0);
    if (mask)
      gru_activate(hidden, lanes, gates, mask + t * lanes, h, h + size);
    else
      gru_activate(hidden, lanes, gates, 0, h, h + size);
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
                         const float *mask, const float *h, float *gates, const float *dy, float *dx,
                         long dx_stride, float *carry, float *scratch) {
  (void)scratch;
  const gru_layout at = layout_of(inputs, hidden);
  const long size = hidden * lanes;
  for (long t = steps - 1; t >= 0; t--) {
    float *g = gates + t * 4 * size;
    if (mask)
      gru_deltas(hidden, lanes, g, mask + t * lanes, h + t * size, dy + t * size, carry);
    else
      gru_deltas(hidden, lanes, g, 0, h + t * size, dy + t * size, carry);
    product(packed + at.wh_t, (operand){g + size, 3 * hidden, g, 0, lanes}, hidden, 0, 1, carry, 1, 0, 0);
    if (dx)
      product(packed + at.wx_t, (operand){g, 3 * hidden, g, 0, lanes}, inputs, 0, 0, dx + t * dx_stride,
              1, 0, 0);
  }
}
