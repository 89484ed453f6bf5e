/* Convolutions straight from the input: the parts of a window that lie in it, as runs of neighbouring elements. */
#ifndef ARENITE_RUNS_H
#define ARENITE_RUNS_H

#include "arenite_words.h"

/* As arenite_conv2d_general_layer. `gathered`: whether windows are copied, padding included, since not all of their
 * runs are multiples of four elements. Runs are the taps of a window; those of a row, without groups and dilation along
 * the columns, together. */
typedef struct {
  int32_t batches;
  int32_t input_rows;
  int32_t input_columns;
  int32_t input_channels;
  int32_t output_rows;
  int32_t output_columns;
  int32_t output_channels;
  int32_t groups;
  int32_t kernel_rows;
  int32_t kernel_columns;
  int32_t stride_rows;
  int32_t stride_columns;
  int32_t dilation_rows;
  int32_t dilation_columns;
  int32_t pad_top;
  int32_t pad_left;
  int32_t input_zero_point;
  int32_t output_zero_point;
  int32_t activation_min;
  int32_t activation_max;
  int32_t output_stride;
  int32_t output_start;
  int32_t gathered;
} arenite_direct_layer;

/* Runs that a window may have; a window that is gathered takes the place of one for every 8 of its elements. */
#define ARENITE_MOST_RUNS 26

/* Neighbouring inputs of a window; `skip`: elements of the window between the run before and this one. */
typedef struct {
  const int8_t *in;
  int32_t skip;
} arenite_run;

/* What the pixels of an output row have in common. Rows of a window that lie in the input begin, in column 0, at
 * base + (start + taps[k]); the input has `inputs` columns, the output `outputs`. `depth`: channels of a group;
 * `joined`: whether the taps of a window's row are one run. */
typedef struct {
  const arenite_direct_layer *layer;
  const int8_t *base;
  const int32_t *taps;
  int32_t start;
  arenite_range rows;
  int32_t inputs;
  int32_t outputs;
  int32_t depth;
  int32_t joined;
} arenite_run_row;

/* The only row of a kernel of one row, or any other, once its start and its rows are set. */
static inline arenite_run_row arenite_run_row_of(const arenite_direct_layer *layer, const int8_t *base,
                                                 const int32_t *taps) {
  const arenite_run_row r = {layer, base, taps, 0, {0, 1}, layer->input_columns, layer->output_columns,
                             layer->input_channels / layer->groups,
                             layer->groups == 1 && layer->dilation_columns == 1};
  return r;
}

/* Whether all output pixels, each from one input pixel, can be taken for one row. */
static inline int arenite_is_one_run_row(const arenite_direct_layer *layer) {
  return layer->kernel_rows * layer->kernel_columns * layer->stride_rows * layer->stride_columns == 1 &&
         layer->input_rows == layer->output_rows && layer->input_columns == layer->output_columns;
}

/* Finds the runs of the window that begins in a column of the input, for the first group; returns where they end. */
ARENITE_NOINLINE arenite_run *arenite_find_runs(const arenite_run_row *r, int32_t column, arenite_run *run,
                                                int32_t *run_bytes) {
  const arenite_direct_layer *layer = r->layer;
  const int32_t step = layer->dilation_columns * layer->input_channels;
  const arenite_range inside = arenite_taps_inside(column, layer->dilation_columns, layer->kernel_columns, r->inputs);
  int32_t count = inside.last - inside.first;
  const int32_t beside = r->depth * (layer->kernel_columns - count);
  const int32_t start = r->start + column * layer->input_channels + inside.first * step;
  int32_t skip = r->depth * (r->rows.first * layer->kernel_columns + inside.first);
  *run_bytes = r->depth;
  if (r->joined) {
    *run_bytes *= count;
    count = count > 0;
  }
  for (int32_t k = r->rows.first; k < r->rows.last; ++k) {
    int32_t at = start + r->taps[k];
    for (int32_t i = 0; i < count; ++i) {
      run->in = r->base + at;
      run->skip = skip;
      ++run;
      skip = 0;
      at += step;
    }
    skip += beside;
  }
  return run;
}

/* The window of an output pixel: what to multiply is `runs`, of `run_bytes` each; these are `found`, unless the window
 * is gathered behind them. `same`: whether the next pixel's runs are the same but for where they begin. */
typedef struct {
  const arenite_run *runs;
  const arenite_run *runs_end;
  int32_t run_bytes;
  int32_t same;
  arenite_run whole;
  int32_t found_bytes;
  arenite_run *found_end;
  arenite_run found[ARENITE_MOST_RUNS];
} arenite_run_window;

/* Finds the runs of the window that begins in a column of the input, if they are not those of the pixel before; a
 * gathered window of `size` elements is zero points then. */
ARENITE_NOINLINE void arenite_move_window(const arenite_run_row *r, int32_t column, int32_t size,
                                          arenite_run_window *w) {
  const arenite_direct_layer *layer = r->layer;
  const int32_t last = column + (layer->kernel_columns - 1) * layer->dilation_columns;
  const int inside = column >= 0 && last < r->inputs;
  if (w->same && inside) {
    return;
  }
  w->same = inside;
  w->found_end = arenite_find_runs(r, column, w->found, &w->found_bytes);
  w->runs = w->found;
  w->runs_end = w->found_end;
  w->run_bytes = w->found_bytes;
  if (layer->gathered) {
    int8_t *const to = (int8_t *)w->found_end;
    w->whole.in = to;
    w->whole.skip = 0;
    w->runs = &w->whole;
    w->runs_end = &w->whole + 1;
    w->run_bytes = size;
    for (int32_t i = 0; i < size; ++i) {
      to[i] = (int8_t)layer->input_zero_point;
    }
  }
}

/* Goes on to runs so many bytes behind. */
static inline void arenite_advance_window(arenite_run_window *w, int32_t bytes) {
  for (arenite_run *run = w->found; run != w->found_end; ++run) {
    run->in += bytes;
  }
}

#endif
