/* Moves what is kept of a sequence towards its beginning. */
#ifndef ARENITE_SHIFT_H
#define ARENITE_SHIFT_H

#include "arenite_words.h"

/* `bytes` of them come `distance` bytes further to the front; what is behind them stays. */
typedef struct {
  int32_t bytes;
  int32_t distance;
} arenite_shift_layer;

void arenite_shift(const arenite_shift_layer *layer, int8_t *out);

#endif
