/** Sessions on a fake cloud that is new for each test. */
import type { CloudCredentials } from '../../cloud/cloud-credentials';
import { CloudError } from '../../cloud/cloud-error';
import { Session, type SessionOptions } from '../../cloud/session';
import { FakeCloud } from './_fake-cloud';

const QUICK: SessionOptions = { firstPauseSeconds: 0.01, longestPauseSeconds: 0.05 };

/** Call it once at the top of a test file; what it returns is of the test that runs. */
export function useFakeCloud() {
  const open: Session[] = [];
  const use = {
    fake: undefined as unknown as FakeCloud,
    connect: async (over: Partial<CloudCredentials> = {}, options: SessionOptions = {}): Promise<Session> => {
      const session = await Session.connect(use.fake.credentials(over), { ...QUICK, ...options });
      open.push(session);
      return session;
    },
  };
  beforeEach(async () => {
    use.fake = await FakeCloud.start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((session) => session.close()));
    await use.fake.stop();
  });
  return use;
}

/** The CloudError that `action` has to end with. */
export async function failure(action: Promise<unknown>): Promise<CloudError> {
  const error = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CloudError);
  return error as CloudError;
}
