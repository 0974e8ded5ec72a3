// Panels of pairs of samples, rounded to bfloat16. A square of WIDTH pairs holds 32 samples of a row: all lanes
// of a step of 32, or of two steps of 16, the last of which may be zeros. Functions are those of
// float32_gradient.h.
#define SAMPLES 128
#define PANEL_ROWS (SAMPLES / 2)

// Squares of a number of steps.
INLINE long squares(long steps, long lanes) { return lanes == WIDTH ? (steps + 1) / 2 : steps; }

// The samples of a row in square `s`, as pairs of neighbours.
INLINE vec load_square(const float *x, long stride, long s, long steps, long lanes) {
  const float *first = lanes == WIDTH ? x + 2 * s * stride : x + s * stride;
  const float *second = lanes == WIDTH ? first + stride : first + WIDTH;
  const int is_single = lanes == WIDTH && 2 * s + 1 == steps;
  const vec end = is_single ? (vec){} : load(second);
  return (vec)_mm512_cvtne2ps_pbh((__m512)end, (__m512)load(first));
}

static void fill_panel(const float *dy, long dy_stride, long rows, long steps, long lanes, long vectors,
                       float *panel) {
  const long columns = vectors * WIDTH;
  for (long s = 0; s < squares(steps, lanes); s++, panel += WIDTH * columns)
    for (long v = 0; v < vectors; v++) {
      const float *from = dy + v * WIDTH * lanes;
      const long present = rows - v * WIDTH;
      vec r[WIDTH];
      UNROLL for (int i = 0; i < WIDTH; i++)
        r[i] = i < present ? load_square(from + i * lanes, dy_stride, s, steps, lanes) : (vec){};
      transpose(r, panel + v * WIDTH, columns);
    }
}

// From dy, which is not rounded.
static void sum_rows(const float *dy, long dy_stride, long rows, long steps, long lanes, long vectors,
                     const float *panel, float *sums) {
  (void)vectors, (void)panel;
  for (long r = 0; r < rows; r++) {
    vec sum = {};
    for (long t = 0; t < steps; t++)
      for (long b = 0; b < lanes; b += WIDTH) sum += load(dy + t * dy_stride + r * lanes + b);
    sums[r] = _mm512_reduce_add_ps((__m512)sum);
  }
}

static tile_rows rows_for_tile(const float *x, long x_stride, long steps, long lanes, long rows, long height,
                               float *copy) {
  const long count = squares(steps, lanes);
  float *to = copy;
  for (long s = 0; s < count; s++)
    for (long j = 0; j < height; j++, to += WIDTH)
      store(to, j < rows ? load_square(x + j * lanes, x_stride, s, steps, lanes) : (vec){});
  return (tile_rows){copy, height * WIDTH, count, WIDTH};
}
