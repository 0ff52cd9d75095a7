/** States in an object store, by the settings of both its backends. */
import type { StateBackend } from '../../plan/state-backend';
import { HeldStack, showLock } from './_held-stack';
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
    await showLock(first, second, async () => (await server.keys()).includes(`${backend}/dev.tfstate.tflock`));
    expect((await server.keys()).filter((key) => key.startsWith(backend))).toEqual([`${backend}/dev.tfstate`]);
    for (const stack of [first, second]) stack.remove();
  },
);
