#include "average_pool_dsp_once.h"
#include "arenite_average_ties.h"
#include "arenite_eights_dsp.h"

#define EIGHT 8

/* What the channels of one output pixel have in common. Each sum is multiplied by `factor`, a power of 2, twice in two
 * halves, and by the multiplier. */
typedef struct {
  const arenite_average_pool_once_layer *layer;
  const arenite_average_window *window;
  arenite_halves factor;
  int32_t offset;
  int32_t multiplier;
  int32_t exponent;
  int32_t rounding;
} pixel;

static inline int32_t max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t min(int32_t a, int32_t b) { return a < b ? a : b; }

static pixel pixel_of(const arenite_average_pool_once_layer *layer, const arenite_average_window *window,
                      const int32_t *scale) {
  const int32_t left = ~(scale[1] >> 6);
  const int32_t exponent = scale[1] & 63;
  const int32_t offset = (window->k1 - window->k0) * window->columns * layer->input_zero_point;
  const pixel result = {layer,
                        window,
                        arenite_halves_of(1 << left, 1 << left),
                        -offset * (1 << left),
                        scale[0],
                        exponent,
                        (2 * layer->output_zero_point + 1) * (1 << exponent)};
  return result;
}

/* Of channel c, from its sum less the zero points, times the factor. */
ARENITE_INLINE uint32_t average(const pixel *p, int32_t c, int32_t value) {
  const int32_t high = arenite_rounded_high_mac(p->rounding, value, p->multiplier);
  if ((uint32_t)high << (31 - p->exponent) == 0) {
    const int32_t exact = arenite_average_near_tie(p->layer, p->window, c);
    return (uint8_t)arenite_store(exact, p->layer->output_zero_point, -128, 127);
  }
  return (uint8_t)arenite_saturated_half(high >> p->exponent);
}

ARENITE_NOINLINE void averages(const pixel *p, int32_t c, arenite_halves even, arenite_halves odd, int8_t *out) {
  const uint32_t first = average(p, c, arenite_mac_low(p->offset, even, p->factor));
  const uint32_t second = average(p, c + 1, arenite_mac_low(p->offset, odd, p->factor));
  const uint32_t third = average(p, c + 2, arenite_mac_high(p->offset, even, p->factor));
  const uint32_t fourth = average(p, c + 3, arenite_mac_high(p->offset, odd, p->factor));
  const uint32_t all = first | second << 8 | third << 16 | fourth << 24;
  const uint32_t lowest = arenite_int8x4_of(p->layer->activation_min);
  const uint32_t highest = arenite_int8x4_of(p->layer->activation_max);
  arenite_store_four(out + c, arenite_int8x4_min(arenite_int8x4_max(all, lowest), highest));
}

void arenite_average_pool_dsp_once_row_s8(const arenite_average_pool_once_layer *layer, const int8_t *base,
                                          int32_t start, const int32_t *taps, int32_t k0, int32_t k1,
                                          const int32_t *scales, int8_t *out) {
  const int32_t *row_scales = scales + 2 * (k1 - k0 - 1) * layer->scale_row_step;
  const int32_t channels = layer->channels;
  out += layer->output_start;
  for (int32_t x = 0; x < layer->output_columns; ++x) {
    const int32_t origin = x * layer->stride_columns - layer->pad_left;
    const int32_t from = max(origin, 0);
    const int32_t columns = min(origin + layer->kernel_columns, layer->input_columns) - from;
    const arenite_average_window window = {base, taps, start + from * channels, k0, k1, columns};
    const pixel p = pixel_of(layer, &window, row_scales + 2 * (columns - 1) * layer->scale_column_step);
    /* The last eight channels overlap with those before them, if need be. */
    for (int32_t done = 0; done < channels; done += EIGHT) {
      const int32_t c = min(done, channels - EIGHT);
      const int32_t first = window.start + c;
      arenite_int8x8_sums sums = arenite_int8x8_sums_zero();
      for (int32_t k = k0; k < k1; ++k) {
        const int8_t *in = base + (first + taps[k]);
        int32_t i = columns;
        do {
          sums = arenite_int8x8_plus(sums, in);
          in += channels;
        } while (--i > 0);
      }
      averages(&p, c, sums.even, sums.odd, out);
      averages(&p, c + 4, sums.second_even, sums.second_odd, out);
    }
    out += layer->output_stride;
  }
}

void arenite_average_pool_dsp_once_s8(const arenite_average_pool_once_layer *layer, const int8_t *in,
                                      const int32_t *taps, const int32_t *scales, int8_t *out) {
  const int32_t row_bytes = layer->input_columns * layer->channels;
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      const int32_t origin = y * layer->stride_rows - layer->pad_top;
      const int32_t k0 = max(-origin, 0);
      const int32_t k1 = min(layer->kernel_rows, layer->input_rows - origin);
      arenite_average_pool_dsp_once_row_s8(layer, in, origin * row_bytes, taps, k0, k1, scales, out);
      out += layer->output_columns * layer->output_stride;
    }
    in += layer->input_rows * row_bytes;
  }
}
