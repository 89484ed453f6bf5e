/* How bodies on Armv6-M go through two tensors that broadcast against each other. */
#ifndef ARENITE_ELEMENTS_V6M_H
#define ARENITE_ELEMENTS_V6M_H

#include "arenite_words_elements_v6m.h"

/* An element that several outputs share is copied so often. */
#define ARENITE_COPIES 32

/* Outputs of elements side by side, from the operands; `body` is what the function knows about the layer. */
typedef void arenite_elements(const void *body, const int8_t *a, const int8_t *b, int8_t *out, int32_t count);

/* Channels of one pixel. Strides along them are 0 or 1, and not both 0. */
static inline void arenite_pixel_v6m(arenite_elements *elements, const void *body, const int8_t *a, int32_t a_stride,
                                     const int8_t *b, int32_t b_stride, int8_t *out, int32_t channels) {
  if (a_stride != 0 && b_stride != 0) {
    elements(body, a, b, out, channels);
    return;
  }
  int8_t copies[ARENITE_COPIES];
  const int8_t shared = a_stride == 0 ? *a : *b;
  for (int32_t i = 0; i < ARENITE_COPIES; ++i) {
    copies[i] = shared;
  }
  while (channels > 0) {
    const int32_t count = channels < ARENITE_COPIES ? channels : ARENITE_COPIES;
    elements(body, a_stride == 0 ? copies : a, b_stride == 0 ? copies : b, out, count);
    a += count * a_stride;
    b += count * b_stride;
    out += count;
    channels -= count;
  }
}

#endif
