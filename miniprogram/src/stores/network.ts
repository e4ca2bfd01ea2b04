import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@/api/client'
import type { ApiError } from '@/api/error'
import { CheckInQueue, type KeptCheckIn } from '@/lib/checkins'
import { listIn } from '@/lib/storage'
import { ReportQueue, type Credited, type Report } from '@/lib/reports'
import { platform } from '@/platform'

/** A list in the phone's storage. */
function shelf<T>(key: string) {
  return {
    read: () => listIn<T>(key),
    write: (value: T[]) => uni.setStorageSync(key, value),
  }
}

/** Whether there is a network, and what waits for it. */
export const useNetwork = defineStore('network', () => {
  const online = ref(true)
  /** The report that was refused for good last, and why. */
  const refused = ref<{ watchId: string; error: ApiError } | null>(null)
  const credited = ref<{ watchId: string; credited: Credited; report: Report } | null>(null)
  const waitingCheckIns = ref(0)

  const reports = new ReportQueue(
    shelf('xinyu.reports'),
    (id, report) => api.post('/watches/{id}/reports', { path: { id }, body: report }),
    (watchId, answer, report) => (credited.value = { watchId, credited: answer, report }),
    (watchId, error) => (refused.value = { watchId, error }),
  )
  const checkIns = new CheckInQueue(shelf<KeptCheckIn>('xinyu.checkins'), async ({ token, pupilIds }) => {
    const { items } = await api.post('/check-ins', { body: { token, pupilIds: pupilIds.length ? pupilIds : undefined } })
    return items
  })

  /** Sends what waits, and tells what became of kept check-ins. */
  async function flush(): Promise<void> {
    await reports.flush()
    for (const { items, error } of await checkIns.flush()) {
      uni.showToast({ title: error ? error.message : `已补交签到 ${items?.length ?? 0} 条`, icon: 'none', duration: 4000 })
    }
    count()
  }

  /** Looks how many check-ins wait. */
  function count(): void {
    waitingCheckIns.value = checkIns.waiting
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
