/* Average over windows of height and width, channel by channel (NHWC), requantised as float32 arithmetic does it. */
#ifndef ARENITE_AVERAGE_POOL_V6M_ONCE_H
#define ARENITE_AVERAGE_POOL_V6M_ONCE_H

#include "average_pool_once.h"

/* As arenite_average_pool_once_row_s8, with windows of at most 256 elements. Codes of scales have `left` up to 14. */
void arenite_average_pool_v6m_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base,
                                          int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                          const int32_t *scales, int8_t *out);

void arenite_average_pool_v6m_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in,
                                      const int32_t *taps, const int32_t *scales, int8_t *out);

#endif
