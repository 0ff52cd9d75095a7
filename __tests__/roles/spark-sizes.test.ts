import { driverHeapMiB, executorSize, requireMemory, workerMemoryMiB } from '../../roles/spark/_sizes';
import { nodeInfo } from './_context';

/** Columns: memory of the node, what a worker gives to executors, the driver's heap on a master; all in MiB. */
test.each([
  [1024, 512, 512],
  [2048, 1216, 768],
  [4096, 2880, 1600],
  [8192, 6144, 3264],
  [16384, 13504, 4096],
  [65536, 57728, 4096],
])('%i MiB: executors %i, driver %i', (memoryMiB, worker, driver) => {
  expect(workerMemoryMiB(nodeInfo('worker-0', { memoryMiB }))).toBe(worker);
  expect(driverHeapMiB(nodeInfo('master-0', { memoryMiB }))).toBe(driver);
});

test('the executor fits on the smallest worker', () => {
  const workers = [nodeInfo('worker-0', { memoryMiB: 16384, vcpus: 8 }), nodeInfo('worker-1', { memoryMiB: 2048 })];
  expect(executorSize(workers)).toEqual({ memoryMiB: 1216 });
});

test('a very large worker gets several executors with heaps of ordinary size', () => {
  expect(executorSize([nodeInfo('worker-0', { memoryMiB: 131072, vcpus: 32 })])).toEqual({
    memoryMiB: 23296,
    cores: 6,
  });
});

test('a worker with one core and much memory gets one executor', () => {
  expect(executorSize([nodeInfo('worker-0', { memoryMiB: 131072, vcpus: 1 })])).toEqual({ memoryMiB: 28672 });
});

test('what else runs on a worker gets its share', () => {
  const roles = ['node', 'spark-master', 'spark-worker', 'spark-history'];
  expect(workerMemoryMiB(nodeInfo('all-0', { memoryMiB: 4096, roles }))).toBe(2368);
});

test('refuses a node that is too small', () => {
  expect(() => requireMemory(nodeInfo('worker-0', { memoryMiB: 512 }))).toThrow(
    'worker-0 has 512 MiB of memory and Spark needs at least 1000: take a larger flavor',
  );
});
