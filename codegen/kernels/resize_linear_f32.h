/* Height and width resized by linear interpolation, NHWC, float32. */
#ifndef ARENITE_RESIZE_LINEAR_F32_H
#define ARENITE_RESIZE_LINEAR_F32_H

#include "arenite_words.h"

/* Extents in elements. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t channels;
  int32_t output_rows;
  int32_t output_columns;
} arenite_resize_linear_f32_layer;

/* One output row from the two input rows beside it and their weights. For each output column, `columns` has the two
 * input columns beside it, and `column_weights` their weights. */
void arenite_resize_linear_row_f32(const arenite_resize_linear_f32_layer *layer, const float *above, const float *below,
                                   const float *row_weights, const int32_t *columns, const float *column_weights,
                                   float *out);

void arenite_resize_linear_f32(const arenite_resize_linear_f32_layer *layer, const float *in, const int32_t *rows,
                               const float *row_weights, const int32_t *columns, const float *column_weights,
                               float *out);

#endif
