// What products multiply: the numbers as they are. bf16_operands.h is the other choice.

// Elements along k of a packed matrix with k rows.
INLINE long depth(long k) { return k; }

// Element `i` along k, of `depth(k)`; the numbers it is made of are w[row * step].
INLINE float element(const float *w, long i, long k, long step) {
  (void)k;
  return w[i * step];
}

INLINE vec splat_element(float x) { return splat(x); }

// sum + the products of elements.
INLINE vec multiply_add(vec sum, vec weight, vec x) { return sum + weight * x; }

// Vectors of memory that `elements_of` needs.
INLINE long elements_size(long k, long lanes, long steps) {
  (void)k, (void)lanes, (void)steps;
  return 1;
}

// The elements of x [steps][k][lanes], whose stride is changed to theirs.
INLINE const float *elements_of(const float *x, long *stride, long k, long lanes, long steps, vec *memory) {
  (void)stride, (void)k, (void)lanes, (void)steps, (void)memory;
  return x;
}
