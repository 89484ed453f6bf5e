/* Height and width resized, NHWC, any type: each output element is the input element that the tables name. */
#ifndef ARENITE_RESIZE_H
#define ARENITE_RESIZE_H

#include "arenite_words.h"

/* Extents in elements; `pixel_bytes` are those of all channels of one column. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t output_rows;
  int32_t output_columns;
  int32_t pixel_bytes;
} arenite_resize_layer;

/* One output row from the input row that it is like; `columns` has an input column for each output column. */
void arenite_resize_row(const arenite_resize_layer *layer, const int8_t *in, const int32_t *columns, int8_t *out);

void arenite_resize(const arenite_resize_layer *layer, const int8_t *in, const int32_t *rows, const int32_t *columns,
                    int8_t *out);

#endif
