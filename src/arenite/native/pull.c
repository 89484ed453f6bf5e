/* Orders without search: every task as late as what needs it allows, or as soon as what it reads is there. */
#include "memory.h"
#include "tasks.h"

/* Depth first from the tasks that nothing follows: before each task what it needs, first the row before of its own
 * operator, then the others in ascending or `descending` order. Returns 0 if there is not enough memory. */
__attribute__((export_name("pull_on_demand"))) int32_t pull_on_demand(const Tasks *tasks, const int32_t *operator_of,
                                                                      int32_t *order, int32_t descending) {
  size_t bytes = ((size_t)tasks->tasks + 1) * sizeof(int32_t);
  int32_t *stack = reserve(bytes), *visits = reserve(bytes), *placed = reserve(bytes);
  int32_t count = 0;
  if (!stack || !visits || !placed) {
    return 0;
  }
  for (int32_t sink = 0; sink < tasks->tasks; sink++) {
    int32_t depth = 0;
    if (tasks->behind.from[sink] == tasks->behind.from[sink + 1]) {
      stack[depth++] = sink;
    }
    while (depth) {
      int32_t task = stack[depth - 1], first = tasks->before.from[task], needs = tasks->before.from[task + 1] - first;
      int32_t visit = visits[task]++;
      if (visit == 2 * needs) {
        order[count++] = task;
        placed[task] = 1;
        depth--;
        continue;
      }
      /* The first round is for the own operator. */
      int32_t at = visit % needs;
      int32_t other = tasks->before.at[first + (descending ? needs - 1 - at : at)];
      if (!placed[other] && (visit >= needs || operator_of[other] == operator_of[task])) {
        stack[depth++] = other;
      }
    }
  }
  return 1;
}

/* Whether the first task is to run before the second, of two that are ready. */
static int is_sooner(const int32_t *latest, int32_t one, int32_t other) {
  return latest[one] != latest[other] ? latest[one] > latest[other] : one < other;
}

/* Always the ready task with the latest predecessor, that of its own operator aside. Returns 0 if there is not enough
 * memory. */
__attribute__((export_name("pull_latest"))) int32_t pull_latest(const Tasks *tasks, const int32_t *operator_of,
                                                                int32_t *order) {
  size_t bytes = ((size_t)tasks->tasks + 1) * sizeof(int32_t);
  int32_t *latest = reserve(bytes), *needs = reserve(bytes), *heap = reserve(bytes);
  int32_t count = 0, placed = 0, first = 0;
  if (!latest || !needs || !heap) {
    return 0;
  }
  for (int32_t task = 0; task < tasks->tasks; task++) {
    needs[task] = tasks->before.from[task + 1] - tasks->before.from[task];
  }
  while (placed < tasks->tasks) {
    /* What needs nothing is ready from the start; of equal lateness, the smallest number goes first. */
    while (!count && first < tasks->tasks && needs[first]) {
      first++;
    }
    if (!count) {
      heap[count++] = first++;
    }
    int32_t task = heap[0], at = 0, moved = heap[--count];
    for (int32_t child = 1; child < count; child = 2 * at + 1) {
      child += child + 1 < count && is_sooner(latest, heap[child + 1], heap[child]);
      if (!is_sooner(latest, heap[child], moved)) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moved;
    order[placed++] = task;
    for (int32_t i = tasks->behind.from[task]; i < tasks->behind.from[task + 1]; i++) {
      int32_t other = tasks->behind.at[i];
      int32_t alone = tasks->before.from[other + 1] - tasks->before.from[other] == 1;
      latest[other] = operator_of[other] != operator_of[task] || alone ? placed : latest[other];
      if (--needs[other]) {
        continue;
      }
      for (at = count++; at && is_sooner(latest, other, heap[(at - 1) / 2]); at = (at - 1) / 2) {
        heap[at] = heap[(at - 1) / 2];
      }
      heap[at] = other;
      needs[other] = -1; /* not ready from the start */
    }
  }
  return 1;
}
