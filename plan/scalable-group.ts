/** A node group whose number the user may change, and where an environment's file says so: data of the kind. */
export interface ScalableGroup {
  /** Name of the group in the plan, e.g. `worker`. */
  readonly group: string;
  /** Keys to the number of its nodes, e.g. `workers`, `count`. */
  readonly path: readonly string[];
  /** Keys to each list that speaks of its nodes one by one, in the order of their numbers. */
  readonly lists: readonly (readonly string[])[];
}

/** By the word that the user says, e.g. `workers`. */
export type ScalableGroups = Readonly<Record<string, ScalableGroup>>;

/** @param section keys to the section that the group is made from */
export function scalable(group: string, section: readonly string[]): ScalableGroup {
  const at = (key: string): readonly string[] => [...section, key];
  return { group, path: at('count'), lists: [at('addresses'), at('floatingIp')] };
}
