/* Averages of float32 next to ties, for the kernels of average_pool_once. */
#ifndef ARENITE_AVERAGE_TIES_H
#define ARENITE_AVERAGE_TIES_H

#include "average_pool_once.h"
#include "float_rounding.h"

/* What the channels of one output pixel have in common: the part of the window that lies in the input. Its row k begins
 * at base + (start + taps[k]). */
typedef struct {
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  int32_t k0;
  int32_t k1;
  int32_t columns;
} arenite_average_window;

/* The sum of a channel's elements, each dequantised, as float32 adds them up; in units of a step of input_mantissa. */
ARENITE_INLINE int64_t arenite_average_float_sum(const arenite_average_pool_once_layer *layer,
                                                 const arenite_average_window *w, int32_t c) {
  int64_t sum = 0;
  for (int32_t k = w->k0; k < w->k1; ++k) {
    const int8_t *in = w->base + (w->start + w->taps[k] + c);
    for (int32_t i = w->columns; i > 0; --i) {
      const int64_t value = (int64_t)(*in - layer->input_zero_point) * layer->input_mantissa;
      sum = arenite_float_of(sum + arenite_float_of(value));
      in += layer->channels;
    }
  }
  return sum;
}

/* rint(sum / elements / output scale + zero point in uint8) of channel c, every step in float32; without the zero
 * point. */
ARENITE_NOINLINE int32_t arenite_average_near_tie(const arenite_average_pool_once_layer *layer,
                                                  const arenite_average_window *w, int32_t c) {
  const int32_t elements = layer->counted > 0 ? layer->counted : (w->k1 - w->k0) * w->columns;
  const int32_t zero_point = layer->output_zero_point + 128;
  int32_t exponent = layer->exponent;
  const int64_t mean = arenite_float_quotient(arenite_average_float_sum(layer, w, c), &exponent, elements);
  const int64_t steps = arenite_float_quotient(mean, &exponent, layer->output_mantissa);
  const int64_t stored = arenite_float_of(steps + zero_point * (INT64_C(1) << exponent));
  return arenite_round_to_even(stored, exponent) - zero_point;
}

#endif
