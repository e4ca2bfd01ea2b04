import type { Schema, SessionMode } from '@/api/types'
import { addDays, clock, dayOf, startOfDay } from '@/lib/time'
import { minuteOf } from './minutes'

/** How a session is held, in words. */
export const MODES: { value: SessionMode; name: string }[] = [
  { value: 'offline', name: '到场' },
  { value: 'online', name: '线上' },
  { value: 'home_visit', name: '上门' },
]

/** A session as the form has it. */
export interface Plan {
  mode: SessionMode
  place: string
  joinUrl: string
  day: string
  from: string
  /** The last day, of a round of visits. */
  lastDay: string
  to: string
}

/** A plan to begin with: the next full hour, for an hour; outside the hours of the day, the next afternoon. */
export function newPlan(now: number = Date.now()): Plan {
  const start = Math.ceil(now / 3_600_000) * 3_600_000
  const today = dayOf(now)
  const hour = minuteOf(clock(start)) / 60
  if (dayOf(start) === today && hour >= 8 && hour <= 20) return { mode: 'offline', place: '', joinUrl: '', day: today, from: clock(start), lastDay: today, to: clock(start + 3_600_000) }
  const day = hour < 8 && dayOf(start) === today ? today : addDays(today, 1)
  return { mode: 'offline', place: '', joinUrl: '', day, from: '15:30', lastDay: day, to: '16:30' }
}

/** The plan of a session that is there. */
export function planOf(s: Pick<Schema<'LectureSession'>, 'mode' | 'place' | 'joinUrl' | 'startsAt' | 'endsAt'>): Plan {
  return { mode: s.mode, place: s.place, joinUrl: s.joinUrl ?? '', day: dayOf(s.startsAt), from: clock(s.startsAt), lastDay: dayOf(s.endsAt), to: clock(s.endsAt) }
}

/** A time of a day in Shanghai as an instant. */
export function instant(day: string, time: string): string {
  return new Date(Date.parse(startOfDay(day)) + minuteOf(time) * 60_000).toISOString()
}

/** When the plan begins and ends. */
export function times(p: Plan): { startsAt: string; endsAt: string } {
  return { startsAt: instant(p.day, p.from), endsAt: instant(p.lastDay, p.to) }
}

/** What is still missing or wrong, in words; empty when nothing is. */
export function faultOf(p: Plan): string {
  const { startsAt, endsAt } = times(p)
  if (Date.parse(endsAt) <= Date.parse(startsAt)) return '结束时间要晚于开始时间'
  if (p.mode === 'online' && !/^https:\/\/[^\s/]+/.test(p.joinUrl.trim())) return '请填写以 https 开头的入会链接'
  if (p.mode === 'offline' && p.place.trim() === '') return '请填写地点'
  return ''
}

/** The plan as the server takes it. */
export function bodyOf(p: Plan) {
  return {
    mode: p.mode,
    ...times(p),
    place: p.mode === 'online' ? undefined : p.place.trim() || undefined,
    joinUrl: p.mode === 'online' ? p.joinUrl.trim() : undefined,
  }
}
