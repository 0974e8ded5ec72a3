// The whole set of kernels for one instruction set. The including file defines
//   WIDTH         floats in a vector register
//   ACCUMULATORS  vectors that a tile keeps in registers: 24 of 32, or 12 of 16
//   WIDE          vectors in a row of a tile
//   BF16          1 where products take operands rounded to bfloat16
//   TABLE, NAME   the table to define and its name
#include "../include/CKernels.h"

// a + b * c may become one instruction where the processor has it.
#pragma clang fp contract(fast)

#include "vector.h"
#if BF16
#include "bf16_operands.h"
#else
#include "float32_operands.h"
#endif
#include "elementwise.h"
#include "product.h"
#include "cell.h"
#include "gru.h"
#include "lstm.h"
#include "gradient.h"
#include "mixture.h"
#include "losses.h"
#include "sampling.h"

const vc_kernels TABLE = {
    .name = NAME,
    .vector_width = WIDTH,
#if BF16
    .bfloat16 = 1,
#endif
    .packed_size = packed_size,
    .pack = pack,
    .dense = dense,
    .dense_gradient = dense_gradient,
    .gradient_scratch = gradient_scratch,
    .gru_packed_size = gru_packed_size,
    .gru_pack = gru_pack,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .gru_gradient = gru_gradient,
    .lstm_packed_size = lstm_packed_size,
    .lstm_pack = lstm_pack,
    .lstm_forward = lstm_forward,
    .lstm_backward = lstm_backward,
    .lstm_gradient = lstm_gradient,
    .sigmoid = map_sigmoid,
    .tanh = map_tanh,
    .silu = map_silu,
    .exp = map_exp,
    .log = map_log,
    .sigmoid_backward = sigmoid_backward,
    .tanh_backward = tanh_backward,
    .silu_backward = silu_backward,
    .add_scaled = add_scaled,
    .add_steps = add_steps,
    .scale = scale,
    .blend = blend,
    .square_sum = square_sum,
    .adam = adam,
    .mixture_nll = mixture_nll,
    .squared_error = squared_error,
    .cross_entropy = cross_entropy,
    .moments = moments,
    .moments_backward = moments_backward,
    .uniforms = uniforms,
    .normals = normals,
    .mixture_draw = mixture_draw,
};
