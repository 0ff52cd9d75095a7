import { App } from 'cdktf';
import { loadEnvironments } from './plan/load-environments';
import { PlanError } from './plan/plan-error';
import { addEnvironmentStacks } from './stacks/environment-stacks';

// cdktf takes a stack trace for every token it makes, which nobody reads: most of the time that a large cluster takes.
Error.captureStackTrace = () => {};

/** Every file in `environments/` becomes a stack of the same name. `cdktf` runs this in the project's folder. */
function main(): void {
  const environments = loadEnvironments(process.cwd());
  const app = new App({ stackTraces: false });
  addEnvironmentStacks(app, environments);
  app.synth();
}

try {
  main();
} catch (error) {
  if (!(error instanceof PlanError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
