import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Nodes } from './_nodes';
import type { Project } from './_project';
import { start } from './_run';

/** What the compiler reads of Spark for a program against its core. */
const LIBRARIES = ['spark-*', 'scala-library-*', 'slf4j-api-*', 'log4j-*-api-*', 'hadoop-client-api-*', 'jackson-*'];

/** Compiles one Java file against the Spark of a node and returns the jar's path. PyPI's Spark has no jar of examples. */
export async function buildJar(project: Project, nodes: Nodes, source: string): Promise<string> {
  const [jars, classes, jar] = [project.file('jars'), project.file('classes'), project.file('job.jar')];
  for (const folder of [jars, classes]) mkdirSync(folder);
  const wanted = LIBRARIES.map((name) => `master-0:/opt/spark/jars/${name}`);
  await start('scp', ['-q', ...nodes.sshArgs(), ...wanted, jars]).succeeded();
  await start('javac', ['-nowarn', '-cp', join(jars, '*'), '-d', classes, source]).succeeded();
  await start('jar', ['cf', jar, '-C', classes, '.']).succeeded();
  return jar;
}
