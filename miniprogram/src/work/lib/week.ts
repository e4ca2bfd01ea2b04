import { addDays, dayOf } from '@/lib/time'

/** The days of the week, as people call them; 0 is Sunday. */
export const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** The day of the week; 0 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay()
}

/** The seven days from the Monday on or before the day. */
export function weekOf(day: string): string[] {
  const monday = addDays(day, -((weekdayOf(day) + 6) % 7))
  return Array.from({ length: 7 }, (_, i) => addDays(monday, i))
}

/** A day of a week with what happens on it. */
export interface DayOf<T> {
  day: string
  /** 周三 */
  weekday: string
  /** 11月25日 */
  date: string
  items: T[]
}

/** Lays what happens on the days of a week, in the order of time. */
export function layOut<T extends { startsAt: string }>(week: string[], items: T[]): DayOf<T>[] {
  const sorted = [...items].sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt))
  return week.map((day) => ({
    day,
    weekday: WEEKDAYS[weekdayOf(day)],
    date: `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`,
    items: sorted.filter((item) => dayOf(item.startsAt) === day),
  }))
}
