#include "softmax_mve.h"
#include "arenite_shares.h"

#define FOUR 4
/* From Q0.31 to Q12.19. */
#define SUM_SHIFT 12

void arenite_softmax_mve_row_s8(const arenite_softmax_mve_layer *layer, const int8_t *in, const int32_t *exponentials,
                                int8_t *out) {
  const arenite_output_range range = arenite_int8_range(INT8_MIN);
  const int32_t depth = layer->depth;
  const arenite_table table = {exponentials, layer->entries, arenite_greatest(in, depth)};
  const arenite_share share = arenite_share_of((uint32_t)arenite_look_up_sum(&table, in, depth, SUM_SHIFT));
  const int32_t exponent = share.exponent > 31 ? 31 : share.exponent;
  const int32_t multiplier = share.exponent > 31 ? 0 : share.multiplier;
  for (int32_t left = depth; left > 0; left -= FOUR) {
    const arenite_four parts = arenite_four_look_up(&table, in, left);
    arenite_four_store(arenite_four_scaled(parts, multiplier, exponent, 0), &range, left, out);
    in += FOUR;
    out += FOUR;
  }
}

void arenite_softmax_mve_s8(const arenite_softmax_mve_layer *layer, const int8_t *in, const int32_t *exponentials,
                            int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_mve_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
