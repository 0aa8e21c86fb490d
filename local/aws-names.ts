/** What AWS calls accounts and Regions, as far as their form tells. */

/** Whether a value is an account id: 12 digits. */
export function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && /^\d{12}$/.test(value);
}

/** Whether a value has the form of a Region's code, such as `eu-west-1`, `us-gov-east-1` or `eusc-de-east-1`. */
export function isRegion(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{2,4}(-[a-z]+)+-\d$/.test(value);
}
