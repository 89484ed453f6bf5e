/* The memory of a skyline. */
#include "memory.h"
#include "skyline.h"

static int32_t *integers(int32_t count) { return reserve((size_t)count * sizeof(int32_t)); }

/* Fills in what a section knows about its blocks, and the lists of both. */
static void take_in(Skyline *sky) {
  for (int32_t b = 0; b < sky->blocks; b++) {
    int32_t size = sky->size[b], alignment = sky->alignment[b];
    sky->placed[b] = -1;
    sky->ready[b] = 1;
    sky->next[b] = b + 1;
    sky->previous[b + 1] = b;
    /* An aligned block begins with a multiple of the unit. */
    sky->marks[b] = alignment % sky->unit == 0 ? (size + sky->unit - 1) / sky->unit : size / sky->unit;
    sky->twin[b] = -1;
    for (int32_t c = b - 1; c >= 0 && sky->begin[c] == sky->begin[b] && sky->twin[b] < 0; c--) {
      if (sky->end[c] == sky->end[b] && sky->size[c] == size && sky->alignment[c] == alignment) {
        sky->twin[b] = c;
      }
    }
    for (int32_t t = sky->begin[b]; t <= sky->end[b]; t++) {
      sky->remaining[t] += size;
      sky->remaining_marks[t] += sky->marks[b];
      sky->crossing[t] += t < sky->end[b];
      sky->low[t] = 0;
      sky->top[t] = size < sky->top[t] ? size : sky->top[t];
      sky->members[sky->start[t + 1]++] = b;
    }
    sky->after[sky->begin[b]] = b + 1;
  }
  for (int32_t t = 1; t < sky->sections; t++) {
    sky->after[t] = sky->after[t] ? sky->after[t] : sky->after[t - 1];
  }
  sky->previous[0] = -1;
}

Skyline *skyline_new(int32_t blocks, int32_t sections, int32_t capacity, const int32_t *size, const int32_t *alignment,
                     const int32_t *begin, const int32_t *end) {
  Skyline *sky = reserve(sizeof *sky);
  int32_t **by_block[] = {&sky->twin, &sky->placed,   &sky->rest,  &sky->ready,
                          &sky->next, &sky->previous, &sky->marks, &sky->near};
  int32_t **by_section[] = {&sky->start,  &sky->remaining, &sky->low,   &sky->top,   &sky->crossing,
                            &sky->weight, &sky->changed,   &sky->stamp, &sky->after, &sky->remaining_marks};
  if (!sky) {
    return 0;
  }
  for (size_t i = 0; i < sizeof by_block / sizeof *by_block; i++) {
    if (!(*by_block[i] = integers(blocks + 1))) {
      return 0;
    }
  }
  for (size_t i = 0; i < sizeof by_section / sizeof *by_section; i++) {
    if (!(*by_section[i] = integers(sections + 2))) {
      return 0;
    }
  }
  sky->blocks = blocks;
  sky->sections = sections;
  sky->capacity = capacity;
  sky->size = size;
  sky->alignment = alignment;
  sky->begin = begin;
  sky->end = end;
  sky->unit = 1;
  for (int32_t b = 0; b < blocks; b++) {
    sky->unit = alignment[b] > sky->unit ? alignment[b] : sky->unit;
    /* Two places further on: filling the lists moves each start one place back. */
    for (int32_t t = begin[b]; t <= end[b]; t++) {
      sky->start[t + 2]++;
    }
  }
  for (int32_t t = 0; t < sections; t++) {
    sky->start[t + 2] += sky->start[t + 1];
    sky->low[t] = sky->top[t] = FAR;
    sky->weight[t] = 1;
    sky->changed[t] = 1;
  }
  sky->rests_size = 16 * blocks + 1000;
  sky->lows_size = 16 * sections + 1000;
  sky->rests = reserve((size_t)sky->rests_size * sizeof *sky->rests);
  sky->lows = reserve((size_t)sky->lows_size * sizeof *sky->lows);
  sky->members = integers(sky->start[sections + 1]);
  if (!sky->rests || !sky->lows || !sky->members) {
    return 0;
  }
  take_in(sky);
  return sky;
}

int skyline_make_room(Skyline *sky) {
  if (sky->rests_used + sky->blocks > sky->rests_size) {
    RestChange *larger = reserve(2 * (size_t)sky->rests_size * sizeof *larger);
    if (!larger) {
      return 0;
    }
    for (int32_t i = 0; i < sky->rests_used; i++) {
      larger[i] = sky->rests[i];
    }
    sky->rests = larger;
    sky->rests_size *= 2;
  }
  if (sky->lows_used + sky->sections > sky->lows_size) {
    SectionChange *larger = reserve(2 * (size_t)sky->lows_size * sizeof *larger);
    if (!larger) {
      return 0;
    }
    for (int32_t i = 0; i < sky->lows_used; i++) {
      larger[i] = sky->lows[i];
    }
    sky->lows = larger;
    sky->lows_size *= 2;
  }
  return 1;
}
