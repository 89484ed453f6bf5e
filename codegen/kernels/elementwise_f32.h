/* Functions of two tensors that broadcast against each other, float32. */
#ifndef ARENITE_ELEMENTWISE_F32_H
#define ARENITE_ELEMENTWISE_F32_H

#include "arenite_float.h"

/* The output is [batches, rows, columns, channels]; strides are in elements, 0 along a broadcast axis. The first
 * operand is a, or, if swapped, b. The activation's bounds are bits of floats. Output pixels begin `output_stride`
 * elements apart, the first one of a row `output_start` elements behind `out`. */
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
  int32_t activation_low;
  int32_t activation_high;
  int32_t output_stride;
  int32_t output_start;
} arenite_elementwise_f32_layer;

/* One output row from the operands' rows. */
void arenite_add_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_subtract_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_multiply_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_divide_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_minimum_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_maximum_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_power_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_prelu_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_floor_divide_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,
                                  float *out);

void arenite_floor_modulo_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,
                                  float *out);

void arenite_squared_difference_row_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,
                                        float *out);

void arenite_add_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_subtract_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_multiply_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_divide_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_minimum_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_maximum_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_power_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_prelu_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b, float *out);

void arenite_floor_divide_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,
                              float *out);

void arenite_floor_modulo_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,
                              float *out);

void arenite_squared_difference_f32(const arenite_elementwise_f32_layer *layer, const float *a, const float *b,
                                    float *out);

#endif
