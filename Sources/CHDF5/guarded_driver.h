// A libhdf5 file driver that survives a full disk.
//
// libhdf5 1.10 does not: when its last writes fail as a file is closed, it crashes or keeps the file open
// until the process ends. This driver keeps the first error number for the caller and holds everything
// written after it in memory, so that libhdf5 can finish and the caller can throw the file away.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hdf5.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

// Bytes that did not reach the disk.
typedef struct chdf5_kept {
  struct chdf5_kept *next;
  haddr_t address;
  size_t size;
  unsigned char bytes[];
} chdf5_kept;

typedef struct {
  H5FD_t base;
  int descriptor;
  haddr_t allocated_end;
  haddr_t end;
  int *failure;
  chdf5_kept *first;
  chdf5_kept *last;
} chdf5_guarded_file;

static inline void chdf5_guard_note(chdf5_guarded_file *file, int code) {
  if (*file->failure == 0) *file->failure = code == 0 ? EIO : code;
}

// The access property list carries the address of the caller's error number.
static inline H5FD_t *chdf5_guard_open(const char *name, unsigned flags, hid_t access, haddr_t limit) {
  (void)limit;
  int *const *failure = (int *const *)H5Pget_driver_info(access);
  if (failure == NULL) return NULL;
  int mode = (flags & H5F_ACC_RDWR ? O_RDWR : O_RDONLY) | (flags & H5F_ACC_CREAT ? O_CREAT : 0) |
             (flags & H5F_ACC_TRUNC ? O_TRUNC : 0) | (flags & H5F_ACC_EXCL ? O_EXCL : 0) | O_CLOEXEC;
  chdf5_guarded_file *file = (chdf5_guarded_file *)calloc(1, sizeof *file);
  if (file == NULL) return NULL;
  file->failure = *failure;
  file->descriptor = open(name, mode, 0666);
  if (file->descriptor < 0) {
    // libhdf5 first tries to open without creating.
    if (flags & H5F_ACC_CREAT) chdf5_guard_note(file, errno);
    free(file);
    return NULL;
  }
  off_t end = lseek(file->descriptor, 0, SEEK_END);
  file->end = end < 0 ? 0 : (haddr_t)end;
  return &file->base;
}

static inline herr_t chdf5_guard_close(H5FD_t *base) {
  chdf5_guarded_file *file = (chdf5_guarded_file *)base;
  if (close(file->descriptor) != 0) chdf5_guard_note(file, errno);
  for (chdf5_kept *kept = file->first; kept != NULL;) {
    chdf5_kept *next = kept->next;
    free(kept);
    kept = next;
  }
  free(file);
  return 0;
}

static inline herr_t chdf5_guard_query(const H5FD_t *base, unsigned long *flags) {
  (void)base;
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  return 0;
}

static inline haddr_t chdf5_guard_get_eoa(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const chdf5_guarded_file *)base)->allocated_end;
}

static inline herr_t chdf5_guard_set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t address) {
  (void)type;
  ((chdf5_guarded_file *)base)->allocated_end = address;
  return 0;
}

static inline haddr_t chdf5_guard_get_eof(const H5FD_t *base, H5FD_mem_t type) {
  (void)type;
  return ((const chdf5_guarded_file *)base)->end;
}

static inline herr_t chdf5_guard_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                                      size_t size, void *buffer) {
  (void)type, (void)transfer;
  chdf5_guarded_file *file = (chdf5_guarded_file *)base;
  unsigned char *bytes = (unsigned char *)buffer;
  size_t done = 0;
  while (done < size) {
    ssize_t count = pread(file->descriptor, bytes + done, size - done, (off_t)(address + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    done += (size_t)count;
  }
  memset(bytes + done, 0, size - done);
  for (const chdf5_kept *kept = file->first; kept != NULL; kept = kept->next) {
    haddr_t from = address > kept->address ? address : kept->address;
    haddr_t to = address + size < kept->address + kept->size ? address + size : kept->address + kept->size;
    if (from < to) memcpy(bytes + (from - address), kept->bytes + (from - kept->address), to - from);
  }
  return 0;
}

static inline herr_t chdf5_guard_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                                       size_t size, const void *buffer) {
  (void)type, (void)transfer;
  chdf5_guarded_file *file = (chdf5_guarded_file *)base;
  const unsigned char *bytes = (const unsigned char *)buffer;
  size_t done = 0;
  while (done < size && *file->failure == 0) {
    ssize_t count = pwrite(file->descriptor, bytes + done, size - done, (off_t)(address + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      chdf5_guard_note(file, count < 0 ? errno : ENOSPC);
    } else {
      done += (size_t)count;
    }
  }
  if (done < size) {
    chdf5_kept *kept = (chdf5_kept *)malloc(sizeof *kept + (size - done));
    if (kept == NULL) return -1;
    kept->next = NULL;
    kept->address = address + done;
    kept->size = size - done;
    memcpy(kept->bytes, bytes + done, size - done);
    if (file->last != NULL) file->last->next = kept;
    if (file->first == NULL) file->first = kept;
    file->last = kept;
  }
  if (address + size > file->end) file->end = address + size;
  return 0;
}

static inline herr_t chdf5_guard_truncate(H5FD_t *base, hid_t transfer, hbool_t closing) {
  (void)transfer, (void)closing;
  chdf5_guarded_file *file = (chdf5_guarded_file *)base;
  if (file->end == file->allocated_end) return 0;
  if (*file->failure == 0 && ftruncate(file->descriptor, (off_t)file->allocated_end) != 0) {
    chdf5_guard_note(file, errno);
  }
  file->end = file->allocated_end;
  return 0;
}

// Registers the driver; call once.
static inline hid_t chdf5_guard_register(void) {
  const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
      .version = H5FD_CLASS_VERSION,
      .value = 1017,
#endif
      .name = "vitalcohort-guarded",
      .maxaddr = ((haddr_t)1 << 62),
      .fc_degree = H5F_CLOSE_WEAK,
      .fapl_size = sizeof(int *),
      .open = chdf5_guard_open,
      .close = chdf5_guard_close,
      .query = chdf5_guard_query,
      .get_eoa = chdf5_guard_get_eoa,
      .set_eoa = chdf5_guard_set_eoa,
      .get_eof = chdf5_guard_get_eof,
      .read = chdf5_guard_read,
      .write = chdf5_guard_write,
      .truncate = chdf5_guard_truncate,
      .fl_map = H5FD_FLMAP_DICHOTOMY,
  };
  return H5FDregister(&driver);
}

// Files created with `access` write through the driver and leave the first error number in `failure`.
static inline herr_t chdf5_guard_use(hid_t access, hid_t driver, int *failure) {
  return H5Pset_driver(access, driver, &failure);
}
