// Random numbers and draws, a vector of lanes at a time.

typedef uint32_t words __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef uint64_t long_words __attribute__((vector_size(WIDTH * 8), aligned(8)));
#define LONG_WORDS(x) __builtin_convertvector(x, long_words)
#define WORDS(x) __builtin_convertvector(x, words)

// Philox4x32-10 (Salmon et al., 2011): block `block` of each lane's stream, four words.
INLINE void philox(uint64_t key, words low, words high, uint64_t block, words *x) {
  x[0] = (words){} + (uint32_t)block;
  x[1] = (words){} + (uint32_t)(block >> 32);
  x[2] = low;
  x[3] = high;
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
    const long_words a = LONG_WORDS(x[0]) * 0xD2511F53u, b = LONG_WORDS(x[2]) * 0xCD9E8D57u;
    const words a_high = WORDS(a >> 32), b_high = WORDS(b >> 32);
    x[0] = b_high ^ x[1] ^ k0;
    x[1] = WORDS(b);
    x[2] = a_high ^ x[3] ^ k1;
    x[3] = WORDS(a);
  }
}

static void uniforms(uint64_t key, const uint64_t *streams, uint64_t first, long draws, long lanes,
                     float *out) {
  for (long l = 0; l < lanes; l += WIDTH) {
    words low, high, x[4];
    for (int j = 0; j < WIDTH; j++) {
      low[j] = (uint32_t)streams[l + j];
      high[j] = (uint32_t)(streams[l + j] >> 32);
    }
    for (long d = 0; d < draws; d++) {
      if (d % 4 == 0) philox(key, low, high, first + (uint64_t)d / 4, x);
      const vec number = __builtin_convertvector((ints)(x[d % 4] >> 9), vec);
      store(out + d * lanes + l, (number + 0.5f) * 0x1p-23f);
    }
  }
}

// The normal quantile of p: rational functions of our own minimax fit, of q^2 with q = p - 1/2 where
// |q| < 0.425 (error 1.4e-7) and of r = sqrt(-log min(p, 1 - p)) beyond, down to p = 5.9e-8 (1.3e-7).
INLINE vec normal_quantile(vec p) {
  const vec q = p - 0.5f, s = q * q;
  vec over = s * -8.2959175f + 26.705906f;
  vec under = s * -9.40477f + 16.0626f;
  over = over * s - 15.835515f;
  under = under * s - 7.364638f;
  over = over * s + 2.5066285f;
  under = under * s + 1.0f;
  const vec middle = q * over / under;
  const ints below = q < splat(0);
  const vec r = square_root(-vector_log(choose(below, p, 1.0f - p)));
  over = r * 1.4698091f + 3.9706023f;
  under = r * 1.0376614f + 2.8643694f;
  over = over * r - 1.1194848f;
  under = under * r + 1.0f;
  over = over * r - 2.6656296f;
  const vec tail = over / under;
  return choose(s < splat(0.425f * 0.425f), middle, choose(below, -tail, tail));
}

static void normals(long n, const float *p, float *z) {
  long i = 0;
  for (; i + WIDTH <= n; i += WIDTH) store(z + i, normal_quantile(load(p + i)));
  if (i < n) store_part(z + i, n - i, normal_quantile(load_part(p + i, n - i)));
}

static void mixture_draw(long components, long anchored, float unit, float floor, long lanes,
                         const float *head, const float *centre, const float *which, const float *normal,
                         float *u) {
  const long block = components * lanes;
  for (long l = 0; l < lanes; l += WIDTH) {
    const float *a = head + l;
    vec top = load(a);
    for (long k = 1; k < components; k++) top = maximum(top, load(a + k * lanes));
    vec weights[MAX_COMPONENTS], total = {};
    for (long k = 0; k < components; k++) {
      weights[k] = vector_exp(load(a + k * lanes) - top);
      total += weights[k];
    }
    // The first component at which the running sum passes the drawn share, or else the last.
    const vec share = load(which + l) * total;
    vec mean = load(a + 2 * block - lanes), spread = load(a + 3 * block - lanes), sum = total;
    ints is_anchored = (ints){} + (components <= anchored ? -1 : 0);
    for (long k = components - 2; k >= 0; k--) {
      sum -= weights[k + 1];
      const ints chosen = share < sum;
      mean = choose(chosen, load(a + block + k * lanes), mean);
      spread = choose(chosen, load(a + 2 * block + k * lanes), spread);
      is_anchored = k < anchored ? is_anchored | chosen : is_anchored & ~chosen;
    }
    const vec size = choose(is_anchored, splat(unit), splat(1));
    const vec from = choose(is_anchored, load(centre + l), (vec){});
    const vec scale = size * (vector_exp(clamp(spread, -8.0f, 4.0f)) + floor);
    store(u + l, from + size * mean + scale * load(normal + l));
  }
}
