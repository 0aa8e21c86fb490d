/** Tags that a service tells in a call of their own. */
import type { Tags } from './action.ts';
import { isDenied } from './action-steps.ts';
import { tagsOf } from './subject.ts';

/**
 * Tags, or none at all where the account does not let us read them: what depends on a tag then stays undecided, and nothing
 * rests on the finding's, which may be old.
 */
export async function readTags(read: () => Promise<Parameters<typeof tagsOf>[0]>): Promise<{ readonly tags?: Tags }> {
  try {
    return { tags: tagsOf(await read()) };
  } catch (error) {
    if (isDenied(error)) return {};
    throw error;
  }
}
