// libhdf5's macros as C functions: Swift cannot import a macro that expands to a call.
#pragma once
#include <hdf5.h>
#include <hdf5_hl.h>

static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
