/* A plug-in for QEMU (TCG plug-in interface): counts the instructions executed between two addresses.
 *
 *   -plugin count_instructions.so,begin=0x...,end=0x...,out=FILE
 *
 * Each time `end` is reached, one line with the number of instructions since `begin` goes to FILE; neither of the two
 * counts. A block of translated code runs from its first instruction to its last, so whole blocks are counted and the
 * two blocks with the addresses in them are corrected. The prototypes stand here because distributions often come
 * without qemu-plugin.h; only those are used that are the same in every version of the interface. */
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

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static FILE *out;
static uint64_t begin, end, count;

static void on_block(unsigned int cpu, void *instructions) {
  (void)cpu;
  count += (uint64_t)(uintptr_t)instructions;
}

/* `after`: instructions of the block behind this one; the block itself was counted when it was entered. */
static void on_begin(unsigned int cpu, void *after) {
  (void)cpu;
  count = (uint64_t)(uintptr_t)after;
}

/* `rest`: instructions of the block from this one on. */
static void on_end(unsigned int cpu, void *rest) {
  (void)cpu;
  (void)fprintf(out, "%" PRIu64 "\n", count - (uint64_t)(uintptr_t)rest);
  (void)fflush(out);
}

static void on_translation(plugin_id id, struct block *block) {
  const size_t instructions = qemu_plugin_tb_n_insns(block);
  size_t i;
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_cb(block, on_block, 0, (void *)(uintptr_t)instructions);
  for (i = 0; i < instructions; ++i) {
    struct instruction *instruction = qemu_plugin_tb_get_insn(block, i);
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    if (address == begin) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_begin, 0, (void *)(uintptr_t)(instructions - i - 1));
    } else if (address == end) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_end, 0, (void *)(uintptr_t)(instructions - i));
    }
  }
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
  int i;
  (void)info;
  for (i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "begin=", 6) == 0) {
      begin = strtoull(argv[i] + 6, NULL, 0);
    } else if (strncmp(argv[i], "end=", 4) == 0) {
      end = strtoull(argv[i] + 4, NULL, 0);
    } else if (strncmp(argv[i], "out=", 4) == 0) {
      out = fopen(argv[i] + 4, "w");
    }
  }
  if (out == NULL || begin == 0 || end == 0) {
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  return 0;
}
