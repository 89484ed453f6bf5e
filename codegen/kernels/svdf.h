/* SVDF: a fully connected layer over a sliding window of time, of low rank. Each filter is a product with the input,
 * which joins what it was at the last invocations, and a product with weights over time. */
#ifndef ARENITE_SVDF_H
#define ARENITE_SVDF_H

#include "arenite_words.h"

/* A unit of the output sums `rank` filters; filters are a multiple of it. Multipliers and shifts are those of
 * arenite_requantise_twice: from a filter's product to the state, and from a unit's sum to the output. */
typedef struct {
  int32_t batches;
  int32_t inputs;
  int32_t filters;
  int32_t rank;
  int32_t memory;
  int32_t state_zero_point;
  int32_t output_zero_point;
  int32_t feature_multiplier;
  int32_t feature_shift;
  int32_t multiplier;
  int32_t shift;
} arenite_svdf_layer;

/* `features` are [filters / 4][input] of arenite_quad, with as many biases, filled up with zeros; `times` are
 * [filter][memory]. Biases have zero points folded in: that of the input, and of the state. The state, [batch][filter]
 * [memory] with the newest product last, is moved on by one. A product is saturated before the state's zero point is
 * added, which wraps. */
void arenite_svdf_s8(const arenite_svdf_layer *layer, const int8_t *in, const arenite_quad *features,
                     const int32_t *feature_bias, const int8_t *times, const int32_t *bias, int8_t *state, int8_t *out);

/* The same with 16 bits over time. */
void arenite_svdf_s8_s16(const arenite_svdf_layer *layer, const int8_t *in, const arenite_quad *features,
                         const int32_t *feature_bias, const int16_t *times, const int32_t *bias, int16_t *state,
                         int8_t *out);

#endif
