// Kernels that treat every float alike. The last, incomplete vector goes through a padded copy, so a
// value does not depend on where in the array it stands.
#define ELEMENTWISE(name, expression)                                            \
  static void name(long n, const float *x, float *y) {                           \
    long i = 0;                                                                  \
    for (; i + WIDTH <= n; i += WIDTH) {                                         \
      vec a = load(x + i);                                                       \
      store(y + i, expression);                                                  \
    }                                                                            \
    if (i < n) {                                                                 \
      vec a = load_part(x + i, n - i);                                           \
      store_part(y + i, n - i, expression);                                      \
    }                                                                            \
  }

#define ELEMENTWISE_BACKWARD(name, expression)                                   \
  static void name(long n, const float *x, const float *dy, float *dx) {         \
    long i = 0;                                                                  \
    for (; i + WIDTH <= n; i += WIDTH) {                                         \
      vec a = load(x + i), d = load(dy + i);                                     \
      store(dx + i, expression);                                                 \
    }                                                                            \
    if (i < n) {                                                                 \
      vec a = load_part(x + i, n - i), d = load_part(dy + i, n - i);             \
      store_part(dx + i, n - i, expression);                                     \
    }                                                                            \
  }

INLINE vec silu_slope(vec x) {
  vec s = vector_sigmoid(x);
  return s + x * s * (1.0f - s);
}

ELEMENTWISE(map_sigmoid, vector_sigmoid(a))
ELEMENTWISE(map_tanh, vector_tanh(a))
ELEMENTWISE(map_silu, a *vector_sigmoid(a))
ELEMENTWISE(map_exp, vector_exp(a))
ELEMENTWISE(map_log, vector_log(a))
ELEMENTWISE_BACKWARD(sigmoid_backward, d *a *(1.0f - a))
ELEMENTWISE_BACKWARD(tanh_backward, d *(1.0f - a * a))
ELEMENTWISE_BACKWARD(silu_backward, d *silu_slope(a))

static void add_scaled(long n, float a, const float *x, float *y) {
  long i = 0;
  for (; i + WIDTH <= n; i += WIDTH) store(y + i, load(y + i) + a * load(x + i));
  if (i < n) store_part(y + i, n - i, load_part(y + i, n - i) + a * load_part(x + i, n - i));
}

// y += a x for [steps][n] with strides.
static void add_steps(long steps, long n, float a, const float *x, long x_stride, float *y, long y_stride) {
  for (long t = 0; t < steps; t++) add_scaled(n, a, x + t * x_stride, y + t * y_stride);
}

static void scale(long n, float a, float *y) {
  long i = 0;
  for (; i + WIDTH <= n; i += WIDTH) store(y + i, a * load(y + i));
  if (i < n) store_part(y + i, n - i, a * load_part(y + i, n - i));
}

static void blend(long n, float share, const float *x, float *y) {
  long i = 0;
  for (; i + WIDTH <= n; i += WIDTH) store(y + i, load(y + i) + share * (load(x + i) - load(y + i)));
  if (i < n) {
    vec before = load_part(y + i, n - i);
    store_part(y + i, n - i, before + share * (load_part(x + i, n - i) - before));
  }
}

// Squares and sums in Double: the norm of a million gradients keeps the precision of one.
typedef double doubles __attribute__((vector_size(WIDTH * 8), aligned(8)));

static double square_sum(long n, const float *x) {
  doubles sum = {};
  long i = 0;
  for (; i + WIDTH <= n; i += WIDTH) {
    doubles a = __builtin_convertvector(load(x + i), doubles);
    sum += a * a;
  }
  if (i < n) {
    doubles a = __builtin_convertvector(load_part(x + i, n - i), doubles);
    sum += a * a;
  }
  double total = 0;
  UNROLL for (int j = 0; j < WIDTH; j++) total += sum[j];
  return total;
}

typedef struct {
  float rate, beta1, beta2, epsilon, correction1, correction2, scale;
} adam_settings;

INLINE vec square_root(vec x) { return __builtin_elementwise_sqrt(x); }

INLINE vec adam_update(adam_settings s, vec w, vec g, vec *m, vec *v) {
  g = g * s.scale;
  *m = *m * s.beta1 + g * (1.0f - s.beta1);
  *v = *v * s.beta2 + g * g * (1.0f - s.beta2);
  return w - s.rate * (*m * s.correction1) / (square_root(*v * s.correction2) + s.epsilon);
}

static void adam(long n, float *w, const float *g, float *m, float *v, float rate, float beta1,
                 float beta2, float epsilon, float correction1, float correction2, float scale) {
  adam_settings s = {rate, beta1, beta2, epsilon, correction1, correction2, scale};
  long i = 0;
  for (; i + WIDTH <= n; i += WIDTH) {
    vec m1 = load(m + i), v1 = load(v + i);
    store(w + i, adam_update(s, load(w + i), load(g + i), &m1, &v1));
    store(m + i, m1);
    store(v + i, v1);
  }
  if (i < n) {
    vec m1 = load_part(m + i, n - i), v1 = load_part(v + i, n - i);
    store_part(w + i, n - i, adam_update(s, load_part(w + i, n - i), load_part(g + i, n - i), &m1, &v1));
    store_part(m + i, n - i, m1);
    store_part(v + i, n - i, v1);
  }
}
