/* SVDF on float32: see svdf.h. */
#ifndef ARENITE_SVDF_F32_H
#define ARENITE_SVDF_F32_H

#include "arenite_float.h"

/* A unit of the output sums `rank` filters. The activation's bounds are bits of floats. */
typedef struct {
  int32_t batches;
  int32_t inputs;
  int32_t filters;
  int32_t rank;
  int32_t memory;
  int32_t activation_low;
  int32_t activation_high;
} arenite_svdf_f32_layer;

/* `features` are [filter][input], `times` are [filter][memory]. The state, [batch][filter][memory] with the newest
 * product last, is moved on by one. */
void arenite_svdf_f32(const arenite_svdf_f32_layer *layer, const float *in, const float *features, const float *times,
                      const float *bias, float *state, float *out);

#endif
