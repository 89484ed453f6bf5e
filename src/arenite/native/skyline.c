#include "skyline.h"

static int32_t align_up(int32_t value, int32_t alignment) {
  return alignment == 1 ? value : (value + alignment - 1) / alignment * alignment;
}

static uint32_t state_of(int32_t rest, int32_t ready) { return (uint32_t)rest * 2u + (uint32_t)ready; }

Key skyline_key(const Skyline *sky, int32_t first, int32_t last) {
  Key key = {0, 0};
  for (int32_t c = first; c < sky->blocks && sky->begin[c] <= last; c = sky->next[c]) {
    key_add(&key, (uint32_t)c, state_of(sky->rest[c], sky->ready[c]));
  }
  return key;
}

/* Writes down what a section says about its blocks, once per move: it is counted anew at the move's end. */
static void touch(Skyline *sky, int32_t section) {
  if (sky->stamp[section] != sky->now) {
    sky->stamp[section] = sky->now;
    sky->lows[sky->lows_used++] = (SectionChange){section, sky->low[section], sky->top[section]};
  }
}

static void mark_changed(Skyline *sky, int32_t block) {
  for (int32_t t = sky->begin[block]; t <= sky->end[block]; t++) {
    sky->changed[t] = 1;
  }
}

/* The unplaced blocks that live in a common section with the block, itself among them if it is unplaced: in `near`.
 * Returns their number. */
static int32_t find_near(Skyline *sky, int32_t block) {
  int32_t count = 0, begin = sky->begin[block];
  for (int32_t j = sky->start[begin]; j < sky->start[begin + 1]; j++) {
    if (sky->placed[sky->members[j]] < 0) {
      sky->near[count++] = sky->members[j];
    }
  }
  for (int32_t c = sky->after[begin]; c < sky->after[sky->end[block]]; c++) {
    if (sky->placed[c] < 0) {
      sky->near[count++] = c;
    }
  }
  return count;
}

static void move_rest(Skyline *sky, int32_t block, int32_t rest, int32_t ready, Key *key) {
  int32_t before = sky->rest[block], top = before + sky->size[block];
  sky->rests[sky->rests_used++] = (RestChange){block, before, sky->ready[block]};
  key_subtract(key, (uint32_t)block, state_of(before, sky->ready[block]));
  key_add(key, (uint32_t)block, state_of(rest, ready));
  sky->rest[block] = rest;
  sky->ready[block] = ready;
  mark_changed(sky, block);
  for (int32_t t = sky->begin[block]; rest > before && t <= sky->end[block]; t++) {
    if (sky->low[t] == before || sky->top[t] == top) {
      touch(sky, t);
    }
  }
}

/* Counts the sections touched since `from` anew. Returns 0 if one cannot hold its blocks. */
static int recount(Skyline *sky, int32_t from) {
  for (int32_t i = from; i < sky->lows_used; i++) {
    int32_t t = sky->lows[i].section, low = FAR, top = FAR;
    for (int32_t j = sky->start[t]; j < sky->start[t + 1]; j++) {
      int32_t c = sky->members[j];
      if (sky->placed[c] < 0) {
        int32_t end = sky->rest[c] + sky->size[c];
        low = sky->rest[c] < low ? sky->rest[c] : low;
        top = end < top ? end : top;
      }
    }
    sky->low[t] = low;
    sky->top[t] = top;
    if (low != FAR && low + sky->remaining[t] > sky->capacity) {
      sky->weight[t]++;
      return 0;
    }
  }
  return 1;
}

static void count_block(Skyline *sky, int32_t block, int32_t sign) {
  for (int32_t t = sky->begin[block]; t <= sky->end[block]; t++) {
    sky->remaining[t] += sign * sky->size[block];
    sky->remaining_marks[t] += sign * sky->marks[block];
    sky->crossing[t] += t < sky->end[block] ? sign : 0;
    sky->changed[t] = 1;
  }
}

int skyline_place(Skyline *sky, int32_t block, Key *key) {
  int32_t at = sky->rest[block], top = at + sky->size[block], begin = sky->begin[block], end = sky->end[block];
  int32_t from = sky->lows_used, count;
  int fits = 1;
  sky->placed[block] = at;
  if (sky->previous[block] >= 0) {
    sky->next[sky->previous[block]] = sky->next[block];
  }
  sky->previous[sky->next[block]] = sky->previous[block];
  sky->now++;
  count_block(sky, block, -1);
  for (int32_t t = begin; t <= end; t++) {
    touch(sky, t);
  }
  key_subtract(key, (uint32_t)block, state_of(at, 1));
  count = find_near(sky, block);
  for (int32_t i = 0; i < count; i++) {
    int32_t c = sky->near[i], rest = align_up(top, sky->alignment[c]);
    if (rest < sky->rest[c] || (rest == sky->rest[c] && sky->ready[c])) {
      continue;
    }
    move_rest(sky, c, rest, 1, key);
    fits &= rest + sky->size[c] <= sky->capacity;
  }
  return fits && recount(sky, from);
}

/* The lowest offset at which the block may rest on an unplaced one that begins below `reach`; FAR if there is none. */
static int32_t lifted_to(Skyline *sky, int32_t block, int32_t reach) {
  int32_t least = FAR, count = find_near(sky, block), rest;
  for (int32_t i = 0; i < count; i++) {
    int32_t c = sky->near[i];
    if (c != block && sky->rest[c] < reach) {
      int32_t top = sky->rest[c] + sky->size[c];
      least = top < least ? top : least;
    }
  }
  if (least > sky->capacity) {
    return FAR;
  }
  rest = align_up(least, sky->alignment[block]);
  return rest + sky->size[block] <= sky->capacity ? rest : FAR;
}

int skyline_bar(Skyline *sky, int32_t section, int32_t level, Key *key) {
  int32_t from = sky->lows_used, barred = sky->rests_used, end;
  sky->now++;
  for (int32_t j = sky->start[section]; j < sky->start[section + 1]; j++) {
    int32_t c = sky->members[j];
    if (sky->placed[c] < 0 && sky->rest[c] == level && sky->ready[c]) {
      move_rest(sky, c, level + 1, 0, key);
    }
  }
  /* Each of them will rest on a block that begins below where it would have ended. */
  end = sky->rests_used;
  for (int32_t i = barred; i < end; i++) {
    int32_t c = sky->rests[i].block, rest = lifted_to(sky, c, level + sky->size[c]);
    if (rest == FAR) {
      sky->weight[section]++;
      return 0;
    }
    if (rest > sky->rest[c]) {
      key_subtract(key, (uint32_t)c, state_of(sky->rest[c], 0));
      key_add(key, (uint32_t)c, state_of(rest, 0));
      sky->rest[c] = rest;
    }
  }
  return recount(sky, from);
}

int skyline_settle(Skyline *sky, int32_t first, int32_t last, Key *key) {
  int32_t from = sky->lows_used, changed = 1;
  sky->now++;
  while (changed && skyline_make_room(sky)) {
    changed = 0;
    for (int32_t c = first; c < sky->blocks && sky->begin[c] <= last; c = sky->next[c]) {
      int32_t rest = sky->ready[c] ? 0 : lifted_to(sky, c, FAR);
      if (rest == FAR) {
        return 0;
      }
      if (rest > sky->rest[c]) {
        move_rest(sky, c, rest, 0, key);
        changed = 1;
      }
    }
  }
  return recount(sky, from);
}

void skyline_undo(Skyline *sky, int32_t block, Mark mark) {
  while (sky->rests_used > mark.rests) {
    const RestChange *change = &sky->rests[--sky->rests_used];
    sky->rest[change->block] = change->rest;
    sky->ready[change->block] = change->ready;
    mark_changed(sky, change->block);
  }
  while (sky->lows_used > mark.lows) {
    const SectionChange *change = &sky->lows[--sky->lows_used];
    sky->low[change->section] = change->low;
    sky->top[change->section] = change->top;
  }
  if (block >= 0) {
    count_block(sky, block, 1);
    sky->placed[block] = -1;
    sky->previous[sky->next[block]] = block;
    if (sky->previous[block] >= 0) {
      sky->next[sky->previous[block]] = block;
    }
  }
}

int skyline_marks_fit(Skyline *sky, int32_t first_section, int32_t last_section) {
  int32_t all = (sky->capacity + sky->unit - 1) / sky->unit;
  for (int32_t t = first_section; sky->unit > 1 && t <= last_section; t++) {
    if (sky->remaining[t] && (sky->low[t] + sky->unit - 1) / sky->unit + sky->remaining_marks[t] > all) {
      sky->weight[t]++;
      return 0;
    }
  }
  return 1;
}
