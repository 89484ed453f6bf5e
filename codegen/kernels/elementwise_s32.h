/* Arithmetic with two tensors of int32 that broadcast against each other.
 *
 * It wraps modulo 2^32; what is divided by 0 is 0. */
#ifndef ARENITE_ELEMENTWISE_S32_H
#define ARENITE_ELEMENTWISE_S32_H

#include "arenite_broadcast.h"

/* The fields up to `swapped` are those of arenite_broadcast_layer. Floor division and squared difference have no
 * activation. */
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
  int32_t activation_min;
  int32_t activation_max;
} arenite_elementwise_s32_layer;

/* One output row from the operands' rows. */
void arenite_add_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_subtract_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                              int32_t *out);

void arenite_multiply_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                              int32_t *out);

void arenite_divide_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                            int32_t *out);

void arenite_floor_divide_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                                  int32_t *out);

void arenite_floor_modulo_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                                  int32_t *out);

void arenite_squared_difference_row_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                                        int32_t *out);

void arenite_add_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_subtract_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_multiply_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_divide_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b, int32_t *out);

void arenite_floor_divide_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                              int32_t *out);

void arenite_floor_modulo_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                              int32_t *out);

void arenite_squared_difference_s32(const arenite_elementwise_s32_layer *layer, const int32_t *a, const int32_t *b,
                                    int32_t *out);

#endif
