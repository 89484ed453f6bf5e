/* Items that get one base offset each: blocks, or groups of blocks at fixed distances with lives of their own.
 *
 * For two items that meet in time, the difference of their bases must not lie in certain open intervals: those in which
 * a part of the one and a part of the other, both live, share bytes. These intervals are found once; then placing an
 * item looks at the placed ones that it meets, never at time or parts (a one-dimensional no-fit polygon: Art, 1966). */
#ifndef ARENITE_GLUED_H
#define ARENITE_GLUED_H

#include <stddef.h>
#include <stdint.h>

enum { UNPLACED = -1 };

/* Base(item) - base(other) must not lie in the open interval (after, until). */
typedef struct {
  int32_t other, after, until;
} Barrier;

typedef struct {
  int32_t items;
  const int32_t *span, *modulus, *residue; /* of an item: a base is `residue` modulo `modulus` */
  const int32_t *pinned;                   /* its base, or -1 */
  int32_t *begin;                          /* barriers[begin[i]] .. barriers[begin[i + 1] - 1] are those of item i */
  Barrier *barriers;
  int32_t *base; /* of a placed item; else UNPLACED */
  int32_t most;  /* barriers of one item */
  uint64_t *keys, *more_keys, *spare_keys; /* room for `most` of them each */
  int32_t *weight;            /* of an item, for the ejection search: see glued_eject.c */
  int32_t *pool, pool_size;   /* the items that wait for a place there */
  uint32_t random;
  int64_t effort; /* barriers looked at so far */
} Layout;

/* The smallest admissible base >= `from`. */
static inline int32_t raised(const Layout *layout, int32_t item, int32_t from) {
  int32_t over = (from - layout->residue[item]) % layout->modulus[item];
  over += over < 0 ? layout->modulus[item] : 0;
  return over ? from + layout->modulus[item] - over : from;
}

/* Ascending. */
void sort_keys(uint64_t *keys, int32_t count);

/* Ascending, for keys whose upper halves are >= 0 and spread up to about `most`; `spare` has room for as many. */
void sort_places(uint64_t *keys, uint64_t *spare, int32_t count, int32_t most);

#endif
