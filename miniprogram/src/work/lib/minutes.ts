import type { Schema } from '@/api/types'

/** A minute of the day as a clock shows it: 930 is 15:30. The day's end is 24:00; 1620 is 次日03:00. */
export function clockOf(minute: number): string {
  if (minute > DAY) return `次日${clockOf(minute - DAY)}`
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

const DAY = 24 * 60
/** How long a shift across midnight can be: a longer one is a slip of the hand. */
const LONGEST_NIGHT = 12 * 60

/** The minute at which a shift ends that begins at the minute: one that is not later on the clock is of the next day. */
export function endAfter(start: number, end: number): number {
  return end <= start ? end + DAY : end
}

/** The minute of the day that a clock shows. */
export function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

/** Openings and absences stand on a grid of five minutes: the nearest time on it. */
export function onGrid(time: string): string {
  return clockOf(Math.min(1435, Math.round(minuteOf(time) / 5) * 5))
}

/** How long before, in words: 90 is 1小时30分钟, 1440 is 1天. */
export function lengthWords(minutes: number): string {
  if (minutes === 0) return '随时'
  if (minutes % 1440 === 0) return `${minutes / 1440} 天`
  const hours = Math.floor(minutes / 60)
  return [hours ? `${hours} 小时` : '', minutes % 60 ? `${minutes % 60} 分钟` : ''].filter(Boolean).join(' ')
}

/** A weekly opening, as the form has it. */
export type Opening = Pick<Schema<'CounselRule'>, 'startMinute' | 'endMinute' | 'slotMinutes' | 'bufferMinutes'>

/** The starts of the slots that an opening gives a day. */
export function starts(o: Opening): number[] {
  const list: number[] = []
  if (o.slotMinutes <= 0 || o.bufferMinutes < 0) return list
  for (let m = o.startMinute; m + o.slotMinutes <= o.endMinute; m += o.slotMinutes + o.bufferMinutes) list.push(m)
  return list
}

/** What is wrong with an opening, in words; empty when nothing is. */
export function faultOf(o: Opening): string {
  if (o.endMinute <= o.startMinute || (o.endMinute > DAY && o.endMinute - o.startMinute > LONGEST_NIGHT)) return '结束时间要晚于开始时间；跨过半夜的，最长12小时'
  return starts(o).length === 0 ? `这段时间不够一次 ${o.slotMinutes} 分钟的咨询` : ''
}
