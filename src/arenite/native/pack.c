/* Exact search for a layout of blocks with fixed lives under a capacity.
 *
 * Any layout can be pushed down until each block rests on the ground or on another block. The search builds such
 * layouts from below. At each node it picks a section of time and looks at the level where the lowest unplaced block
 * of the section may begin. Either one of the blocks that could begin there does, or none does: then each of them
 * will be lifted by a block that is still to come, and at least up to the lowest end of any such block. Where the
 * section has no byte to spare, the second case is out.
 *
 * - Sections are picked where fewest cases are left, or, after failures, where most failures came from (weighted
 *   degrees: Boussemart et al., Boosting systematic search by weighting constraints, 2004).
 * - The blocks must still fit above the level in each section (section inference: Moffitt, MiniMalloc, 2023).
 * - Where no unplaced block lives in two neighbouring sections, the pieces on both sides are solved on their own.
 * - Of equal blocks one comes first. States that have failed are remembered, for all runs of a search.
 *
 * The search stops after a number of nodes and can go on; or start again with another order of the blocks and another
 * rule for sections, since running times have heavy tails (Gomes, Selman and Kautz, Boosting combinatorial search
 * through randomization, 1998). */
#include "branching.h"
#include "memory.h"

enum { UNDECIDED, FOUND, NONE, TOO_DEEP };

/* What is left where unplaced blocks form a group of their own: its first block and its sections. */
typedef struct {
  int32_t first, low, high, slack;
} Piece;

/* A node on the way to the current one. */
typedef struct {
  Piece piece;
  int32_t parent;         /* the frame whose move left this piece */
  int32_t open, more;     /* pieces that its own move left, not begun: pieces[open] .. pieces[more - 1] */
  int32_t section, level; /* where it branches */
  int32_t placed, rank;   /* the block placed last, or -1, and its rank */
  int32_t barred;
  Mark mark;
  Key key, child_key;
} Frame;

typedef struct {
  Skyline *sky;
  Failures failures;
  Branching branching;
  int32_t state;
  Frame *frames;
  int32_t depth, frames_size;
  Piece *pieces;
  int32_t pieces_used;
} Search;

/* `failed`: zeroed, `slots` of them, a power of two; searches for the same capacity may share them. Arrays belong to
 * the caller and stay. Returns 0 if there is not enough memory. */
__attribute__((export_name("pack_new"))) Search *pack_new(int32_t blocks, int32_t sections, int32_t capacity,
                                                          const int32_t *size, const int32_t *alignment,
                                                          const int32_t *begin, const int32_t *end, Key *failed,
                                                          uint32_t slots) {
  Search *search = reserve(sizeof *search);
  if (!search) {
    return 0;
  }
  search->branching.cases = reserve((size_t)sections * sizeof(int32_t));
  search->branching.best_rank = reserve((size_t)sections * sizeof(int32_t));
  search->frames_size = 8 * blocks + 2000;
  search->frames = reserve((size_t)search->frames_size * sizeof(Frame));
  search->pieces = reserve((size_t)(search->frames_size + blocks) * sizeof(Piece));
  search->failures = (Failures){failed, slots - 1};
  search->sky = search->branching.sky = skyline_new(blocks, sections, capacity, size, alignment, begin, end);
  return search->branching.cases && search->branching.best_rank && search->frames && search->pieces && search->sky ? search : 0;
}

/* Pushes the pieces that the unplaced blocks from `first` on up to section `last` form; those with the least slack
 * last, for pieces are taken from the end. */
static void split(Search *search, int32_t first, int32_t last) {
  Skyline *sky = search->sky;
  int32_t from = search->pieces_used;
  for (int32_t c = first; c < sky->blocks && sky->begin[c] <= last; c = sky->next[c]) {
    Piece *piece = &search->pieces[search->pieces_used - 1];
    if (search->pieces_used > from && sky->begin[c] <= piece->high) {
      piece->high = sky->end[c] > piece->high ? sky->end[c] : piece->high;
    } else {
      search->pieces[search->pieces_used++] = (Piece){c, sky->begin[c], sky->end[c], FAR};
    }
  }
  for (int32_t i = from; i < search->pieces_used && search->pieces_used - from > 1; i++) {
    Piece piece = search->pieces[i];
    int32_t j = i;
    for (int32_t t = piece.low; t <= piece.high; t++) {
      int32_t slack = sky->remaining[t] ? sky->capacity - sky->low[t] - sky->remaining[t] : FAR;
      piece.slack = slack < piece.slack ? slack : piece.slack;
    }
    for (; j > from && search->pieces[j - 1].slack < piece.slack; j--) {
      search->pieces[j] = search->pieces[j - 1];
    }
    search->pieces[j] = piece;
  }
}

/* Makes the piece the next node. Returns 0 if it has no solution. */
static int enter(Search *search, int32_t parent, Piece piece, Key key) {
  Skyline *sky = search->sky;
  Frame *frame = &search->frames[search->depth++];
  frame->piece = piece;
  frame->parent = parent;
  frame->open = frame->more = search->pieces_used;
  frame->section = frame->placed = frame->rank = -1;
  frame->barred = 0;
  frame->mark = skyline_mark(sky);
  frame->key = key;
  if (has_failed(&search->failures, key) || !skyline_marks_fit(sky, piece.low, piece.high)) {
    return 0;
  }
  frame->section = branching_pick(&search->branching, piece.low, piece.high);
  if (frame->section < 0) {
    /* All that could begin at the lowest rests has been barred from there: see how high these blocks get lifted. The
     * lowest rest is then that of a block that is ready. */
    if (!skyline_settle(sky, piece.first, piece.high, &frame->key)) {
      return 0;
    }
    frame->mark = skyline_mark(sky);
    frame->section = branching_pick(&search->branching, piece.low, piece.high);
    if (frame->section < 0) {
      search->state = TOO_DEEP;
      return 1;
    }
  }
  frame->level = sky->low[frame->section];
  return 1;
}

/* Makes the frame's next move and pushes what it leaves; 0 if it does not hold, -1 if there is none. */
static int move(Search *search, Frame *frame) {
  Skyline *sky = search->sky;
  int32_t block = branching_next(&search->branching, frame->section, frame->level, frame->rank), first = frame->piece.first, cut = 0;
  frame->child_key = frame->key;
  if (block < 0) {
    if (frame->barred) {
      return -1;
    }
    frame->barred = 1;
    if (!skyline_bar(sky, frame->section, frame->level, &frame->child_key)) {
      return 0;
    }
    search->pieces[search->pieces_used++] = frame->piece;
    frame->more = search->pieces_used;
    return 1;
  }
  frame->placed = block;
  frame->rank = search->branching.rank[block];
  if (!skyline_place(sky, block, &frame->child_key)) {
    return 0;
  }
  first = first == block ? sky->next[block] : first;
  for (int32_t t = sky->begin[block]; t < sky->end[block]; t++) {
    cut |= !sky->crossing[t];
  }
  if (cut || first >= sky->blocks || sky->begin[first] > frame->piece.high) {
    split(search, first, frame->piece.high);
  } else {
    search->pieces[search->pieces_used++] = (Piece){first, frame->piece.low, frame->piece.high, 0};
  }
  frame->more = search->pieces_used;
  return 1;
}

static void take_back(Search *search, Frame *frame) {
  skyline_undo(search->sky, frame->placed, frame->mark);
  frame->placed = -1;
  search->pieces_used = frame->more = frame->open;
}

/* Back to the frame whose move left the topmost frame's piece. Returns 0 if there is none. */
static int give_up(Search *search) {
  int32_t parent = search->frames[search->depth - 1].parent;
  while (search->depth - 1 > parent) {
    take_back(search, &search->frames[--search->depth]);
  }
  if (parent > 0) {
    take_back(search, &search->frames[parent]);
  }
  return parent > 0;
}

/* Enters a piece that is left. Returns 0 if it has no solution, -1 if no piece is left. */
static int go_on(Search *search) {
  int32_t at = search->depth - 1;
  while (at >= 0 && search->frames[at].more == search->frames[at].open) {
    at = search->frames[at].parent;
  }
  if (at < 0) {
    return -1;
  }
  Frame *frame = &search->frames[at];
  Piece piece = search->pieces[--frame->more];
  int alone = at > 0 && at == search->depth - 1 && frame->more == frame->open;
  return enter(search, at, piece,
               alone ? frame->child_key : skyline_key(search->sky, piece.first, piece.high));
}

/* Begins anew, with nothing placed; what has failed and where failures came from is kept. */
__attribute__((export_name("pack_start"))) void pack_start(Search *search, const int32_t *rank, int32_t rule) {
  Skyline *sky = search->sky;
  while (search->depth > 0) {
    take_back(search, &search->frames[--search->depth]);
  }
  search->branching.rank = rank;
  search->branching.rule = rule;
  search->state = UNDECIDED;
  /* The frame at the bottom makes no move; its pieces are those of the whole problem. */
  search->frames[0] = (Frame){.parent = -1, .placed = -1};
  search->depth = 1;
  search->pieces_used = 0;
  split(search, 0, sky->sections - 1);
  search->frames[0].more = search->pieces_used;
  for (int32_t t = 0; t < sky->sections; t++) {
    sky->changed[t] = 1;
    if (sky->low[t] != FAR && sky->low[t] + sky->remaining[t] > sky->capacity) {
      search->state = NONE;
    }
  }
}

/* Searches through at most `nodes` more nodes and returns the state. */
__attribute__((export_name("pack_run"))) int32_t pack_run(Search *search, int32_t nodes) {
  for (; nodes > 0 && search->state == UNDECIDED; nodes--) {
    int moved = search->depth > 1 ? move(search, &search->frames[search->depth - 1]) : 1;
    int entered = moved > 0 ? go_on(search) : 1;
    if (entered < 0) {
      search->state = FOUND;
    } else if (moved == 0) {
      take_back(search, &search->frames[search->depth - 1]);
    } else if (moved < 0 || entered == 0) {
      Frame *frame = &search->frames[search->depth - 1];
      remember(&search->failures, frame->key);
      if (!give_up(search)) {
        search->state = NONE;
      }
    } else if (search->depth == search->frames_size || !skyline_make_room(search->sky)) {
      search->state = TOO_DEEP;
    }
  }
  return search->state;
}

/* Where the offsets are, one per block, once a layout is found. */
__attribute__((export_name("pack_offsets"))) const int32_t *pack_offsets(const Search *search) {
  return search->sky->placed;
}
