/* Rescaling of integers that are stored as float32. */
#ifndef ARENITE_REQUANT_SHIFT_F32_H
#define ARENITE_REQUANT_SHIFT_F32_H

#include "arenite_float.h"

/* `rows` of `columns` pixels. `low`, `high` and `divisor` are bits of floats; strides are 1 where the factors or the
 * offsets are one per channel, 0 where all channels share one. */
typedef struct {
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t factor_stride;
  int32_t offset_stride;
  int32_t divisor;
  int32_t low;
  int32_t high;
} arenite_requant_shift_f32_layer;

/* floor((in * factor + offset) / divisor), clamped. `in` and `out` may be the same. */
void arenite_requant_shift_row_f32(const arenite_requant_shift_f32_layer *layer, const float *in, const float *factors,
                                   const float *offsets, float *out);

void arenite_requant_shift_f32(const arenite_requant_shift_f32_layer *layer, const float *in, const float *factors,
                               const float *offsets, float *out);

#endif
