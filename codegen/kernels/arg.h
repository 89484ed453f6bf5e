/* Where the greatest or the least element along an axis is. */
#ifndef ARENITE_ARG_H
#define ARENITE_ARG_H

#include "arenite_words.h"

/* The input is [outer, kept, reduced, inner], the output [outer, kept, inner]: the first of the greatest elements, or,
 * if `least`, of the least ones. */
typedef struct {
  int32_t outer;
  int32_t kept;
  int32_t reduced;
  int32_t inner;
  int32_t least;
} arenite_arg_layer;

/* One index of `outer`. */
void arenite_arg_row_s8_s32(const arenite_arg_layer *layer, const int8_t *in, int32_t *out);

void arenite_arg_row_s8_s64(const arenite_arg_layer *layer, const int8_t *in, int64_t *out);

void arenite_arg_row_s32_s32(const arenite_arg_layer *layer, const int32_t *in, int32_t *out);

void arenite_arg_row_s32_s64(const arenite_arg_layer *layer, const int32_t *in, int64_t *out);

void arenite_arg_row_f32_s32(const arenite_arg_layer *layer, const float *in, int32_t *out);

void arenite_arg_row_f32_s64(const arenite_arg_layer *layer, const float *in, int64_t *out);

void arenite_arg_s8_s32(const arenite_arg_layer *layer, const int8_t *in, int32_t *out);

void arenite_arg_s8_s64(const arenite_arg_layer *layer, const int8_t *in, int64_t *out);

void arenite_arg_s32_s32(const arenite_arg_layer *layer, const int32_t *in, int32_t *out);

void arenite_arg_s32_s64(const arenite_arg_layer *layer, const int32_t *in, int64_t *out);

void arenite_arg_f32_s32(const arenite_arg_layer *layer, const float *in, int32_t *out);

void arenite_arg_f32_s64(const arenite_arg_layer *layer, const float *in, int64_t *out);

#endif
