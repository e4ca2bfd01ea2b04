import type { Schema } from '@/api/types'
import { mediaTime } from './time'

/** Why a stretch did not count, and what helps. */
const REASONS: Record<string, string> = {
  faster_than_time: '快进的部分不算，按正常速度再看一遍就会计入',
  rate_not_allowed: '倍速太快的部分不算，换回正常速度再看一遍就会计入',
  beyond_end: '超过片尾的部分不算',
}

/** What of a watch did not count, in words; empty where all did. */
export function refusalWords(rejected: Schema<'LessonCredited'>['rejected']): string {
  const [first] = rejected
  if (!first) return ''
  if (first.reason === 'superseded') return '已在另一台设备上打开，这里看的没有计入。'
  const where = `${mediaTime(first.from)} 到 ${mediaTime(first.to)}${rejected.length > 1 ? ` 等 ${rejected.length} 段` : ''}`
  return `${where} 没有计入：${REASONS[first.reason] ?? '播放器报来的时间不对'}。`
}
