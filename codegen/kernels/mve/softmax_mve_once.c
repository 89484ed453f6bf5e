#include "softmax_mve_once.h"
#include "arenite_shares.h"

#define FOUR 4

/* How to tell what is next to a tie from the upper words of products; shares have exponents of 37 to 62. */
typedef struct {
  int32_t shift;
  int32_t first;
  int32_t mask;
  int32_t limit;
} ties;

static inline ties ties_of(int32_t exponent) {
  const int32_t shift = exponent - 32;
  const int32_t unit = 1 << shift;
  const int32_t margin = unit >> 20;
  /* One more below, for what the lower words hold. */
  const ties of = {shift, margin + 1 - unit / 2, unit - 1, 2 * margin + 1};
  return of;
}

/* Rare: one copy is enough. */
ARENITE_NOINLINE int32_t rounded_at_tie(int32_t value, arenite_share share) {
  return arenite_share_rounded(value, share);
}

ARENITE_NOINLINE arenite_four rounded_at_ties(arenite_four values, arenite_share share) {
  int32_t lanes[FOUR];
  arenite_four_store_some_sums(lanes, values, FOUR);
  for (int32_t i = 0; i < FOUR; ++i) {
    lanes[i] = rounded_at_tie(lanes[i], share);
  }
  return arenite_four_load_sums(lanes);
}

static inline arenite_four rounded(arenite_four values, arenite_share share, const ties *of) {
  const arenite_four high = arenite_four_high(values, share.multiplier);
  if (arenite_four_any_below(arenite_four_plus(high, arenite_four_of(of->first)), of->mask, of->limit)) {
    return rounded_at_ties(values, share);
  }
  return arenite_four_round(high, of->shift);
}

void arenite_softmax_mve_once_row_s8(const arenite_softmax_mve_once_layer *layer, const int8_t *in,
                                     const int32_t *exponentials, int8_t *out) {
  const arenite_output_range range = arenite_int8_range(layer->output_zero_point);
  const int32_t depth = layer->depth;
  const arenite_table table = {exponentials, layer->entries, arenite_greatest(in, depth)};
  arenite_share share = arenite_steps_of(arenite_look_up_sum(&table, in, depth, 0), layer->steps);
  if (share.exponent > 62) {
    share.multiplier = 0;
    share.exponent = 62;
  }
  const ties of = ties_of(share.exponent);
  for (int32_t left = depth; left > 0; left -= FOUR) {
    const arenite_four parts = arenite_four_look_up(&table, in, left);
    arenite_four_store(rounded(parts, share, &of), &range, left, out);
    in += FOUR;
    out += FOUR;
  }
}

void arenite_softmax_mve_once_s8(const arenite_softmax_mve_once_layer *layer, const int8_t *in,
                                 const int32_t *exponentials, int8_t *out) {
  for (int32_t row = 0; row < layer->rows; ++row) {
    arenite_softmax_mve_once_row_s8(layer, in, exponentials, out);
    in += layer->depth;
    out += layer->depth;
  }
}
