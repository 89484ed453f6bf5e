/* Matrix product of int16 rows with constant int8 weights. */
#ifndef ARENITE_FULLY_CONNECTED_S16_H
#define ARENITE_FULLY_CONNECTED_S16_H

#include "arenite_s16.h"

/* `scale_step` is 0 where one scale serves all outputs, else 1. */
typedef struct {
  int32_t rows;
  int32_t inputs;
  int32_t outputs;
  int32_t scale_step;
  int32_t activation_min;
  int32_t activation_max;
} arenite_fully_connected_s16_layer;

/* One output row. Weights are [input][4] for each four outputs, which are filled up with zeros. Sums fit into int32. */
void arenite_fully_connected_row_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                     const int8_t *weights, const int32_t *bias, const arenite_scale *scales,
                                     int16_t *out);

void arenite_fully_connected_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                 const int8_t *weights, const int32_t *bias, const arenite_scale *scales,
                                 int16_t *out);

/* The same for any sums below 2^53, whose products with scales are rounded to nearest, ties away from zero. */
void arenite_fully_connected_long_row_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                          const int8_t *weights, const int64_t *bias, const double *scales,
                                          int16_t *out);

void arenite_fully_connected_long_s16(const arenite_fully_connected_s16_layer *layer, const int16_t *in,
                                      const int8_t *weights, const int64_t *bias, const double *scales, int16_t *out);

#endif
