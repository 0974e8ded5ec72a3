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

#include "crew.h"

// One GRU layer, reset gate after the product (PyTorch, cuDNN):
//   r = sigmoid(Wr x + Ur h + br + cr), z = sigmoid(Wz x + Uz h + bz + cz),
//   n = tanh(Wn x + bn + r * (Un h + cn)), h' = n + z * (h - n)
// Natural weights, row-major: wx [inputs][3 hidden] with columns n, r, z; wh [hidden][3 hidden] with
// columns r, z, n; bx [3 hidden] as wx, bh [3 hidden] as wh.
// `packed` is filled by gru_pack and holds what forward and backward read; its size is gru_packed_size.
typedef struct vc_kernels {
  const char *name;      // "plain", "baseline", "avx2", "avx512", "avx512bf16", "neon"
  int32_t vector_width;  // floats in a vector register
  // 1: products (dense, gru_, lstm_ and their gradients) round what they multiply to bfloat16 and sum in
  // Float32. Everything else, biases and gates included, is as in the other tables. On the stack they take
  // 2 bytes for every row and lane of a step. Such a table is for who asks for it.
  int32_t bfloat16;

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
  // receives n, r, z and Un h + cn for backward; with g_stride 0 every step uses the same memory, for a
  // pass without backward. Where mask ([steps][lanes], NULL = all 1) is 0 the state is carried over and all
  // of the step's deltas are 0; its x must still be finite. Strides may be negative: with x, mask, h and
  // dy given at their last step the layer runs backwards in time.
  void (*gru_forward)(long inputs, long hidden, long steps, long lanes, const float *packed,
                      const float *x, long x_stride, const float *mask, long m_stride, float *gates,
                      long g_stride, float *h, long h_stride);
  // dy [steps][hidden][lanes] is the gradient of every state. gates becomes the deltas of the
  // pre-activations, rows n, r, z, n*r. carry [hidden][lanes] holds the gradient that reaches the last
  // state from outside and returns the gradient of h[0]. dx (NULL = not wanted) is added to where dx_adds,
  // and written otherwise.
  void (*gru_backward)(long inputs, long hidden, long steps, long lanes, const float *packed,
                       const float *mask, long m_stride, const float *h, long h_stride, float *gates,
                       const float *dy, long dy_stride, float *dx, long dx_stride, int dx_adds,
                       float *carry);
  // After gru_backward: adds to the natural gradients.
  void (*gru_gradient)(long inputs, long hidden, long steps, long lanes, const float *x, long x_stride,
                       const float *h, long h_stride, const float *deltas, float *dwx, float *dwh, float *dbx,
                       float *dbh, float *scratch);

  // One LSTM layer (PyTorch, cuDNN):
  //   i, f, o = sigmoid(W x + U h + b + c), g = tanh(...), c' = f * c + i * g, h' = o * tanh(c')
  // Natural weights, row-major: wx [inputs][4 hidden] and wh [hidden][4 hidden] with columns i, f, g, o;
  // bx and bh [4 hidden]. As above, but for the cell c [steps + 1][hidden][lanes] (c_stride 0: one, in
  // place) and its carry, and for gates [steps][5 hidden][lanes]: i, f, g, o, tanh(c'), of which the first
  // four become the deltas.
  long (*lstm_packed_size)(long inputs, long hidden);
  void (*lstm_pack)(long inputs, long hidden, const float *wx, const float *wh, const float *bx,
                    const float *bh, float *packed);
  void (*lstm_forward)(long inputs, long hidden, long steps, long lanes, const float *packed,
                       const float *x, long x_stride, const float *mask, long m_stride, float *gates,
                       long g_stride, float *h, long h_stride, float *c, long c_stride);
  void (*lstm_backward)(long inputs, long hidden, long steps, long lanes, const float *packed,
                        const float *mask, long m_stride, const float *c, float *gates, const float *dy,
                        long dy_stride, float *dx, long dx_stride, int dx_adds, float *carry_h,
                        float *carry_c);
  void (*lstm_gradient)(long inputs, long hidden, long steps, long lanes, const float *x, long x_stride,
                        const float *h, long h_stride, const float *deltas, float *dwx, float *dwh, float *dbx,
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
  // y += a x, and the same for [steps][n] with strides.
  void (*add_scaled)(long n, float a, const float *x, float *y);
  void (*add_steps)(long steps, long n, float a, const float *x, long x_stride, float *y, long y_stride);
  // y *= a
  void (*scale)(long n, float a, float *y);
  // y += share (x - y)
  void (*blend)(long n, float share, const float *x, float *y);
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

  // Losses over [steps][features][lanes]; a cell of weight 0 counts nowhere and may be NaN. They return
  // their sums, and write what their gradients need, dense.
  // Sum of weight (a - b)^2; delta = weight (a - b). A weight's features lie w_feature apart: 0 where one
  // weight serves all features of a step.
  double (*squared_error)(long features, long steps, long lanes, const float *a, long a_stride,
                          const float *b, long b_stride, const float *weight, long w_stride,
                          long w_feature, float *delta);
  // Sum of weight * binary cross-entropy of sigmoid(logit) and target; delta = weight * slope.
  double (*cross_entropy)(long steps, long lanes, const float *logits, long stride, float target,
                          const float *weight, long w_stride, float *delta);
  // Adds to sums[steps][features][5] the count of cells, sums of x and x^2 of the real ones and of the fake.
  void (*moments)(long features, long steps, long lanes, const float *real, long r_stride,
                  const float *fake, long f_stride, const float *weight, long w_stride, double *sums);
  // into += slopes[..][0] + slopes[..][1] (fake - slopes[..][2]), slopes being [steps][features][3].
  void (*moments_backward)(long features, long steps, long lanes, const float *fake, long f_stride,
                           const float *weight, long w_stride, const float *slopes, float *into,
                           long stride);

  // Draw d of every lane, [draws][lanes], strictly between 0 and 1: the upper 23 bits of word d % 4 of block
  // `first` + d / 4 of Philox4x32-10 with `key`, the lane's stream being the other half of the counter.
  void (*uniforms)(uint64_t key, const uint64_t *streams, uint64_t first, long draws, long lanes,
                   float *out);
  // Standard normal quantiles of n numbers from `uniforms`, within 5e-7 + 5e-7 |z|. z may be p.
  void (*normals)(long n, const float *p, float *z);
  // One draw per lane from a mixture as in mixture_nll: head [3 components][lanes], centre, the uniform
  // number that chooses a component, the normal one of it, and the result, each [lanes].
  void (*mixture_draw)(long components, long anchored, float unit, float floor, long lanes,
                       const float *head, const float *centre, const float *which, const float *normal,
                       float *u);
} vc_kernels;

// The tables this processor can run, slowest first, those in bfloat16 at the end; `count` receives how many.
const vc_kernels *const *vc_available_kernels(int32_t *count);
