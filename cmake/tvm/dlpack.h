/* The tensor of DLPack (binary layout of version 0.8), which TVM's interface with packed calls hands over. */
#ifndef ARENITE_TVM_DLPACK_H
#define ARENITE_TVM_DLPACK_H

#include <stdint.h>

typedef struct {
  int32_t device_type;
  int32_t device_id;
} DLDevice;

typedef struct {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} DLDataType;

typedef struct {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape;
  int64_t *strides;
  uint64_t byte_offset;
} DLTensor;

#endif
