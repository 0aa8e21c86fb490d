/** The words around the matrix in the dashboard's widget. */
import type { Language } from '../core/catalogue.ts';
import type { BlindReason } from '../core/technique-state.ts';

interface WidgetWords {
  readonly account: string;
  readonly accounts: string;
  readonly adversary: string;
  readonly advice: string;
  readonly blind: Readonly<Record<BlindReason['why'], string>>;
  readonly closes: string;
  readonly inSecurityHub: string;
  readonly more: (findings: number) => string;
  readonly open: string;
  /** Accounts and Regions. */
  readonly places: (count: number) => string;
  readonly resource: string;
  readonly rule: string;
  readonly severity: string;
  readonly steps: string;
  readonly stepsOpen: string;
  readonly suppressed: (findings: number) => string;
  readonly techniques: string;
  readonly unknownTechnique: string;
}

export const WIDGET_WORDS: Readonly<Record<Language, WidgetWords>> = {
  en: {
    account: 'Account',
    accounts: 'Accounts',
    adversary: 'Campaign or group',
    advice: 'What to do',
    blind: {
      'no-native-detection': 'No native detection exists',
      'sensor-off': 'Sensor is off',
      'check-failed': 'Rule that watches the sensor fails',
      'check-unknown': 'Rule that watches the sensor could not look',
    },
    closes: 'Techniques closed',
    inSecurityHub: 'Findings in Security Hub',
    more: (findings) => `${findings} more in Security Hub.`,
    open: 'Open',
    places: (count) => (count === 1 ? '1 account and Region' : `${count} accounts and Regions`),
    resource: 'Resource',
    rule: 'Rule',
    severity: 'Severity',
    steps: 'Steps in the cloud',
    stepsOpen: 'Open today',
    suppressed: (findings) => `${findings} suppressed by analysts.`,
    techniques: 'Techniques',
    unknownTechnique: 'The catalogue does not know this technique.',
  },
  es: {
    account: 'Cuenta',
    accounts: 'Cuentas',
    adversary: 'Campaña o grupo',
    advice: 'Qué hacer',
    blind: {
      'no-native-detection': 'No existe detección nativa',
      'sensor-off': 'El sensor está apagado',
      'check-failed': 'La regla que vigila el sensor falla',
      'check-unknown': 'La regla que vigila el sensor no pudo comprobarlo',
    },
    closes: 'Técnicas que cierra',
    inSecurityHub: 'Hallazgos en Security Hub',
    more: (findings) => `${findings} más en Security Hub.`,
    open: 'Abiertas',
    places: (count) => (count === 1 ? '1 cuenta y región' : `${count} cuentas y regiones`),
    resource: 'Recurso',
    rule: 'Regla',
    severity: 'Gravedad',
    steps: 'Pasos en la nube',
    stepsOpen: 'Abiertos hoy',
    suppressed: (findings) => `${findings} suprimidos por analistas.`,
    techniques: 'Técnicas',
    unknownTechnique: 'El catálogo no conoce esta técnica.',
  },
};
