// Gradients of weights: dw[i][r] += sum over samples of x[i][sample] dy[r][sample], a sample being a
// step and a lane.
//
// Rows of dy are transposed in registers into a panel [sample][columns] of SAMPLES samples, which stays in
// the first-level cache while every row of x is multiplied with it. A tile has one row per row of x and
// `vectors` vectors of columns. Columns without a row of dy and rows of a tile without a row of x are
// zeros, and are never written.
#define MAX_VECTORS (ACCUMULATORS / 6)
#define MAX_COLUMNS (MAX_VECTORS * WIDTH)

INLINE void add_part(float *p, const float *x, long count) {
  typedef float four __attribute__((vector_size(16), aligned(4)));
  for (; count >= 4; count -= 4, p += 4, x += 4) *(four *)p += *(const four *)x;
  for (; count > 0; count--) *p++ += *x++;
}

// Adds `real_rows` rows and `columns` columns of the tile to dw. The caller passes the first three as
// constants.
INLINE void gradient_tile(const int lanes, const int rows, const int vectors, const float *panel,
                          const float *x, long x_stride, long steps, float *dw, long ld, long real_rows,
                          long columns) {
  vec a[ACCUMULATORS];
  UNROLL for (int i = 0; i < rows * vectors; i++) a[i] = (vec){};
  for (; steps > 0; steps--, x += x_stride)
    for (int b = 0; b < lanes; b++, panel += vectors * WIDTH) {
      vec d[4];
      UNROLL for (int v = 0; v < vectors; v++) d[v] = load(panel + v * WIDTH);
      UNROLL for (int r = 0; r < rows; r++) {
        vec weight = splat_element(x[r * lanes + b]);
        UNROLL for (int v = 0; v < vectors; v++)
          a[r * vectors + v] = multiply_add(a[r * vectors + v], weight, d[v]);
      }
    }
  if (columns == vectors * WIDTH) {
    UNROLL for (int r = 0; r < rows; r++)
      if (r < real_rows)
        UNROLL for (int v = 0; v < vectors; v++) {
          float *p = dw + r * ld + v * WIDTH;
          store(p, load(p) + a[r * vectors + v]);
        }
  } else {
    float buffer[ACCUMULATORS * WIDTH];
    UNROLL for (int i = 0; i < rows * vectors; i++) store(buffer + i * WIDTH, a[i]);
    for (long r = 0; r < real_rows; r++) add_part(dw + r * ld, buffer + r * vectors * WIDTH, columns);
  }
}

typedef void gradient_function(const float *panel, const float *x, long x_stride, long steps, float *dw,
                               long ld, long real_rows, long columns);

#define GRADIENT_TILE(lanes, size, rows, vectors)                                                     \
  NOINLINE void gradient_##lanes##_##vectors##_##size(const float *panel, const float *x, long x_stride, \
                                                      long steps, float *dw, long ld, long real_rows, \
                                                      long columns) {                                 \
    gradient_tile(lanes, rows, vectors, panel, x, x_stride, steps, dw, ld, real_rows, columns);       \
  }
#define GRADIENT_TILES(lanes, vectors)                                       \
  GRADIENT_TILE(lanes, small, ACCUMULATORS / 3 / vectors, vectors)           \
  GRADIENT_TILE(lanes, medium, ACCUMULATORS * 2 / 3 / vectors, vectors)      \
  GRADIENT_TILE(lanes, large, ACCUMULATORS / vectors, vectors)
#define GRADIENT_ENTRY(lanes, vectors)                                                  \
  {gradient_##lanes##_##vectors##_small, gradient_##lanes##_##vectors##_medium,         \
   gradient_##lanes##_##vectors##_large}

GRADIENT_TILES(16, 1)
GRADIENT_TILES(32, 1)
GRADIENT_TILES(16, 2)
GRADIENT_TILES(32, 2)
#if MAX_VECTORS == 4
GRADIENT_TILES(16, 3)
GRADIENT_TILES(32, 3)
GRADIENT_TILES(16, 4)
GRADIENT_TILES(32, 4)
static gradient_function *const gradient_tiles[2][4][3] = {
    {GRADIENT_ENTRY(16, 1), GRADIENT_ENTRY(16, 2), GRADIENT_ENTRY(16, 3), GRADIENT_ENTRY(16, 4)},
    {GRADIENT_ENTRY(32, 1), GRADIENT_ENTRY(32, 2), GRADIENT_ENTRY(32, 3), GRADIENT_ENTRY(32, 4)}};
#else
static gradient_function *const gradient_tiles[2][2][3] = {
    {GRADIENT_ENTRY(16, 1), GRADIENT_ENTRY(16, 2)}, {GRADIENT_ENTRY(32, 1), GRADIENT_ENTRY(32, 2)}};
#endif

// Exchanges bit `step` of the row index with the same bit of the column index.
#define EXCHANGE(step, low, high)                                                  \
  UNROLL for (int i = 0; i < WIDTH; i++) if (!(i & step)) {                        \
    vec a = r[i], b = r[i + step];                                                 \
    r[i] = __builtin_shufflevector(a, b, low);                                     \
    r[i + step] = __builtin_shufflevector(a, b, high);                             \
  }
#define INDICES(...) __VA_ARGS__

// A square of WIDTH x WIDTH floats.
INLINE void transpose(vec *r, float *to, long to_ld) {
#if WIDTH == 16
  EXCHANGE(1, INDICES(0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30),
           INDICES(1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31))
  EXCHANGE(2, INDICES(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29),
           INDICES(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
  EXCHANGE(4, INDICES(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
           INDICES(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31))
  EXCHANGE(8, INDICES(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
           INDICES(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))
#elif WIDTH == 8
  EXCHANGE(1, INDICES(0, 8, 2, 10, 4, 12, 6, 14), INDICES(1, 9, 3, 11, 5, 13, 7, 15))
  EXCHANGE(2, INDICES(0, 1, 8, 9, 4, 5, 12, 13), INDICES(2, 3, 10, 11, 6, 7, 14, 15))
  EXCHANGE(4, INDICES(0, 1, 2, 3, 8, 9, 10, 11), INDICES(4, 5, 6, 7, 12, 13, 14, 15))
#else
  EXCHANGE(1, INDICES(0, 4, 2, 6), INDICES(1, 5, 3, 7))
  EXCHANGE(2, INDICES(0, 1, 4, 5), INDICES(2, 3, 6, 7))
#endif
  UNROLL for (int i = 0; i < WIDTH; i++) store(to + i * to_ld, r[i]);
}

// What a tile reads of x: [steps][row][lanes].
typedef struct {
  const float *x;
  long stride, steps, lanes;
} tile_rows;

#if BF16
#include "bf16_gradient.h"
#else
#include "float32_gradient.h"
#endif

static long gradient_scratch(long lanes) {
  (void)lanes;
  return PANEL_ROWS * (MAX_COLUMNS + ACCUMULATORS);
}

// Something that was multiplied by weights: `k` rows of x, and where its gradients go.
typedef struct {
  const float *x;
  long x_stride;
  long k;
  float *dw;
  long ld;
  float *db;  // may be NULL
} weighted;

// Multiplies one panel with all rows of x. `copy` holds PANEL_ROWS * ACCUMULATORS floats.
static void panel_gradient(const float *panel, long vectors, long columns, long steps, long lanes,
                           weighted in, float *copy) {
  for (long i = 0; i < in.k;) {
    const long left = in.k - i;
    int kind = 2;
    while (kind > 0 && ACCUMULATORS * kind / 3 / vectors >= left) kind--;
    const long height = ACCUMULATORS * (kind + 1) / 3 / vectors, rows = minimum(height, left);
    const tile_rows x =
        rows_for_tile(in.x + i * lanes, in.x_stride, steps, lanes, rows, height, copy);
    gradient_tiles[x.lanes == 32][vectors - 1][kind](panel, x.x, x.stride, x.steps, in.dw + i * in.ld, in.ld,
                                                    rows, columns);
    i += height;
  }
}

// Gradients of `rows` rows of dy with each of the inputs they came from.
static void row_gradients(const float *dy, long dy_stride, long rows, long steps, long lanes,
                          const weighted *inputs, int count, float *scratch) {
  float *const panel = scratch, *const copy = scratch + PANEL_ROWS * MAX_COLUMNS;
  float sums[MAX_COLUMNS];
  for (long r = 0; r < rows;) {
    const long left = (rows - r + WIDTH - 1) / WIDTH;
    // Five vectors go as 3 + 2: a tile of a single column of vectors waits for its loads.
    const long vectors = left == MAX_VECTORS + 1 && left > 3 ? left - 2 : minimum(left, MAX_VECTORS);
    const long columns = minimum(vectors * WIDTH, rows - r);
    fill_panel(dy + r * lanes, dy_stride, columns, steps, lanes, vectors, panel);
    sum_rows(dy + r * lanes, dy_stride, columns, steps, lanes, vectors, panel, sums);
    for (int i = 0; i < count; i++) {
      weighted in = inputs[i];
      in.dw += r;
      panel_gradient(panel, vectors, columns, steps, lanes, in, copy);
      if (in.db) add_part(in.db + r, sums, columns);
    }
    r += vectors * WIDTH;
  }
}

static void dense_gradient(long k, long rows, long steps, long lanes, const float *x, long x_stride,
                           const float *dy, long dy_stride, float *dw, long ld, float *db,
                           float *scratch) {
  const long chunk = SAMPLES / lanes;
  for (long t = 0; t < steps; t += chunk) {
    const weighted in = {x + t * x_stride, x_stride, k, dw, ld, db};
    row_gradients(dy + t * dy_stride, dy_stride, rows, minimum(chunk, steps - t), lanes, &in, 1, scratch);
  }
}

static void gru_gradient(long inputs, long hidden, long steps, long lanes, const float *x, long x_stride,
                         const float *h, long h_stride, const float *deltas, float *dwx, float *dwh, float *dbx,
                         float *dbh, float *scratch) {
  const long size = hidden * lanes, ld = 3 * hidden, chunk = SAMPLES / lanes;
  for (long t = 0; t < steps; t += chunk) {
    const long count = minimum(chunk, steps - t);
    const float *d = deltas + t * 4 * size;
    const weighted input = {x + t * x_stride, x_stride, inputs, dwx, ld, dbx};
    const weighted state = {h + t * h_stride, h_stride, hidden, dwh, ld, dbh};
    weighted gates[2] = {input, state};  // rows r and z serve both
    gates[0].dw += hidden;
    gates[0].db += hidden;
    weighted candidate = state;
    candidate.dw += 2 * hidden;
    candidate.db += 2 * hidden;
    row_gradients(d, 4 * size, hidden, count, lanes, &input, 1, scratch);
    row_gradients(d + size, 4 * size, 2 * hidden, count, lanes, gates, 2, scratch);
    row_gradients(d + 3 * size, 4 * size, hidden, count, lanes, &candidate, 1, scratch);
  }
}

static void lstm_gradient(long inputs, long hidden, long steps, long lanes, const float *x, long x_stride,
                          const float *h, long h_stride, const float *deltas, float *dwx, float *dwh, float *dbx,
                          float *dbh, float *scratch) {
  const long size = hidden * lanes, ld = 4 * hidden, chunk = SAMPLES / lanes;
  for (long t = 0; t < steps; t += chunk) {
    const weighted inputs_and_state[2] = {{x + t * x_stride, x_stride, inputs, dwx, ld, dbx},
                                          {h + t * h_stride, h_stride, hidden, dwh, ld, dbh}};
    row_gradients(deltas + t * 5 * size, 5 * size, 4 * hidden, minimum(chunk, steps - t), lanes,
                  inputs_and_state, 2, scratch);
  }
}
