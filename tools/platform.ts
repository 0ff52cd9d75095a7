import { ToolError } from './errors';

/** An operating system and processor, in the words of Go and Terraform. */
export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'amd64' | 'arm64';
}

/** @throws {ToolError} on a platform that Firesteel does not run on */
export function thisPlatform(os: string = process.platform, arch: string = process.arch): Platform {
  const goArch = ({ x64: 'amd64', arm64: 'arm64' } as const)[arch];
  if ((os === 'linux' || os === 'darwin') && goArch) return { os, arch: goArch };
  throw new ToolError(`Firesteel runs on Linux and macOS on x64 and arm64, not on ${os} ${arch}.`);
}

export function platformName({ os, arch }: Platform): string {
  return `${os}_${arch}`;
}
