/** A label of a host name (RFC 1123, section 2.1), short enough that `<environment>-<group>-<number>` stays one. */
export const NAME_PATTERN = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
/** A host name label holds 63 characters; `-bastion-0000` and the like take up to 23. */
export const NAME_LENGTH = 40;

export const NAME_RULE = `lower-case letters, digits and hyphens, beginning with a letter, not ending with a hyphen, at most ${NAME_LENGTH} characters: host names are made from it`;

export function isName(text: string): boolean {
  return text.length <= NAME_LENGTH && NAME_PATTERN.test(text);
}
