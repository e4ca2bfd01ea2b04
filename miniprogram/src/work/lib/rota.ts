import type { Schema } from '@/api/types'
import { addDays, dayOf, span, startOfDay } from '@/lib/time'
import { clockOf, endAfter, minuteOf } from './minutes'
import { WEEKDAYS } from './week'

export type Rota = Schema<'SupportRota'>
export type Shift = Schema<'SupportShift'>
export type Override = Schema<'SupportOverride'>

/** The layers of a rota in the order in which they are told, each with its week from Monday on. */
export function layersOf(rota: Pick<Rota, 'shifts' | 'overrides'>): { layer: number; shifts: Shift[]; overrides: Override[] }[] {
  const layers = [...new Set([...rota.shifts, ...rota.overrides].map((x) => x.layer))].sort((a, b) => a - b)
  return layers.map((layer) => ({
    layer,
    shifts: rota.shifts.filter((s) => s.layer === layer).sort((a, b) => a.weekday - b.weekday || a.startMinute - b.startMinute),
    overrides: rota.overrides.filter((o) => o.layer === layer).sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt)),
  }))
}

/** The weekday of shifts on the holidays of the county's calendar. */
export const ON_HOLIDAYS = 8

/** 周一, or 节假日. */
export const shiftDay = (weekday: number) => (weekday === ON_HOLIDAYS ? '节假日' : WEEKDAYS[weekday % 7])

/** 周一 20:00–次日08:00 */
export function shiftWords(s: Pick<Shift, 'weekday' | 'startMinute' | 'minutes'>): string {
  return `${shiftDay(s.weekday)} ${clockOf(s.startMinute)}–${clockOf(s.startMinute + s.minutes)}`
}

/** A stretch of days in words; a whole day needs no times. */
export function gapWords(gap: { from: string; until: string }): string {
  return span(gap.from, gap.until)
}

/** The shifts of a form: the same time on several days. One that does not end later on the clock ends on the next day. */
export function shiftsOf(form: { layer: number; accountId: string; weekdays: number[]; from: string; to: string }): Shift[] {
  const startMinute = minuteOf(form.from)
  const minutes = endAfter(startMinute, minuteOf(form.to)) - startMinute
  return form.weekdays.map((weekday) => ({ layer: form.layer, accountId: form.accountId, weekday, startMinute, minutes }))
}

/** The override of a form, in Shanghai's time. */
export function overrideOf(form: { layer: number; accountId: string; day: string; from: string; lastDay: string; to: string }): Override {
  const at = (day: string, time: string) => new Date(Date.parse(startOfDay(day)) + minuteOf(time) * 60_000).toISOString()
  return { layer: form.layer, accountId: form.accountId, startsAt: at(form.day, form.from), endsAt: at(form.lastDay, form.to) }
}

/** What of the form is missing or wrong; empty where nothing is. */
export function shiftFault(form: { accountId: string; weekdays: number[] }): string {
  return !form.accountId ? '请选一位值班人员' : form.weekdays.length === 0 ? '请选星期几' : ''
}
export function overrideFault(o: Override): string {
  const lasts = Date.parse(o.endsAt) - Date.parse(o.startsAt)
  return !o.accountId ? '请选替班的人' : lasts <= 0 ? '结束要晚于开始' : lasts > 92 * 24 * 3600_000 ? '一次替班最长 92 天' : ''
}

/** A new override: tomorrow, all day. */
export function newOverride(now: number) {
  const day = addDays(dayOf(now), 1)
  return { layer: 1, accountId: '', day, from: '00:00', lastDay: addDays(day, 1), to: '00:00' }
}

/** How long, in words: 10 分钟, 2 小时, 3 天. */
export function minutesWords(minutes: number): string {
  if (minutes % 1440 === 0) return `${minutes / 1440} 天`
  return minutes % 60 === 0 ? `${minutes / 60} 小时` : `${minutes} 分钟`
}

/** What of a level's times is wrong before they are sent; the server refuses also what is slower than the programme. */
export function timesFault(t: { deadline: string; patience: string; quiet: string }): string {
  const [deadline, patience, quiet] = [t.deadline, t.patience, t.quiet].map((x) => (/^\d{1,5}$/.test(x.trim()) ? Number(x) : 0))
  if (!deadline || !patience || !quiet) return '三个时间都填分钟数'
  if (patience > deadline) return '等下一个人的时间不能长过接手的时限'
  if (quiet < 5) return '接手后的记录时间至少 5 分钟'
  return ''
}
