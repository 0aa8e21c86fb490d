/** Whether two patterns of ARNs can stand for the same ARN: one of a policy, one of the reference. */

/** A place in a pattern: one letter, or any number of them. */
interface Place {
  readonly many: boolean;
  /** The letter; undefined for any. */
  readonly letter?: string;
  /** Letters that it does not stand for. */
  readonly except: string;
}

/**
 * Names that hold no slash, although what follows them may. Other names of the reference are taken for whatever stands there,
 * since many are paths (`role/${RoleNameWithPath}`): better a wrong ARN missed than a right one refused.
 */
const WITHOUT_SLASH = ['BucketName'];

/** Fields of an ARN before that of the resource: `arn`, partition, service, Region and account. */
const FIELDS_BEFORE_RESOURCE = 5;

/**
 * Whether a resource of a policy, which may hold `*` and `?`, can be of a type whose ARN is `arn`, in which `${…}` is a name.
 * A name is one letter at least: `arn:aws:s3:::` is no bucket. A wildcard in one field says nothing of the next.
 */
export function canBe(resource: string, arn: string): boolean {
  const fields = fieldsOf(resource);
  if (fields.length <= FIELDS_BEFORE_RESOURCE) return overlap(placesOfResource(resource), placesOfArn(arn));
  return fieldsOf(arn).every((field, index) => overlap(placesOfResource(fields[index] ?? ''), placesOfArn(field)));
}

/** The six fields of an ARN; fewer of what is none, such as `*`. */
function fieldsOf(arn: string): string[] {
  const fields = arn.split(':');
  return [...fields.slice(0, FIELDS_BEFORE_RESOURCE), fields.slice(FIELDS_BEFORE_RESOURCE).join(':')].slice(
    0,
    fields.length,
  );
}

/** Whether a text fits a pattern with `*` and `?`, in any case, as actions and condition keys are compared. */
export function fits(text: string, pattern: string): boolean {
  return overlap(
    [...text.toLowerCase()].map((letter): Place => ({ many: false, letter, except: '' })),
    placesOfResource(pattern.toLowerCase()),
  );
}

function placesOfResource(pattern: string): Place[] {
  return [...pattern].map((letter): Place => {
    if (letter === '*') return { many: true, except: '' };
    return letter === '?' ? { many: false, except: '' } : { many: false, letter, except: '' };
  });
}

function placesOfArn(arn: string): Place[] {
  return (arn.match(/\$\{\w+\}|[^]/g) ?? []).flatMap((part): Place[] => {
    if (part === '*') return [{ many: true, except: '' }];
    if (!part.startsWith('${')) return [{ many: false, letter: part, except: '' }];
    const except = WITHOUT_SLASH.includes(part.slice(2, -1)) ? '/' : '';
    return [
      { many: false, except },
      { many: true, except },
    ];
  });
}

/** Whether there is a text that both patterns stand for. */
function overlap(one: readonly Place[], other: readonly Place[]): boolean {
  const known = new Map<number, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = i * (other.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = decide(i, j);
    known.set(key, answer);
    return answer;
  };
  const decide = (i: number, j: number): boolean => {
    const [a, b] = [one[i], other[j]];
    if (a === undefined && b === undefined) return true;
    if (a?.many === true && from(i + 1, j)) return true;
    if (b?.many === true && from(i, j + 1)) return true;
    if (a === undefined || b === undefined || !shareLetter(a, b)) return false;
    if (a.many && b.many) return false; // Either of them has to end first, which was tried.
    return from(a.many ? i : i + 1, b.many ? j : j + 1);
  };
  return from(0, 0);
}

function shareLetter(a: Place, b: Place): boolean {
  if (a.letter !== undefined && b.letter !== undefined) return a.letter === b.letter;
  const letter = a.letter ?? b.letter;
  return letter === undefined || !(a.except + b.except).includes(letter);
}
