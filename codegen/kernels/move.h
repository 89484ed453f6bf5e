/* Brings elements of a tensor, of any type, to other places: slices, transposes, repeats. */
#ifndef ARENITE_MOVE_H
#define ARENITE_MOVE_H

#include "arenite_words.h"

enum { ARENITE_MOVE_LOOPS = 8 };

/* Output row j comes from input row `first_row + j * row_step`. Within them a nest of `loops` loops, of which there is
 * at least one and at most ARENITE_MOVE_LOOPS, moves runs of `bytes`; the first run begins `input_offset` bytes into
 * the input row and `output_offset` bytes into the output row. The constant `loops` has three numbers for each loop,
 * the outermost first: how often it runs, and by how many bytes each time the input's and the output's run are further.
 */
typedef struct {
  int32_t rows;
  int32_t input_rows;
  int32_t first_row;
  int32_t row_step;
  int32_t input_row_bytes;
  int32_t output_row_bytes;
  int32_t input_offset;
  int32_t output_offset;
  int32_t loops;
  int32_t bytes;
} arenite_move_layer;

/* One output row from the input row that it comes from. */
void arenite_move_row(const arenite_move_layer *layer, const int8_t *in, const int32_t *loops, int8_t *out);

void arenite_move(const arenite_move_layer *layer, const int8_t *in, const int32_t *loops, int8_t *out);

#endif
