/* A layout below a capacity by ejection: an item without a place takes the one where the items in its way weigh least,
 * and these must find another. An item weighs more each time that it finds no free place, and the heaviest one is next:
 * items that are hard to place come to stay (Nagata and Braysy, A powerful route minimization heuristic, 2009). In
 * between, items nearby sink to lower free places, so that the same places do not come up for ever. */
#include "glued.h"

enum { LIGHTEST = 8, HEAVIEST = 1 << 18, FIXED = 1 << 30, GROWTH = 4, EJECTIONS_PER_SHAKE = 8 };

static uint32_t next_random(Layout *layout, uint32_t below) {
  uint32_t x = layout->random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  layout->random = x;
  return (uint32_t)((uint64_t)x * below >> 32);
}

static void into_pool(Layout *layout, int32_t item) {
  layout->base[item] = UNPLACED;
  layout->pool[layout->pool_size++] = item;
}

typedef struct {
  int32_t base;
  int64_t cost;
} Choice;

/* The base at which the items in the way weigh least; of equals, one at random. Base -1 if there is none. */
static Choice lightest(Layout *layout, int32_t item, int32_t capacity) {
  int32_t low = raised(layout, item, 0), high = capacity - layout->span[item], begins = 0, ends = 0, ties = 0;
  int64_t cost = 0;
  Choice best = {-1, FIXED};
  for (int32_t k = layout->begin[item]; k < layout->begin[item + 1]; k++) {
    Barrier barrier = layout->barriers[k];
    int32_t other = layout->base[barrier.other];
    if (other == UNPLACED || other + barrier.until <= low || other + barrier.after >= high) {
      continue;
    }
    uint32_t weight = (uint32_t)layout->weight[barrier.other];
    if (other + barrier.after < low) {
      cost += weight;
    } else {
      layout->keys[begins++] = (uint64_t)(uint32_t)(other + barrier.after) << 32 | weight;
    }
    layout->more_keys[ends++] = (uint64_t)(uint32_t)(other + barrier.until) << 32 | weight;
  }
  layout->effort += layout->begin[item + 1] - layout->begin[item] + 4 * ends;
  sort_places(layout->keys, layout->spare_keys, begins, capacity);
  sort_places(layout->more_keys, layout->spare_keys, ends, capacity);
  int32_t opened = 0, closed = 0, base = low;
  while (base <= high) {
    for (; opened < begins && (int32_t)(layout->keys[opened] >> 32) < base; opened++) {
      cost += (uint32_t)layout->keys[opened];
    }
    for (; closed < ends && (int32_t)(layout->more_keys[closed] >> 32) <= base; closed++) {
      cost -= (uint32_t)layout->more_keys[closed];
    }
    if (cost < best.cost) {
      best = (Choice){base, cost};
      ties = 1;
      if (cost == 0) {
        break;
      }
    } else if (cost == best.cost && cost < FIXED && next_random(layout, (uint32_t)++ties) == 0) {
      best.base = base;
    }
    if (closed == ends) {
      break;
    }
    base = raised(layout, item, (int32_t)(layout->more_keys[closed] >> 32));
  }
  return best;
}

/* Takes what ends above `capacity` out of the layout; all weights begin anew. Returns 0 if a pinned item does. */
__attribute__((export_name("glued_lower"))) int32_t glued_lower(Layout *layout, int32_t capacity, uint32_t seed) {
  layout->random = seed * 2654435761u + 12345u;
  layout->random += !layout->random;
  layout->pool_size = 0;
  for (int32_t i = 0; i < layout->items; i++) {
    int32_t above = layout->base[i] == UNPLACED || layout->base[i] + layout->span[i] > capacity;
    if (above && layout->pinned[i] >= 0) {
      return 0;
    }
    layout->weight[i] = layout->pinned[i] >= 0 ? FIXED : LIGHTEST;
    if (above) {
      into_pool(layout, i);
    }
  }
  return 1;
}

static void settle(Layout *layout, int32_t item, int32_t base) {
  for (int32_t k = layout->begin[item]; k < layout->begin[item + 1]; k++) {
    Barrier barrier = layout->barriers[k];
    int32_t other = layout->base[barrier.other];
    if (other != UNPLACED && base - other > barrier.after && base - other < barrier.until) {
      into_pool(layout, barrier.other);
    }
  }
  layout->base[item] = base;
}

/* Moves an item, any placed one that meets `item`, to its lowest free place. */
static void shake(Layout *layout, int32_t item, int32_t capacity) {
  int32_t count = layout->begin[item + 1] - layout->begin[item];
  if (!count) {
    return;
  }
  int32_t other = layout->barriers[layout->begin[item] + (int32_t)next_random(layout, (uint32_t)count)].other;
  if (layout->base[other] == UNPLACED || layout->pinned[other] >= 0) {
    return;
  }
  int32_t before = layout->base[other];
  layout->base[other] = UNPLACED;
  Choice choice = lightest(layout, other, capacity);
  layout->base[other] = choice.cost == 0 ? choice.base : before;
}

static void gain_weight(Layout *layout, int32_t item) {
  layout->weight[item] += 1 + layout->weight[item] / GROWTH;
  for (int32_t i = layout->weight[item] > HEAVIEST ? 0 : layout->items; i < layout->items; i++) {
    layout->weight[i] = layout->pinned[i] >= 0 ? FIXED : layout->weight[i] / 2 + 1;
  }
}

/* A position in the pool of its heaviest item. */
static int32_t heaviest(Layout *layout) {
  int32_t best = (int32_t)next_random(layout, (uint32_t)layout->pool_size);
  for (int32_t k = 0; k < layout->pool_size; k++) {
    best = layout->weight[layout->pool[k]] > layout->weight[layout->pool[best]] ? k : best;
  }
  layout->effort += layout->pool_size;
  return best;
}

/* Goes on until `effort` more barriers have been looked at. Returns the number of items without a place, or -1 if one
 * can have none. */
__attribute__((export_name("glued_eject"))) int32_t glued_eject(Layout *layout, int32_t capacity,
                                                            int32_t effort) {
  int64_t until = layout->effort + effort;
  while (layout->pool_size > 0 && layout->effort < until) {
    int32_t at = heaviest(layout), item = layout->pool[at];
    Choice choice = lightest(layout, item, capacity);
    if (choice.base < 0) {
      return -1;
    }
    layout->pool[at] = layout->pool[--layout->pool_size];
    settle(layout, item, choice.base);
    if (choice.cost > 0) {
      gain_weight(layout, item);
      if (next_random(layout, EJECTIONS_PER_SHAKE) == 0) {
        shake(layout, item, capacity);
      }
    }
  }
  return layout->pool_size;
}
