import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@/api/client'
import type { ApiError } from '@/api/error'
import { CheckInQueue } from '@/lib/checkins'
import { retrying } from '@/lib/retry'
import { ReportQueue, type Credited, type Report } from '@/lib/reports'
import { queueStorage } from '@/lib/storage'
import { platform } from '@/platform'

/** Whether there is a network, and what waits for it. */
export const useNetwork = defineStore('network', () => {
  const online = ref(true)
  /** The report that was refused for good last, and why. */
  const refused = ref<{ watchId: string; error: ApiError } | null>(null)
  const credited = ref<{ watchId: string; credited: Credited; report: Report } | null>(null)
  const waitingCheckIns = ref(0)

  const reports = new ReportQueue({
    storage: queueStorage('reports'),
    send: (id, report) => api.post('/watches/{id}/reports', { path: { id }, body: report }),
    onCredited: (watchId, result, report) => (credited.value = { watchId, credited: result, report }),
    onRefused: (watchId, error) => (refused.value = { watchId, error }),
  })
  const checkIns = new CheckInQueue({
    storage: queueStorage('checkIns'),
    async send({ token, pupilIds }) {
      const { items } = await api.post('/check-ins', { body: { token, pupilIds: pupilIds.length ? pupilIds : undefined } })
      return items
    },
  })

  /** Sends what waits, and shows what became of kept check-ins. */
  async function flush(): Promise<void> {
    await reports.flush()
    for (const { result, error } of await checkIns.flush()) {
      uni.showToast({ title: error ? error.message : `已补交签到 ${result?.length ?? 0} 条`, icon: 'none', duration: 4000 })
    }
    count()
  }

  const retry = retrying(() => checkIns.waiting + reports.unsent, flush)

  /** Counts the check-ins that wait, and sees to it that what waits is sent. */
  function count(): void {
    waitingCheckIns.value = checkIns.waiting
    retry()
  }

  function watch(): void {
    count()
    uni.getNetworkType({ success: (r) => (online.value = r.networkType !== 'none') })
    platform.onNetwork((up) => {
      online.value = up
      if (up) void flush()
    })
  }

  return { online, credited, refused, reports, checkIns, waitingCheckIns, flush, count, watch }
})
