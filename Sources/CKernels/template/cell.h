// What recurrent cells share. Their weights are packed by blocks of UNITS hidden units, so that one tile
// makes the pre-activations of all gates of a block.
//
// A block holds its biases, then for every row of x the weights of its gates, then for every row of h. A
// tile is one block and CELL_VECTORS vectors of lanes, or two blocks and one vector.
#define UNITS 3
#define CELL_VECTORS (ACCUMULATORS / 4 / UNITS)

// Which columns of the natural weights the gates of a block take; hidden columns belong to each.
typedef struct {
  int x_gates, h_gates, biases;
  int x_column[4], h_column[4];
} cell_gates;

static long cell_block_size(cell_gates g, long inputs, long hidden, long units) {
  return units * (g.biases + g.x_gates * depth(inputs) + g.h_gates * depth(hidden));
}

// `biases` is [g.biases][hidden]; ld is the leading dimension of wx and wh.
static void cell_pack(cell_gates g, long inputs, long hidden, long ld, const float *wx, const float *wh,
                      const float *biases, float *packed) {
  for (long j = 0; j < hidden; j += UNITS) {
    const long units = minimum(UNITS, hidden - j);
    for (int gate = 0; gate < g.biases; gate++)
      for (long u = 0; u < units; u++) *packed++ = biases[gate * hidden + j + u];
    for (long i = 0; i < depth(inputs); i++)
      for (int gate = 0; gate < g.x_gates; gate++)
        for (long u = 0; u < units; u++) *packed++ = element(wx + g.x_column[gate] * hidden + j + u, i, inputs, ld);
    for (long i = 0; i < depth(hidden); i++)
      for (int gate = 0; gate < g.h_gates; gate++)
        for (long u = 0; u < units; u++) *packed++ = element(wh + g.h_column[gate] * hidden + j + u, i, hidden, ld);
  }
}

// One time step.
typedef struct {
  long inputs, hidden, lanes;
  const float *x, *h;  // elements of [inputs][lanes], [hidden][lanes]
  float *gates;        // [gates][hidden][lanes], receives pre-activations
} cell_step;

// Makes units `j` on, lanes `b` on.
typedef void cell_tile(const cell_step *step, const float *w, long j, long b);

// Tiles of one block with 1, 2 and 3 units, the same one vector wide, and two whole blocks.
typedef struct {
  cell_tile *wide[UNITS], *narrow[UNITS], *twice;
} cell_tiles;

#define CELL_TILE(cell, name, blocks, units, vectors)                                   \
  NOINLINE void cell##_##name(const cell_step *step, const float *w, long j, long b) {  \
    cell##_tile(blocks, units, vectors, step, w, j, b);                                 \
  }
#if ACCUMULATORS == 24
#define CELL_TILES(cell)                                                                \
  CELL_TILE(cell, wide_1, 1, 1, CELL_VECTORS)                                           \
  CELL_TILE(cell, wide_2, 1, 2, CELL_VECTORS)                                           \
  CELL_TILE(cell, wide_3, 1, 3, CELL_VECTORS)                                           \
  CELL_TILE(cell, narrow_1, 1, 1, 1)                                                    \
  CELL_TILE(cell, narrow_2, 1, 2, 1)                                                    \
  CELL_TILE(cell, narrow_3, 1, 3, 1)                                                    \
  CELL_TILE(cell, twice, 2, 3, 1)                                                       \
  static const cell_tiles cell##_tiles = {{cell##_wide_1, cell##_wide_2, cell##_wide_3},          \
                                          {cell##_narrow_1, cell##_narrow_2, cell##_narrow_3},    \
                                          cell##_twice};
#else
#define CELL_TILES(cell)                                                                \
  CELL_TILE(cell, wide_1, 1, 1, 1)                                                      \
  CELL_TILE(cell, wide_2, 1, 2, 1)                                                      \
  CELL_TILE(cell, wide_3, 1, 3, 1)                                                      \
  static const cell_tiles cell##_tiles = {                                              \
      {cell##_wide_1, cell##_wide_2, cell##_wide_3}, {0}, 0};
#endif

// All units and lanes of a step. A block's weights are used for all lanes before the next.
INLINE void run_tiles(const cell_tiles *tiles, cell_gates g, const cell_step *step, const float *w) {
  const long lanes = step->lanes, block_size = cell_block_size(g, step->inputs, step->hidden, UNITS);
  const int is_narrow = lanes < CELL_VECTORS * WIDTH;
  for (long j = 0; j < step->hidden;) {
    const long left = step->hidden - j;
    const int blocks = is_narrow && left >= 2 * UNITS ? 2 : 1;
    cell_tile *const tile =
        blocks == 2 ? tiles->twice : (is_narrow ? tiles->narrow : tiles->wide)[minimum(left, UNITS) - 1];
    for (long b = 0; b < lanes; b += is_narrow ? WIDTH : CELL_VECTORS * WIDTH) tile(step, w, j, b);
    j += blocks * UNITS;
    w += blocks * block_size;
  }
}

// Adds the products of `rows` elements of x with the weights of `gates` gates to a[gates][blocks * units]
// [vectors], and returns what comes after the weights. The caller passes the first four as constants;
// `next` leads from a block to the next.
INLINE const float *cell_products(const int blocks, const int units, const int vectors, const int gates,
                                  const float *w, long next, const float *x, long rows, long lanes, vec *a) {
  const int count = blocks * units;
  for (; rows > 0; rows--, w += gates * units, x += lanes) {
    vec in[CELL_VECTORS];
    UNROLL for (int v = 0; v < vectors; v++) in[v] = load(x + v * WIDTH);
    UNROLL for (int g = 0; g < gates; g++)
      UNROLL for (int u = 0; u < count; u++) {
        const vec weight = splat_element(w[u / units * next + g * units + u % units]);
        UNROLL for (int v = 0; v < vectors; v++) {
          vec *sum = &a[(g * count + u) * vectors + v];
          *sum = multiply_add(*sum, weight, in[v]);
        }
      }
  }
  return w;
}

// The biases of `gates` gates into a, likewise.
INLINE const float *cell_biases(const int blocks, const int units, const int vectors, const int gates,
                                const float *w, long next, vec *a) {
  const int count = blocks * units;
  UNROLL for (int g = 0; g < gates; g++)
    UNROLL for (int u = 0; u < count; u++)
      UNROLL for (int v = 0; v < vectors; v++)
        a[(g * count + u) * vectors + v] = splat(w[u / units * next + g * units + u % units]);
  return w + gates * units;
}

// Four gates of a tile to their rows.
INLINE void store_gates(const int blocks, const int units, const int vectors, const cell_step *step, long j,
                        long b, const vec *a) {
  const int count = blocks * units;
  float *to = step->gates + j * step->lanes + b;
  UNROLL for (int g = 0; g < 4; g++)
    UNROLL for (int u = 0; u < count; u++)
      UNROLL for (int v = 0; v < vectors; v++)
        store(to + (g * step->hidden + u) * step->lanes + v * WIDTH, a[(g * count + u) * vectors + v]);
}
