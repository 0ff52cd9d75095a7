import type { NodeInfo } from '../role';
import { DRIVER_ROLES } from './_driver';

/** Memory of a node that is too small for a driver or an executor beside the daemons. */
export const SPARK_MIN_MEMORY_MIB = 1000;

/** Spark refuses a driver or an executor with a heap under 450 MiB. */
const SMALLEST_HEAP_MIB = 512;
/** A heap up to here has short pointers with room to spare; beyond it more executors do better than a larger one. */
const LARGEST_HEAP_MIB = 28 * 1024;
/** Resident memory of one daemon with its smallest heap, measured: 145 to 215 MiB. */
const DAEMON_MIB = 256;

export interface ExecutorSize {
  /** Heap of one executor in MiB. */
  readonly memoryMiB: number;
  /** Cores of one executor; absent = all that its worker has. */
  readonly cores?: number;
}

/** Heap of the master, worker or history server in MiB. */
export function daemonHeapMiB({ memoryMiB }: NodeInfo): number {
  if (memoryMiB < 2048) return 192;
  return memoryMiB < 8192 ? 512 : 1024;
}

/** A heap is small when the machine is: then what costs memory at rest counts. */
export function isSmall(memoryMiB: number): boolean {
  return memoryMiB < 4096;
}

/**
 * What a worker may give to executors' heaps, in MiB. The rest is for the system and the daemons (384 MiB, 256 more for
 * each further daemon, and 768 for a driver that stays), and for what executors need beside their heap, Python above all:
 * a fifth of the first 8 GiB, a tenth of what is beyond.
 * @throws {Error} when the node is too small for one executor
 */
export function workerMemoryMiB(node: NodeInfo): number {
  requireMemory(node);
  const { memoryMiB } = node;
  const daemons = node.roles.filter((role) => ['spark-master', 'spark-history', 'zookeeper'].includes(role)).length;
  const drivers = node.roles.filter((role) => DRIVER_ROLES.includes(role)).length;
  const others = daemons * DAEMON_MIB + drivers * (SMALLEST_HEAP_MIB + DAEMON_MIB);
  const beside = Math.min(memoryMiB, 8192) / 5 + Math.max(0, memoryMiB - 8192) / 10;
  return Math.max(SMALLEST_HEAP_MIB, downTo64(memoryMiB - 384 - others - beside));
}

/** The heap of a driver in client mode, in MiB: two fifths of a node without a worker, else the least; at most 4 GiB. */
export function driverHeapMiB({ memoryMiB, roles }: NodeInfo): number {
  if (roles.includes('spark-worker')) return SMALLEST_HEAP_MIB;
  return Math.min(4096, Math.max(SMALLEST_HEAP_MIB, downTo64(memoryMiB * 0.4)));
}

/** The executor that fits on every worker and leaves least of them unused. */
export function executorSize(workers: readonly NodeInfo[]): ExecutorSize {
  const perWorkerMiB = Math.min(...workers.map(workerMemoryMiB));
  const vcpus = Math.min(...workers.map((worker) => worker.vcpus));
  const count = Math.min(vcpus, Math.ceil(perWorkerMiB / LARGEST_HEAP_MIB));
  if (count <= 1) return { memoryMiB: Math.min(perWorkerMiB, LARGEST_HEAP_MIB) };
  const memoryMiB = Math.min(LARGEST_HEAP_MIB, downTo64(perWorkerMiB / count));
  return { memoryMiB, cores: Math.floor(vcpus / count) };
}

/** @throws {Error} when the node can't hold what Spark needs at least */
export function requireMemory({ name, memoryMiB }: NodeInfo): void {
  if (memoryMiB >= SPARK_MIN_MEMORY_MIB) return;
  throw new Error(
    `${name} has ${memoryMiB} MiB of memory and Spark needs at least ${SPARK_MIN_MEMORY_MIB}: take a larger flavor`,
  );
}

function downTo64(value: number): number {
  return Math.floor(value / 64) * 64;
}
