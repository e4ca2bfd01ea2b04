import type { Schema } from '@/api/types'

/** How an import stands, in words. */
export const STATUSES: Record<Schema<'OrgImport'>['status'], string> = {
  previewed: '等您核对',
  refused: '文件有错',
  applying: '正在导入',
  applied: '已导入',
  failed: '没有导入',
  discarded: '已取消',
  undone: '已撤销',
}

/** What an import does to the rosters, in one line. */
export function countsOf(i: Pick<Schema<'OrgImport'>, 'total' | 'added' | 'changed' | 'transferred' | 'returned' | 'departed' | 'unchanged' | 'faultCount'>): string {
  if (i.faultCount) return `${i.faultCount} 处要更正`
  const parts: [string, number][] = [
    ['新增', i.added],
    ['更正', i.changed],
    ['转班', i.transferred],
    ['返回', i.returned],
    ['离开', i.departed],
    ['不变', i.unchanged],
  ]
  return [`共 ${i.total} 行`, ...parts.filter(([, n]) => n > 0).map(([name, n]) => `${name} ${n}`)].join(' · ')
}

type Question = Pick<Schema<'OrgSamePupil'>, 'sameBirthDate' | 'sameClass' | 'guardians' | 'covered' | 'departed'>

/** Why somebody may be the same pupil, and what is kept. */
export function evidenceOf(q: Question): string {
  const parts = [`姓名相同`]
  if (q.sameBirthDate) parts.push('出生日期相同')
  if (q.sameClass) parts.push('同一个班')
  if (q.departed) parts.push('以前离开过')
  const keeps = [q.guardians ? `${q.guardians} 位家长的绑定` : '', q.covered ? `${q.covered} 项学习记录` : ''].filter(Boolean)
  return parts.join('、') + (keeps.length ? `。是同一人就保留 ${keeps.join('和 ')}` : '')
}

type Choices = Schema<'OrgChoices'>

/** The choices with an answer to one question more; pressing the answer again takes it back. */
export function answered(choices: Choices, pupilId: string, same: boolean | undefined): Choices {
  const others = (choices.same ?? []).filter((c) => c.pupilId !== pupilId)
  return { ...choices, same: same === undefined ? others : [...others, { pupilId, same }] }
}
