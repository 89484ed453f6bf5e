/* Orders of tasks by divide and conquer, and the bound of a task, both by minimum cuts.
 *
 * An order is a permutation at all times; a part of it is ordered anew in place. Where a part has more live bytes than
 * wanted, some tasks compete for being its bottleneck: for each, the least memory from which it can run is a minimum
 * cut. The worst of them runs at its best moment, and what comes before and behind is ordered in turn. */
#ifndef ARENITE_DIVIDE_H
#define ARENITE_DIVIDE_H

#include "cuts.h"

#define MOST_CANDIDATES 64

typedef struct {
  int32_t low, high;
} Part;

typedef struct {
  Tasks *tasks;
  Cuts cuts;
  int32_t *order, *kept; /* the current order, and one to come back to */
  int32_t *cap;          /* of a task: the fewest bytes that were live while it ran in any order so far */
  const int32_t *operator_of, *weight;
  int32_t *total, *size, *touched; /* of an operator: summed weights and tasks in a part; those that are in it */
  Part *parts;
  int32_t depth;
  int32_t target;
  /* The division in progress: */
  int32_t candidates[MOST_CANDIDATES + 1], most_candidates, candidate, found, way, asked, largest, with_hardest;
  int32_t hardest; /* task of the part in its present order */
  int32_t worst, bottleneck, least; /* least: of the current candidate */
  int32_t *least_before, *worst_before, *moved;
  int32_t *in_lowest; /* of a task: whether it runs before where memory is least */
  int32_t bound_task; /* or -1 if an order is asked for */
  /* What measuring has found: */
  int32_t peak, peaks, first_peak, last_peak;
} Divide;

#endif
