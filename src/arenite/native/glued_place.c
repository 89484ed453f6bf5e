/* Placing items in a given order: each at the lowest base at which it meets nobody, or in the tightest hole. */
#include "glued.h"

static int32_t lowest_base(Layout *layout, int32_t item) {
  int32_t base = raised(layout, item, 0), moved = 1;
  while (moved) {
    moved = 0;
    for (int32_t k = layout->begin[item]; k < layout->begin[item + 1]; k++) {
      Barrier barrier = layout->barriers[k];
      int32_t other = layout->base[barrier.other];
      if (other != UNPLACED && base - other > barrier.after && base - other < barrier.until) {
        base = raised(layout, item, other + barrier.until);
        moved = 1;
      }
    }
    layout->effort += layout->begin[item + 1] - layout->begin[item];
  }
  return base;
}

static int32_t tightest_base(Layout *layout, int32_t item) {
  int32_t base = raised(layout, item, 0), best = UNPLACED, best_room = 0, count = 0;
  for (int32_t k = layout->begin[item]; k < layout->begin[item + 1]; k++) {
    Barrier barrier = layout->barriers[k];
    int32_t other = layout->base[barrier.other];
    if (other != UNPLACED && other + barrier.until > base) {
      uint32_t after = (uint32_t)(other + barrier.after) ^ 0x80000000u;
      layout->keys[count++] = (uint64_t)after << 32 | (uint32_t)(other + barrier.until);
    }
  }
  layout->effort += 4 * (layout->begin[item + 1] - layout->begin[item]);
  sort_keys(layout->keys, count);
  for (int32_t k = 0; k < count; k++) {
    int32_t after = (int32_t)((uint32_t)(layout->keys[k] >> 32) ^ 0x80000000u);
    int32_t until = (int32_t)(uint32_t)layout->keys[k];
    if (base <= after && (best == UNPLACED || after - base < best_room)) {
      best = base;
      best_room = after - base;
    }
    base = until > base ? raised(layout, item, until) : base;
  }
  return best == UNPLACED ? base : best;
}

/* Places all items anew: pinned ones, then the others in `order`. Returns the largest end of an item. */
__attribute__((export_name("glued_place"))) int32_t glued_place(Layout *layout, const int32_t *order,
                                                            int32_t tightest) {
  int32_t end = 0;
  for (int32_t i = 0; i < layout->items; i++) {
    int32_t top = layout->pinned[i] < 0 ? 0 : layout->pinned[i] + layout->span[i];
    layout->base[i] = layout->pinned[i] < 0 ? UNPLACED : layout->pinned[i];
    end = top > end ? top : end;
  }
  for (int32_t k = 0; k < layout->items; k++) {
    int32_t item = order[k];
    if (layout->pinned[item] < 0) {
      layout->base[item] = tightest ? tightest_base(layout, item) : lowest_base(layout, item);
      int32_t top = layout->base[item] + layout->span[item];
      end = top > end ? top : end;
    }
  }
  return end;
}
