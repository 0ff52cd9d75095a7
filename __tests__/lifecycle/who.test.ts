import { hostname, userInfo } from 'node:os';
import { whoami } from '../../lifecycle/_who';

const own = `${userInfo().username}@${hostname()}`;

test.each([
  [{}, own],
  [{ CI: 'true' }, `CI, ${own}`],
  [
    {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_ACTOR: 'ada',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'x/y',
      GITHUB_RUN_ID: '7',
    },
    'ada, https://github.com/x/y/actions/runs/7',
  ],
  [
    { CI: 'true', GITLAB_CI: 'true', GITLAB_USER_LOGIN: 'ada', CI_JOB_URL: 'https://gitlab/x/-/jobs/7' },
    'ada, https://gitlab/x/-/jobs/7',
  ],
  [{ JENKINS_URL: 'https://jenkins', BUILD_URL: 'https://jenkins/job/7' }, 'https://jenkins/job/7'],
])('%j is %s', (env, who) => expect(whoami(env)).toBe(who));
