/** A file that the nodes need can't be had, or isn't what it was said to be. */
export class ArtifactError extends Error {
  constructor(
    message: string,
    /** The file it is about, e.g. `pyspark-4.2.1.tar.gz`. */
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ArtifactError';
  }
}
