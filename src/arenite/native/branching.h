/* Which section of time a search branches on, and in which order it tries the blocks there. */
#ifndef ARENITE_BRANCHING_H
#define ARENITE_BRANCHING_H

#include "skyline.h"

/* How a section is picked: the one with the fewest cases; the one with the fewest cases per failure; the lowest one,
 * of these that with the block of the lowest rank, but first of all any with a single case. */
enum { FEWEST, TROUBLED, RANKED };

typedef struct {
  Skyline *sky;
  const int32_t *rank; /* blocks of low rank are tried first */
  int32_t rule;
  int32_t *cases;     /* of a section: children of a node that branches there; 0 if no block can be placed */
  int32_t *best_rank; /* of the blocks that could be placed there; FAR if there are none */
} Branching;

/* The section to branch on, of those from the first to the last; -1 if no block can be placed in any. */
int32_t branching_pick(Branching *branching, int32_t first_section, int32_t last_section);

/* The next block after that of `rank` that can begin at the section's level; -1 if there is none. */
int32_t branching_next(const Branching *branching, int32_t section, int32_t level, int32_t rank);

#endif
