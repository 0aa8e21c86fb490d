/**
 * A name as it may stand in a line for people: AWS allows any character in the name of an organizational unit, a line
 * break or an escape sequence too, and neither a comment nor a terminal may be broken by it.
 */
export function plainText(name: string): string {
  return name.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}
