/**
 * Cycles in a graph of dependencies, the telling ones first: of writes only (G0), of writes and reads (G1c), with one anti-dependency
 * (G-single), with more (G2). Strongly connected components by Tarjan (1972), without recursion; shortest cycles by breadth.
 */
import type { Dependency, DependencyKind } from './dependencies.ts';

export type CycleName = 'G0' | 'G1c' | 'G-single' | 'G2';

export interface Cycle {
  readonly name: CycleName;
  /** Each leads from a transaction to the next; the last leads back to the first. */
  readonly edges: readonly Dependency[];
}

/**
 * A shortest cycle of the first kind that there is.
 * @param count number of transactions
 * @param forbidden kinds of cycles to look for
 */
export function findCycle(
  edges: readonly Dependency[],
  count: number,
  forbidden: ReadonlySet<CycleName>,
): Cycle | undefined {
  const of = (...kinds: DependencyKind[]) => edges.filter(({ kind }) => kinds.includes(kind) || kind === 'time');
  if (forbidden.has('G0')) {
    const found = shortestCycle(of('ww'), count);
    if (found !== undefined) return { name: 'G0', edges: found };
  }
  if (forbidden.has('G1c')) {
    const found = shortestCycle(of('ww', 'wr'), count);
    if (found !== undefined) return { name: 'G1c', edges: found };
  }
  if (forbidden.has('G-single')) {
    const found = singleCycle(edges, of('ww', 'wr'), count);
    if (found !== undefined) return { name: 'G-single', edges: found };
  }
  if (forbidden.has('G2')) {
    const found = shortestCycle(edges, count);
    if (found !== undefined) return { name: 'G2', edges: found };
  }
  return undefined;
}

type Adjacency = readonly (readonly Dependency[])[];

function adjacencyOf(edges: readonly Dependency[], count: number): Adjacency {
  const adjacency: Dependency[][] = Array.from({ length: count }, () => []);
  for (const edge of edges) adjacency[edge.from]!.push(edge);
  return adjacency;
}

function shortestCycle(edges: readonly Dependency[], count: number): readonly Dependency[] | undefined {
  const adjacency = adjacencyOf(edges, count);
  const component = componentsOf(adjacency);
  let shortest: readonly Dependency[] | undefined;
  for (let start = 0; start < count; start++) {
    for (const edge of adjacency[start]!) {
      if (component[edge.from] !== component[edge.to]) continue;
      const back = pathWithin(adjacency, edge.to, start, component);
      if (back === undefined) continue;
      if (shortest === undefined || back.length + 1 < shortest.length) shortest = [edge, ...back];
      if (shortest.length === 2) return shortest;
    }
  }
  return shortest;
}

/** A cycle with exactly one anti-dependency: from its end back to its start without another. */
function singleCycle(
  all: readonly Dependency[],
  others: readonly Dependency[],
  count: number,
): readonly Dependency[] | undefined {
  const component = componentsOf(adjacencyOf(all, count));
  const adjacency = adjacencyOf(others, count);
  let shortest: readonly Dependency[] | undefined;
  for (const edge of all) {
    if (edge.kind !== 'rw' || component[edge.from] !== component[edge.to]) continue;
    const back = pathWithin(adjacency, edge.to, edge.from, component);
    if (back === undefined) continue;
    if (shortest === undefined || back.length + 1 < shortest.length) shortest = [edge, ...back];
    if (shortest.length === 2) return shortest;
  }
  return shortest;
}

/** A shortest path that stays in one component. */
function pathWithin(
  adjacency: Adjacency,
  from: number,
  to: number,
  component: readonly number[],
): readonly Dependency[] | undefined {
  const cameBy = new Map<number, Dependency | undefined>([[from, undefined]]);
  const queue = [from];
  for (let head = 0; head < queue.length; head++) {
    const node = queue[head]!;
    if (node === to) {
      const path: Dependency[] = [];
      for (let edge = cameBy.get(to); edge !== undefined; edge = cameBy.get(edge.from)) path.unshift(edge);
      return path;
    }
    for (const edge of adjacency[node]!) {
      if (component[edge.to] !== component[node] || cameBy.has(edge.to)) continue;
      cameBy.set(edge.to, edge);
      queue.push(edge.to);
    }
  }
  return undefined;
}

/** The number of each node's strongly connected component. */
function componentsOf(adjacency: Adjacency): readonly number[] {
  const count = adjacency.length;
  const component = new Array<number>(count).fill(-1);
  const index = new Array<number>(count).fill(-1);
  const low = new Array<number>(count).fill(0);
  const stack: number[] = [];
  let next = 0;
  let components = 0;
  for (let root = 0; root < count; root++) {
    if (index[root] !== -1) continue;
    // Each frame is a node, and the number of its edges that were followed.
    const frames: [node: number, followed: number][] = [[root, 0]];
    while (frames.length > 0) {
      const frame = frames[frames.length - 1]!;
      const [node, followed] = frame;
      if (followed === 0) {
        index[node] = next;
        low[node] = next;
        next += 1;
        stack.push(node);
      }
      const edge = adjacency[node]![followed];
      if (edge !== undefined) {
        frame[1] += 1;
        if (index[edge.to] === -1) frames.push([edge.to, 0]);
        else if (component[edge.to] === -1) low[node] = Math.min(low[node]!, index[edge.to]!);
        continue;
      }
      frames.pop();
      const parent = frames[frames.length - 1];
      if (parent !== undefined) low[parent[0]] = Math.min(low[parent[0]]!, low[node]!);
      if (low[node] !== index[node]) continue;
      for (;;) {
        const member = stack.pop()!;
        component[member] = components;
        if (member === node) break;
      }
      components += 1;
    }
  }
  return component;
}
