/* Minimum cuts between two downsets of tasks: the least memory from which a task can run.
 *
 * A downset holds every predecessor of its members. The bytes that live after a downset has run are a submodular
 * function of it, so the least of them, given what must have run and what must not, is a minimum cut: a node per task;
 * a value an arc from its producer to its reader, with its bytes as capacity (through a node of its own if it has
 * several readers); an arc that cannot be cut from each task to each of its predecessors. */
#ifndef ARENITE_CUTS_H
#define ARENITE_CUTS_H

#include "flow.h"
#include "tasks.h"

typedef struct {
  Tasks *tasks;
  Flow flow;
  /* The question: which of the tasks inside[0 .. count - 1] (a part of an order; all before have run) run before
   * `task`? `way`: one of its ways to write in place, which must be open by then, or -1. */
  const int32_t *inside;
  int32_t count, task, way, largest;
  int32_t sooner, later; /* tasks that must have run by then, or must not have; or -1 */
  int32_t *node; /* of a task: its node, or one of these */
  int32_t *seen, stamp; /* of a value */
  int32_t *stack;
  /* The answer: bytes that live while the task runs, and which tasks of `inside` run before (1, else 0). */
  int32_t transient, *before;
} Cuts;

enum { RUN = -1, BARRED = -2, FREE = -3, BEYOND = -4 };

/* 0 if there is not enough memory. */
int cuts_reserve(Cuts *cuts, Tasks *tasks);

/* Forgets the question, that its tasks may be ordered otherwise. */
void cuts_forget(Cuts *cuts);

/* Poses the question; what has run in `tasks` runs before `inside`. Returns 0 if the way cannot be open by then. */
int cuts_ask(Cuts *cuts, const int32_t *inside, int32_t count, int32_t task, int32_t way, int largest);

/* Works on it until that much work is done; returns whether the answer is there. */
int cuts_answer(Cuts *cuts, int64_t until);

#endif
