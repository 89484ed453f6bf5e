/* Numbers of one type as numbers of another. Integers are little-endian, of 1, 2, 4 or 8 bytes. */
#ifndef ARENITE_CAST_H
#define ARENITE_CAST_H

#include "arenite_words.h"

typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t in_bytes;
  int32_t out_bytes;
} arenite_narrow_layer;

/* `is_signed`: of what is read. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t in_bytes;
  int32_t out_bytes;
  int32_t is_signed;
} arenite_widen_layer;

/* `last_mask`: which bits count of an element's last byte; its sign does not where it is a float. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t in_bytes;
  int32_t last_mask;
} arenite_nonzero_layer;

typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t out_bytes;
  int32_t low;
  int32_t high;
} arenite_truncate_layer;

/* `in_bytes` is at most 4. */
typedef struct {
  int32_t rows;
  int32_t row_elements;
  int32_t in_bytes;
  int32_t is_signed;
} arenite_to_float_layer;

/* Modulo 2^(8 * out_bytes); out_bytes is not above in_bytes. */
void arenite_narrow_row_s8(const arenite_narrow_layer *layer, const int8_t *in, int8_t *out);

void arenite_narrow_s8(const arenite_narrow_layer *layer, const int8_t *in, int8_t *out);

/* The same number in more bytes. */
void arenite_widen_row_s8(const arenite_widen_layer *layer, const int8_t *in, int8_t *out);

void arenite_widen_s8(const arenite_widen_layer *layer, const int8_t *in, int8_t *out);

/* 1 for what is not 0. */
void arenite_nonzero_row_s8(const arenite_nonzero_layer *layer, const int8_t *in, int8_t *out);

void arenite_nonzero_s8(const arenite_nonzero_layer *layer, const int8_t *in, int8_t *out);

/* Towards zero, saturated to [low, high]; high for what is not a number. */
void arenite_truncate_row_f32(const arenite_truncate_layer *layer, const float *in, int8_t *out);

void arenite_truncate_f32(const arenite_truncate_layer *layer, const float *in, int8_t *out);

void arenite_to_float_row_f32(const arenite_to_float_layer *layer, const int8_t *in, float *out);

void arenite_to_float_f32(const arenite_to_float_layer *layer, const int8_t *in, float *out);

#endif
