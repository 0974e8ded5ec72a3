#include "CKernels.h"

const vc_kernels *const *vc_available_kernels(int32_t *count) {
  static const vc_kernels *const none[1] = {0};
  *count = 0;
  return none;
}
