/* Sum, maximum and minimum over axes, of integers. */
#ifndef ARENITE_REDUCE_H
#define ARENITE_REDUCE_H

#include "arenite_words.h"

/* The input is [outer, reduced, kept, reduced_inner, inner], the output [outer, kept, inner]. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t kept;
  int32_t reduced_inner;
  int32_t inner;
} arenite_reduce_layer;

/* The same; the result is (sum + offset) * multiplier * 2^(shift - 31), rounded twice, plus the zero point. */
typedef struct {
  int32_t outer;
  int32_t reduced;
  int32_t kept;
  int32_t reduced_inner;
  int32_t inner;
  int32_t offset;
  int32_t multiplier;
  int32_t shift;
  int32_t output_zero_point;
} arenite_reduce_sum_layer;

/* One index of `outer`. */
void arenite_reduce_max_row_s8(const arenite_reduce_layer *layer, const int8_t *in, int8_t *out);

void arenite_reduce_min_row_s8(const arenite_reduce_layer *layer, const int8_t *in, int8_t *out);

void arenite_reduce_max_row_s16(const arenite_reduce_layer *layer, const int16_t *in, int16_t *out);

void arenite_reduce_min_row_s16(const arenite_reduce_layer *layer, const int16_t *in, int16_t *out);

void arenite_reduce_max_row_s32(const arenite_reduce_layer *layer, const int32_t *in, int32_t *out);

void arenite_reduce_min_row_s32(const arenite_reduce_layer *layer, const int32_t *in, int32_t *out);

/* Modulo 2^32. */
void arenite_reduce_sum_row_s32(const arenite_reduce_layer *layer, const int32_t *in, int32_t *out);

void arenite_reduce_sum_row_s8(const arenite_reduce_sum_layer *layer, const int8_t *in, int8_t *out);

void arenite_reduce_sum_row_s16(const arenite_reduce_sum_layer *layer, const int16_t *in, int16_t *out);

void arenite_reduce_max_s8(const arenite_reduce_layer *layer, const int8_t *in, int8_t *out);

void arenite_reduce_min_s8(const arenite_reduce_layer *layer, const int8_t *in, int8_t *out);

void arenite_reduce_max_s16(const arenite_reduce_layer *layer, const int16_t *in, int16_t *out);

void arenite_reduce_min_s16(const arenite_reduce_layer *layer, const int16_t *in, int16_t *out);

void arenite_reduce_max_s32(const arenite_reduce_layer *layer, const int32_t *in, int32_t *out);

void arenite_reduce_min_s32(const arenite_reduce_layer *layer, const int32_t *in, int32_t *out);

void arenite_reduce_sum_s32(const arenite_reduce_layer *layer, const int32_t *in, int32_t *out);

void arenite_reduce_sum_s8(const arenite_reduce_sum_layer *layer, const int8_t *in, int8_t *out);

void arenite_reduce_sum_s16(const arenite_reduce_sum_layer *layer, const int16_t *in, int16_t *out);

#endif
