/* What the kernels for transposed convolutions have in common.
 *
 * The taps of an axis that reach an output element are those a multiple of the step apart; the inputs behind them lie
 * next to each other, in the opposite order. So weights are kept with the taps of phase 0 first, the last of them in
 * front, then those of phase 1, and so on: what reaches an output element is a run. */
#ifndef ARENITE_TRANSPOSED_H
#define ARENITE_TRANSPOSED_H

#include "arenite_words.h"

/* `count` taps from `tap` on, in the order in which weights are kept, with the inputs from `input` on. */
typedef struct {
  int32_t tap;
  int32_t input;
  int32_t count;
} arenite_reach;

/* What reaches the output element at `place`, counted from where the first tap of input 0 lies. All zero if nothing
 * does. */
static inline arenite_reach arenite_reaching(int32_t place, int32_t kernel, int32_t step, int32_t inputs) {
  const int32_t phase = place % step;
  const int32_t shorter = kernel / step;
  const int32_t longer = kernel % step;
  const int32_t count = shorter + (phase < longer);
  const int32_t origin = place / step - count + 1;
  const arenite_range inside = arenite_taps_inside(origin, 1, count, inputs);
  const int32_t first = phase * shorter + (phase < longer ? phase : longer);
  const arenite_reach nothing = {0, 0, 0};
  const arenite_reach reach = {first + inside.first, origin + inside.first, inside.last - inside.first};
  return reach.count > 0 ? reach : nothing;
}

#endif
