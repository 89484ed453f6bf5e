/* A layout that grows from the ground up.
 *
 * Blocks are numbered by ascending first section; a section is a maximal set of blocks that live at once, and a block
 * lives in a closed range of them. Lengths and offsets are in units, below 2^29. */
#ifndef ARENITE_SKYLINE_H
#define ARENITE_SKYLINE_H

#include "failures.h"

#define FAR INT32_MAX

typedef struct {
  int32_t block, rest, ready;
} RestChange;

typedef struct {
  int32_t section, low, top;
} SectionChange;

typedef struct {
  int32_t blocks, sections, capacity;
  const int32_t *size, *alignment, *begin, *end;
  int32_t *twin;            /* the block before that is equal in everything, or -1 */
  int32_t *start, *members; /* the blocks of section t: members[start[t]] .. members[start[t + 1] - 1] */

  int32_t *placed; /* the block's offset, or -1 */
  int32_t *rest;   /* an unplaced block begins here or higher */
  int32_t *ready;  /* whether it may begin right there: it would rest on a placed block or on the ground */
  int32_t *next;   /* the unplaced blocks as a list */
  int32_t *previous;
  int32_t *near; /* the blocks found last that live at the same time as one */

  int32_t *remaining; /* sum of the unplaced blocks in a section */
  int32_t *low;       /* least rest of them; FAR if there are none */
  int32_t *top;       /* least rest + size of them; FAR if there are none */
  int32_t *crossing;  /* unplaced blocks that live in this section and in the next one */
  int32_t *weight;    /* 1 + how often the section has been the reason for a failure */
  int32_t unit;       /* the largest alignment */
  int32_t *marks;     /* multiples of it that the block covers at least */
  int32_t *remaining_marks;

  int32_t *after;     /* the first block that begins behind a section */
  int32_t *changed;   /* whether blocks of the section have moved since somebody has last set this to 0 */

  int32_t *stamp, now; /* sections already in the current group of changes */
  RestChange *rests;
  SectionChange *lows;
  int32_t rests_used, lows_used, rests_size, lows_size;
} Skyline;

/* Where to undo to. */
typedef struct {
  int32_t rests, lows;
} Mark;

/* An empty layout; 0 if there is not enough memory. */
Skyline *skyline_new(int32_t blocks, int32_t sections, int32_t capacity, const int32_t *size, const int32_t *alignment,
                     const int32_t *begin, const int32_t *end);

static inline Mark skyline_mark(const Skyline *sky) {
  Mark mark = {sky->rests_used, sky->lows_used};
  return mark;
}

/* Makes room to write one more move down for undoing. Returns 0 if there is not enough memory. */
int skyline_make_room(Skyline *sky);

/* Places a ready block. Returns 0 if that leaves no room for another one. `key` goes from that of the unplaced blocks before to
 * that after; it is right only if 1 is returned. */
int skyline_place(Skyline *sky, int32_t block, Key *key);

/* Decides that no block of `section` begins at `level`. Returns 0 if that is not possible. */
int skyline_bar(Skyline *sky, int32_t section, int32_t level, Key *key);

/* Lifts each barred block of the piece to where others could lift it at least, until nothing changes or memory runs out. Returns 0 if one can no longer be lifted. It is undone with the move before. */
int skyline_settle(Skyline *sky, int32_t first, int32_t last, Key *key);

/* Undoes one move: that of placing `block`, or of barring if `block` is -1. Moves are undone in reverse order. */
void skyline_undo(Skyline *sky, int32_t block, Mark mark);

/* The key of the unplaced blocks from `first` on up to section `last`. */
Key skyline_key(const Skyline *sky, int32_t first, int32_t last);

/* Whether the sections of a piece can hold the aligned offsets that their blocks need. */
int skyline_marks_fit(Skyline *sky, int32_t first_section, int32_t last_section);

#endif
