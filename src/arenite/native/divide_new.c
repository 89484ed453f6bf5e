/* The solver's orders: made, measured, kept. */
#include "divide.h"
#include "memory.h"

/* `operator_of`: of a task, a number below that of tasks. Returns 0 if there is not enough memory. */
__attribute__((export_name("divide_new"))) Divide *divide_new(Tasks *tasks, const int32_t *operator_of) {
  Divide *divide = reserve(sizeof *divide);
  size_t bytes = ((size_t)tasks->tasks + 1) * sizeof(int32_t);
  if (!divide) {
    return 0;
  }
  int32_t **arrays[] = {&divide->order, &divide->kept,         &divide->cap,          &divide->total, &divide->size,
                        &divide->moved, &divide->least_before, &divide->worst_before, &divide->touched,
                        &divide->in_lowest};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
    *arrays[i] = reserve(bytes);
    if (!*arrays[i]) {
      return 0;
    }
  }
  divide->tasks = tasks;
  divide->operator_of = operator_of;
  divide->parts = reserve(((size_t)tasks->tasks + 2) * 2 * sizeof(Part));
  for (int32_t task = 0; task < tasks->tasks; task++) {
    divide->cap[task] = INT32_MAX;
    divide->order[task] = divide->kept[task] = task;
  }
  return divide->parts && cuts_reserve(&divide->cuts, tasks) ? divide : 0;
}

__attribute__((export_name("divide_order"))) int32_t *divide_order(Divide *divide) { return divide->order; }

__attribute__((export_name("divide_caps"))) int32_t *divide_caps(Divide *divide) { return divide->cap; }

/* Runs the whole order; returns its peak. */
__attribute__((export_name("divide_measure"))) int32_t divide_measure(Divide *divide) {
  Tasks *tasks = divide->tasks;
  tasks_restart(tasks);
  divide->peak = divide->peaks = 0;
  for (int32_t i = 0; i < tasks->tasks; i++) {
    int32_t task = divide->order[i], most = tasks_run(tasks, task);
    divide->cap[task] = most < divide->cap[task] ? most : divide->cap[task];
    if (most > divide->peak || !i) {
      divide->peak = most;
      divide->peaks = 0;
      divide->first_peak = i;
    }
    divide->peaks += most == divide->peak;
    divide->last_peak = most == divide->peak ? i : divide->last_peak;
  }
  return divide->peak;
}

/* Of the order measured last: how often the peak occurs, and the first and last position where it does. */
__attribute__((export_name("divide_peaks"))) int32_t divide_peaks(const Divide *divide) { return divide->peaks; }
__attribute__((export_name("divide_first"))) int32_t divide_first(const Divide *divide) { return divide->first_peak; }
__attribute__((export_name("divide_last"))) int32_t divide_last(const Divide *divide) { return divide->last_peak; }

__attribute__((export_name("divide_keep"))) void divide_keep(Divide *divide) {
  for (int32_t i = 0; i < divide->tasks->tasks; i++) {
    divide->kept[i] = divide->order[i];
  }
}

__attribute__((export_name("divide_go_back"))) void divide_go_back(Divide *divide) {
  for (int32_t i = 0; i < divide->tasks->tasks; i++) {
    divide->order[i] = divide->kept[i];
  }
}

/* The work done so far, in units of 1024 arcs. */
__attribute__((export_name("divide_work"))) int32_t divide_work(const Divide *divide) {
  return (int32_t)(divide->cuts.flow.work >> 10);
}
