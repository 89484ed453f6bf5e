#include "glued.h"

#include "memory.h"

/* What the caller hands over. Part p of item i, for p in begin[i] .. begin[i + 1] - 1, has `size` > 0 bytes from
 * `distance` above the base on, and lives in steps first..last. `by_birth`: all parts by their first steps. */
typedef struct {
  int32_t parts;
  const int32_t *item, *distance, *size, *first, *last, *by_birth;
} Parts;

/* May parts of these items overlap? `allowed`: pairs of parts, smaller number first, ascending. */
static int may_overlap(const uint64_t *allowed, int32_t count, int32_t part, int32_t other) {
  uint64_t low = (uint64_t)(part < other ? part : other), high = (uint64_t)(part < other ? other : part);
  uint64_t key = low << 32 | high;
  int32_t from = 0, to = count;
  while (from < to) {
    int32_t middle = from + (to - from) / 2;
    if (allowed[middle] < key) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from < count && allowed[from] == key;
}

/* Calls for each pair of parts of different items that meet in time and must not overlap: counts the barriers of the
 * items if `barriers` is 0, else fills them in at `at`. `live`: room for all parts. */
static void sweep(const Parts *parts, const uint64_t *allowed, int32_t allowed_count, int32_t *live, int32_t *at,
                  Barrier *barriers) {
  int32_t alive = 0;
  for (int32_t i = 0; i < parts->parts; i++) {
    int32_t part = parts->by_birth[i], kept = 0, item = parts->item[part];
    for (int32_t k = 0; k < alive; k++) {
      int32_t other = live[k], owner = parts->item[other];
      if (parts->last[other] < parts->first[part]) {
        continue;
      }
      live[kept++] = other;
      if (owner == item || (allowed_count && may_overlap(allowed, allowed_count, part, other))) {
        continue;
      }
      if (barriers) {
        int32_t ahead = parts->distance[other] - parts->distance[part];
        barriers[at[item]] = (Barrier){owner, ahead - parts->size[part], ahead + parts->size[other]};
        barriers[at[owner]] = (Barrier){item, -ahead - parts->size[other], -ahead + parts->size[part]};
      }
      at[item]++;
      at[owner]++;
    }
    alive = kept;
    live[alive++] = part;
  }
}

static int counts_to_begins(int32_t *begin, int32_t items) {
  int64_t sum = 0;
  for (int32_t i = 0; i <= items; i++) {
    int32_t count = i < items ? begin[i] : 0;
    begin[i] = (int32_t)sum;
    sum += count;
    if (sum > INT32_MAX / (int64_t)sizeof(Barrier)) {
      return 0;
    }
  }
  return 1;
}

/* Joins barriers between the same two items that overlap. Each item's barriers come sorted by the other item. */
static void join(Layout *layout, uint64_t *keys) {
  int32_t to = 0;
  for (int32_t i = 0; i < layout->items; i++) {
    int32_t from = layout->begin[i], end = layout->begin[i + 1];
    layout->begin[i] = to;
    while (from < end) {
      int32_t other = layout->barriers[from].other, count = 0;
      for (; from < end && layout->barriers[from].other == other; from++) {
        Barrier barrier = layout->barriers[from];
        keys[count++] = (uint64_t)((uint32_t)barrier.after ^ 0x80000000u) << 32 | (uint32_t)barrier.until;
      }
      sort_keys(keys, count);
      int32_t first = to;
      for (int32_t k = 0; k < count; k++) {
        int32_t after = (int32_t)((uint32_t)(keys[k] >> 32) ^ 0x80000000u), until = (int32_t)(uint32_t)keys[k];
        Barrier *before = to > first ? &layout->barriers[to - 1] : 0;
        if (before && after < before->until) {
          before->until = until > before->until ? until : before->until;
        } else {
          layout->barriers[to++] = (Barrier){other, after, until};
        }
      }
    }
    layout->most = to - layout->begin[i] > layout->most ? to - layout->begin[i] : layout->most;
  }
  layout->begin[layout->items] = to;
}

/* `allowed`: `allowed_count` pairs of parts that may overlap, as two numbers each, the larger one first in memory.
 * Arrays belong to the caller and stay. Returns 0 if there is not enough memory. */
__attribute__((export_name("glued_new"))) Layout *glued_new(int32_t items, const int32_t *span, const int32_t *modulus,
                                                            const int32_t *residue, const int32_t *pinned,
                                                            int32_t parts, const int32_t *item, const int32_t *distance,
                                                            const int32_t *size, const int32_t *first,
                                                            const int32_t *last, const int32_t *by_birth,
                                                            const uint64_t *allowed, int32_t allowed_count) {
  const Parts all = {parts, item, distance, size, first, last, by_birth};
  size_t per_item = ((size_t)items + 1) * sizeof(int32_t);
  Layout *layout = reserve(sizeof *layout);
  int32_t *live = reserve((size_t)parts * sizeof(int32_t)), *at = reserve(per_item), *begin = reserve(per_item);
  if (!layout || !live || !at || !begin) {
    return 0;
  }
  sweep(&all, allowed, allowed_count, live, begin, 0);
  if (!counts_to_begins(begin, items)) {
    return 0;
  }
  size_t room = (size_t)begin[items] * sizeof(Barrier);
  Barrier *unsorted = reserve(room);
  *layout = (Layout){.items = items, .span = span, .modulus = modulus, .residue = residue, .pinned = pinned,
                     .begin = begin, .barriers = reserve(room), .base = reserve(per_item)};
  layout->weight = reserve(per_item);
  layout->pool = reserve(per_item);
  if (!unsorted || !layout->barriers || !layout->base || !layout->weight || !layout->pool) {
    return 0;
  }
  int32_t most = 0;
  for (int32_t i = 0; i < items; i++) {
    at[i] = begin[i];
    most = begin[i + 1] - begin[i] > most ? begin[i + 1] - begin[i] : most;
    layout->base[i] = UNPLACED;
  }
  layout->keys = reserve(((size_t)most + 1) * sizeof(uint64_t));
  layout->more_keys = reserve(((size_t)most + 1) * sizeof(uint64_t));
  layout->spare_keys = reserve(((size_t)most + 1) * sizeof(uint64_t));
  if (!layout->keys || !layout->more_keys || !layout->spare_keys) {
    return 0;
  }
  sweep(&all, allowed, allowed_count, live, at, unsorted);
  /* Handing each barrier to the other item, item by item, sorts all lists by the other item. */
  for (int32_t i = 0; i < items; i++) {
    at[i] = begin[i];
  }
  for (int32_t i = 0; i < items; i++) {
    for (int32_t k = begin[i]; k < begin[i + 1]; k++) {
      layout->barriers[at[unsorted[k].other]++] = (Barrier){i, -unsorted[k].until, -unsorted[k].after};
    }
  }
  join(layout, layout->keys);
  return layout;
}

/* Where the bases are, one per item. */
__attribute__((export_name("glued_bases"))) int32_t *glued_bases(const Layout *layout) {
  return layout->base;
}

/* Barriers between items, each counted twice. */
__attribute__((export_name("glued_barriers"))) int32_t glued_barriers(const Layout *layout) {
  return layout->begin[layout->items];
}
