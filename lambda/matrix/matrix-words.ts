/** The words of the matrix in the languages of people. */
import type { Language } from '../core/catalogue.ts';
import type { SeverityLabel } from '../core/severity.ts';
import type { TechniqueState } from '../core/technique-state.ts';

/** Words of the matrix in one language. */
export interface MatrixWords {
  readonly states: Readonly<Record<TechniqueState, string>>;
  readonly severities: Readonly<Record<SeverityLabel, string>>;
  /** After a count of pairs. */
  readonly open: string;
  readonly nothingOpen: string;
  /** What is under a tactic: pairs, and techniques with something open. */
  readonly underTactic: (pairs: number, techniques: number) => string;
  readonly subTechniques: (count: number) => string;
  /** What a size limit has left out. */
  readonly leftOut: (techniques: number, kilobytes: number) => string;
}

/** Signs of the states: shapes, so that nobody needs to tell colours apart. */
export const STATE_SIGNS: Readonly<Record<TechniqueState, string>> = {
  observed: '◆',
  exposed: '▲',
  blind: '○',
  protected: '■',
  detectable: '◐',
  'no-evidence': '–',
};

export const MATRIX_WORDS: Readonly<Record<Language, MatrixWords>> = {
  en: {
    states: {
      observed: 'Observed',
      exposed: 'Exposed',
      blind: 'Blind',
      protected: 'Protected',
      detectable: 'Detectable',
      'no-evidence': 'No evidence',
    },
    severities: {
      CRITICAL: 'Critical',
      HIGH: 'High',
      MEDIUM: 'Medium',
      LOW: 'Low',
      INFORMATIONAL: 'Informational',
    },
    open: 'open',
    nothingOpen: 'Nothing open',
    underTactic: (pairs, techniques) => `${pairs} open, ${techniques} ${techniques === 1 ? 'technique' : 'techniques'}`,
    subTechniques: (count) => (count === 1 ? '1 sub-technique' : `${count} sub-techniques`),
    leftOut: (techniques, kilobytes) =>
      `Left out to stay below ${kilobytes} kB: ${techniques} ${techniques === 1 ? 'cell' : 'cells'}, those with least open. ` +
      'The counts of the tactics include them.',
  },
  es: {
    states: {
      observed: 'Observada',
      exposed: 'Expuesta',
      blind: 'Sin visibilidad',
      protected: 'Protegida',
      detectable: 'Detectable',
      'no-evidence': 'Sin datos',
    },
    severities: {
      CRITICAL: 'Crítica',
      HIGH: 'Alta',
      MEDIUM: 'Media',
      LOW: 'Baja',
      INFORMATIONAL: 'Informativa',
    },
    open: 'abiertas',
    nothingOpen: 'Nada abierto',
    underTactic: (pairs, techniques) =>
      `${pairs} ${pairs === 1 ? 'abierta' : 'abiertas'}, ${techniques} ${techniques === 1 ? 'técnica' : 'técnicas'}`,
    subTechniques: (count) => (count === 1 ? '1 subtécnica' : `${count} subtécnicas`),
    leftOut: (techniques, kilobytes) =>
      `Omitidas para no superar ${kilobytes} kB: ${techniques} ${techniques === 1 ? 'celda' : 'celdas'}, las que menos tienen abierto. ` +
      'Los recuentos de las tácticas las incluyen.',
  },
};
