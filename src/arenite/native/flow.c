#include "flow.h"

#include "memory.h"

int flow_reserve(Flow *flow, int32_t most_nodes, int32_t most_arcs) {
  int32_t **of_node[] = {&flow->terminal, &flow->first_arc, &flow->level, &flow->current, &flow->queue};
  int32_t **of_arc[] = {&flow->next_arc, &flow->head, &flow->capacity};
  for (size_t i = 0; i < sizeof of_node / sizeof *of_node; i++) {
    *of_node[i] = reserve((size_t)most_nodes * sizeof(int32_t));
    if (!*of_node[i]) {
      return 0;
    }
  }
  for (size_t i = 0; i < sizeof of_arc / sizeof *of_arc; i++) {
    *of_arc[i] = reserve((size_t)most_arcs * sizeof(int32_t));
    if (!*of_arc[i]) {
      return 0;
    }
  }
  flow->most_nodes = most_nodes;
  flow->most_arcs = most_arcs;
  return 1;
}

void flow_begin(Flow *flow, int32_t nodes) {
  flow->nodes = flow->arcs = flow->done = 0;
  while (flow->nodes < nodes) {
    flow_node(flow);
  }
}

int32_t flow_node(Flow *flow) {
  flow->terminal[flow->nodes] = 0;
  flow->first_arc[flow->nodes] = -1;
  return flow->nodes++;
}

static void add(Flow *flow, int32_t tail, int32_t head, int32_t capacity) {
  int32_t arc = flow->arcs++;
  flow->head[arc] = head;
  flow->capacity[arc] = capacity;
  flow->next_arc[arc] = flow->first_arc[tail];
  flow->first_arc[tail] = arc;
}

void flow_arc(Flow *flow, int32_t tail, int32_t head, int32_t capacity, int32_t backward) {
  add(flow, tail, head, capacity);
  add(flow, head, tail, backward);
}

/* Distances to the sink along residual arcs, -1 where there is no way; up to the first node that the source feeds,
 * and all as close as that. Returns whether there is one. */
static int measure(Flow *flow) {
  int32_t queued = 0, nearest = 0;
  for (int32_t node = 0; node < flow->nodes; node++) {
    flow->level[node] = -1;
    flow->current[node] = flow->first_arc[node];
    if (flow->terminal[node] < 0) {
      flow->level[node] = 1;
      flow->queue[queued++] = node;
    }
  }
  for (int32_t i = 0; i < queued; i++) {
    int32_t node = flow->queue[i];
    if (nearest && flow->level[node] >= nearest) {
      break;
    }
    for (int32_t arc = flow->first_arc[node]; arc >= 0; arc = flow->next_arc[arc]) {
      int32_t tail = flow->head[arc];
      if (flow->capacity[arc ^ 1] && flow->level[tail] < 0) {
        flow->level[tail] = flow->level[node] + 1;
        flow->queue[queued++] = tail;
        nearest = flow->terminal[tail] > 0 && !nearest ? flow->level[tail] : nearest;
      }
    }
  }
  flow->work += 2 * queued;
  return nearest;
}

/* Pushes along shortest ways from the node until nothing more goes. The way is a stack of arcs in `queue`. */
static void push(Flow *flow, int32_t start) {
  int32_t *way = flow->queue;
  int32_t depth = 0, node = start;
  while (flow->terminal[start] > 0) {
    if (flow->level[node] == 1) {
      int32_t most = flow->terminal[start] < -flow->terminal[node] ? flow->terminal[start] : -flow->terminal[node];
      int32_t full = depth;
      for (int32_t i = depth - 1; i >= 0; i--) {
        most = flow->capacity[way[i]] < most ? flow->capacity[way[i]] : most;
      }
      flow->terminal[start] -= most;
      flow->terminal[node] += most;
      for (int32_t i = depth - 1; i >= 0; i--) {
        flow->capacity[way[i]] -= most;
        flow->capacity[way[i] ^ 1] += most;
        full = flow->capacity[way[i]] ? full : i;
      }
      flow->work += depth;
      if (!flow->terminal[node]) {
        flow->level[node] = -1;
        full = depth && full == depth ? depth - 1 : full;
      }
      if (!flow->terminal[start] || flow->level[start] < 0) {
        return;
      }
      node = full < depth ? flow->head[way[full] ^ 1] : node;
      depth = full;
      continue;
    }
    int32_t arc = flow->current[node];
    while (arc >= 0 && !(flow->capacity[arc] && flow->level[flow->head[arc]] == flow->level[node] - 1)) {
      arc = flow->next_arc[arc];
      flow->work++;
    }
    flow->current[node] = arc;
    if (arc >= 0) {
      way[depth++] = arc;
      node = flow->head[arc];
    } else {
      flow->level[node] = -1;
      if (!depth) {
        return;
      }
      node = flow->head[way[--depth] ^ 1];
    }
  }
}

/* Dinic, Algorithm for solution of a problem of maximum flow in networks with power estimation, 1970. */
int flow_maximise(Flow *flow, int64_t until) {
  while (!flow->done && flow->work < until) {
    if (!measure(flow)) {
      flow->done = 1;
      break;
    }
    for (int32_t node = 0; node < flow->nodes; node++) {
      if (flow->terminal[node] > 0 && flow->level[node] > 1) {
        push(flow, node);
      }
    }
  }
  return flow->done;
}

void flow_source_side(Flow *flow, int largest) {
  int32_t queued = 0;
  if (largest) {
    /* The last measuring has found all from where there is a way to the sink. */
    for (int32_t node = 0; node < flow->nodes; node++) {
      flow->level[node] = flow->level[node] < 0;
    }
    return;
  }
  for (int32_t node = 0; node < flow->nodes; node++) {
    flow->level[node] = flow->terminal[node] > 0;
    if (flow->level[node]) {
      flow->queue[queued++] = node;
    }
  }
  for (int32_t i = 0; i < queued; i++) {
    for (int32_t arc = flow->first_arc[flow->queue[i]]; arc >= 0; arc = flow->next_arc[arc]) {
      int32_t head = flow->head[arc];
      if (flow->capacity[arc] && !flow->level[head]) {
        flow->level[head] = 1;
        flow->queue[queued++] = head;
      }
    }
  }
}
