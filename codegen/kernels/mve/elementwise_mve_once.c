#include "elementwise_mve_once.h"

/* Elements of a vector. */
#define FOUR 4

/* Where the channels of a pixel are found, `step` elements for each four of them. */
typedef struct {
  const int8_t *in;
  int32_t step;
} operand;

/* An element that all channels share is copied to `four`. */
static inline operand operand_of(const int8_t *in, int32_t channel_stride, int8_t *four) {
  const operand channels = {in, FOUR};
  const operand shared = {four, 0};
  if (channel_stride != 0) {
    return channels;
  }
  for (int32_t i = 0; i < FOUR; ++i) {
    four[i] = *in;
  }
  return shared;
}

/* A few channels, of which some may be next to a tie. */
ARENITE_NOINLINE void add_exactly(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b,
                                  int32_t channels, int8_t *out) {
  arenite_add_once_layer few = *layer;
  few.columns = 1;
  few.channels = channels;
  few.output_start = 0;
  arenite_add_once_row_s8(&few, a, b, out);
}

static void add_pixel(const arenite_add_once_layer *layer, operand a, operand b, int8_t *out) {
  const arenite_output_range range = {arenite_four_of(0), arenite_four_of(layer->activation_min),
                                      arenite_four_of(layer->activation_max)};
  const int32_t a_gain = layer->a_gain;
  const int32_t b_gain = layer->b_gain;
  const int32_t offset = layer->offset;
  const int32_t shift = layer->shift;
  const int32_t window = layer->window;
  const int32_t mask = (1 << shift) - 1;
  for (int32_t left = layer->channels; left > 0; left -= FOUR) {
    const arenite_four x = left >= FOUR ? arenite_four_load(a.in) : arenite_four_load_some(a.in, left);
    const arenite_four y = left >= FOUR ? arenite_four_load(b.in) : arenite_four_load_some(b.in, left);
    const arenite_four sums = arenite_four_mac(arenite_four_affine(x, a_gain, offset), y, b_gain);
    if (arenite_four_any_below(sums, mask, window)) {
      add_exactly(layer, a.in, b.in, left < FOUR ? left : FOUR, out);
    } else {
      arenite_four_store(arenite_four_floor(sums, shift), &range, left, out);
    }
    a.in += a.step;
    b.in += b.step;
    out += FOUR;
  }
}

void arenite_add_mve_once_row_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  int8_t a_four[FOUR];
  int8_t b_four[FOUR];
  out += layer->output_start;
  for (int32_t column = 0; column < layer->columns; ++column) {
    add_pixel(layer, operand_of(a, layer->a_channel_stride, a_four), operand_of(b, layer->b_channel_stride, b_four),
              out);
    a += layer->a_column_stride;
    b += layer->b_column_stride;
    out += layer->output_stride;
  }
}

void arenite_add_mve_once_s8(const arenite_add_once_layer *layer, const int8_t *a, const int8_t *b, int8_t *out) {
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    for (int32_t row = 0; row < layer->rows; ++row) {
      const int8_t *a_row = a + (batch * layer->a_batch_stride + row * layer->a_row_stride);
      const int8_t *b_row = b + (batch * layer->b_batch_stride + row * layer->b_row_stride);
      arenite_add_mve_once_row_s8(layer, a_row, b_row, out);
      out += layer->columns * layer->output_stride;
    }
  }
}
