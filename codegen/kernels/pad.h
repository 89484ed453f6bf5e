/* A constant border around a tensor of up to four axes. */
#ifndef ARENITE_PAD_H
#define ARENITE_PAD_H

#include "arenite_words.h"

/* Tensors are [batches, rows, columns, bytes]; the input begins in the output at `before_...`. */
typedef struct {
  int32_t output_batches;
  int32_t output_rows;
  int32_t output_columns;
  int32_t output_bytes;
  int32_t input_batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_bytes;
  int32_t before_batches;
  int32_t before_rows;
  int32_t before_columns;
  int32_t before_bytes;
  int32_t value;
} arenite_pad_layer;

/* One output row from the input row that lies in it; `in` is NULL for a row of border. */
void arenite_pad_row_s8(const arenite_pad_layer *layer, const int8_t *in, int8_t *out);

void arenite_pad_s8(const arenite_pad_layer *layer, const int8_t *in, int8_t *out);

#endif
