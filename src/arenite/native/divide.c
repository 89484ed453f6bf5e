#include "divide.h"

/* Lets the order up to the position have run. */
static void begin(Divide *divide, int32_t low) {
  tasks_restart(divide->tasks);
  for (int32_t i = 0; i < low; i++) {
    tasks_run(divide->tasks, divide->order[i]);
  }
  divide->depth = 0;
  divide->asked = 0;
  divide->found = 0;
  cuts_forget(&divide->cuts);
  divide->cuts.flow.work += 8 * divide->tasks->tasks;
}

/* Orders the positions low .. high - 1 anew by `divide_run`, as far as they need more than `target` bytes. Candidates
 * are `most` of the operators with the largest sum of weights left. */
__attribute__((export_name("divide_start"))) void divide_start(Divide *divide, int32_t low, int32_t high,
                                                               int32_t target, int32_t most, const int32_t *weight,
                                                               int32_t largest, int32_t with_hardest) {
  divide->cuts.sooner = divide->cuts.later = -1;
  divide->with_hardest = with_hardest;
  begin(divide, low);
  divide->target = target;
  divide->most_candidates = most < MOST_CANDIDATES ? most : MOST_CANDIDATES;
  divide->weight = weight;
  divide->largest = largest;
  divide->bound_task = -1;
  divide->parts[divide->depth++] = (Part){low, high};
}

/* Asks, in `divide_run`, for the least bytes that are live while the task runs, in any order in which the task
 * `sooner` (or -1) has run by then and `later` (or -1) has not. INT32_MAX if there is none. */
__attribute__((export_name("divide_bound"))) void divide_bound(Divide *divide, int32_t task, int32_t sooner,
                                                               int32_t later) {
  begin(divide, 0);
  divide->largest = 0;
  divide->cuts.sooner = sooner;
  divide->cuts.later = later;
  divide->bound_task = task;
  divide->parts[divide->depth++] = (Part){0, divide->tasks->tasks};
}

/* The answer to that. */
__attribute__((export_name("divide_answer"))) int32_t divide_answer(const Divide *divide) { return divide->worst; }

/* Runs the part in its present order if that needs no more than the target; else finds the task that needs most. */
static int settle(Divide *divide, Part part) {
  int32_t most = INT32_MIN;
  for (int32_t i = part.low; i < part.high; i++) {
    int32_t bytes = tasks_run(divide->tasks, divide->order[i]);
    divide->hardest = bytes > most ? divide->order[i] : divide->hardest;
    most = bytes > most ? bytes : most;
  }
  if (most <= divide->target) {
    return 1;
  }
  for (int32_t i = part.high - 1; i >= part.low; i--) {
    tasks_take_back(divide->tasks, divide->order[i]);
  }
  return 0;
}

/* Picks the middle tasks of the operators with the largest sums of weights left. */
static void pick(Divide *divide, Part part) {
  int32_t operators = 0, best[MOST_CANDIDATES], left[MOST_CANDIDATES];
  divide->found = 0;
  for (int32_t i = part.low; i < part.high; i++) {
    int32_t task = divide->order[i], own = divide->operator_of[task];
    if (!divide->size[own]++) {
      divide->touched[operators++] = own;
    }
    divide->total[own] += divide->weight[task];
  }
  for (int32_t i = 0; i < operators; i++) {
    int32_t own = divide->touched[i], j = divide->found;
    if (j < divide->most_candidates) {
      divide->found++;
    } else if (divide->total[best[--j]] >= divide->total[own]) {
      continue;
    }
    for (; j && divide->total[best[j - 1]] < divide->total[own]; j--) {
      best[j] = best[j - 1];
    }
    best[j] = own;
  }
  for (int32_t i = 0; i < operators; i++) {
    divide->total[divide->touched[i]] = 0;
  }
  for (int32_t j = 0; j < divide->found; j++) {
    left[j] = divide->size[best[j]] / 2;
    divide->total[best[j]] = j + 1;
  }
  for (int32_t i = part.low; i < part.high; i++) {
    int32_t task = divide->order[i], j = divide->total[divide->operator_of[task]];
    if (j && !left[j - 1]--) {
      divide->candidates[j - 1] = task;
    }
  }
  if (divide->with_hardest) {
    divide->candidates[divide->found++] = divide->hardest;
  }
  for (int32_t i = 0; i < operators; i++) {
    divide->total[divide->touched[i]] = divide->size[divide->touched[i]] = 0;
  }
}

/* Whether it may pay to wait until the way to write in place is open. */
static int is_shut(const Divide *divide, int32_t way) {
  const Tasks *tasks = divide->tasks;
  for (int32_t i = tasks->others.from[way]; i < tasks->others.from[way + 1]; i++) {
    int32_t other = tasks->others.at[i];
    if (!tasks->executed[other] && !divide->in_lowest[other]) {
      return 1;
    }
  }
  return 0;
}

static void swap(int32_t **one, int32_t **other) {
  int32_t *held = *one;
  *one = *other;
  *other = held;
}

/* Takes over the answer to a question about the current candidate. */
static void learn(Divide *divide, Part part) {
  Cuts *cuts = &divide->cuts;
  for (int32_t i = part.low; i < part.high && divide->way < 0; i++) {
    divide->in_lowest[divide->order[i]] = cuts->before[i - part.low];
  }
  if (cuts->transient < divide->least) {
    divide->least = cuts->transient;
    swap(&divide->least_before, &cuts->before);
  }
}

/* Asks about the current candidate, unless the answer is known. */
static void ask(Divide *divide, Part part) {
  int32_t task = divide->candidates[divide->candidate];
  if (divide->way < 0 || is_shut(divide, divide->way)) {
    divide->asked = cuts_ask(&divide->cuts, divide->order + part.low, part.high - part.low, task, divide->way,
                             divide->largest);
  }
}

/* On to the candidate's next way to write in place, or to the next candidate. */
static void step_on(Divide *divide) {
  const Tasks *tasks = divide->tasks;
  int32_t task = divide->candidates[divide->candidate];
  divide->way = divide->way < 0 ? tasks->ways.from[task] : divide->way + 1;
  if (divide->way < tasks->ways.from[task + 1]) {
    return;
  }
  if (divide->least > divide->worst) {
    divide->worst = divide->least;
    divide->bottleneck = task;
    swap(&divide->worst_before, &divide->least_before);
  }
  divide->way = -1;
  divide->least = INT32_MAX;
  divide->candidate++;
}

/* Puts the bottleneck at its best moment. */
static void split(Divide *divide, Part part) {
  int32_t at = part.low, later = 0;
  for (int32_t i = part.low; i < part.high; i++) {
    int32_t task = divide->order[i];
    if (divide->worst_before[i - part.low]) {
      divide->order[at++] = task;
    } else if (task != divide->bottleneck) {
      divide->moved[later++] = task;
    }
  }
  divide->order[at] = divide->bottleneck;
  for (int32_t i = 0; i < later; i++) {
    divide->order[at + 1 + i] = divide->moved[i];
  }
  divide->parts[divide->depth++] = (Part){at + 1, part.high};
  divide->parts[divide->depth++] = (Part){at, at + 1};
  divide->parts[divide->depth++] = (Part){part.low, at};
}

/* Begins with the part; returns whether there is something to divide. */
static int enter(Divide *divide, Part part) {
  divide->candidate = 0;
  divide->way = divide->worst = -1;
  divide->least = INT32_MAX;
  if (divide->bound_task >= 0) {
    divide->candidates[0] = divide->bound_task;
    divide->found = 1;
    return 1;
  }
  if (part.high - part.low < 2) {
    if (part.low < part.high) {
      tasks_run(divide->tasks, divide->order[part.low]);
    }
    return 0;
  }
  if (settle(divide, part)) {
    return 0;
  }
  pick(divide, part);
  return 1;
}

/* Does about that much work, in arcs looked at; returns whether all is done. */
__attribute__((export_name("divide_run"))) int32_t divide_run(Divide *divide, int32_t work) {
  int64_t *done = &divide->cuts.flow.work, until = *done + work;
  while (divide->depth && *done < until) {
    Part part = divide->parts[divide->depth - 1];
    *done += divide->asked ? 0 : 4; /* the same sum wherever it was interrupted */
    if (!divide->found && !enter(divide, part)) {
      *done += part.high - part.low;
      divide->depth--;
      continue;
    }
    if (!divide->asked) {
      ask(divide, part);
    }
    if (divide->asked) {
      if (!cuts_answer(&divide->cuts, until)) {
        return 0;
      }
      learn(divide, part);
      divide->asked = 0;
    }
    step_on(divide);
    if (divide->candidate == divide->found) {
      divide->found = 0;
      divide->depth--;
      if (divide->bound_task < 0) {
        split(divide, part);
      }
    }
  }
  return !divide->depth;
}
