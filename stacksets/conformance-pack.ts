/** What the rules of a roll-out become, where they are rolled out as conformance packs. */
import type { ConfigRule } from './config-rule.ts';

/** What one pack says in some Regions. */
export interface PackVariant {
  /** Regions of the roll-out in which the pack is this, never none. */
  readonly regions: readonly string[];
  readonly rules: readonly ConfigRule[];
  /**
   * YAML. `${AWS::AccountId}` and `${AWS::Partition}` in it are for the template around it to fill in, since a pack takes no
   * intrinsic functions there.
   */
  readonly body: string;
}

/** A pack of one name. It may say something else in Regions that lack some of its rules. */
export interface ConformancePack {
  /** `virtual-soc-identity`. */
  readonly name: string;
  /** Regions in none of them have no such pack. */
  readonly variants: readonly PackVariant[];
}
