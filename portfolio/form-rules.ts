import { Fn } from 'aws-cdk-lib';
import type { CloudFormationProduct, IPortfolio } from 'aws-cdk-lib/aws-servicecatalog';

/** Parameters of a template, as far as they say what may be answered. */
export type Questions = Readonly<Record<string, { readonly AllowedValues?: readonly string[] }>>;

/**
 * Narrows what may be answered in the form of the product, by a template constraint.
 *
 * Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/reference-template_constraint_rules.html
 *
 * @param answers answers that may be given, by the name of the question
 */
export function narrowAnswers(
  portfolio: IPortfolio,
  product: CloudFormationProduct,
  answers: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [question, allowed] of Object.entries(answers)) {
    portfolio.constrainCloudFormationParameters(product, {
      description: `${question}: ${allowed.join(', ')}`,
      rule: {
        ruleName: `Allowed${question}`,
        assertions: [
          {
            assert: Fn.conditionContains([...allowed], Fn.ref(question)),
            description: `${question} has to be one of: ${allowed.join(', ')}`,
          },
        ],
      },
    });
  }
}

/**
 * Says what is wrong with answers that are to be allowed: a question that the product does not ask, or an answer that it
 * would not take.
 */
export function findImpossibleAnswers(
  answers: Readonly<Record<string, readonly string[]>>,
  questions: Questions,
): string[] {
  return Object.entries(answers).flatMap(([name, allowed]) => {
    const question = questions[name];
    if (question === undefined) {
      return [`${name}: the product asks no such question, but ${Object.keys(questions).join(', ')}`];
    }
    const { AllowedValues: possible } = question;
    const impossible = possible === undefined ? [] : allowed.filter((answer) => !possible.map(String).includes(answer));
    return impossible.map((answer) => `${name}: ${answer} is none of ${possible?.join(', ')}`);
  });
}
