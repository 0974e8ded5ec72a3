// The deflate filter, which also checks how much it unpacks.
//
// libhdf5 1.10 takes what comes out of a filter for a whole chunk: a damaged one that is shorter gives bytes from
// beyond its end as values, and a made-up one that is longer fills the memory.
#pragma once
#include <zlib.h>

#include <hdf5.h>

static inline size_t chdf5_deflate_failed(const char *reason) {
  H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_PLINE, H5E_READERROR, "%s", reason);
  return 0;
}

// `expected` is the number of bytes that must come out, 0 where it is not known.
static inline size_t chdf5_unpack(size_t count, size_t *room, void **buffer, size_t expected) {
  // One more byte tells what is too long.
  size_t size = expected > 0 ? expected + 1 : 2 * count + 64;
  unsigned char *out = (unsigned char *)H5allocate_memory(size, 0);
  if (out == NULL) return chdf5_deflate_failed("no memory for inflate()");
  z_stream stream = {0};
  if (inflateInit(&stream) != Z_OK) {
    H5free_memory(out);
    return chdf5_deflate_failed("inflateInit() failed");
  }
  size_t taken = 0, made = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    const size_t most = (size_t)1 << 30;
    size_t in = count - taken < most ? count - taken : most;
    size_t left = size - made < most ? size - made : most;
    stream.next_in = (unsigned char *)*buffer + taken;
    stream.avail_in = (uInt)in;
    stream.next_out = out + made;
    stream.avail_out = (uInt)left;
    status = inflate(&stream, Z_SYNC_FLUSH);
    taken += in - stream.avail_in;
    made += left - stream.avail_out;
    if (status == Z_BUF_ERROR && made == size && expected == 0) status = Z_OK;
    if (status == Z_OK && made == size) {
      unsigned char *more = expected == 0 ? (unsigned char *)H5resize_memory(out, 2 * size) : NULL;
      if (more == NULL) break;
      out = more;
      size *= 2;
    }
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || (expected > 0 && made != expected)) {
    H5free_memory(out);
    return chdf5_deflate_failed(
        status == Z_STREAM_END || made == size ? "inflate() gave another size than that of a chunk" : "inflate() failed");
  }
  H5free_memory(*buffer);
  *buffer = out;
  *room = size;
  return made;
}

static inline size_t chdf5_pack(int level, size_t count, size_t *room, void **buffer) {
  // As libhdf5 does: what deflate makes larger is stored as it is.
  uLongf size = count + (count + 999) / 1000 + 12;
  void *out = H5allocate_memory(size, 0);
  if (out == NULL) return chdf5_deflate_failed("no memory for deflate()");
  int status = compress2((Bytef *)out, &size, (const Bytef *)*buffer, count, level);
  if (status != Z_OK) {
    H5free_memory(out);
    return chdf5_deflate_failed("deflate() failed");
  }
  H5free_memory(*buffer);
  *buffer = out;
  *room = size;
  return size;
}

// What H5Z_func_t does, for the deflate filter.
static inline size_t chdf5_deflate(unsigned flags, size_t settings, const unsigned *values, size_t count, size_t *room,
                                   void **buffer, size_t expected) {
  if (flags & H5Z_FLAG_REVERSE) return chdf5_unpack(count, room, buffer, expected);
  if (settings < 1 || values[0] > 9) return chdf5_deflate_failed("invalid deflate level");
  return chdf5_pack((int)values[0], count, room, buffer);
}

// Takes the place of libhdf5's own deflate filter.
static inline herr_t chdf5_register_deflate(H5Z_func_t filter) {
  const H5Z_class2_t deflate = {
      .version = H5Z_CLASS_T_VERS,
      .id = H5Z_FILTER_DEFLATE,
      .encoder_present = 1,
      .decoder_present = 1,
      .name = "deflate",
      .filter = filter,
  };
  return H5Zregister(&deflate);
}
