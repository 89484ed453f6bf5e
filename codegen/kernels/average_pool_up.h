/* Average over windows of height and width, channel by channel (NHWC), rounded as TensorFlow Lite does it for uint8. */
#ifndef ARENITE_AVERAGE_POOL_UP_H
#define ARENITE_AVERAGE_POOL_UP_H

#include "pool.h"

/* sum / count, to nearest, ties upwards, and clamped. */
static inline int8_t arenite_average_up(const arenite_pool_layer *layer, int32_t sum, int32_t count) {
  /* Of elements plus 128, as the division then rounds down. */
  const int32_t mean = (sum + 128 * count + count / 2) / count - 128;
  return (int8_t)arenite_clamp(mean, layer->activation_min, layer->activation_max);
}

/* One output row. Input row k, k0 <= k < k1, of the window begins at base + (start + taps[k]). */
void arenite_average_pool_up_row_s8(const arenite_pool_layer *layer, const int8_t *base, int32_t start,
                                    const int32_t *taps, int32_t k0, int32_t k1, int8_t *out);

void arenite_average_pool_up_s8(const arenite_pool_layer *layer, const int8_t *in, const int32_t *taps, int8_t *out);

#endif
