import type { Schema } from '@/api/types'
import { addDays } from '@/lib/time'
import { WEEKDAYS, weekdayOf } from './week'

/** Days in a row that are of one kind and name. */
export interface Stretch {
  from: string
  name: string
  kind: 'holiday' | 'working'
  weekday?: number
  count: number
  /** 10月1日 周四 到 10月7日 周三 */
  words: string
}

const words = (day: string) => `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日 ${WEEKDAYS[weekdayOf(day)]}`

/** Joins holidays that follow each other; each working day stands alone, as it counts as a weekday of its own. */
export function groupDays(days: Schema<'CalendarDay'>[]): Stretch[] {
  const list: (Stretch & { to: string })[] = []
  for (const d of [...days].sort((a, b) => a.date.localeCompare(b.date))) {
    const last = list[list.length - 1]
    if (last && d.kind === 'holiday' && last.kind === 'holiday' && last.name === d.name && addDays(last.to, 1) === d.date) {
      last.to = d.date
      last.count++
      last.words = `${words(last.from)} 到 ${words(d.date)}`
    } else {
      list.push({ from: d.date, to: d.date, name: d.name, kind: d.kind, weekday: d.weekday, count: 1, words: words(d.date) })
    }
  }
  return list.map(({ to: _, ...stretch }) => stretch)
}
