#include "arg.h"

/* The function of a row and of all rows, where element x replaces the one found so far, y, if it is `greater` or
 * `lesser`. */
#define ARENITE_ARG(suffix, in_type, out_type, greater, lesser)                                            \
  void arenite_arg_row_##suffix(const arenite_arg_layer *layer, const in_type *in, out_type *out) {        \
    const arenite_arg_layer l = *layer;                                                                    \
    for (int32_t kept = 0; kept < l.kept; ++kept) {                                                        \
      for (int32_t i = 0; i < l.inner; ++i) {                                                              \
        const in_type *p = in + i;                                                                         \
        in_type y = *p;                                                                                    \
        int32_t found = 0;                                                                                 \
        for (int32_t place = 1; place < l.reduced; ++place) {                                              \
          p += l.inner;                                                                                    \
          const in_type x = *p;                                                                            \
          if (l.least ? (lesser) : (greater)) {                                                            \
            y = x;                                                                                         \
            found = place;                                                                                 \
          }                                                                                                \
        }                                                                                                  \
        *out++ = found;                                                                                    \
      }                                                                                                    \
      in += l.reduced * l.inner;                                                                           \
    }                                                                                                      \
  }                                                                                                        \
                                                                                                           \
  void arenite_arg_##suffix(const arenite_arg_layer *layer, const in_type *in, out_type *out) {            \
    for (int32_t i = 0; i < layer->outer; ++i) {                                                           \
      arenite_arg_row_##suffix(layer, in, out);                                                            \
      in += layer->kept * layer->reduced * layer->inner;                                                   \
      out += layer->kept * layer->inner;                                                                   \
    }                                                                                                      \
  }

ARENITE_ARG(s8_s32, int8_t, int32_t, x > y, x < y)
ARENITE_ARG(s8_s64, int8_t, int64_t, x > y, x < y)
ARENITE_ARG(s32_s32, int32_t, int32_t, x > y, x < y)
ARENITE_ARG(s32_s64, int32_t, int64_t, x > y, x < y)
ARENITE_ARG(f32_s32, float, int32_t, x > y, x < y)
ARENITE_ARG(f32_s64, float, int64_t, x > y, x < y)
