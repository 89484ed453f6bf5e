/* Whether one element is less than another, equal to it, or greater: 1 or 0. */
#ifndef ARENITE_COMPARISON_H
#define ARENITE_COMPARISON_H

#include "arenite_broadcast.h"

/* The fields up to `swapped` are those of arenite_broadcast_layer. `accepted`: 1 if the result is 1 where x is less,
 * plus 2 if where they are equal, plus 4 if where it is greater, plus 8 if where one is not a number. */
typedef struct {
  int32_t batches;
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t a_batch_stride;
  int32_t a_row_stride;
  int32_t a_column_stride;
  int32_t a_channel_stride;
  int32_t b_batch_stride;
  int32_t b_row_stride;
  int32_t b_column_stride;
  int32_t b_channel_stride;
  int32_t swapped;
  int32_t accepted;
} arenite_compare_layer;

/* The same for (x + x_offset) * 2^8 * x_multiplier * 2^(x_shift - 31), rounded twice, and the like for y. */
typedef struct {
  int32_t batches;
  int32_t rows;
  int32_t columns;
  int32_t channels;
  int32_t a_batch_stride;
  int32_t a_row_stride;
  int32_t a_column_stride;
  int32_t a_channel_stride;
  int32_t b_batch_stride;
  int32_t b_row_stride;
  int32_t b_column_stride;
  int32_t b_channel_stride;
  int32_t swapped;
  int32_t accepted;
  int32_t x_offset;
  int32_t x_multiplier;
  int32_t x_shift;
  int32_t y_offset;
  int32_t y_multiplier;
  int32_t y_shift;
} arenite_compare_scaled_layer;

/* One output row from the operands' rows. */
void arenite_compare_scaled_row_s8(const arenite_compare_scaled_layer *layer, const int8_t *a, const int8_t *b,
                                   int8_t *out);

void arenite_compare_row_s8(const arenite_compare_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_compare_scaled_row_s16(const arenite_compare_scaled_layer *layer, const int16_t *a, const int16_t *b,
                                    int8_t *out);

void arenite_compare_row_s16(const arenite_compare_layer *layer, const int16_t *a, const int16_t *b, int8_t *out);

void arenite_compare_row_s32(const arenite_compare_layer *layer, const int32_t *a, const int32_t *b, int8_t *out);

void arenite_compare_row_f32(const arenite_compare_layer *layer, const float *a, const float *b, int8_t *out);

void arenite_compare_scaled_s8(const arenite_compare_scaled_layer *layer, const int8_t *a, const int8_t *b,
                               int8_t *out);

void arenite_compare_s8(const arenite_compare_layer *layer, const int8_t *a, const int8_t *b, int8_t *out);

void arenite_compare_scaled_s16(const arenite_compare_scaled_layer *layer, const int16_t *a, const int16_t *b,
                                int8_t *out);

void arenite_compare_s16(const arenite_compare_layer *layer, const int16_t *a, const int16_t *b, int8_t *out);

void arenite_compare_s32(const arenite_compare_layer *layer, const int32_t *a, const int32_t *b, int8_t *out);

void arenite_compare_f32(const arenite_compare_layer *layer, const float *a, const float *b, int8_t *out);

#endif
