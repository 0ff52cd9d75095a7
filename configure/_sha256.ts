import { sh } from '../operations/shell';

/**
 * POSIX sh: `sha256` prints the digest of its standard input and something behind a blank. OpenSSL, where it is there, uses
 * the processor's own instructions and takes a quarter of the time that coreutils do.
 */
export const SHA256 = sh`sha256() { if command -v openssl >/dev/null; then openssl dgst -sha256 -r; else sha256sum; fi; }`;
