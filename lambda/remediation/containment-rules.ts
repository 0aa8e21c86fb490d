/** Findings that say that somebody acts with the rights of a user or role that is not theirs. */

/** What every containment of a principal serves. */
export const CONTAINMENT_TECHNIQUES = ['T1078', 'T1484', 'T1098', 'T1548'] as const;

/** GuardDuty finding types whose resource is the principal. Only those that detect, never a posture. */
export const CONTAINMENT_RULES = {
  guardduty: [
    'AttackSequence:IAM/CompromisedCredentials',
    'CredentialAccess:IAMUser/CompromisedCredentials',
    'InitialAccess:IAMUser/AnomalousBehavior',
    'Persistence:IAMUser/AnomalousBehavior',
    'PrivilegeEscalation:IAM/AccountManipulation',
    'PrivilegeEscalation:IAMUser/AnomalousBehavior',
    'UnauthorizedAccess:IAMUser/MaliciousIPCaller',
    'UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom',
    'UnauthorizedAccess:IAMUser/TorIPCaller',
  ],
} as const;

/** Those about credentials of a role that left the instance or function they were issued to. */
export const SESSION_RULES = {
  guardduty: [
    ...CONTAINMENT_RULES.guardduty,
    'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS',
    'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS',
    'UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.InsideAWS',
    'UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS',
  ],
} as const;
