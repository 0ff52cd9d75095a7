/** States in an object store, by the settings of both its backends. */
import type { StateBackend } from '../../plan/state-backend';
import { HeldStack } from './_held-stack';
import { S3Server } from './_s3-server';

let server: S3Server;

beforeAll(async () => {
  server = await S3Server.start();
});

afterAll(() => server?.stop());

test.each(['s3', 'swift'] as const)(
  '%s keeps the state and locks it; who comes second is told who holds it',
  async (backend) => {
    const { bucket, endpoint, accessKey, secretKey } = server;
    const state: StateBackend = { backend, bucket, endpoint, key: `${backend}/{environment}.tfstate` };
    const env = { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, NO_PROXY: '127.0.0.1' };
    const first = new HeldStack(state, env);
    const second = new HeldStack(state, env);
    const plan = await first.terraform.plan();
    const applying = first.terraform.apply(plan);
    try {
      while (!(await server.keys()).includes(`${backend}/dev.tfstate.tflock`)) await pause();
      await expect(second.terraform.plan()).rejects.toThrow(
        /^the state of dev is in use by another run \(\S+@\S+, terraform apply, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\): wait/,
      );
    } finally {
      first.letGo();
      await applying;
    }
    expect((await second.terraform.state()).resources.map(({ type }) => type)).toEqual(['terraform_data']);
    expect((await server.keys()).filter((key) => key.startsWith(backend))).toEqual([`${backend}/dev.tfstate`]);
    for (const stack of [first, second]) stack.remove();
  },
);

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
