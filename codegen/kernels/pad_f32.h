/* A constant border around a tensor of up to four axes, float32. */
#ifndef ARENITE_PAD_F32_H
#define ARENITE_PAD_F32_H

#include "arenite_float.h"

/* Tensors are [batches, rows, columns, channels]; the input begins in the output at `before_...`. `value` is bits of a
 * float. */
typedef struct {
  int32_t output_batches;
  int32_t output_rows;
  int32_t output_columns;
  int32_t output_channels;
  int32_t input_batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t before_batches;
  int32_t before_rows;
  int32_t before_columns;
  int32_t before_channels;
  int32_t value;
} arenite_pad_f32_layer;

/* One output row from the input row that lies in it; `in` is NULL for a row of border. */
void arenite_pad_row_f32(const arenite_pad_f32_layer *layer, const float *in, float *out);

void arenite_pad_f32(const arenite_pad_f32_layer *layer, const float *in, float *out);

#endif
