import type { Schema } from '@/api/types'

/** One unit's figures. */
export type Figures = Pick<Schema<'SuperviseLine'>, 'name' | 'roster' | 'covered' | 'rate'>

/**
 * Where help is needed comes first: the lowest rate, then the most people missing. Units without pupils come last.
 * Equals stay as the server lists them: by name as people count.
 */
export function byNeed<T extends Figures>(lines: T[]): T[] {
  return [...lines].sort((a, b) => {
    if ((a.roster === 0) !== (b.roster === 0)) return a.roster === 0 ? 1 : -1
    return a.rate - b.rate || b.roster - b.covered - (a.roster - a.covered)
  })
}

/** How a rate stands: the programme wants everyone, so only all is good. */
export function gradeOf(rate: number): 'good' | 'near' | 'far' {
  if (rate >= 100) return 'good'
  return rate >= 60 ? 'near' : 'far'
}

/** For whom an item is, in words. */
export const SIDES: Record<string, string> = { pupil: '学生', guardian: '家长' }
