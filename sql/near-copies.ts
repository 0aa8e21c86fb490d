/** Finds texts that say the same thing once the names in them are dropped. */

/** A text, and the names that any text about its subject would have in it. */
export interface NamedText {
  readonly text: string;
  /** Names of the subject: rule key, technique … */
  readonly without: readonly string[];
}

/** A text that is a near copy of an earlier one (`like`), or that has next to nothing of its own (`like` undefined). */
export interface NearCopy {
  readonly index: number;
  readonly like: number | undefined;
  /** Words left once the names are dropped. */
  readonly words: number;
}

/** Share of common words (Jaccard) from which two texts count as the same. */
const SAME_FROM = 0.8;
/** A text with fewer words of its own says nothing. */
const FEWEST_WORDS = 3;

const SMALL_WORDS = new Set(
  (
    'a an the of in on to for from by with and or nor so but that which who whom whose this these those it its is are was ' +
    'were be been being as at into onto than then them they their there while when where until once also can may might ' +
    'could would will not no any all every each one such own out over under without within between through has have had ' +
    'do does did'
  ).split(' '),
);

/** Services by the names that texts call them. */
const SERVICE_WORDS = new Set(
  (
    'aws amazon s3 ec2 rds iam ecs eks ecr lambda cloudtrail cloudwatch cloudfront config guardduty macie inspector ' +
    'dynamodb redshift aurora neptune documentdb docdb elasticache opensearch elasticsearch kinesis sqs sns efs fsx ebs ' +
    'elb alb nlb vpc api gateway appsync kms secrets manager ssm systems sagemaker glue athena emr msk mq dms batch ' +
    'codebuild codepipeline codedeploy cognito route53 route 53 waf shield transfer family step functions backup datasync ' +
    'workspaces lightsail kubernetes runtime security hub'
  ).split(' '),
);

/**
 * Compares each text with all before it. Two that share few words are never looked at together: a text is only compared
 * with those that have one of its rarer words, of which two near copies must share at least one.
 */
export function findNearCopies(texts: readonly NamedText[]): NearCopy[] {
  const bags = texts.map(contentWords);
  const frequency = new Map<string, number>();
  for (const bag of bags) for (const word of bag) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const rarestFirst = (a: string, b: string) => (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : 1);

  const withWord = new Map<string, number[]>();
  const copies: NearCopy[] = [];
  for (const [index, bag] of bags.entries()) {
    if (bag.size < FEWEST_WORDS) {
      copies.push({ index, like: undefined, words: bag.size });
      continue;
    }
    // Sets with Jaccard similarity s share a word among the first n - ceil(s n) + 1 of each, in any fixed order.
    const prefix = [...bag].sort(rarestFirst).slice(0, bag.size - Math.ceil(SAME_FROM * bag.size) + 1);
    const candidates = new Set(prefix.flatMap((word) => withWord.get(word) ?? []));
    const like = [...candidates]
      .sort((a, b) => a - b)
      .find((other) => similarity(bag, bags[other] ?? new Set()) >= SAME_FROM);
    if (like !== undefined) copies.push({ index, like, words: bag.size });
    for (const word of prefix) withWord.set(word, [...(withWord.get(word) ?? []), index]);
  }
  return copies;
}

function contentWords({ text, without }: NamedText): Set<string> {
  const names = new Set(
    without.flatMap((name) => [...wordsOf(name), ...wordsOf(name.replaceAll(/([a-z])([A-Z])/g, '$1 $2'))]),
  );
  return new Set(
    wordsOf(text).filter((word) => !names.has(word) && !SMALL_WORDS.has(word) && !SERVICE_WORDS.has(word)),
  );
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common += 1;
  return common / (a.size + b.size - common);
}
