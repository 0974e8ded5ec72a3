// Vectors of WIDTH floats and the elementary functions on them.
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef float vec __attribute__((vector_size(WIDTH * 4), aligned(4)));
typedef int32_t ints __attribute__((vector_size(WIDTH * 4), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE static __attribute__((noinline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vec load(const float *p) { return *(const vec *)p; }
INLINE void store(float *p, vec x) { *(vec *)p = x; }

// Subtracting zero keeps the sign of -0 and costs nothing; adding it would cost an addition.
INLINE vec splat(float x) { return x - (vec){}; }

INLINE vec choose(ints mask, vec a, vec b) { return (vec)((mask & (ints)a) | (~mask & (ints)b)); }

// The first `count` floats, zeros after them.
INLINE vec load_part(const float *p, long count) {
  float buffer[WIDTH] = {0};
  for (long i = 0; i < count; i++) buffer[i] = p[i];
  return load(buffer);
}

INLINE void store_part(float *p, long count, vec x) {
  float buffer[WIDTH];
  store(buffer, x);
  for (long i = 0; i < count; i++) p[i] = buffer[i];
}

// The larger and the smaller of two; where one is NaN, the second (NEON: NaN).
#if WIDTH == 16
INLINE vec larger(vec a, vec b) { return (vec)_mm512_max_ps((__m512)a, (__m512)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm512_min_ps((__m512)a, (__m512)b); }
#elif WIDTH == 8
INLINE vec larger(vec a, vec b) { return (vec)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm256_min_ps((__m256)a, (__m256)b); }
#elif defined(__x86_64__)
INLINE vec larger(vec a, vec b) { return (vec)_mm_max_ps((__m128)a, (__m128)b); }
INLINE vec smaller(vec a, vec b) { return (vec)_mm_min_ps((__m128)a, (__m128)b); }
#elif defined(__aarch64__)
INLINE vec larger(vec a, vec b) { return (vec)vmaxq_f32((float32x4_t)a, (float32x4_t)b); }
INLINE vec smaller(vec a, vec b) { return (vec)vminq_f32((float32x4_t)a, (float32x4_t)b); }
#else
INLINE vec larger(vec a, vec b) { return choose(a > b, a, b); }
INLINE vec smaller(vec a, vec b) { return choose(a < b, a, b); }
#endif

// Limits x; a NaN passes through.
INLINE vec clamp(vec x, float low, float high) {
  return smaller(splat(high), larger(splat(low), x));
}

// tanh(x) = x P(x^2) / Q(x^2), both of degree 4: our own minimax fit of the relative error on
// [0, 9.02], where tanh reaches 1 in Float. Absolute and relative error below 4e-7, 1 beyond 9.02, never
// outside [-1, 1].
typedef struct {
  vec over, under;
} fraction;

INLINE fraction tanh_fraction(vec x) {
  x = clamp(x, -9.03f, 9.03f);
  vec y = x * x;
  vec p = y * 1.3319066e-08f + 2.0583476e-05f;
  vec q = y * 7.7620168e-07f + 3.2830923e-04f;
  p = p * y + 3.4940342e-03f;
  q = q * y + 2.5871072e-02f;
  p = p * y + 1.3379718e-01f;
  q = q * y + 4.6713033e-01f;
  p = p * y + 1.0f;
  q = q * y + 1.0f;
  return (fraction){x * p, q};
}

INLINE vec vector_tanh(vec x) {
  fraction f = tanh_fraction(x);
  return clamp(f.over / f.under, -1.0f, 1.0f);
}

// The logistic function through tanh: absolute error below 2e-7, never outside [0, 1],
// 0 and 1 beyond 18.06.
INLINE vec vector_sigmoid(vec x) { return vector_tanh(x * 0.5f) * 0.5f + 0.5f; }

// Two of them with one division, the slowest instruction here: a / b = a d / (b d). Within 3e-7.
INLINE void two_sigmoids(vec *x, vec *y) {
  fraction a = tanh_fraction(*x * 0.5f), b = tanh_fraction(*y * 0.5f);
  vec inverse = 1.0f / (a.under * b.under);
  *x = clamp(a.over * b.under * inverse, -1.0f, 1.0f) * 0.5f + 0.5f;
  *y = clamp(b.over * a.under * inverse, -1.0f, 1.0f) * 0.5f + 0.5f;
}

// 2^k for k in -126...127.
INLINE vec power_of_two(ints k) { return (vec)((k + 127) << 23); }

// e^x = 2^k e^r with |r| <= ln(2) / 2 and the Taylor series of e^r. 2^k is applied in two factors, so
// that subnormal results, zero and infinity come out as they should. Error below 2 ulp.
INLINE vec vector_exp(vec x) {
  x = clamp(x, -104.0f, 89.0f);
  // Adding 1.5 * 2^23 rounds to an integer, which is then found in the low bits.
  vec shifted = x * 1.44269504f + 12582912.0f;
  ints k = (ints)shifted - 0x4B400000;
  vec n = shifted - 12582912.0f;
  vec r = x - n * 0.693359375f;  // ln 2 in two parts; the first has few bits, so its product is exact
  r = r + n * 2.12194440e-4f;
  vec p = r * (1.0f / 5040) + (1.0f / 720);
  p = p * r + (1.0f / 120);
  p = p * r + (1.0f / 24);
  p = p * r + (1.0f / 6);
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  ints half = k >> 1;
  return p * power_of_two(half) * power_of_two(k - half);
}

// x = 2^e m with m in [sqrt(1/2), sqrt(2)), f = m - 1 and s = f / (2 + f); then
// log m = 2 atanh(s) = f - s (f - 2 (s^2 / 3 + s^4 / 5 + ...)). Error below 2 ulp. log 0 = -inf, and the
// logarithm of a negative number is NaN.
INLINE vec vector_log(vec x) {
  ints tiny = x < splat(0x1p-126f);
  vec scaled = choose(tiny, x * 0x1p23f, x);
  ints bits = (ints)scaled;
  ints e = (bits - 0x3F3504F3) >> 23;
  vec f = (vec)(bits - (e << 23)) - 1.0f;
  vec exponent = __builtin_convertvector(e - (tiny & 23), vec);
  vec s = f / (f + 2.0f);
  vec y = s * s;
  vec p = y * (2.0f / 9) + (2.0f / 7);
  p = p * y + (2.0f / 5);
  p = p * y + (2.0f / 3);
  vec tail = s * (f - p * y);
  vec result = exponent * -2.12194440e-4f - tail;
  result = (result + f) + exponent * 0.693359375f;
  vec infinite = splat(__builtin_inff());
  result = choose(x == splat(0), -infinite, result);
  result = choose(x < splat(0), splat(__builtin_nanf("")), result);
  return choose(x < infinite, result, choose(x == x, infinite, x));
}
