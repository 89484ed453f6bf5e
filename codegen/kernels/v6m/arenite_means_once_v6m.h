/* Rounding of sums of few elements as float32 arithmetic does, on Armv6-M. */
#ifndef ARENITE_MEANS_ONCE_V6M_H
#define ARENITE_MEANS_ONCE_V6M_H

#include "arenite_means_v6m.h"
#include "float_rounding.h"

/* As arenite_mean_twice, but for terms that arenite_terms_as_float made. */
static inline int8_t arenite_mean_as_float(const arenite_mean_terms *terms, int32_t sum, int32_t multiplier,
                                           int32_t code) {
  const int32_t value = sum + terms->offset;
  const int32_t result = arenite_first_product(terms, value) + terms->half;
  if (arenite_next_to_tie(terms, result)) {
    const int32_t zero_point = terms->half >> terms->shift;
    return arenite_int8_of(arenite_scale_as_float(value, multiplier, code, 0) + zero_point);
  }
  return arenite_int8_of(result >> terms->shift);
}

#endif
