#include "branching.h"

static int is_candidate(const Skyline *sky, int32_t block, int32_t level) {
  return sky->placed[block] < 0 && sky->ready[block] && sky->rest[block] == level &&
         (sky->twin[block] < 0 || sky->placed[sky->twin[block]] >= 0);
}

static int32_t count_cases(Branching *branching, int32_t section) {
  const Skyline *sky = branching->sky;
  int32_t level = sky->low[section], cases = 0, none = level + sky->remaining[section] < sky->capacity;
  branching->best_rank[section] = FAR;
  for (int32_t j = sky->start[section]; j < sky->start[section + 1]; j++) {
    int32_t c = sky->members[j];
    if (is_candidate(sky, c, level)) {
      cases++;
      if (branching->rank[c] < branching->best_rank[section]) {
        branching->best_rank[section] = branching->rank[c];
      }
    }
    none |= sky->placed[c] < 0 && sky->rest[c] == level && !sky->ready[c];
  }
  return cases ? cases + none : 0;
}

/* Whether no block can come below one that begins at the section's level. */
static int is_open(const Skyline *sky, int32_t section) {
  int32_t level = sky->low[section];
  for (int32_t j = sky->start[section]; j < sky->start[section + 1]; j++) {
    int32_t c = sky->members[j];
    for (int32_t t = sky->begin[c]; is_candidate(sky, c, level) && t <= sky->end[c]; t++) {
      if (sky->top[t] <= level) {
        return 0;
      }
    }
  }
  return 1;
}

int32_t branching_pick(Branching *branching, int32_t first_section, int32_t last_section) {
  Skyline *sky = branching->sky;
  int64_t best = INT64_MAX;
  int32_t section = -1;
  for (int32_t t = first_section; t <= last_section; t++) {
    int64_t value, cases;
    if (!sky->remaining[t]) {
      continue;
    }
    if (sky->changed[t]) {
      sky->changed[t] = 0;
      branching->cases[t] = count_cases(branching, t);
    }
    cases = branching->cases[t];
    if (!cases) {
      continue;
    }
    switch (branching->rule) {
    case FEWEST:
      value = (cases << 32) + sky->low[t];
      break;
    case RANKED:
      value = cases == 1 ? 0 : ((int64_t)sky->low[t] << 32) + branching->best_rank[t];
      break;
    default:
      value = (cases << 32) / sky->weight[t];
    }
    if (value < best && is_open(sky, t)) {
      best = value;
      section = t;
    }
  }
  return section;
}

int32_t branching_next(const Branching *branching, int32_t section, int32_t level, int32_t rank) {
  const Skyline *sky = branching->sky;
  int32_t best = -1;
  for (int32_t j = sky->start[section]; j < sky->start[section + 1]; j++) {
    int32_t c = sky->members[j];
    if (branching->rank[c] > rank && (best < 0 || branching->rank[c] < branching->rank[best]) &&
        is_candidate(sky, c, level)) {
      best = c;
    }
  }
  return best;
}
