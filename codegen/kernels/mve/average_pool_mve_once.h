/* Average over windows of height and width, channel by channel (NHWC), requantised as float32 arithmetic does it, for
 * Helium. */
#ifndef ARENITE_AVERAGE_POOL_MVE_ONCE_H
#define ARENITE_AVERAGE_POOL_MVE_ONCE_H

#include "arenite_words_fours_mve.h"
#include "average_pool_once.h"

/* One output row, as arenite_average_pool_once_row_s8. */
void arenite_average_pool_mve_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base,
                                          int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                          const int32_t *scales, int8_t *out);

void arenite_average_pool_mve_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in,
                                      const int32_t *taps, const int32_t *scales, int8_t *out);

#endif
