/* A table of search states that are known to have no solution.
 *
 * A state is a set of pairs of numbers. Its key is the sum of hashes of the pairs, so that a search keeps it up to date
 * with every move. Keys have 128 bits; that two of 2^32 states share one has a probability below 10^-19. */
#ifndef ARENITE_FAILURES_H
#define ARENITE_FAILURES_H

#include <stdint.h>

typedef struct {
  uint64_t low, high;
} Key;

typedef struct {
  Key *slots;
  uint32_t mask; /* number of slots - 1; the number is a power of two */
} Failures;

/* The finaliser of SplitMix64 (Steele, Lea and Flood: Fast splittable pseudorandom number generators, 2014). */
static inline uint64_t scramble(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

static inline Key key_of(uint32_t first, uint32_t second) {
  uint64_t pair = (uint64_t)first << 32 | second;
  Key key = {scramble(pair + 0x9e3779b97f4a7c15u), scramble(pair + 0x3c6ef372fe94f82au)};
  return key;
}

static inline void key_add(Key *key, uint32_t first, uint32_t second) {
  Key term = key_of(first, second);
  key->low += term.low;
  key->high += term.high;
}

static inline void key_subtract(Key *key, uint32_t first, uint32_t second) {
  Key term = key_of(first, second);
  key->low -= term.low;
  key->high -= term.high;
}

static inline int has_failed(const Failures *failures, Key key) {
  const Key *slot = &failures->slots[key.low & failures->mask];
  return slot->low == key.low && slot->high == key.high;
}

/* A newer failure replaces an older one in its slot. */
static inline void remember(Failures *failures, Key key) { failures->slots[key.low & failures->mask] = key; }

#endif
