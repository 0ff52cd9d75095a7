/** Path of the sandbox's clouds.yaml; undefined where its folders can't hold one, which is no concern of other clouds. */
export async function sandboxCloudsFile(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const [{ sandboxSettings }, { SandboxError }] = await Promise.all([
    import('../sandbox/settings'),
    import('../sandbox/errors'),
  ]);
  try {
    return sandboxSettings(env).clouds;
  } catch (error) {
    if (error instanceof SandboxError) return undefined;
    throw error;
  }
}
