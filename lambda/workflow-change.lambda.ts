/** Entry point of the function `workflow-change`: events of our own findings in, failed message ids out. */
import { readSettings } from './adapters/settings.ts';
import { workflowState } from './adapters/workflow-state.ts';
import { wire, observe } from './wiring.ts';
import { workflowChangeHandler } from './workflow-change-handler.ts';

const settings = readSettings(process.env);

export const handler = workflowChangeHandler(
  workflowState(wire(settings).sequelize),
  settings.target,
  observe('workflow-change'),
);
