import type { CredentialsOptions } from '../cloud/credentials';
import { resolveCredentials } from '../cloud/credentials';
import { OpenStack } from '../cloud/openstack';
import { type ClusterPlan, type RegionPlan, regionsOf } from '../plan/cluster-plan';
import type { ProgressListener } from '../plan/progress';
import { closeMirrors, openMirrors } from './mirrors-rules';

export type MirrorsCloud = Pick<OpenStack, 'network' | 'close'>;

export interface MirrorsDoorOptions {
  /** Its name. */
  readonly environment: string;
  /** Logs in to the clouds, or regions, that its nodes are in. What is interrupted has to close the door nevertheless. */
  readonly clouds: () => Promise<readonly MirrorsCloud[]>;
  readonly onProgress?: ProgressListener;
}

/** After the last that installs, another may be about to: opening takes longer than staying open for that long. */
const LINGER_MS = 15_000;
/** Another run on the same environment closes for us too when it ends; what is being installed goes on after a moment. */
const LOOK_AGAIN_MS = 5000;

/**
 * Lets the nodes of one environment out to package mirrors, as long as something is being installed and no longer: by
 * rules in a security group of theirs, of which Terraform knows nothing. What a run that was killed has left open is
 * closed by the next.
 */
export class MirrorsDoor {
  #clouds: Promise<readonly MirrorsCloud[]> | undefined;
  #isOpen = false;
  /** Where opening failed, one of the rules may be there. */
  #mayBeOpen = false;
  #holders = 0;
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: MirrorsDoorOptions) {}

  /**
   * Sees to it that the door is shut when the work has ended, whoever opened it.
   * @throws what the work throws; else, when it could not be shut, {Error} that says so
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const looking = this.#closeWhatWasLeft();
    try {
      const [outcome] = await Promise.allSettled([work(), looking]);
      const failure = await this.#shut().then(
        () => undefined,
        (error: Error) => error,
      );
      if (outcome.status === 'fulfilled' && !failure) return outcome.value;
      if (outcome.status === 'fulfilled') throw failure;
      if (failure) this.#warn(failure.message);
      throw outcome.reason;
    } finally {
      await this.#logOut();
    }
  }

  /** Does something while it is open. @throws {CloudError} when it can't be opened */
  async whileOpen<T>(work: () => Promise<T>): Promise<T> {
    this.#holders++;
    try {
      await this.#open();
      this.#again(LOOK_AGAIN_MS, () => this.#keepOpen());
      return await work();
    } finally {
      this.#holders--;
      if (this.#holders === 0) this.#again(LINGER_MS, () => this.#close());
    }
  }

  #open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOpen) return;
      this.#mayBeOpen = true;
      await this.#each((network) => openMirrors(network, this.options.environment));
      this.#isOpen = true;
      this.#tell('start', 'open while packages are installed');
    });
  }

  async #keepOpen(): Promise<void> {
    const { environment } = this.options;
    // One that fails is no reason to give up what may go well without it; the next look is soon.
    await this.#inTurn(async () => {
      if (this.#isOpen && this.#holders > 0) await this.#each((network) => openMirrors(network, environment));
    }).catch(() => undefined);
    if (this.#holders > 0) this.#again(LOOK_AGAIN_MS, () => this.#keepOpen());
  }

  #close(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#mayBeOpen || this.#holders > 0) return;
      this.#isOpen = false;
      await this.#each((network) => closeMirrors(network, this.options.environment));
      this.#mayBeOpen = false;
      this.#tell('done', 'closed');
    });
  }

  async #shut(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { environment } = this.options;
    await this.#close().catch((error: Error) => {
      throw new Error(
        `the package mirrors could not be closed again, so the nodes of ${environment} still reach them: ${error.message}. Next: "firesteel configure ${environment}" closes them, "firesteel status ${environment}" says whether they are open`,
      );
    });
  }

  #closeWhatWasLeft(): Promise<void> {
    const { environment } = this.options;
    return this.#inTurn(async () => {
      const counts = await this.#each((network) => closeMirrors(network, environment));
      if (counts.some((count) => count > 0))
        this.#warn('the package mirrors were open, left so by a run that was cut off: they are closed');
    }).catch((error: Error) => this.#warn(`whether package mirrors stand open can't be found out: ${error.message}`));
  }

  async #each<T>(work: (network: MirrorsCloud['network']) => Promise<T>): Promise<readonly T[]> {
    this.#clouds ??= this.options.clouds();
    const clouds = await this.#clouds.catch((error: Error) => {
      this.#clouds = undefined;
      throw error;
    });
    return Promise.all(clouds.map(({ network }) => work(network)));
  }

  async #logOut(): Promise<void> {
    const clouds = await this.#clouds?.catch(() => []);
    this.#clouds = undefined;
    await Promise.all((clouds ?? []).map((cloud) => cloud.close()));
  }

  /** One thing after the other: what opens and what closes must not overtake each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** What fails here is told when the door is shut, which is tried once more then. */
  #again(milliseconds: number, work: () => Promise<void>): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void work().catch(() => undefined), milliseconds);
  }

  #tell(state: 'start' | 'done' | 'warn', text: string): void {
    this.options.onProgress?.({ subject: this.options.environment, phase: 'mirrors', state, text });
  }

  #warn(text: string): void {
    this.#tell('warn', text);
  }
}

/**
 * The door of a cluster that is described in a program, for `configureCluster`.
 * @param options how to log in; absent: as everywhere, by clouds.yaml or the shell's `OS_*` variables
 */
export function mirrorsDoor(
  plan: Pick<ClusterPlan, 'name' | 'cloud' | 'region' | 'regions' | 'common'>,
  options: Partial<CredentialsOptions> & Pick<MirrorsDoorOptions, 'onProgress'> = {},
): MirrorsDoor {
  const { onProgress, ...login } = options;
  const { cloud } = plan;
  const connect = async ({ name: region }: RegionPlan): Promise<OpenStack> => {
    const wanted = { ...(cloud !== undefined && { cloud }), ...(region !== undefined && { region }) };
    return OpenStack.connect(await resolveCredentials({ ...wanted, ...login }));
  };
  return new MirrorsDoor({
    environment: plan.name,
    clouds: () => Promise.all(regionsOf(plan).map(connect)),
    ...(onProgress && { onProgress }),
  });
}
