#include "conv2d_direct_dsp.h"

ARENITE_NOINLINE void gather(const arenite_run_window *w) {
  int8_t *to = (int8_t *)w->found_end;
  for (const arenite_run *run = w->found; run != w->found_end; ++run) {
    to = arenite_copy_bytes(run->in, w->found_bytes, to + run->skip);
  }
}

/* The next four channels, or those that are left, whatever kind they are. */
ARENITE_NOINLINE void finish(arenite_run_pixel *p, int32_t zero_point) {
  const arenite_pair_sums *s = &p->sums;
  const int32_t acc[4] = {s->low01, arenite_pair_second(s->both01, s->low01) >> 8, s->low23,
                          arenite_pair_second(s->both23, s->low23) >> 8};
  const int short_way = p->channels->exponent >= 0;
  for (int32_t i = 0; i < 4 && i < p->left; ++i) {
    const arenite_pair_channel *c = p->channels + i;
    if (short_way) {
      const int32_t doubled = arenite_add((int32_t)((uint32_t)acc[i] << 1), c->bias);
      *p->out++ = arenite_requantise_doubled(doubled, c, p->rounding);
    } else {
      const arenite_channel channel = {c->bias, c->multiplier, c->exponent + 64};
      *p->out++ = arenite_saturate(arenite_requantise(arenite_add(acc[i], c->bias), &channel), zero_point);
    }
  }
  p->channels += 4;
  p->weights += p->block_bytes >> 2;
  p->left -= 4;
}

ARENITE_NOINLINE void pixels(const arenite_run_row *r, const arenite_run_weights *weights,
                             const arenite_pair_channel *channels, int8_t *out) {
  const arenite_direct_layer *layer = r->layer;
  const int32_t size = (layer->kernel_rows * layer->kernel_columns * r->depth + 3) & ~3;
  const int32_t step = layer->stride_columns * layer->input_channels - (layer->groups - 1) * r->depth;
  arenite_run_window w;
  arenite_run_pixel p;
  int32_t column = -layer->pad_left;
  out += layer->output_start;
  int8_t *pixel_out = out;
  w.same = 0;
  p.window = &w;
  p.less = arenite_halves_of(-layer->input_zero_point, -layer->input_zero_point);
  p.rounding = 2 * layer->output_zero_point + 1;
  p.block_bytes = 4 * size;
  for (int32_t x = 0; x < r->outputs; ++x) {
    arenite_move_window(r, column, size, &w);
    p.weights = weights;
    p.channels = channels;
    p.out = pixel_out;
    for (int32_t group = layer->groups; group > 0; --group) {
      if (layer->gathered) {
        gather(&w);
      }
      p.left = layer->output_channels / layer->groups;
      do {
        arenite_run_blocks(&p);
        if (p.left > 0) {
          finish(&p, layer->output_zero_point);
        }
      } while (p.left > 0);
      arenite_advance_window(&w, group > 1 ? r->depth : step);
    }
    column += layer->stride_columns;
    pixel_out += layer->output_stride;
  }
  arenite_clamp_all(out, r->outputs, layer->output_channels, layer->output_stride, layer->activation_min,
                    layer->activation_max);
}

void arenite_conv2d_direct_dsp_row_s8(const arenite_direct_layer *layer, const int8_t *base, int32_t start,
                                      const int32_t *taps, int32_t k0, int32_t k1, const arenite_run_weights *weights,
                                      const arenite_pair_channel *channels, int8_t *out) {
  arenite_run_row r = arenite_run_row_of(layer, base, taps);
  r.start = start;
  r.rows.first = k0;
  r.rows.last = k1;
  pixels(&r, weights, channels, out);
}

void arenite_conv2d_direct_dsp_s8(const arenite_direct_layer *layer, const int8_t *in, const int32_t *taps,
                                  const arenite_run_weights *weights, const arenite_pair_channel *channels,
                                  int8_t *out) {
  const int32_t in_row = layer->input_columns * layer->input_channels;
  arenite_run_row r = arenite_run_row_of(layer, in, taps);
  if (arenite_is_one_run_row(layer)) {
    r.inputs = r.outputs = layer->batches * layer->output_rows * layer->output_columns;
    pixels(&r, weights, channels, out);
    return;
  }
  for (int32_t batch = 0; batch < layer->batches; ++batch) {
    int32_t top = -layer->pad_top;
    for (int32_t y = 0; y < layer->output_rows; ++y) {
      r.start = top * in_row;
      r.rows = arenite_taps_inside(top, layer->dilation_rows, layer->kernel_rows, layer->input_rows);
      pixels(&r, weights, channels, out);
      out += layer->output_columns * layer->output_stride;
      top += layer->stride_rows;
    }
    r.base += layer->input_rows * in_row;
  }
}
