/** Characters of the description of a rule. https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigRule.html */
export const LONGEST_DESCRIPTION = 256;

const BEGINNING = 'ATT&CK ';

/** Names the techniques that a rule speaks for; where there is no room for all, how many more there are. */
export function describeTechniques(techniques: readonly string[]): string {
  if (techniques.length === 0) return 'No technique of ATT&CK; kept from an earlier conformance pack';
  for (let named = techniques.length; named > 0; named -= 1) {
    const left = techniques.length - named;
    const text = `${BEGINNING}${techniques.slice(0, named).join(', ')}${left === 0 ? '' : ` and ${left} more`}`;
    if (text.length <= LONGEST_DESCRIPTION) return text;
  }
  return `${BEGINNING}${techniques.length} techniques`;
}
