/* Mean, sum, maximum and minimum over axes, float32. */
#ifndef ARENITE_REDUCE_F32_H
#define ARENITE_REDUCE_F32_H

#include "arenite_float.h"

/* The input is [outer, reduced, kept, reduced_inner, inner], the output [outer, kept, inner]. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t kept;
  int32_t reduced_inner;
  int32_t inner;
} arenite_reduce_f32_layer;

/* One index of `outer`. */
void arenite_mean_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_sum_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_reduce_max_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_reduce_min_row_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_mean_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_sum_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_reduce_max_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

void arenite_reduce_min_f32(const arenite_reduce_f32_layer *layer, const float *in, float *out);

#endif
