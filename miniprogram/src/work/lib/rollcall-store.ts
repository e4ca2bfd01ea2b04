import { ref } from 'vue'
import { api } from '@/api/client'
import { queueStorage } from '@/lib/storage'
import { retrying } from '@/lib/retry'
import { platform } from '@/platform'
import { RollCallQueue } from './rollcalls'

/** The roll calls of this phone that wait to be sent. */
export const rollCalls = new RollCallQueue({
  storage: queueStorage('rollCalls'),
  send: ({ sessionId, side, pupilIds }) => api.post('/lecture-sessions/{id}/roll-call', { path: { id: sessionId }, body: { pupilIds, side } }),
})

/** Counts up whenever something that was kept has been sent. */
export const sent = ref(0)

/** Sends what waits, and shows what became of it. */
async function send(): Promise<void> {
  for (const { result, error } of await rollCalls.flush()) {
    uni.showToast({ title: error ? `点名没有记上：${error.message}` : `已补交点名 ${result!.checkedIn + result!.already} 人`, icon: 'none', duration: 4000 })
    sent.value++
  }
}

/** Sends again, after a while, what waits. It is called whenever something was kept. */
export const retryRollCalls = retrying(() => rollCalls.kept, send)

let watching = false

/** From now on sends what waits as soon as there is a network, and the server has time. */
export function watchRollCalls(): void {
  if (!watching) platform.onNetwork((up) => up && void send())
  watching = true
  void send().then(retryRollCalls)
}
