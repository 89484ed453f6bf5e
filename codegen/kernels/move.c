#include "move.h"

#include <string.h>

enum { COUNT, INPUT, OUTPUT, FIELDS };

/* The innermost loop. Sizes of elements stand there as constants: a call for each would take most of the time. */
static void move_runs(const int32_t *loop, int32_t bytes, const int8_t *in, int8_t *out) {
  const int32_t count = loop[COUNT], from = loop[INPUT], to = loop[OUTPUT];
  switch (bytes) {
    case 1:
      for (int32_t i = 0; i < count; ++i) {
        out[i * to] = in[i * from];
      }
      break;
    case 2:
      for (int32_t i = 0; i < count; ++i) {
        memcpy(out + i * to, in + i * from, 2);
      }
      break;
    case 4:
      for (int32_t i = 0; i < count; ++i) {
        memcpy(out + i * to, in + i * from, 4);
      }
      break;
    default:
      for (int32_t i = 0; i < count; ++i) {
        memcpy(out + i * to, in + i * from, (size_t)bytes);
      }
  }
}

void arenite_move_row(const arenite_move_layer *layer, const int8_t *in, const int32_t *loops, int8_t *out) {
  const int32_t innermost = layer->loops - 1;
  int32_t done[ARENITE_MOVE_LOOPS] = {0};
  int32_t from = layer->input_offset, to = layer->output_offset;
  int32_t depth;
  do {
    move_runs(loops + FIELDS * innermost, layer->bytes, in + from, out + to);
    for (depth = innermost - 1; depth >= 0; --depth) {
      const int32_t *loop = loops + FIELDS * depth;
      from += loop[INPUT];
      to += loop[OUTPUT];
      if (++done[depth] < loop[COUNT]) {
        break;
      }
      from -= loop[COUNT] * loop[INPUT];
      to -= loop[COUNT] * loop[OUTPUT];
      done[depth] = 0;
    }
  } while (depth >= 0);
}

void arenite_move(const arenite_move_layer *layer, const int8_t *in, const int32_t *loops, int8_t *out) {
  for (int32_t j = 0; j < layer->rows; ++j) {
    arenite_move_row(layer, in + (layer->first_row + j * layer->row_step) * layer->input_row_bytes, loops,
                     out + j * layer->output_row_bytes);
  }
}
