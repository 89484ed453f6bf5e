#include "glued.h"

enum { FEW = 16, BUCKETS = 256 };

static void insert(uint64_t *keys, int32_t count) {
  for (int32_t i = 1; i < count; i++) {
    uint64_t key = keys[i];
    int32_t j = i;
    for (; j > 0 && keys[j - 1] > key; j--) {
      keys[j] = keys[j - 1];
    }
    keys[j] = key;
  }
}

static void sink(uint64_t *keys, int32_t at, int32_t count) {
  uint64_t key = keys[at];
  for (int32_t child; (child = 2 * at + 1) < count; at = child) {
    child += child + 1 < count && keys[child + 1] > keys[child];
    if (keys[child] <= key) {
      break;
    }
    keys[at] = keys[child];
  }
  keys[at] = key;
}

static void sort_by_heap(uint64_t *keys, int32_t count) {
  for (int32_t at = count / 2; at-- > 0;) {
    sink(keys, at, count);
  }
  for (int32_t end = count; end-- > 1;) {
    uint64_t key = keys[0];
    keys[0] = keys[end];
    keys[end] = key;
    sink(keys, 0, end);
  }
}

/* Quicksort that gives way to heapsort where it goes too deep (Musser, Introspective sorting, 1997). */
static void sort_within(uint64_t *keys, int32_t count, int32_t depth) {
  while (count > FEW) {
    if (depth-- == 0) {
      sort_by_heap(keys, count);
      return;
    }
    uint64_t first = keys[0], middle = keys[count / 2], last = keys[count - 1];
    uint64_t low = first < middle ? first : middle, high = first < middle ? middle : first;
    uint64_t pivot = last < low ? low : last > high ? high : last;
    int32_t i = 0, j = count - 1;
    while (i <= j) {
      while (keys[i] < pivot) {
        i++;
      }
      while (keys[j] > pivot) {
        j--;
      }
      if (i <= j) {
        uint64_t key = keys[i];
        keys[i++] = keys[j];
        keys[j--] = key;
      }
    }
    sort_within(keys, j + 1, depth);
    keys += i;
    count -= i;
  }
  insert(keys, count);
}

void sort_keys(uint64_t *keys, int32_t count) {
  int32_t depth = 4;
  for (int32_t left = count; left > 0; left >>= 1) {
    depth += 2;
  }
  sort_within(keys, count, depth);
}

void sort_places(uint64_t *keys, uint64_t *spare, int32_t count, int32_t most) {
  int32_t end[BUCKETS], shift = 0, from = 0;
  if (count <= FEW) {
    insert(keys, count);
    return;
  }
  while (most >> shift >= BUCKETS) {
    shift++;
  }
  for (int32_t bucket = 0; bucket < BUCKETS; bucket++) {
    end[bucket] = 0;
  }
  for (int32_t i = 0; i < count; i++) {
    int32_t bucket = (int32_t)(keys[i] >> 32) >> shift;
    spare[i] = keys[i];
    end[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  }
  for (int32_t bucket = 0; bucket < BUCKETS; bucket++) {
    int32_t here = end[bucket];
    end[bucket] = from;
    from += here;
  }
  for (int32_t i = 0; i < count; i++) {
    int32_t bucket = (int32_t)(spare[i] >> 32) >> shift;
    keys[end[bucket < BUCKETS ? bucket : BUCKETS - 1]++] = spare[i];
  }
  for (int32_t bucket = 0, begin = 0; bucket < BUCKETS; begin = end[bucket++]) {
    if (end[bucket] - begin > FEW) {
      sort_keys(keys + begin, end[bucket] - begin);
    }
  }
  insert(keys, count);
}
