import { api } from '@/api/client'
import type { ApiError } from '@/api/error'
import type { Side } from '@/api/types'
import { askWhy } from '@/lib/load'

/** Until when after its end the check-ins of a session can be taken back, as the server has it. */
const UNTIL_MS = 7 * 24 * 60 * 60 * 1000

/** Whether check-ins of the session can be taken back now. */
export function canRetract(session: { status: string; endsAt: string }, now = Date.now()): boolean {
  return session.status !== 'scheduled' && now < Date.parse(session.endsAt) + UNTIL_MS
}

/** Takes a check-in back once the person has said why. Returns whether it is gone. */
export async function retract(sessionId: string, side: Side, pupil: { pupilId: string; name: string; mark?: string }): Promise<boolean> {
  const who = pupil.mark ? `${pupil.name}（${pupil.mark}）` : pupil.name
  const reason = await askWhy(`撤销${who}的签到？`, '请写原因，如：点错了', '撤销')
  if (reason === null) return false
  if (!reason) {
    uni.showToast({ title: '没有写原因，没有撤销', icon: 'none' })
    return false
  }
  await api.delete('/lecture-sessions/{id}/check-ins/{pupilId}', { path: { id: sessionId, pupilId: pupil.pupilId }, body: { reason, side } }).catch((e: ApiError) => {
    if (e.code !== 'check_in_not_found') throw e // it is gone: by another, or by a call of which the answer was lost
  })
  uni.showToast({ title: `已撤销${who}的签到`, icon: 'none' })
  return true
}
