/** What AWS Organizations says of an organisation. */

/** An organisation as a whole. */
export interface OrganizationSummary {
  readonly id: string;
  readonly arn: string;
  /** `ALL`, or `CONSOLIDATED_BILLING`, which allows neither trusted access nor delegation. */
  readonly featureSet: string;
  readonly managementAccountId: string;
}

/** A root or an organizational unit. */
export interface OrganizationNode {
  readonly id: string;
  readonly name: string;
  /** Names from the root down, `Root/Workloads/Production`. */
  readonly path: string;
  /** The node above; undefined for a root. */
  readonly parentId?: string;
}

/** An account and where it is. */
export interface OrganizationAccount {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_ACTIVATION`, `PENDING_CLOSURE` or `CLOSED`; `UNKNOWN` where AWS gives none. */
  readonly state: string;
  readonly parentId: string;
  /** That of the node above. */
  readonly path: string;
}

/** A delegated administrator of a service. */
export interface Delegation {
  readonly principal: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly state: string;
}

/** Everything that one walk finds. Lists are in an order that only depends on their content. */
export interface Organization extends OrganizationSummary {
  readonly roots: readonly OrganizationNode[];
  readonly organizationalUnits: readonly OrganizationNode[];
  readonly accounts: readonly OrganizationAccount[];
  /** Of the services asked for. */
  readonly delegations: readonly Delegation[];
  /** Principals of the services that may act in the whole organisation. */
  readonly trustedAccess: readonly string[];
}
