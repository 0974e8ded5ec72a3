// libhdf5's macros as C functions: Swift cannot import a macro that expands to a call.
// Also one name for what libhdf5 1.10, 1.12 and later call differently.
#pragma once
#include <hdf5.h>
#include <hdf5_hl.h>

#include "guarded_driver.h"

// Memory types.
static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_native_int8(void) { return H5T_NATIVE_INT8; }
static inline hid_t chdf5_native_int16(void) { return H5T_NATIVE_INT16; }
static inline hid_t chdf5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_native_uint16(void) { return H5T_NATIVE_UINT16; }
static inline hid_t chdf5_native_uint32(void) { return H5T_NATIVE_UINT32; }
static inline hid_t chdf5_native_uint64(void) { return H5T_NATIVE_UINT64; }

// File types.
static inline hid_t chdf5_ieee_f32(int big) { return big ? H5T_IEEE_F32BE : H5T_IEEE_F32LE; }
static inline hid_t chdf5_ieee_f64(int big) { return big ? H5T_IEEE_F64BE : H5T_IEEE_F64LE; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_object_reference(void) { return H5T_STD_REF_OBJ; }

// The standard integer of `bits` (8, 16, 32 or 64); negative when there is none.
static inline hid_t chdf5_std_integer(int bits, int is_signed, int big) {
  switch (bits) {
  case 8: return is_signed ? H5T_STD_I8LE : H5T_STD_U8LE;
  case 16: return is_signed ? (big ? H5T_STD_I16BE : H5T_STD_I16LE) : (big ? H5T_STD_U16BE : H5T_STD_U16LE);
  case 32: return is_signed ? (big ? H5T_STD_I32BE : H5T_STD_I32LE) : (big ? H5T_STD_U32BE : H5T_STD_U32LE);
  case 64: return is_signed ? (big ? H5T_STD_I64BE : H5T_STD_I64LE) : (big ? H5T_STD_U64BE : H5T_STD_U64LE);
  default: return -1;
  }
}

// Property list classes and constants.
static inline hid_t chdf5_p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_p_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_p_link_create(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_p_transfer(void) { return H5P_DATASET_XFER; }
static inline hid_t chdf5_p_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_s_all(void) { return H5S_ALL; }
static inline hsize_t chdf5_s_unlimited(void) { return H5S_UNLIMITED; }
static inline size_t chdf5_t_variable(void) { return H5T_VARIABLE; }
static inline unsigned chdf5_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_acc_excl(void) { return H5F_ACC_EXCL; }
static inline unsigned chdf5_crt_order(void) { return H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED; }
static inline hid_t chdf5_e_default(void) { return H5E_DEFAULT; }

// Lock the file where the file system can; go on where it cannot (network folders).
static inline herr_t chdf5_best_effort_locking(hid_t fapl) {
#if H5_VERSION_GE(1, 10, 7)
  return H5Pset_file_locking(fapl, 1, 1);
#else
  (void)fapl;
  return 0;
#endif
}

// Files that libhdf5 1.8 can read.
static inline herr_t chdf5_readable_by_1_8(hid_t fapl) {
#if H5_VERSION_GE(1, 10, 2)
  return H5Pset_libver_bounds(fapl, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
#else
  return H5Pset_libver_bounds(fapl, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
#endif
}

static inline ssize_t chdf5_open_in_file(hid_t file) {
  return H5Fget_obj_count(file, H5F_OBJ_ALL | H5F_OBJ_LOCAL);
}
static inline ssize_t chdf5_open_everywhere(void) {
  return H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL);
}

// A refusal to follow links to other files.
static inline herr_t chdf5_refuse_external(const char *parent_file, const char *parent_group,
                                           const char *child_file, const char *child_object,
                                           unsigned *flags, hid_t fapl, void *data) {
  (void)parent_file, (void)parent_group, (void)child_file, (void)child_object;
  (void)flags, (void)fapl, (void)data;
  return -1;
}
static inline herr_t chdf5_refuse_external_links(hid_t lapl) {
  return H5Pset_elink_cb(lapl, chdf5_refuse_external, NULL);
}

// Raw values in other files lie in the folder of the file that names them.
static inline herr_t chdf5_beside_the_file(hid_t dapl) { return H5Pset_efile_prefix(dapl, "${ORIGIN}"); }

// Only the filters built into libhdf5: a file must not make us load code.
static inline herr_t chdf5_refuse_plugins(void) { return H5PLset_loading_state(0); }

// Memory for variable-length elements, taken from a budget.
static inline void *chdf5_allocate_list(size_t size, void *data) {
  size_t *budget = (size_t *)data;
  if (size > *budget) {
    *budget = 0;
    return NULL;
  }
  *budget -= size;
  return H5allocate_memory(size, 0);
}
static inline void chdf5_free_list(void *list, void *data) {
  (void)data;
  H5free_memory(list);
}
// Reads with `transfer` allocate at most `budget` bytes for such elements, which H5free_memory releases.
static inline herr_t chdf5_bound_lists(hid_t transfer, size_t *budget) {
  return H5Pset_vlen_mem_manager(transfer, chdf5_allocate_list, budget, chdf5_free_list, budget);
}

// Objects: type (0 group, 1 dataset, 2 named type, -1 other) and identity within its file.
typedef struct {
  int type;
  unsigned long file_number;
  unsigned long long address;
} chdf5_object_info;

#if H5_VERSION_GE(1, 12, 0)
typedef H5O_info1_t chdf5_h5o_info;
typedef H5L_info1_t chdf5_h5l_info;
#else
typedef H5O_info_t chdf5_h5o_info;
typedef H5L_info_t chdf5_h5l_info;
#endif

static inline herr_t chdf5_get_object_info(hid_t location, const char *name, hid_t lapl,
                                           chdf5_object_info *out) {
  chdf5_h5o_info info;
#if H5_VERSION_GE(1, 10, 3)
  herr_t status = H5Oget_info_by_name2(location, name, &info, H5O_INFO_BASIC, lapl);
#else
  herr_t status = H5Oget_info_by_name(location, name, &info, lapl);
#endif
  if (status < 0) return status;
  out->type = info.type == H5O_TYPE_GROUP            ? 0
              : info.type == H5O_TYPE_DATASET        ? 1
              : info.type == H5O_TYPE_NAMED_DATATYPE ? 2
                                                     : -1;
  out->file_number = info.fileno;
  out->address = info.addr;
  return status;
}

// Links: kind (0 hard, 1 soft, 2 external, -1 other) and, for soft and external ones, the value's size.
static inline int chdf5_link_kind(H5L_type_t type) {
  return type == H5L_TYPE_HARD ? 0 : type == H5L_TYPE_SOFT ? 1 : type == H5L_TYPE_EXTERNAL ? 2 : -1;
}
static inline herr_t chdf5_get_link_info(hid_t location, const char *name, hid_t lapl, int *kind,
                                         size_t *value_size) {
  chdf5_h5l_info info;
#if H5_VERSION_GE(1, 12, 0)
  herr_t status = H5Lget_info1(location, name, &info, lapl);
#else
  herr_t status = H5Lget_info(location, name, &info, lapl);
#endif
  if (status < 0) return status;
  *kind = chdf5_link_kind(info.type);
  *value_size = info.type == H5L_TYPE_HARD ? 0 : info.u.val_size;
  return status;
}

// Returns 0 to go on, anything above to stop.
typedef int (*chdf5_link_visitor)(const char *name, int kind, void *data);
typedef struct {
  chdf5_link_visitor visit;
  void *data;
} chdf5_link_visit;

static inline herr_t chdf5_each_link_step(hid_t group, const char *name, const chdf5_h5l_info *info,
                                          void *data) {
  (void)group;
  const chdf5_link_visit *visit = (const chdf5_link_visit *)data;
  return visit->visit(name, chdf5_link_kind(info->type), visit->data);
}
// Calls `visit` for each link of `group`, in the order libhdf5 comes upon them: to sort a damaged group first, it
// makes a table that it then cannot free.
static inline herr_t chdf5_each_link(hid_t group, chdf5_link_visitor visit, void *data) {
  chdf5_link_visit both = {visit, data};
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate1(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, chdf5_each_link_step, &both);
#else
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, chdf5_each_link_step, &both);
#endif
}

// Frees what libhdf5 allocated for variable-length elements.
static inline herr_t chdf5_reclaim(hid_t type, hid_t space, void *buffer) {
#if H5_VERSION_GE(1, 12, 0)
  return H5Treclaim(type, space, H5P_DEFAULT, buffer);
#else
  return H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
#endif
}
