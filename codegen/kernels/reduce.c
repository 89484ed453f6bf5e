#include "reduce.h"

static inline int32_t rescaled(const arenite_reduce_sum_layer *layer, int32_t sum) {
  return arenite_requantise_twice(arenite_add(sum, layer->offset), layer->multiplier, layer->shift);
}

static inline int8_t saturated_s8(const arenite_reduce_sum_layer *layer, int32_t sum) {
  return arenite_saturate(rescaled(layer, sum), layer->output_zero_point);
}

static inline int16_t saturated_s16(const arenite_reduce_sum_layer *layer, int32_t sum) {
  return (int16_t)arenite_clamp(arenite_add(rescaled(layer, sum), layer->output_zero_point), INT16_MIN, INT16_MAX);
}

/* The function of a row and of all rows: y is what the elements so far make, from `first` on, an expression of the
 * first element x, and `next` is that of an element x and y. The result is `result`, an expression of y and the
 * layer l. */
#define ARENITE_REDUCE(name, suffix, layer_type, type, first, next, result)                            \
  void arenite_reduce_##name##_row_##suffix(const layer_type *layer, const type *in, type *out) {      \
    const layer_type l = *layer;                                                                       \
    const int32_t piece = l.reduced_inner * l.inner;                                                   \
    for (int32_t kept = 0; kept < l.kept; ++kept) {                                                    \
      for (int32_t i = 0; i < l.inner; ++i) {                                                          \
        const type *p = in + i;                                                                        \
        int32_t x = *p;                                                                                \
        int32_t y = (first);                                                                           \
        for (int32_t outer = 0; outer < l.reduced; ++outer) {                                          \
          for (int32_t inner = 0; inner < l.reduced_inner; ++inner) {                                  \
            x = *p;                                                                                    \
            y = (next);                                                                                \
            p += l.inner;                                                                              \
          }                                                                                            \
          p += (l.kept - 1) * piece;                                                                   \
        }                                                                                              \
        *out++ = (type)(result);                                                                       \
      }                                                                                                \
      in += piece;                                                                                     \
    }                                                                                                  \
  }                                                                                                    \
                                                                                                       \
  void arenite_reduce_##name##_##suffix(const layer_type *layer, const type *in, type *out) {          \
    for (int32_t i = 0; i < layer->outer; ++i) {                                                       \
      arenite_reduce_##name##_row_##suffix(layer, in, out);                                            \
      in += layer->reduced * layer->kept * layer->reduced_inner * layer->inner;                        \
      out += layer->kept * layer->inner;                                                               \
    }                                                                                                  \
  }

ARENITE_REDUCE(max, s8, arenite_reduce_layer, int8_t, x, x > y ? x : y, y)
ARENITE_REDUCE(min, s8, arenite_reduce_layer, int8_t, x, x < y ? x : y, y)
ARENITE_REDUCE(max, s16, arenite_reduce_layer, int16_t, x, x > y ? x : y, y)
ARENITE_REDUCE(min, s16, arenite_reduce_layer, int16_t, x, x < y ? x : y, y)
ARENITE_REDUCE(max, s32, arenite_reduce_layer, int32_t, x, x > y ? x : y, y)
ARENITE_REDUCE(min, s32, arenite_reduce_layer, int32_t, x, x < y ? x : y, y)
ARENITE_REDUCE(sum, s32, arenite_reduce_layer, int32_t, 0, arenite_add(x, y), y)
ARENITE_REDUCE(sum, s8, arenite_reduce_sum_layer, int8_t, 0, x + y, saturated_s8(&l, y))
ARENITE_REDUCE(sum, s16, arenite_reduce_sum_layer, int16_t, 0, x + y, saturated_s16(&l, y))
