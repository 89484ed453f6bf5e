/* A plug-in for QEMU (TCG plug-in interface): how often each block of code runs between two addresses, call by call.
 *
 *   -plugin profile_instructions.so,begin=0x...,end=0x...,places=FILE,out=FILE
 *
 * `places` has lines `entry ADDRESS`, first instructions of functions, and `outside START END`, addresses of code that
 * calls them. A call begins where code outside of calls reaches an entry and ends where control is outside again; what
 * it calls in turn belongs to it. When `end` is reached, `out` has for each call a line `call ENTRY`, and for what ran
 * between the calls a line `outside`, followed by lines `START INSTRUCTIONS TIMES TAKEN`: the block of so many
 * instructions from START on ran so often, and its last instruction branched away so often. Addresses are hexadecimal.
 * The instructions at `begin` and `end` do not count. Prototypes: see count_instructions.c. */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef QEMU_PLUGIN_VERSION
#define QEMU_PLUGIN_VERSION 1
#endif

typedef uint64_t plugin_id;
struct block;
struct instruction;
typedef void (*block_callback)(plugin_id, struct block *);
typedef void (*execution_callback)(unsigned int, void *);

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, block_callback);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct block *, execution_callback, int flags, void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *, execution_callback, int flags, void *);
extern size_t qemu_plugin_tb_n_insns(const struct block *);
extern struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct instruction *);
extern size_t qemu_plugin_insn_size(const struct instruction *);

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum { INSIDE, ENTRY, OUTSIDE };
enum { CALL, BETWEEN, OWNERS };

/* `part`: of the block that `begin` or `end` cuts, what counts. `next`: of all blocks; `next_run`: of those in a call. */
typedef struct counted {
  uint64_t start, end;
  uint64_t times[OWNERS], taken[OWNERS];
  size_t instructions;
  int kind;
  struct counted *part, *next, *next_run;
} counted;

typedef struct {
  uint64_t start, end;
} range;

static FILE *out;
static uint64_t begin, end;
static range *entries, *outside;
static size_t entry_count, outside_count;

static counted *blocks, *run_blocks, *previous;
static int active, owner = BETWEEN;

static counted *add_block(uint64_t start, uint64_t last, size_t instructions, int kind) {
  counted *one = calloc(1, sizeof *one);
  if (one == NULL) {
    abort();
  }
  one->start = start;
  one->end = last;
  one->instructions = instructions;
  one->kind = kind;
  one->next = blocks;
  blocks = one;
  return one;
}

static void put(const counted *one, int whose) {
  (void)fprintf(out, "%" PRIx64 " %zu %" PRIu64 " %" PRIu64 "\n", one->start, one->instructions, one->times[whose],
                one->taken[whose]);
}

static void end_call(void) {
  counted *one = run_blocks;
  while (one != NULL) {
    counted *next = one->next_run;
    put(one, CALL);
    one->times[CALL] = one->taken[CALL] = 0;
    one->next_run = NULL;
    one = next;
  }
  run_blocks = NULL;
  owner = BETWEEN;
}

static void count(counted *one) {
  if (previous != NULL && previous->end != one->start) {
    ++previous->taken[owner];
  }
  previous = one;
  if (one->kind == OUTSIDE && owner == CALL) {
    end_call();
  } else if (one->kind == ENTRY && owner == BETWEEN) {
    owner = CALL;
    (void)fprintf(out, "call %" PRIx64 "\n", one->start);
  }
  if (one->times[owner]++ == 0 && owner == CALL) {
    one->next_run = run_blocks;
    run_blocks = one;
  }
}

static void on_block(unsigned int cpu, void *block) {
  (void)cpu;
  if (active) {
    count(block);
  }
}

static void on_begin(unsigned int cpu, void *block) {
  counted *one;
  (void)cpu;
  for (one = blocks; one != NULL; one = one->next) {
    memset(one->times, 0, sizeof one->times);
    memset(one->taken, 0, sizeof one->taken);
    one->next_run = NULL;
  }
  active = 1;
  owner = BETWEEN;
  previous = run_blocks = NULL;
  count(((counted *)block)->part);
}

/* The whole block was counted when it was entered. */
static void on_end(unsigned int cpu, void *block) {
  counted *one = block;
  (void)cpu;
  if (owner == CALL) {
    end_call();
  }
  --one->times[BETWEEN];
  ++one->part->times[BETWEEN];
  active = 0;
  (void)fputs("outside\n", out);
  for (one = blocks; one != NULL; one = one->next) {
    if (one->times[BETWEEN] != 0) {
      put(one, BETWEEN);
    }
  }
  (void)fflush(out);
}

static int kind_of(uint64_t address) {
  size_t i;
  for (i = 0; i < entry_count; ++i) {
    if (entries[i].start == address) {
      return ENTRY;
    }
  }
  for (i = 0; i < outside_count; ++i) {
    if (outside[i].start <= address && address < outside[i].end) {
      return OUTSIDE;
    }
  }
  return INSIDE;
}

static void on_translation(plugin_id id, struct block *block) {
  const size_t instructions = qemu_plugin_tb_n_insns(block);
  struct instruction *last;
  counted *one;
  uint64_t start, behind;
  size_t i;
  (void)id;
  if (instructions == 0) {
    return;
  }
  start = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(block, 0));
  last = qemu_plugin_tb_get_insn(block, instructions - 1);
  behind = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
  one = add_block(start, behind, instructions, kind_of(start));
  qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, 0, one);
  for (i = 0; i < instructions; ++i) {
    struct instruction *instruction = qemu_plugin_tb_get_insn(block, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    if (address == begin) {
      const uint64_t next = address + qemu_plugin_insn_size(instruction);
      one->part = add_block(next, behind, instructions - i - 1, INSIDE);
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_begin, 0, one);
    } else if (address == end) {
      one->part = add_block(start, address, i, INSIDE);
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_end, 0, one);
    }
  }
}

static range *append(range *ranges, size_t *length, range one) {
  range *longer = realloc(ranges, (*length + 1) * sizeof *ranges);
  if (longer == NULL) {
    abort();
  }
  longer[(*length)++] = one;
  return longer;
}

static int read_places(const char *name) {
  FILE *file = fopen(name, "r");
  char word[16];
  if (file == NULL) {
    return -1;
  }
  while (fscanf(file, "%15s", word) == 1) {
    range one = {0, 0};
    if (strcmp(word, "entry") == 0 && fscanf(file, "%" SCNx64, &one.start) == 1) {
      entries = append(entries, &entry_count, one);
    } else if (strcmp(word, "outside") == 0 && fscanf(file, "%" SCNx64 " %" SCNx64, &one.start, &one.end) == 2) {
      outside = append(outside, &outside_count, one);
    } else {
      (void)fclose(file);
      return -1;
    }
  }
  return fclose(file);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
  int i;
  int status = -1;
  (void)info;
  for (i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "begin=", 6) == 0) {
      begin = strtoull(argv[i] + 6, NULL, 0);
    } else if (strncmp(argv[i], "end=", 4) == 0) {
      end = strtoull(argv[i] + 4, NULL, 0);
    } else if (strncmp(argv[i], "places=", 7) == 0) {
      status = read_places(argv[i] + 7);
    } else if (strncmp(argv[i], "out=", 4) == 0) {
      out = fopen(argv[i] + 4, "w");
    }
  }
  if (out == NULL || begin == 0 || end == 0 || status != 0) {
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  return 0;
}
