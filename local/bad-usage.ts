/** What the user gave cannot be used: an option, or the input as a whole. The message is one line that says why. Exit code 2. */
export class BadUsage extends Error {
  override readonly name: string = 'BadUsage';
}
