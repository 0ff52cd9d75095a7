/** A node that is asked how it does, or used, needs no long patience, unlike one that is being made. */
export const PATIENCE = { sshSeconds: 20, cloudInitSeconds: 20 };
