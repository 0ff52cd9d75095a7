/** Someone who holds the lock of a state. */
export interface LockHolder {
  readonly who?: string;
  /** What is done there. */
  readonly operation?: string;
  readonly since?: string;
}

/** As Terraform words it for itself. */
export interface TerraformLock {
  readonly ID?: string;
  readonly Who?: string;
  /** e.g. `OperationTypeApply` */
  readonly Operation?: string;
  /** As Go or as JSON writes a time. */
  readonly Created?: string;
}

export function holderOf({ Who, Operation, Created }: TerraformLock): LockHolder {
  return {
    ...(Who && { who: Who }),
    ...(Operation && { operation: `terraform ${Operation.replace(/^OperationType/, '').toLowerCase()}` }),
    ...(Created && { since: Created.replace(/^(\S+)T(\S+)Z$/, '$1 $2').replace(/(\.\d+)?( \+0000 UTC)?$/, ' UTC') }),
  };
}
