import { ref } from 'vue'
import { api } from '@/api/client'
import { listIn } from '@/lib/storage'
import { platform } from '@/platform'
import { RollCallQueue, type RollCall } from './rollcalls'

const SHELF = 'xinyu.rollcalls'

/** The roll calls of this phone that wait for the network. */
export const rollCalls = new RollCallQueue(
  { read: () => listIn<RollCall>(SHELF), write: (kept) => uni.setStorageSync(SHELF, kept) },
  ({ sessionId, side, pupilIds }) => api.post('/lecture-sessions/{id}/roll-call', { path: { id: sessionId }, body: { pupilIds, side } }),
)

/** Counts up whenever something that was kept has been sent. */
export const sent = ref(0)

let sending: Promise<void> | null = null

/** Sends what waits, and says what became of it. */
export function sendRollCalls(): Promise<void> {
  return (sending ??= send().finally(() => (sending = null)))
}

async function send(): Promise<void> {
  for (const { counts, error } of await rollCalls.flush()) {
    uni.showToast({ title: error ? `点名没有记上：${error.message}` : `已补交点名 ${counts!.checkedIn + counts!.already} 人`, icon: 'none', duration: 4000 })
    sent.value++
  }
}

let watching = false

/** From now on sends what waits as soon as there is a network. */
export function watchRollCalls(): void {
  if (!watching) platform.onNetwork((up) => up && void sendRollCalls())
  watching = true
  void sendRollCalls()
}
