// Products of a packed matrix with a step of lanes.
//
// A tile keeps ROWS x WIDE vectors in registers: ACCUMULATORS in all, 24 where there are 32 registers and
// 12 where there are 16. A packed matrix is [row block][k][rows of the block]: blocks of BLOCK rows, and
// last ones of the remaining rows rounded up to GRAIN. Every lane adds its terms in the order of k, so
// its result depends neither on the number of lanes nor on the shape of the tile.
#define BLOCK (ACCUMULATORS / WIDE)
#define GRAIN (BLOCK / 3)

static long round_up(long x, long unit) { return (x + unit - 1) / unit * unit; }
static long minimum(long a, long b) { return a < b ? a : b; }

static long packed_size(long k, long rows) { return round_up(depth(k) * round_up(rows, GRAIN), 16); }

// Rows of the block that begins with row `r`. What remains at the end is shared evenly: a tile of a
// single GRAIN waits for its own results.
static long block_rows(long rows, long r) {
  const long left = round_up(rows - r, GRAIN);
  return left == BLOCK + GRAIN ? 2 * GRAIN : minimum(BLOCK, left);
}

// Element (k, row) of the matrix is w[k * k_step + row * row_step].
static void pack_steps(const float *w, long k, long rows, long k_step, long row_step, float *packed) {
  for (long r = 0; r < rows;) {
    const long block = block_rows(rows, r);
    for (long i = 0; i < depth(k); i++)
      for (long j = 0; j < block; j++)
        *packed++ = r + j < rows ? element(w + (r + j) * row_step, i, k, k_step) : 0;
    r += block;
  }
}

static void pack(const float *w, long k, long rows, long ld, int transposed, float *packed) {
  if (transposed)
    pack_steps(w, k, rows, 1, ld, packed);
  else
    pack_steps(w, k, rows, ld, 1, packed);
}

// What a product multiplies: rows of x, followed by rows of a second matrix `h` (h_rows may be 0).
typedef struct {
  const float *x;
  long x_rows;
  const float *h;
  long h_rows;
  long lanes;
} operand;

// `panels` row blocks of `rows` rows, `vectors` vectors wide. The caller passes the first three as
// constants. bias may be NULL.
INLINE void tile(const int panels, const int rows, const int vectors, const float *w, operand in,
                 const float *bias, int accumulate, float *y) {
  const int height = panels * rows;
  const long next = (in.x_rows + in.h_rows) * rows;
  vec a[ACCUMULATORS];
  UNROLL for (int r = 0; r < height; r++)
    UNROLL for (int v = 0; v < vectors; v++)
      a[r * vectors + v] = accumulate ? load(y + r * in.lanes + v * WIDTH) : (vec){};
  if (bias)
    UNROLL for (int r = 0; r < height; r++)
      UNROLL for (int v = 0; v < vectors; v++) a[r * vectors + v] += splat(bias[r]);
  for (int part = 0; part < 2; part++) {
    const float *x = part ? in.h : in.x;
    for (long k = part ? in.h_rows : in.x_rows; k > 0; k--, w += rows, x += in.lanes) {
      vec b[4];
      UNROLL for (int v = 0; v < vectors; v++) b[v] = load(x + v * WIDTH);
      UNROLL for (int r = 0; r < height; r++) {
        vec weight = splat_element(w[r / rows * next + r % rows]);
        UNROLL for (int v = 0; v < vectors; v++)
          a[r * vectors + v] = multiply_add(a[r * vectors + v], weight, b[v]);
      }
    }
  }
  UNROLL for (int r = 0; r < height; r++)
    UNROLL for (int v = 0; v < vectors; v++) store(y + r * in.lanes + v * WIDTH, a[r * vectors + v]);
}

typedef void tile_function(const float *w, operand in, const float *bias, int accumulate, float *y);

#define TILE(name, panels, rows, vectors)                                                        \
  NOINLINE void name(const float *w, operand in, const float *bias, int accumulate, float *y) {  \
    tile(panels, rows, vectors, w, in, bias, accumulate, y);                                     \
  }

TILE(tile_small, 1, GRAIN, WIDE)
TILE(tile_medium, 1, 2 * GRAIN, WIDE)
TILE(tile_large, 1, BLOCK, WIDE)
static tile_function *const tiles[3] = {tile_small, tile_medium, tile_large};

#if WIDTH == 16
// A block of 16 lanes is one vector: half of a tile. Two row blocks together fill the registers.
TILE(narrow_small, 1, GRAIN, 1)
TILE(narrow_medium, 1, 2 * GRAIN, 1)
TILE(narrow_large, 1, BLOCK, 1)
TILE(narrow_double_medium, 2, 2 * GRAIN, 1)
TILE(narrow_double_large, 2, BLOCK, 1)
static tile_function *const narrow_tiles[3] = {narrow_small, narrow_medium, narrow_large};
#endif

// One row block of `block` rows, of which `rows` are real, over all lanes.
static void row_block(long block, long rows, const float *w, operand in, const float *bias,
                      int accumulate, float *y) {
  float padded_bias[BLOCK], padded_y[BLOCK * 32];
  float *out = y;
  if (rows < block) {
    if (bias) {
      for (long r = 0; r < block; r++) padded_bias[r] = r < rows ? bias[r] : 0;
      bias = padded_bias;
    }
    for (long i = 0; i < block * in.lanes; i++)
      padded_y[i] = accumulate && i < rows * in.lanes ? y[i] : 0;
    out = padded_y;
  }
  long kind = block / GRAIN - 1;
#if WIDTH == 16
  if (in.lanes == WIDTH) {
    narrow_tiles[kind](w, in, bias, accumulate, out);
  } else
#endif
  {
    operand columns = in;
    for (long b = 0; b < in.lanes; b += WIDE * WIDTH) {
      columns.x = in.x + b;
      columns.h = in.h + b;
      tiles[kind](w, columns, bias, accumulate, out + b);
    }
  }
  if (rows < block)
    for (long i = 0; i < rows * in.lanes; i++) y[i] = padded_y[i];
}

// y = bias + W [x; h] for `steps` steps. A row block of weights is used for all steps before the next.
static void product(const float *packed, operand in, long rows, const float *bias, int accumulate,
                    float *y, long steps, long x_stride, long y_stride) {
  const long k = in.x_rows + in.h_rows;
  const float *x = in.x;
  for (long r = 0; r < rows;) {
    const long block = block_rows(rows, r);
    long height = block;
    const float *block_bias = bias ? bias + r : 0;
#if WIDTH == 16
    tile_function *const pair = block == BLOCK ? narrow_double_large : narrow_double_medium;
    if (in.lanes == WIDTH && block > GRAIN && rows - r >= 2 * block &&
        block_rows(rows, r + block) == block)
      height = 2 * block;
#endif
    for (long t = 0; t < steps; t++) {
      in.x = x + t * x_stride;
      float *out = y + t * y_stride + r * in.lanes;
#if WIDTH == 16
      if (height > block) {
        pair(packed, in, block_bias, accumulate, out);
        continue;
      }
#endif
      row_block(block, minimum(block, rows - r), packed, in, block_bias, accumulate, out);
    }
    packed += height * k;
    r += height;
  }
}

static void dense(const float *packed, const float *bias, long k, long rows, long steps, long lanes,
                  const float *x, long x_stride, float *y, long y_stride, int accumulate) {
  // Few enough steps at a time that x waits in the second-level cache for the next row block.
  const long chunk = 1 + 32768 / (k * lanes + 1);
  _Alignas(64) vec memory[elements_size(k, lanes, minimum(chunk, steps))];
  for (long t = 0; t < steps; t += chunk) {
    const long count = minimum(chunk, steps - t);
    long stride = x_stride;
    const float *elements = elements_of(x + t * x_stride, &stride, k, lanes, count, memory);
    product(packed, (operand){elements, depth(k), x, 0, lanes}, rows, bias, accumulate, y + t * y_stride,
            count, stride, y_stride);
  }
}
