// Losses over [steps][features][lanes], with what their gradients need. Sums are in Double, in an order
// that the sizes fix. A cell of weight 0 counts nowhere, whatever it holds.

INLINE double sum_of(const doubles *x) {
  double total = 0;
  UNROLL for (int j = 0; j < WIDTH; j++) total += (*x)[j];
  return total;
}

// A macro, because two registers cannot be returned.
#define WIDENED(x) __builtin_convertvector(x, doubles)

// log(1 + x) for x in 0...1. What 1 + x rounds away is made up for, so that small x keep their digits
// (Goldberg, 1991, theorem 4).
INLINE vec log_of_one_and(vec x) {
  const vec u = 1.0f + x, taken = u - 1.0f;
  return choose(taken != (vec){}, vector_log(u) * (x / taken), x);
}

static double squared_error(long features, long steps, long lanes, const float *a, long a_stride,
                            const float *b, long b_stride, const float *weight, long w_stride,
                            long w_feature, float *delta) {
  doubles sum = {};
  const vec zero = {};
  for (long t = 0; t < steps; t++, a += a_stride, b += b_stride, weight += w_stride)
    for (long f = 0; f < features; f++)
      for (long l = 0; l < lanes; l += WIDTH, delta += WIDTH) {
        const vec w = load(weight + f * w_feature + l);
        const vec e = choose(w != zero, load(a + f * lanes + l) - load(b + f * lanes + l), zero);
        store(delta, w * e);
        sum += WIDENED(w * e * e);
      }
  return sum_of(&sum);
}

// max(x, 0) - x target + log(1 + e^-|x|), and its slope sigmoid(x) - target.
static double cross_entropy(long steps, long lanes, const float *logits, long stride, float target,
                            const float *weight, long w_stride, float *delta) {
  doubles sum = {};
  const vec zero = {};
  for (long t = 0; t < steps; t++, logits += stride, weight += w_stride)
    for (long l = 0; l < lanes; l += WIDTH, delta += WIDTH) {
      const vec x = load(logits + l), w = load(weight + l);
      const vec e = vector_exp(choose(x > zero, -x, x));
      const vec share = 1.0f / (1.0f + e);
      const vec value = choose(x > zero, x, zero) - x * target + log_of_one_and(e);
      const vec slope = choose(x >= zero, share, e * share) - target;
      const ints on = w != zero;
      store(delta, choose(on, w * slope, zero));
      sum += WIDENED(choose(on, w * value, zero));
    }
  return sum_of(&sum);
}

static void moments(long features, long steps, long lanes, const float *real, long r_stride,
                    const float *fake, long f_stride, const float *weight, long w_stride, double *sums) {
  const vec zero = {};
  for (long t = 0; t < steps; t++, real += r_stride, fake += f_stride, weight += w_stride)
    for (long f = 0; f < features; f++, sums += 5) {
      doubles n = {}, x1 = {}, x2 = {}, y1 = {}, y2 = {};
      for (long l = 0; l < lanes; l += WIDTH) {
        const ints on = load(weight + f * lanes + l) != zero;
        const doubles x = WIDENED(choose(on, load(real + f * lanes + l), zero));
        const doubles y = WIDENED(choose(on, load(fake + f * lanes + l), zero));
        n += WIDENED(choose(on, splat(1), zero));
        x1 += x;
        x2 += x * x;
        y1 += y;
        y2 += y * y;
      }
      sums[0] += sum_of(&n);
      sums[1] += sum_of(&x1);
      sums[2] += sum_of(&x2);
      sums[3] += sum_of(&y1);
      sums[4] += sum_of(&y2);
    }
}

static void moments_backward(long features, long steps, long lanes, const float *fake, long f_stride,
                             const float *weight, long w_stride, const float *slopes, float *into,
                             long stride) {
  const vec zero = {};
  for (long t = 0; t < steps; t++, fake += f_stride, weight += w_stride, into += stride)
    for (long f = 0; f < features; f++, slopes += 3)
      for (long l = 0; l < lanes; l += WIDTH) {
        float *g = into + f * lanes + l;
        const vec pull = slopes[0] + slopes[1] * (load(fake + f * lanes + l) - slopes[2]);
        store(g, load(g) + choose(load(weight + f * lanes + l) != zero, pull, zero));
      }
}
