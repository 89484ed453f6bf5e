/* Maximum flow, and the minimum cuts that it proves. */
#ifndef ARENITE_FLOW_H
#define ARENITE_FLOW_H

#include <stddef.h>
#include <stdint.h>

/* More than all finite capacities together; twice that fits into 32 bits. */
#define UNBOUNDED (1 << 29)

/* Arc a leads to head[a] with the residual capacity[a]; a ^ 1 is its reverse. Source and sink are no nodes: `terminal`
 * is the residual capacity from the source to a node, or, negative, from it to the sink. */
typedef struct {
  int32_t nodes, arcs;
  int32_t most_nodes, most_arcs;
  int32_t *terminal, *first_arc, *level, *current, *queue; /* of a node */
  int32_t *next_arc, *head, *capacity;                     /* of an arc */
  int64_t work;                                            /* arcs looked at */
  int32_t done;
} Flow;

/* Room for that many nodes and arcs; 0 if there is not enough memory. */
int flow_reserve(Flow *flow, int32_t most_nodes, int32_t most_arcs);

/* Begins a network of `nodes` nodes. */
void flow_begin(Flow *flow, int32_t nodes);

int32_t flow_node(Flow *flow);

/* An arc, and one in the other direction. */
void flow_arc(Flow *flow, int32_t tail, int32_t head, int32_t capacity, int32_t backward);

/* Pushes more flow, until it is at its maximum (1) or that much work is done (0). */
int flow_maximise(Flow *flow, int64_t until);

/* Sets `level` of each node to 1 on the source side of a minimum cut, the smallest or the largest one, else to 0. */
void flow_source_side(Flow *flow, int largest);

#endif
