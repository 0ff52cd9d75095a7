import { BenchProject, PLAIN_IMAGE, sandboxUp } from './_project';
import { benchFirstSpark, type FirstSparkFigure } from './first-spark';

const BAKED = 'firesteel-bench';

/** The way to Pi from one image. */
export interface ImageFigure extends FirstSparkFigure {
  readonly image: 'plain' | 'baked';
}

export interface ImageFigures {
  /** Seconds of `image build`. */
  readonly buildSeconds: number;
  /** In the order in which they were measured: plain and baked in turn. */
  readonly ways: readonly ImageFigure[];
}

/** Builds an image, and takes a cluster of one master and two workers to Pi from it and from the plain one, in turn. */
export async function benchImage(rounds: number): Promise<ImageFigures> {
  await sandboxUp();
  const buildSeconds = await benchBuild();
  try {
    const ways: ImageFigure[] = [];
    for (let round = 0; round < rounds; round++) {
      ways.push({ image: 'plain', ...(await benchFirstSpark(PLAIN_IMAGE)) });
      ways.push({ image: 'baked', ...(await benchFirstSpark(BAKED)) });
    }
    return { buildSeconds, ways };
  } finally {
    const project = new BenchProject({ workers: 2 });
    await project.firesteel('image', 'rm', BAKED);
    project.forget();
  }
}

/** Without the network, which all share. */
async function benchBuild(): Promise<number> {
  const project = new BenchProject({ workers: 2 });
  try {
    await project.firesteel('up', project.common);
    return await project.firesteel('image', 'build', '--for', project.environment, '--name', BAKED);
  } finally {
    await project.remove();
  }
}
