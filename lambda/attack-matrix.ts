/** The use case of the dashboard's widgets: reads what the database holds, and answers with HTML. */
import { z } from 'zod';
import type { MatrixCatalogue } from './core/matrix-catalogue.ts';
import type { Evidence } from './core/technique-state.ts';
import { renderWidget, WIDGET_VIEWS, type WidgetContext, type WidgetRequest } from './matrix/matrix-widget.ts';

export interface AttackMatrixDependencies extends Pick<WidgetContext, 'language' | 'target'> {
  readonly evidence: () => Promise<Evidence>;
  readonly catalogue: () => Promise<MatrixCatalogue>;
}

/** What CloudWatch shows to whoever adds the widget by hand. Markdown. */
const DOCUMENTATION = `
## Virtual SOC
The ATT&CK matrix of what is open in Security Hub.

### Parameters
| name | value |
| --- | --- |
| view | ${WIDGET_VIEWS.map((view) => `\`${view}\``).join(', ')} |
| technique | id of a technique, for \`technique\` |

### Example
\`\`\`yaml
view: matrix
\`\`\`
`;

/** Parameters come beside `widgetContext`, those of a click as those of the widget. Other members are CloudWatch's. */
const widgetEvent = z.object({
  describe: z.boolean().optional(),
  view: z.enum(WIDGET_VIEWS).default('matrix'),
  technique: z
    .string()
    .regex(/^T\d{4}(\.\d{3})?$/)
    .optional(),
});

/**
 * Answers one call of CloudWatch: HTML, or its documentation where it asks for that. A parameter that is wrong is answered in
 * words. Throws where the database does not answer.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_custom_widget_dashboard_about.html
 */
export function attackMatrixHandler(
  dependencies: AttackMatrixDependencies,
): (event: unknown, endpoint: string) => Promise<string> {
  return async (event, endpoint) => {
    const parsed = widgetEvent.safeParse(event ?? {});
    if (!parsed.success) {
      const names = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
      return `<p>Not a value that the widget takes: ${names}. It takes view (${WIDGET_VIEWS.join(', ')}) and technique, such as T1078.004.</p>`;
    }
    const { describe, view, technique } = parsed.data;
    if (describe) return DOCUMENTATION;
    const request: WidgetRequest = { view, ...(technique === undefined ? {} : { technique }) };
    const [evidence, catalogue] = await Promise.all([dependencies.evidence(), dependencies.catalogue()]);
    const { language, target } = dependencies;
    return renderWidget(request, { evidence, catalogue, language, target, endpoint });
  };
}
