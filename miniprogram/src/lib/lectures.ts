import type { Schema } from '@/api/types'

/** How long before its start a session opens for check-ins, as the server has it. */
const OPENS_BEFORE_MS = 15 * 60 * 1000

/**
 * In how many milliseconds a page should ask again how the session stands; null
 * where nothing changes any more. The phone's clock may be some minutes off, so
 * near the time it asks every minute.
 */
export function nextTurn({ status, startsAt, endsAt }: Pick<Schema<'LectureSession'>, 'status' | 'startsAt' | 'endsAt'>, now: number): number | null {
  if (status !== 'scheduled' && status !== 'open') return null
  const left = Date.parse(status === 'open' ? endsAt : startsAt) - (status === 'open' ? 0 : OPENS_BEFORE_MS) - now
  const minute = 60_000
  if (status === 'scheduled' && left <= 10 * minute) return Math.min(Math.max(left + 500, 5000), minute)
  return Math.min(Math.max(left + 500 - (status === 'scheduled' ? 10 * minute : 0), minute), 24 * 60 * minute)
}

/** How a session stands, in words. */
export const SESSION_STATUS: Record<Schema<'LectureSession'>['status'], string> = { scheduled: '即将开始', open: '正在进行', ended: '已结束', cancelled: '已取消' }
