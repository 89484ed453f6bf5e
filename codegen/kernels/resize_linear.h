/* Height and width resized by linear interpolation, NHWC, integers: weights are in units of 2^-10. */
#ifndef ARENITE_RESIZE_LINEAR_H
#define ARENITE_RESIZE_LINEAR_H

#include "arenite_words.h"

/* Extents in elements. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t channels;
  int32_t output_rows;
  int32_t output_columns;
} arenite_resize_linear_layer;

/* One output row from the two input rows beside it and their weights. For each output column, `columns` has the two
 * input columns beside it, and `column_weights` their weights. Two weights are not negative and add up to 2^10. */
void arenite_resize_linear_row_s8(const arenite_resize_linear_layer *layer, const int8_t *above, const int8_t *below,
                                  const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                                  int8_t *out);

void arenite_resize_linear_s8(const arenite_resize_linear_layer *layer, const int8_t *in, const int32_t *rows,
                              const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                              int8_t *out);

void arenite_resize_linear_row_s16(const arenite_resize_linear_layer *layer, const int16_t *above, const int16_t *below,
                                   const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                                   int16_t *out);

void arenite_resize_linear_s16(const arenite_resize_linear_layer *layer, const int16_t *in, const int32_t *rows,
                               const int16_t *row_weights, const int32_t *columns, const int16_t *column_weights,
                               int16_t *out);

#endif
