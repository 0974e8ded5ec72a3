// Panels of single samples. bf16_gradient.h is the other choice.
#define SAMPLES 128
#define PANEL_ROWS SAMPLES

// Rows dy[t][0 ..< rows][lane] as panel[t * lanes + lane][vectors * WIDTH].
static void fill_panel(const float *dy, long dy_stride, long rows, long steps, long lanes, long vectors,
                       float *panel) {
  const long columns = vectors * WIDTH;
  for (long t = 0; t < steps; t++, dy += dy_stride)
    for (long b = 0; b < lanes; b += WIDTH, panel += WIDTH * columns)
      for (long v = 0; v < vectors; v++) {
        const float *from = dy + v * WIDTH * lanes + b;
        const long present = rows - v * WIDTH;
        vec r[WIDTH];
        if (present >= WIDTH)
          UNROLL for (int i = 0; i < WIDTH; i++) r[i] = load(from + i * lanes);
        else
          UNROLL for (int i = 0; i < WIDTH; i++) r[i] = i < present ? load(from + i * lanes) : (vec){};
        transpose(r, panel + v * WIDTH, columns);
      }
}

// sums[row] = sum of the row over steps and lanes, here by columns of its panel; the number of samples is a
// multiple of 4.
static void sum_rows(const float *dy, long dy_stride, long rows, long steps, long lanes, long vectors,
                     const float *panel, float *sums) {
  (void)dy, (void)dy_stride, (void)rows;
  const long columns = vectors * WIDTH;
  for (long v = 0; v < vectors; v++) {
    vec s[4] = {};
    const float *p = panel + v * WIDTH;
    for (long k = 0; k < steps * lanes; k += 4)
      UNROLL for (int j = 0; j < 4; j++) s[j] += load(p + (k + j) * columns);
    store(sums + v * WIDTH, (s[0] + s[1]) + (s[2] + s[3]));
  }
}

// `height` rows of x as a tile reads them, of which `rows` exist. `copy` holds PANEL_ROWS * height floats.
static tile_rows rows_for_tile(const float *x, long x_stride, long steps, long lanes, long rows, long height,
                               float *copy) {
  if (rows == height) return (tile_rows){x, x_stride, steps, lanes};
  for (long t = 0; t < steps; t++)
    for (long j = 0; j < height * lanes; j++)
      copy[t * height * lanes + j] = j < rows * lanes ? x[t * x_stride + j] : 0;
  return (tile_rows){copy, height * lanes, steps, lanes};
}
