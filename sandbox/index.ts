/** A real OpenStack in one folder of this machine. Nothing here prints: listeners get events. */
export { type DownOptions, destroy, down } from './down';
export { SandboxError } from './errors';
export type { OnSandboxEvent, SandboxEvent } from './events';
export { EXTRAS, type Extra } from './extras';
export { hostObstacles } from './host';
export { type SandboxInfo, sandboxCloudsYaml, sandboxInfo } from './info';
export { type LogsOptions, loggedServices, logs } from './logs';
export { type Outside, openOutside, runOutside } from './outside';
export { type Removed, type ResetOptions, reset } from './reset';
export { type SandboxSettings, sandboxSettings } from './settings';
export { type EndpointStatus, type SandboxStatus, type ServiceStatus, status } from './status';
export { type UpOptions, up } from './up';
