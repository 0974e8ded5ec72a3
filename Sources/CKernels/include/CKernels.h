// The numeric kernels, one table per instruction set, chosen at run time.
//
// Arrays are Float32 in lane layout: a time step is a [feature][lane] matrix, lanes are sequences of
// the batch, and a lane block is `lanes` (16 or 32) sequences wide. A stride is the distance in floats
// from one time step to the next. What a lane holds does not depend on how the batch was cut into blocks,
// bit for bit; sums over lanes (gradients of weights) do in their last digits. Two tables agree within
// rounding. No kernel reads or writes beyond the rows and lanes named here, and gaps of a stride are left
// alone.
#pragma once
#include <stddef.h>
#include <stdint.h>

// One GRU layer, reset gate after the product (PyTorch, cuDNN):
//   r = sigmoid(Wr x + Ur h + br + cr), z = sigmoid(Wz x + Uz h + bz + cz),
//   n = tanh(Wn x + bn + r * (Un h + cn)), h' = n + z * (h - n)
// Natural weights, row-major: wx [inputs][3 hidden] with columns n, r, z; wh [hidden][3 hidden] with
// columns r, z, n; bx [3 hidden] as wx, bh [3 hidden] as wh.
// `packed` is filled by gru_pack and holds what forward and backward read; its size is gru_packed_size.
typedef struct vc_kernels {
  const char *name;      // "plain", "baseline", "avx2", "avx512", "neon"
  int32_t vector_width;  // floats in a vector register

  // Size in floats of a packed [k][rows] matrix, padding included.
  long (*packed_size)(long k, long rows);
  // Packs w for `dense`. Not transposed: w is [k][ld], row r of the result is column r of w.
  // Transposed: w is [rows][ld] and row r of the result is row r of w (for products with the transpose).
  void (*pack)(const float *w, long k, long rows, long ld, int transposed, float *packed);
  // y[t][r][b] = (accumulate ? y : bias ? bias[r] : 0) + sum_i w[i][r] x[t][i][b]
  // (with accumulate the bias, if any, is added too).
  void (*dense)(const float *packed, const float *bias, long k, long rows, long steps, long lanes,
                const float *x, long x_stride, float *y, long y_stride, int accumulate);
  // dw[i][r] += sum_tb x[t][i][b] dy[t][r][b], db[r] += sum_tb dy[t][r][b]; dw has leading dimension ld,
  // db may be NULL. `scratch` holds gradient_scratch(lanes) floats.
  void (*dense_gradient)(long k, long rows, long steps, long lanes, const float *x, long x_stride,
                         const float *dy, long dy_stride, float *dw, long ld, float *db, float *scratch);
  long (*gradient_scratch)(long lanes);

  long (*gru_packed_size)(long inputs, long hidden);
  void (*gru_pack)(long inputs, long hidden, const float *wx, const float *wh, const float *bx,
                   const float *bh, float *packed);
  // h is [steps + 1][hidden][lanes] and h[0] is the initial state; gates is [steps][4 hidden][lanes] and
  // receives n, r, z and Un h + cn for backward. Where mask ([steps][lanes], NULL = all 1) is 0 the state
  // is carried over and all of the step's deltas are 0; its x must still be finite.
  void (*gru_forward)(long inputs, long hidden, long steps, long lanes, const float *packed,
                      const float *x, long x_stride, const float *mask, float *gates, float *h);
  // dy [steps][hidden][lanes] is the gradient of every state. gates becomes the deltas of the
  // pre-activations, rows n, r, z, n*r. carry [hidden][lanes] holds the gradient that reaches the last
  // state from outside and returns the gradient of h[0]. dx (NULL = not wanted) is written, not added.
  // `scratch` holds 4 * hidden * lanes floats.
  void (*gru_backward)(long inputs, long hidden, long steps, long lanes, const float *packed,
                       const float *mask, const float *h, float *gates, const float *dy, float *dx,
                       long dx_stride, float *carry, float *scratch);
  // After gru_backward: adds to the natural gradients.
  void (*gru_gradient)(long inputs, long hidden, long steps, long lanes, const float *x, long x_stride,
                       const float *h, const float *deltas, float *dwx, float *dwh, float *dbx,
                       float *dbh, float *scratch);

  // Element-wise over n floats; y may be x. NaN gives NaN. sigmoid is within 2e-7, tanh within 4e-7, and
  // neither leaves its range; exp and log are within 2 ulp, subnormal results, 0 and infinity included.
  void (*sigmoid)(long n, const float *x, float *y);
  void (*tanh)(long n, const float *x, float *y);
  void (*silu)(long n, const float *x, float *y);
  void (*exp)(long n, const float *x, float *y);
  void (*log)(long n, const float *x, float *y);
  // dx = dy * derivative; sigmoid and tanh take their result y, silu takes its input x. dx may be dy.
  void (*sigmoid_backward)(long n, const float *y, const float *dy, float *dx);
  void (*tanh_backward)(long n, const float *y, const float *dy, float *dx);
  void (*silu_backward)(long n, const float *x, const float *dy, float *dx);
  // y += a x
  void (*add_scaled)(long n, float a, const float *x, float *y);
  // Sum of squares, in an order fixed by n.
  double (*square_sum)(long n, const float *x);
  // Adam (Kingma and Ba, 2015): gradients are multiplied by `scale` first; correction1 and 2 are
  // 1 / (1 - beta^step).
  void (*adam)(long n, float *w, const float *g, float *m, float *v, float rate, float beta1,
               float beta2, float epsilon, float correction1, float correction2, float scale);

  // Negative log-likelihood of a mixture of `components` Gaussians (1 to 32), one value per step and lane.
  // head [steps][3 components][lanes] holds logits a (any but one may be -infinity), means m, log scales l.
  // Component k has
  //   mean  = centre + unit * m and scale = unit * (exp(clamp(l, -8, 4)) + floor) for k < anchored,
  //   mean  =               m and scale =         (exp(clamp(l, -8, 4)) + floor) for the others.
  // centre [steps][lanes] (stride c_stride; NULL = 0) and target u [steps][lanes] (stride u_stride).
  // weight [steps][lanes] (stride w_stride) multiplies each term; where it is 0 the target is ignored and
  // may be NaN. Adds weight * nll to loss[lanes] and writes weight * d nll / d head to dhead
  // (stride of head; NULL = not wanted). The log scale has gradient 0 where it is clamped.
  void (*mixture_nll)(long components, long anchored, float unit, float floor, long steps, long lanes,
                      const float *head, long head_stride, const float *u, long u_stride,
                      const float *centre, long c_stride, const float *weight, long w_stride,
                      float *loss, float *dhead);
} vc_kernels;

// The tables this processor can run, slowest first; `count` receives how many.
const vc_kernels *const *vc_available_kernels(int32_t *count);
