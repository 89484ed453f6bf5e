/* The ordering problem: tasks, what must run before what, and the values that live between them.
 *
 * A value is written by one task (or is there from the start) and lives until its last reader has run. Only readers
 * that no other reader has to follow are kept: the others cannot be the last. */
#ifndef ARENITE_TASKS_H
#define ARENITE_TASKS_H

#include <stddef.h>
#include <stdint.h>

/* Rows of a table: those of i are at[from[i]] .. at[from[i + 1] - 1]. */
typedef struct {
  int32_t *from, *at;
} Lists;

typedef struct {
  int32_t tasks, values;
  Lists before, behind;     /* of a task: direct predecessors and followers, none that others imply */
  Lists reads, writes;      /* of a task: values that it may be the last to read, and that it writes */
  Lists readers;            /* of a value; empty if it is kept */
  const int32_t *allocates; /* of a task: bytes that it adds while it runs */
  Lists ways, others;       /* of a task: ways to write in place; of a way: tasks that must have run */
  const int32_t *saved;     /* of a way: bytes that it saves */
  const int32_t *producer;  /* of a value: -1 if it is there from the start */
  const int32_t *bytes, *kept;
  int32_t first_bytes; /* live while the first task runs */
  int32_t constant;    /* bytes that live from the start to the end */
  /* Where an execution has come to: */
  int32_t *executed;   /* of a task */
  int32_t *waiting;    /* of a value: readers that have not run */
  int32_t live, count; /* bytes; tasks that have run */
} Tasks;

/* Lets nothing have run. */
void tasks_restart(Tasks *tasks);

/* Runs the task and returns the bytes that were live meanwhile. */
int32_t tasks_run(Tasks *tasks, int32_t task);

/* Takes back the task that ran last. */
void tasks_take_back(Tasks *tasks, int32_t task);

/* Bytes that the task adds if it runs next. */
int32_t tasks_allocated(const Tasks *tasks, int32_t task);

#endif
