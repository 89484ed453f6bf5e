/* Operands of sums and products that broadcast against each other, four channels at once. */
#ifndef ARENITE_OPERANDS_MVE_H
#define ARENITE_OPERANDS_MVE_H

#include "arenite_words_fours_mve.h"

#define ARENITE_FOUR 4

/* Where the channels of a pixel are found, `step` elements for each four of them. */
typedef struct {
  const int8_t *in;
  int32_t step;
} arenite_operand;

/* An element that all channels share is copied to `four`. */
static inline arenite_operand arenite_operand_of(const int8_t *in, int32_t channel_stride, int8_t *four) {
  const arenite_operand channels = {in, ARENITE_FOUR};
  const arenite_operand shared = {four, 0};
  if (channel_stride != 0) {
    return channels;
  }
  for (int32_t i = 0; i < ARENITE_FOUR; ++i) {
    four[i] = *in;
  }
  return shared;
}

/* The next four channels, or `left` if these are fewer. */
static inline arenite_four arenite_operand_next(arenite_operand *operand, int32_t left) {
  const int8_t *in = operand->in;
  operand->in += operand->step;
  return left >= ARENITE_FOUR ? arenite_four_load(in) : arenite_four_load_some(in, left);
}

static inline arenite_output_range arenite_range_of(int32_t zero_point, int32_t low, int32_t high) {
  const arenite_output_range range = {arenite_four_of(zero_point), arenite_four_of(low), arenite_four_of(high)};
  return range;
}

#endif
