#include "cuts.h"

#include "memory.h"

int cuts_reserve(Cuts *cuts, Tasks *tasks) {
  size_t count = (size_t)tasks->tasks, values = (size_t)tasks->values;
  size_t arcs = (size_t)tasks->before.from[tasks->tasks] + (size_t)tasks->readers.from[tasks->values] + values;
  cuts->tasks = tasks;
  cuts->sooner = cuts->later = -1;
  cuts->node = reserve((count + 1) * sizeof(int32_t));
  cuts->seen = reserve((values + 1) * sizeof(int32_t));
  cuts->stack = reserve((count + 1) * sizeof(int32_t));
  cuts->before = reserve((count + 1) * sizeof(int32_t));
  if (!cuts->node || !cuts->seen || !cuts->stack || !cuts->before) {
    return 0;
  }
  cuts_forget(cuts);
  return flow_reserve(&cuts->flow, (int32_t)(count + values + 1), (int32_t)(2 * arcs + 2));
}

void cuts_forget(Cuts *cuts) {
  for (int32_t task = 0; task < cuts->tasks->tasks; task++) {
    cuts->node[task] = BEYOND;
  }
  cuts->count = 0;
}

/* Marks what is still free and leads to the task, or follows from it, and the task itself. */
static void spread(Cuts *cuts, const Lists *lists, int32_t task, int32_t mark) {
  int32_t depth = 0;
  if (cuts->node[task] == FREE) {
    cuts->node[task] = mark;
    cuts->stack[depth++] = task;
  }
  while (depth) {
    int32_t from = cuts->stack[--depth];
    for (int32_t i = lists->from[from]; i < lists->from[from + 1]; i++) {
      int32_t other = lists->at[i];
      if (cuts->node[other] == FREE) {
        cuts->node[other] = mark;
        cuts->stack[depth++] = other;
      }
    }
  }
}

static int has_run(const Cuts *cuts, int32_t task) {
  return task < 0 || cuts->tasks->executed[task] || cuts->node[task] == RUN;
}

static void add_value(Cuts *cuts, int32_t value) {
  const Tasks *tasks = cuts->tasks;
  Flow *flow = &cuts->flow;
  int32_t producer = tasks->producer[value], bytes = tasks->bytes[value], run = has_run(cuts, producer);
  int32_t tail = run ? -1 : cuts->node[producer], heads = 0, last = -1, together;
  if (cuts->seen[value] == cuts->stamp) {
    return;
  }
  cuts->seen[value] = cuts->stamp;
  if (!run && tail < 0) {
    return;
  }
  int beyond = tasks->kept[value];
  for (int32_t i = tasks->readers.from[value]; i < tasks->readers.from[value + 1] && !beyond; i++) {
    int32_t reader = tasks->readers.at[i];
    if (!has_run(cuts, reader)) {
      beyond = cuts->node[reader] < 0;
      last = cuts->node[reader];
      heads++;
    }
  }
  if (beyond) {
    if (!run) {
      flow->terminal[tail] -= bytes;
    }
    return;
  }
  if (heads < 2) {
    if (heads && run) {
      flow->terminal[last] += bytes;
    } else if (heads) {
      flow_arc(flow, tail, last, bytes, 0);
    }
    return;
  }
  together = flow_node(flow);
  if (run) {
    flow->terminal[together] = bytes;
  } else {
    flow_arc(flow, tail, together, bytes, 0);
  }
  for (int32_t i = tasks->readers.from[value]; i < tasks->readers.from[value + 1]; i++) {
    int32_t reader = tasks->readers.at[i];
    if (!has_run(cuts, reader)) {
      flow_arc(flow, together, cuts->node[reader], UNBOUNDED, 0);
    }
  }
}

int cuts_ask(Cuts *cuts, const int32_t *inside, int32_t count, int32_t task, int32_t way, int largest) {
  const Tasks *tasks = cuts->tasks;
  Flow *flow = &cuts->flow;
  int32_t nodes = 0, possible = 1;
  for (int32_t i = 0; i < cuts->count; i++) {
    cuts->node[cuts->inside[i]] = BEYOND;
  }
  cuts->inside = inside;
  cuts->count = count;
  cuts->task = task;
  cuts->way = way;
  cuts->largest = largest;
  for (int32_t i = 0; i < count; i++) {
    cuts->node[inside[i]] = FREE;
  }
  spread(cuts, &tasks->behind, task, BARRED);
  for (int32_t i = tasks->before.from[task]; i < tasks->before.from[task + 1]; i++) {
    spread(cuts, &tasks->before, tasks->before.at[i], RUN);
  }
  if (cuts->sooner >= 0) {
    spread(cuts, &tasks->before, cuts->sooner, RUN);
    possible &= has_run(cuts, cuts->sooner);
  }
  if (cuts->later >= 0) {
    spread(cuts, &tasks->behind, cuts->later, BARRED);
    possible &= cuts->node[cuts->later] == BARRED;
  }
  for (int32_t i = way < 0 ? 0 : tasks->others.from[way]; i < (way < 0 ? 0 : tasks->others.from[way + 1]); i++) {
    int32_t other = tasks->others.at[i];
    spread(cuts, &tasks->before, other, RUN);
    possible &= has_run(cuts, other);
  }
  if (!possible) {
    return 0;
  }
  for (int32_t i = 0; i < count; i++) {
    int32_t *node = &cuts->node[inside[i]];
    *node = *node == FREE ? nodes++ : *node;
  }
  flow_begin(flow, nodes);
  cuts->stamp++;
  for (int32_t i = 0; i < count; i++) {
    int32_t at = inside[i], node = cuts->node[at];
    if (node < 0) {
      continue;
    }
    for (int32_t j = tasks->before.from[at]; j < tasks->before.from[at + 1]; j++) {
      int32_t other = tasks->before.at[j];
      if (!has_run(cuts, other)) {
        flow_arc(flow, node, cuts->node[other], UNBOUNDED, 0);
      }
    }
    for (int32_t j = tasks->reads.from[at]; j < tasks->reads.from[at + 1]; j++) {
      add_value(cuts, tasks->reads.at[j]);
    }
    for (int32_t j = tasks->writes.from[at]; j < tasks->writes.from[at + 1]; j++) {
      add_value(cuts, tasks->writes.at[j]);
    }
  }
  flow->work += 8 * count;
  return 1;
}

int cuts_answer(Cuts *cuts, int64_t until) {
  Tasks *tasks = cuts->tasks;
  if (!flow_maximise(&cuts->flow, until)) {
    return 0;
  }
  flow_source_side(&cuts->flow, cuts->largest);
  for (int32_t i = 0; i < cuts->count; i++) {
    int32_t node = cuts->node[cuts->inside[i]];
    cuts->before[i] = node >= 0 ? cuts->flow.level[node] : node == RUN;
  }
  for (int32_t i = 0; i < cuts->count; i++) {
    if (cuts->before[i]) {
      tasks_run(tasks, cuts->inside[i]);
    }
  }
  cuts->transient = tasks->live + tasks_allocated(tasks, cuts->task);
  for (int32_t i = cuts->count - 1; i >= 0; i--) {
    if (cuts->before[i]) {
      tasks_take_back(tasks, cuts->inside[i]);
    }
  }
  return 1;
}
